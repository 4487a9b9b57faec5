//! What the fake vendor's answers are made of.

use serde_json::{Value, json};

pub(super) fn details(id: &str) -> Value {
    json!({
        "object": "details",
        "check": id,
        "given_name": "Fenna",
        "family_name": "Fakeperson",
    })
}

pub(super) fn link(number: usize) -> String {
    format!("https://fake.invalid/go/secret-token-{number}")
}

pub(super) fn refusal(status: u16, word: &str) -> (u16, String) {
    (status, json!({ "error": { "word": word } }).to_string())
}
