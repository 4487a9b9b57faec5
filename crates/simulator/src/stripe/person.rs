//! People who do not exist.

use serde_json::{Value, json};

use super::made::Maker;

/// Somebody with a document, made up from a seed: the same seed makes the same person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    first_name: String,
    last_name: String,
    address: Address,
    born: Date,
    sex: &'static str,
    unparsed_sex: String,
    place_of_birth: String,
    document_type: String,
    issuing_country: &'static str,
    number: String,
    issued: Date,
    expires: Date,
    id_number_type: &'static str,
    id_number: String,
    email: String,
    phone: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    line1: String,
    city: String,
    state: Option<String>,
    postal_code: String,
    country: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    day: u32,
    month: u32,
    year: i64,
}

impl Date {
    /// The vendor's placeholder for a date that was erased.
    const ERASED: Self = Self {
        day: 1,
        month: 1,
        year: 1,
    };

    fn object(self) -> Value {
        json!({ "day": self.day, "month": self.month, "year": self.year })
    }
}

/// The vendor's placeholder for a text that was erased.
pub(super) const ERASED: &str = "[redacted]";

const FIRST_NAMES: &[&str] = &[
    "Ada", "Bela", "Chidi", "Dana", "Emre", "Freya", "Gael", "Hana",
];
/// Names that nobody takes for somebody's.
const LAST_NAMES: &[&str] = &[
    "Beispiel", "Ejemplo", "Example", "Exemple", "Sample", "Specimen",
];

/// Where somebody lives, and what people there have.
#[derive(Clone, Copy)]
struct Home {
    country: &'static str,
    city: &'static str,
    state: Option<&'static str>,
    postal_code: &'static str,
    document_type: &'static str,
    id_number_type: &'static str,
}

const SPRINGFIELD: Home = Home {
    country: "US",
    city: "Springfield",
    state: Some("IL"),
    postal_code: "62701",
    document_type: "driving_license",
    id_number_type: "us_ssn",
};
const HOMES: [Home; 3] = [
    SPRINGFIELD,
    Home {
        country: "BR",
        city: "Recife",
        state: Some("PE"),
        postal_code: "50030-230",
        document_type: "id_card",
        id_number_type: "br_cpf",
    },
    Home {
        country: "SG",
        city: "Singapore",
        state: None,
        postal_code: "048623",
        document_type: "passport",
        id_number_type: "sg_nric",
    },
];

/// Seconds of a year of 365 days, for years that only need to be about right.
const YEAR_SECS: i64 = 31_536_000;

impl Person {
    /// Somebody whose document is valid at `now_unix_secs` and of one of these types; of any, if there are none.
    pub(super) fn made(maker: &Maker, now_unix_secs: i64, allowed_types: &[String]) -> Self {
        let number = |what: &str, below: u64| maker.number(what) % below;
        let pick = |what: &str, from: &[&str]| {
            let place = usize::try_from(number(what, from.len() as u64)).unwrap_or(0);
            from.get(place).copied().unwrap_or_default().to_owned()
        };
        let home = usize::try_from(number("home", HOMES.len() as u64)).unwrap_or(0);
        let Home {
            country,
            city,
            state,
            postal_code,
            document_type: usual,
            id_number_type,
        } = HOMES.get(home).copied().unwrap_or(SPRINGFIELD);
        let this_year = 1970 + now_unix_secs / YEAR_SECS;
        let date = |what: &str, year: i64| Date {
            day: u32::try_from(number(&format!("{what} day"), 28)).unwrap_or(0) + 1,
            month: u32::try_from(number(&format!("{what} month"), 12)).unwrap_or(0) + 1,
            year,
        };
        let years = |what: &str, below: u64| i64::try_from(number(what, below)).unwrap_or(0);
        let is_usual_allowed = allowed_types.is_empty() || allowed_types.iter().any(|t| t == usual);
        let first_allowed = allowed_types.first().map_or(usual, String::as_str);
        let document_type = if is_usual_allowed {
            usual
        } else {
            first_allowed
        };
        let (first_name, last_name) = (
            pick("first name", FIRST_NAMES),
            pick("last name", LAST_NAMES),
        );
        let (sex, unparsed_sex) = if number("sex", 2) == 0 {
            ("female", "F")
        } else {
            ("male", "M")
        };
        Self {
            email: format!(
                "{}.{}@example.com",
                first_name.to_lowercase(),
                last_name.to_lowercase()
            ),
            phone: format!("+1202555{:04}", 100 + number("phone", 100)),
            address: Address {
                line1: format!("{} Example Street", 1 + number("house", 999)),
                city: city.to_owned(),
                state: state.map(str::to_owned),
                postal_code: postal_code.to_owned(),
                country,
            },
            born: date("born", this_year - 20 - years("age", 50)),
            sex,
            unparsed_sex: unparsed_sex.to_owned(),
            place_of_birth: city.to_owned(),
            document_type: document_type.to_owned(),
            issuing_country: country,
            number: format!("X{:08}", number("document", 100_000_000)),
            issued: date("issued", this_year - 1 - years("held", 4)),
            expires: date("expires", this_year + 2 + years("valid", 6)),
            id_number_type,
            // Of this number the vendor tells the last four digits.
            id_number: match id_number_type {
                "us_ssn" => format!("{:04}", number("number", 10_000)),
                "br_cpf" => format!("{:011}", number("number", 100_000_000_000)),
                _ => format!("S{:07}A", number("number", 10_000_000)),
            },
            first_name,
            last_name,
        }
    }

