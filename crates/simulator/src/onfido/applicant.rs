//! Applicants: the people.

use serde_json::{Map, Value, json};

use super::members::{get, set, text};
use super::person::Person;
use super::run::told::time;

/// How long a deletion can be taken back. The vendor's pages do not say: this is chosen.
pub(super) const GRACE_SECS: i64 = 30 * 86_400;

/// What a customer may say about an applicant, besides the consents.
const FIELDS: &[&str] = &[
    "first_name",
    "last_name",
    "email",
    "dob",
    "phone_number",
    "id_numbers",
    "address",
    "location",
];

/// The parts of an address that come as empty text where nothing was given.
const ADDRESS_PARTS: &[&str] = &[
    "flat_number",
    "building_number",
    "building_name",
    "street",
    "sub_street",
    "town",
    "state",
    "postcode",
];

#[derive(Clone, Debug)]
pub(super) struct Applicant {
    pub(super) id: String,
    created_unix_secs: i64,
    /// When the data are erased, if a deletion was asked for.
    pub(super) delete_unix_secs: Option<i64>,
    fields: Map<String, Value>,
    consents: Vec<(String, bool, i64)>,
}

impl Applicant {
    /// From a body that was checked.
    pub(super) fn new(id: String, body: &Map<String, Value>, now_unix_secs: i64) -> Self {
        let mut applicant = Self {
            id,
            created_unix_secs: now_unix_secs,
            delete_unix_secs: None,
            fields: Map::new(),
            consents: Vec::new(),
        };
        applicant.update(body, now_unix_secs);
        applicant
    }

    /// Takes what a checked body has; an address and a list of numbers take the place of what was there.
    pub(super) fn update(&mut self, body: &Map<String, Value>, now_unix_secs: i64) {
        for name in FIELDS {
            if let Some(value) = body.get(*name) {
                self.fields.insert((*name).to_owned(), value.clone());
            }
        }
        let consents = body.get("consents").and_then(Value::as_array);
        for consent in consents.into_iter().flatten() {
            let name = text(consent, "name").to_owned();
            let granted = get(consent, "granted").as_bool().unwrap_or_default();
            self.consents.retain(|(known, _, _)| *known != name);
            self.consents.push((name, granted, now_unix_secs));
        }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        let value = self.fields.get(name);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn person(&self) -> Person<'_> {
        Person::of(&self.fields)
    }

    pub(super) const fn is_deleted(&self) -> bool {
        self.delete_unix_secs.is_some()
    }

    /// Forgets everything about them but that they were there.
    pub(super) fn erase(&mut self) {
        self.fields.clear();
        self.consents.clear();
    }

    /// As the API shows it.
    pub(super) fn object(&self, is_sandbox: bool) -> Value {
        let given = |name: &str| self.fields.get(name).cloned().unwrap_or_default();
        let location = given("location");
        let mut object = json!({
            "id": self.id,
            "created_at": time(self.created_unix_secs),
            "sandbox": is_sandbox,
            "first_name": given("first_name"),
            "last_name": given("last_name"),
            "delete_at": self.delete_unix_secs.map(time),
            "href": format!("/v3.6/applicants/{}", self.id),
            "id_numbers": self.fields.get("id_numbers").cloned().unwrap_or_else(|| json!([])),
            "location": { "ip_address": get(&location, "ip_address") },
        });
        // What was not given is left out: of these no recording shows a null.
        for name in ["email", "dob", "phone_number"] {
            if let Some(value) = self.fields.get(name).filter(|value| !value.is_null()) {
                set(&mut object, name, value.clone());
            }
        }
        let home = get(&location, "country_of_residence");
        if let (false, Some(shown)) = (home.is_null(), object.get_mut("location")) {
            set(shown, "country_of_residence", home.clone());
        }
        if let Some(Value::Object(address)) = self.fields.get("address") {
            let mut shown = Map::new();
            for part in ADDRESS_PARTS {
                let value = address.get(*part).cloned();
                let value = value.filter(|value| !value.is_null());
                shown.insert((*part).to_owned(), value.unwrap_or_else(|| Value::from("")));
            }
            for part in ["country", "line1", "line2", "line3"] {
                let value = address.get(part).cloned().unwrap_or_default();
                shown.insert(part.to_owned(), value);
            }
            set(&mut object, "address", shown);
        }
        object
    }

    /// What they have agreed to, as the API shows it.
    pub(super) fn consents(&self) -> Value {
        let consents = self.consents.iter();
        consents
            .map(|(name, granted, at)| {
                json!({ "name": name, "granted": granted, "granted_at": granted.then(|| time(*at)) })
            })
            .collect()
    }
}
