//! Events about a verification session.

use serde_json::{Value, json};

use super::{LARGE, Size};

const USUAL: &str = include_str!("../../../../../fixtures/stripe/webhook_verified.json");

pub(super) fn body(size: Size) -> String {
    match size {
        Size::Small => small().to_string(),
        Size::Usual => USUAL.to_owned(),
        Size::Large => large(),
    }
}

fn small() -> Value {
    json!({
        "id": "evt_1TidvSparrow01",
        "object": "event",
        "api_version": "2026-07-29.dahlia",
        "created": 1_795_171_234,
        "data": { "object": {
            "id": "vs_1TidvSparrowAbc01",
            "object": "identity.verification_session",
            "created": 1_795_170_000,
            "livemode": true,
            "metadata": {},
            "options": {},
            "status": "canceled",
            "type": "document",
        } },
        "livemode": true,
        "pending_webhooks": 1,
        "type": "identity.verification_session.canceled",
    })
}

/// With as much metadata as an account may keep on an object, and again what it was before: 50 keys, each with a text of
/// up to 500 characters.
fn large() -> String {
    let mut event: Value = serde_json::from_str(USUAL).expect("a fixture is JSON");
    let text = |era: &str, index: usize| {
        format!("{era}: case {index} was handed to the desk for renewals. ").repeat(11)
    };
    for index in 0.. {
        let written = serde_json::to_string_pretty(&event).expect("JSON is written");
        if written.len() >= LARGE {
            return written;
        }
        let (place, era, index) = match index {
            0..49 => ("object", "now", index),
            _ => ("previous_attributes", "before", index - 49),
        };
        let name = format!("note_{index}");
        event["data"][place]["metadata"][name] = json!(text(era, index));
    }
    unreachable!("texts are longer than nothing");
}