    /// The same with what the application said of them.
    pub(super) fn known_by(mut self, email: Option<&str>, phone: Option<&str>) -> Self {
        if let Some(email) = email {
            self.email = email.to_owned();
        }
        if let Some(phone) = phone {
            self.phone = phone.to_owned();
        }
        self
    }

    /// The same with a document that had expired.
    pub(super) fn with_expired_document(mut self) -> Self {
        self.expires.year = self.issued.year.saturating_sub(1);
        self.issued.year = self.expires.year.saturating_sub(10);
        self
    }

    pub(super) fn with_document_type(mut self, document_type: &str) -> Self {
        self.document_type = document_type.to_owned();
        self
    }

    /// The same after erasure: placeholders, and the country.
    pub(super) fn erased(&self) -> Self {
        let text = || ERASED.to_owned();
        Self {
            first_name: text(),
            last_name: text(),
            address: Address {
                line1: text(),
                city: text(),
                state: self.address.state.as_ref().map(|_| text()),
                postal_code: text(),
                country: self.address.country,
            },
            born: Date::ERASED,
            sex: ERASED,
            unparsed_sex: text(),
            place_of_birth: text(),
            number: text(),
            issued: Date::ERASED,
            expires: Date::ERASED,
            id_number: text(),
            email: text(),
            phone: text(),
            ..self.clone()
        }
    }

    /// A value by the name the vendor has for it in documents, numbers and outputs.
    pub(super) fn value(&self, name: &str) -> Value {
        let Address {
            line1,
            city,
            state,
            postal_code,
            country,
        } = &self.address;
        match name {
            "first_name" => json!(self.first_name),
            "last_name" => json!(self.last_name),
            "address" => json!({
                "city": city, "country": country, "line1": line1, "line2": null,
                "postal_code": postal_code, "state": state,
            }),
            "dob" => self.born.object(),
            "sex" => json!(self.sex),
            "unparsed_sex" => json!(self.unparsed_sex),
            "unparsed_place_of_birth" => json!(self.place_of_birth),
            "type" => json!(self.document_type),
            "issuing_country" => json!(self.issuing_country),
            "number" => json!(self.number),
            "issued_date" => self.issued.object(),
            "expiration_date" => self.expires.object(),
            "id_number" => json!(self.id_number),
            "id_number_type" => json!(self.id_number_type),
            "email" => json!(self.email),
            "phone" => json!(self.phone),
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_176_000;

    fn made(seed: u64, allowed: &[&str]) -> Person {
        let allowed: Vec<String> = allowed.iter().map(|&t| t.to_owned()).collect();
        Person::made(&Maker::new(seed).below("vs_1"), NOW, &allowed)
    }

    #[test]
    fn the_same_seed_makes_the_same_person_and_another_another() {
        assert_eq!(made(1, &[]), made(1, &[]));
        assert_ne!(made(1, &[]), made(2, &[]));
    }

    #[test]
    fn the_document_is_one_that_is_allowed_and_valid() {
        for seed in 0..40 {
            let person = made(seed, &["passport"]);
            assert_eq!(person.value("type"), "passport");
            let years = |name: &str| person.value(name)["year"].as_i64().unwrap();
            assert!(years("issued_date") < 2026 && years("expiration_date") > 2026);
            assert!(years("dob") <= 2006, "of age");
            let expired = person.with_expired_document();
            assert!(expired.value("expiration_date")["year"].as_i64().unwrap() < 2026);
        }
    }

    #[test]
    fn nothing_of_the_person_is_left_but_the_country() {
        let person = made(3, &[]);
        let erased = person.erased();
        for name in [
            "first_name",
            "last_name",
            "sex",
            "number",
            "id_number",
            "email",
            "phone",
        ] {
            assert_eq!(erased.value(name), ERASED, "{name}");
        }
        assert_eq!(
            erased.value("dob"),
            json!({ "day": 1, "month": 1, "year": 1 })
        );
        assert_eq!(erased.value("address")["line1"], ERASED);
        assert_eq!(
            erased.value("address")["country"],
            person.value("address")["country"]
        );
    }
}
