//! The person the vendor's sandbox knows, and how others differ from her.

use serde_json::{Map, Value, json};

/// The members of `user` in the API, whether they are there or not.
pub(super) const MEMBERS: [&str; 7] = [
    "phone_number",
    "date_of_birth",
    "ip_address",
    "email_address",
    "name",
    "address",
    "id_number",
];

/// The one person the sandbox's data sources know, as the vendor's pages describe her.
pub(super) fn leslie_knope() -> Map<String, Value> {
    let person = json!({
        "phone_number": "+12345678909",
        "date_of_birth": "1975-01-18",
        "name": { "given_name": "Leslie", "family_name": "Knope" },
        "address": {
            "street": "123 Main St.",
            "street2": null,
            "city": "Pawnee",
            "region": "IN",
            "postal_code": "46001",
            "country": "US",
        },
        "id_number": { "value": "123456788", "type": "us_ssn" },
    });
    match person {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// What her social security number may be; the last four digits suffice.
const HER_NUMBERS: [&str; 2] = ["123456788", "123456789"];

/// How what a person says compares with what the data sources know: by field, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) name: &'static str,
    pub(super) date_of_birth: &'static str,
    pub(super) address: &'static str,
    pub(super) id_number: &'static str,
    pub(super) phone_number: &'static str,
}

impl Compared {
    /// As the sandbox compares: exactly, and with her alone.
    pub(super) fn with_leslie_knope(user: &Map<String, Value>) -> Self {
        let her = leslie_knope();
        let same = |name: &str| match given(user, name) {
            None => "no_input",
            Some(value) if her.get(name) == Some(value) => "match",
            Some(_) => "no_match",
        };
        Self {
            name: given(user, "name").map_or("no_input", compare_name),
            date_of_birth: same("date_of_birth"),
            address: given(user, "address").map_or("no_input", compare_address),
            id_number: given(user, "id_number").map_or("no_input", compare_number),
            phone_number: same("phone_number"),
        }
    }

    /// As for a person whom the data sources know: whatever was said is true.
    pub(super) fn with_themselves(user: &Map<String, Value>) -> Self {
        let same = |name: &str| given(user, name).map_or("no_input", |_| "match");
        Self {
            name: same("name"),
            date_of_birth: same("date_of_birth"),
            address: same("address"),
            id_number: same("id_number"),
            phone_number: same("phone_number"),
        }
    }

    /// Whether the data sources speak for the person. The phone number does not count, as in a recorded answer of the
    /// vendor; what counts for others is set in their templates.
    pub(super) fn speaks_for_them(self) -> bool {
        let counting = [self.name, self.date_of_birth, self.address, self.id_number];
        self.name != "no_input" && !counting.contains(&"no_match")
    }
}

/// A member that is there and not null.
pub(super) fn given<'a>(user: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    user.get(name).filter(|value| !value.is_null())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn compare_name(name: &Value) -> &'static str {
    let (given, family) = (text(name, "given_name"), text(name, "family_name"));
    match (given == "Leslie", family) {
        (true, "Knope") => "match",
        // The vendor's own example of a name that is near.
        (true, "Knope-Wyatt") => "partial_match",
        _ => "no_match",
    }
}

fn compare_address(address: &Value) -> &'static str {
    let her = leslie_knope();
    let her = her.get("address").unwrap_or(&Value::Null);
    let fields = ["street", "city", "region", "postal_code", "country"];
    let is_hers = fields
        .iter()
        .all(|name| text(address, name) == text(her, name));
    if is_hers { "match" } else { "no_match" }
}

fn compare_number(number: &Value) -> &'static str {
    let value = text(number, "value");
    let is_hers = match text(number, "type") {
        "us_ssn" => HER_NUMBERS.contains(&value),
        "us_ssn_last_4" => HER_NUMBERS.iter().any(|hers| hers.get(5..) == Some(value)),
        _ => false,
    };
    if is_hers { "match" } else { "no_match" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leslie_knope_passes_and_whoever_differs_in_one_field_does_not() {
        let her = leslie_knope();
        let compared = Compared::with_leslie_knope(&her);
        assert_eq!(compared, Compared::with_themselves(&her));
        assert!(compared.speaks_for_them());
        for (name, value) in [
            (
                "name",
                json!({ "given_name": "Ann", "family_name": "Perkins" }),
            ),
            ("date_of_birth", json!("1975-01-19")),
            (
                "address",
                json!({ "street": "124 Main St.", "country": "US" }),
            ),
            (
                "id_number",
                json!({ "value": "123456787", "type": "us_ssn" }),
            ),
        ] {
            let mut other = leslie_knope();
            other.insert(name.to_owned(), value);
            let compared = Compared::with_leslie_knope(&other);
            assert!(!compared.speaks_for_them(), "{name}");
        }
        let mut near = leslie_knope();
        near["name"]["family_name"] = "Knope-Wyatt".into();
        near["id_number"] = json!({ "value": "6789", "type": "us_ssn_last_4" });
        near["phone_number"] = "+12025550123".into();
        let compared = Compared::with_leslie_knope(&near);
        assert_eq!(
            (compared.name, compared.id_number),
            ("partial_match", "match")
        );
        assert_eq!(compared.phone_number, "no_match");
        assert!(compared.speaks_for_them());
        assert!(!Compared::with_leslie_knope(&Map::new()).speaks_for_them());
    }
}
