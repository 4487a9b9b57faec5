//! Members of JSON objects.

use serde_json::Value;

/// Adds a member to an object, or puts it in the place of the one of its name.
pub(super) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// A member. Null if there is none.
pub(super) fn get<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// A member's text. Empty if there is none.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    get(object, name).as_str().unwrap_or_default()
}
