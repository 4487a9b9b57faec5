//! What the vendor takes for a person's data.
//!
//! From plaid.com/docs/identity-verification/hybrid-input-validation and the vendor's OpenAPI file, read 2026-11-20. What
//! is wrong is said by naming the member, never its value.

mod countries;
mod id_numbers;

use serde_json::{Map, Value};

use countries::{Need, Needs};

/// The longest of each.
const NAME_LETTERS: usize = 100;
const STREET_LETTERS: usize = 80;
const STREET2_LETTERS: usize = 50;
const CITY_LETTERS: usize = 100;

/// What is wrong with a person's data: a sentence.
type Wrong = String;

/// Whether every member is complete and in the form the vendor asks for.
pub(super) fn check(user: &Map<String, Value>) -> Result<(), Wrong> {
    for (name, value) in user {
        if value.is_null() {
            return Err(format!("user.{name} must be left out rather than null"));
        }
    }
    let text = |name: &str| match user.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("user.{name} must be a string")),
    };
    let form = |name: &str, is_right: fn(&str) -> bool, wanted: &str| match text(name)?
        .is_none_or(is_right)
    {
        true => Ok(()),
        false => Err(format!("user.{name} must be {wanted}")),
    };
    form("email_address", is_email, "an e-mail address")?;
    form("phone_number", is_phone, "a phone number in E.164 format")?;
    form("date_of_birth", is_date, "a date in the form YYYY-MM-DD")?;
    form("ip_address", is_ip, "an IP address")?;
    if let Some(name) = user.get("name") {
        check_name(object(name, "user.name")?)?;
    }
    let country = match user.get("address") {
        None => None,
        Some(address) => Some(check_address(object(address, "user.address")?)?),
    };
    let number = user.get("id_number");
    if let Some(number) = number {
        check_id_number(object(number, "user.id_number")?)?;
    }
    let needs = country.map(Needs::of);
    match (needs.map(|needs| needs.id_number), number) {
        (Some(Need::Forbidden), Some(_)) => {
            Err("user.id_number is not accepted for the country of the address".to_owned())
        }
        _ => Ok(()),
    }
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a Map<String, Value>, Wrong> {
    value
        .as_object()
        .ok_or_else(|| format!("{name} must be an object"))
}

/// A member of an object: not empty, without spaces around it, of so many letters at most.
fn member<'a>(
    object: &'a Map<String, Value>,
    name: &str,
    full_name: &str,
    letters: usize,
) -> Result<Option<&'a str>, Wrong> {
    let Some(value) = object.get(name) else {
        return Ok(None);
    };
    let text = value.as_str();
    let text = text.ok_or_else(|| format!("{full_name}.{name} must be a string"))?;
    if text.trim().is_empty() || text.chars().count() > letters {
        return Err(format!(
            "{full_name}.{name} must have 1 to {letters} characters"
        ));
    }
    Ok(Some(text))
}

fn known(object: &Map<String, Value>, full_name: &str, names: &[&str]) -> Result<(), Wrong> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        Some(_) => Err(format!("{full_name} has a member that is not known")),
        None => Ok(()),
    }
}

fn check_name(name: &Map<String, Value>) -> Result<(), Wrong> {
    known(name, "user.name", &["given_name", "family_name"])?;
    for part in ["given_name", "family_name"] {
        let found = member(name, part, "user.name", NAME_LETTERS)?;
        found.ok_or_else(|| format!("user.name.{part} is required with a name"))?;
    }
    Ok(())
}

/// The address is absent, a country alone, or whole.
fn check_address(address: &Map<String, Value>) -> Result<&str, Wrong> {
    const NAME: &str = "user.address";
    let parts = [
        "street",
        "street2",
        "city",
        "region",
        "postal_code",
        "country",
    ];
    known(address, NAME, &parts)?;
    let country = member(address, "country", NAME, 2)?.unwrap_or_default();
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err("user.address.country must be two capital letters of ISO 3166-1".to_owned());
    }
    if countries::NOT_SERVED.contains(&country) {
        return Err("user.address.country is not served".to_owned());
    }
    if address.len() == 1 {
        return Ok(country);
    }
    let has_letter = |text: &str| text.chars().any(char::is_alphabetic);
    for (name, letters) in [("street", STREET_LETTERS), ("city", CITY_LETTERS)] {
        let found = member(address, name, NAME, letters)?;
        if !found.is_some_and(has_letter) {
            return Err(format!(
                "user.address.{name} is required and needs a letter"
            ));
        }
    }
    member(address, "street2", NAME, STREET2_LETTERS)?;
    let needs = Needs::of(country);
    let postal_code = member(address, "postal_code", NAME, 10)?;
    needs
        .postal_code
        .check("user.address.postal_code", postal_code)?;
    let region = member(address, "region", NAME, 3)?;
    needs.region.check("user.address.region", region)?;
    if postal_code.is_some_and(|code| !is_postal_code(country, code)) {
        return Err("user.address.postal_code has another form in this country".to_owned());
    }
    if region.is_some_and(|region| !is_region(country, region)) {
        return Err(
            "user.address.region must be the part of ISO 3166-2 behind the hyphen".to_owned(),
        );
    }
    Ok(country)
}

