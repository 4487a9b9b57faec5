//! What bodies may hold.

use idv_core::{Country, Timestamp};
use serde_json::{Map, Value};

use super::super::refusal::Fields;

const BLANK: &str = "can't be blank";
const INVALID: &str = "is invalid";
const CONSENTS: &[&str] = &[
    "privacy_notices_read",
    "ssn_verification",
    "phone_number_verification",
];
const ID_NUMBERS: &[&str] = &[
    "ssn",
    "social_insurance",
    "tax_id",
    "identity_card",
    "driving_license",
    "driving_licence",
    "share_code",
    "voter_id",
    "passport",
    "other",
];

/// The members of a body, and what is wrong with them.
pub(super) struct Checked<'a> {
    body: &'a Map<String, Value>,
    pub(super) fields: Fields,
}

impl<'a> Checked<'a> {
    pub(super) fn new(body: &'a Map<String, Value>) -> Self {
        Self {
            body,
            fields: Fields::default(),
        }
    }

    /// A member, unless it is absent or null.
    pub(super) fn given(&self, name: &str) -> Option<&'a Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// It has to be there, and be more than blanks.
    pub(super) fn required(&mut self, name: &str) {
        let is_blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        if self.given(name).is_none_or(is_blank) {
            self.fields.add(name, BLANK);
        }
    }

    /// If it is there, it has to be a text of which this is true.
    pub(super) fn text(&mut self, name: &str, is_good: impl Fn(&str) -> bool) {
        if let Some(value) = self.given(name)
            && !value.as_str().is_some_and(is_good)
        {
            self.fields.add(name, INVALID);
        }
    }

    /// If it is there, this has to be true of it.
    pub(super) fn value(&mut self, name: &str, is_good: impl Fn(&Value) -> bool) {
        if let Some(value) = self.given(name)
            && !is_good(value)
        {
            self.fields.add(name, INVALID);
        }
    }

    /// If it is there, it has to be a list of words of which this is true of each.
    pub(super) fn words(&mut self, name: &str, is_good: impl Fn(&str) -> bool) {
        let is_word = |word: &Value| word.as_str().is_some_and(&is_good);
        self.value(name, |value| {
            value
                .as_array()
                .is_some_and(|words| words.iter().all(is_word))
        });
    }

    /// What may be said about an applicant.
    pub(super) fn applicant(&mut self) {
        for name in ["first_name", "last_name"] {
            self.text(name, is_name);
        }
        self.text("email", |text| {
            let parts = text.split_once('@');
            parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        });
        self.text("dob", is_day);
        self.text("phone_number", |text| !text.trim().is_empty());
        self.value("location", |value| {
            let Some(location) = value.as_object() else {
                return false;
            };
            let text = |name: &str| location.get(name).filter(|value| !value.is_null());
            let ip = text("ip_address").is_none_or(|ip| {
                ip.as_str()
                    .is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok())
            });
            let home = text("country_of_residence");
            ip && home.is_none_or(|home| home.as_str().is_some_and(is_country))
        });
        if let Some(address) = self.given("address") {
            self.address(address);
        }
        self.value("id_numbers", |value| {
            let is_number = |number: &Value| {
                let kind = number.get("type").and_then(Value::as_str);
                kind.is_some_and(|kind| ID_NUMBERS.contains(&kind))
                    && number.get("value").is_some_and(Value::is_string)
            };
            value
                .as_array()
                .is_some_and(|numbers| numbers.iter().all(is_number))
        });
        self.value("consents", |value| {
            let is_consent = |consent: &Value| {
                let name = consent.get("name").and_then(Value::as_str);
                name.is_some_and(|name| CONSENTS.contains(&name))
                    && consent.get("granted").is_some_and(Value::is_boolean)
            };
            value
                .as_array()
                .is_some_and(|consents| consents.iter().all(is_consent))
        });
    }

    fn address(&mut self, address: &Value) {
        let Some(parts) = address.as_object() else {
            self.fields.add("address", INVALID);
            return;
        };
        let text = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default();
        for (name, problem) in [("postcode", BLANK), ("country", BLANK)] {
            if text(name).trim().is_empty() {
                self.fields.add(&format!("address.{name}"), problem);
            }
        }
        if !text("country").is_empty() && !is_country(text("country")) {
            self.fields.add("address.country", INVALID);
        }
        for name in ["line1", "line2", "line3"] {
            if text(name).contains(|c| "!$%^*=<>".contains(c)) {
                self.fields.add(&format!("address.{name}"), INVALID);
            }
        }
    }
}

/// The vendor refuses some letters in names.
fn is_name(text: &str) -> bool {
    !text.contains(|c| "!#$%*=<>;{}\"".contains(c))
}

/// `YYYY-MM-DD`.
pub(super) fn is_day(text: &str) -> bool {
    text.len() == 10 && format!("{text}T00:00:00Z").parse::<Timestamp>().is_ok()
}

/// Three upper-case letters of a country. The vendor has a code of its own for Kosovo.
pub(super) fn is_country(code: &str) -> bool {
    let is_known = || matches!(Country::from_code(code), Country::Known(_));
    code == "RKS" || (code.len() == 3 && code != "XKX" && is_known())
}
