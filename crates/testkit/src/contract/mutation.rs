//! Documents that differ in one place.

use serde_json::{Map, Value};

use crate::own_json;

pub(super) fn document(bytes: &[u8]) -> Value {
    own_json::parse(bytes).expect("a fixture is JSON")
}

pub(super) fn bytes(document: &Value) -> Vec<u8> {
    document.to_string().into_bytes()
}

/// The document with another value at a pointer.
pub(super) fn with(document: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = document.clone();
    *changed
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("the document has nothing at {pointer}")) = value;
    changed
}

/// The document without one member of one object.
pub(super) fn without(document: &Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer to a member");
    let mut changed = document.clone();
    changed
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .and_then(|object| object.remove(&key.replace("~1", "/").replace("~0", "~")))
        .unwrap_or_else(|| panic!("the document has no member {pointer}"));
    changed
}

/// The document with one more member in every object.
pub(super) fn with_extra_members(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut wider: Map<String, Value> = object
                .iter()
                .map(|(key, value)| (key.clone(), with_extra_members(value)))
                .collect();
            wider.insert("zz_added_later".to_owned(), Value::from("a new word"));
            Value::Object(wider)
        }
        Value::Array(list) => list.iter().map(with_extra_members).collect(),
        other => other.clone(),
    }
}

/// Pointers to every member of every object.
pub(super) fn members(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                collect(value, &pointer, found);
                found.push(pointer);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}