fn check_id_number(number: &Map<String, Value>) -> Result<(), Wrong> {
    known(number, "user.id_number", &["value", "type"])?;
    let of = |name: &str| {
        let found = member(number, name, "user.id_number", 32)?;
        found.ok_or_else(|| format!("user.id_number.{name} is required with a number"))
    };
    let (value, number_type) = (of("value")?, of("type")?);
    match id_numbers::is_right(number_type, value) {
        None => Err("user.id_number.type is not known".to_owned()),
        Some(false) => Err("user.id_number.value has not the form of its type".to_owned()),
        Some(true) => Ok(()),
    }
}

pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let has_space = text.chars().any(char::is_whitespace);
    let labels = domain.split('.').all(|label| !label.is_empty());
    !has_space && !local.is_empty() && domain.contains('.') && labels
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

fn is_date(text: &str) -> bool {
    // The day is real if the whole is a time.
    text.len() == 10
        && format!("{text}T00:00:00Z")
            .parse::<idv_core::Timestamp>()
            .is_ok()
}

fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn is_postal_code(country: &str, code: &str) -> bool {
    if country == "US" {
        return code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    }
    let inner = code.replace([' ', '-'], "");
    (2..=10).contains(&code.len()) && inner.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_region(country: &str, region: &str) -> bool {
    let letters = region
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    letters && (country != "US" || countries::STATES_OF_THE_US.contains(&region))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plaid::person;

    fn checked(change: impl FnOnce(&mut Value)) -> Result<(), Wrong> {
        let mut user = Value::Object(person::leslie_knope());
        user["address"].as_object_mut().unwrap().remove("street2");
        user["email_address"] = json!("leslie@example.com");
        change(&mut user);
        check(user.as_object().unwrap())
    }

    #[test]
    fn a_whole_person_is_taken_and_so_is_less_of_one() {
        checked(|_| {}).unwrap();
        checked(|user| user["address"] = json!({ "country": "DE" })).unwrap_err();
        checked(|user| *user = json!({ "address": { "country": "DE" } })).unwrap();
        checked(|user| *user = json!({})).unwrap();
        checked(|user| {
            *user = json!({ "address": { "street": "1 A Road", "city": "Hong Kong", "region": "HK", "country": "HK" } });
        })
        .unwrap();
    }

    #[test]
    fn what_is_wrong_is_named_and_not_quoted() {
        for (place, value, named) in [
            ("/email_address", json!("nobody"), "user.email_address"),
            ("/email_address", json!(" a@b.c"), "user.email_address"),
            ("/phone_number", json!("234-567-8909"), "E.164"),
            ("/date_of_birth", json!("1975-02-30"), "YYYY-MM-DD"),
            ("/date_of_birth", json!("18.01.1975"), "YYYY-MM-DD"),
            ("/date_of_birth", json!(null), "left out"),
            ("/name/family_name", json!(" "), "family_name"),
            ("/name", json!({ "given_name": "Ann" }), "family_name"),
            ("/address/postal_code", json!("46001-1234"), "postal_code"),
            ("/address/region", json!("Indiana"), "region"),
            ("/address/region", json!("XX"), "region"),
            ("/address/street", json!("123"), "street"),
            ("/address/country", json!("USA"), "country"),
            ("/address/country", json!("IR"), "not served"),
            (
                "/address",
                json!({ "country": "US", "city": "Pawnee" }),
                "street",
            ),
            ("/id_number/value", json!("123-45-6788"), "id_number.value"),
            ("/id_number/type", json!("us_passport"), "id_number.type"),
        ] {
            let wrong = checked(|user| *user.pointer_mut(place).unwrap() = value.clone());
            let wrong = wrong.unwrap_err();
            assert!(wrong.contains(named), "{place}: {wrong}");
            let quoted = value.as_str().filter(|text| text.len() > 3);
            assert!(quoted.is_none_or(|text| !wrong.contains(text)), "{wrong}");
        }
    }
}
