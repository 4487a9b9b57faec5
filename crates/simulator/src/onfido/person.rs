//! The person a run is about, as far as outputs name them.

use serde_json::{Map, Value, json};

use super::members::set;

/// Whom outputs name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Person<'a> {
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    fields: Option<&'a Map<String, Value>>,
}

impl<'a> Person<'a> {
    /// From what was given about an applicant.
    pub(super) fn of(fields: &'a Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        Self {
            first_name: text("first_name"),
            last_name: text("last_name"),
            fields: Some(fields),
        }
    }

    /// What they type into the form about themselves.
    pub(super) fn profile(self) -> Value {
        let mut profile = json!({ "first_name": self.first_name, "last_name": self.last_name });
        for name in ["dob", "email", "phone_number", "address"] {
            let given = self.fields.and_then(|fields| fields.get(name));
            if let Some(value) = given.filter(|value| !value.is_null()) {
                set(&mut profile, name, value.clone());
            }
        }
        profile
    }
}
