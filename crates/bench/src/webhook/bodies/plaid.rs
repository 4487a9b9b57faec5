//! Events about an attempt. They name it and say no more.

use serde_json::{Value, json};

use super::{LARGE, Size};

const USUAL: &str = include_str!("../../../../../fixtures/plaid/webhook_status_updated.json");

pub(super) fn body(size: Size) -> String {
    let event: Value = serde_json::from_str(USUAL).expect("a fixture is JSON");
    match size {
        Size::Small => event.to_string(),
        Size::Usual => USUAL.to_owned(),
        Size::Large => large(event),
    }
}

/// With a member that this vendor may add any day, as it has done before.
fn large(mut event: Value) -> String {
    let element = |index: usize| {
        json!({
            "step": "documentary_verification",
            "attempt": index + 1,
            "status": "failed",
            "began_at": "2026-11-20T11:58:20Z",
            "ended_at": "2026-11-20T11:59:40Z",
            "is_last": false,
        })
    };
    let length = element(100).to_string().len() + 1;
    let count = (LARGE - event.to_string().len()) / length;
    let elements: Vec<Value> = (0..count).map(element).collect();
    event["steps_so_far"] = json!(elements);
    event.to_string()
}
