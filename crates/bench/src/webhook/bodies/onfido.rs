//! Events about a check, which forms no session, and about a workflow run.

use serde_json::{Value, json};

use super::{LARGE, Size};

const SMALL: &str = include_str!("../../../../../fixtures/onfido/webhook_check_started.json");
const USUAL: &str = include_str!("../../../../../fixtures/onfido/webhook_run_approved.json");

pub(super) fn body(size: Size) -> String {
    match size {
        Size::Small => SMALL.to_owned(),
        Size::Usual => USUAL.to_owned(),
        Size::Large => large(),
    }
}

/// With a long output, which is whatever the workflow says.
fn large() -> String {
    let mut event: Value = serde_json::from_str(USUAL).expect("a fixture is JSON");
    event["payload"]["resource"]["output"] = json!({ "screening": [] });
    let element = |index: usize| {
        json!({
            "name": format!("Alva Quill {index}"),
            "lists": ["sanctions", "warnings", "politically exposed"],
            "score": 0.25,
            "year_of_birth": 1_931,
            "is_same_person": false,
            "remark": "Another year of birth, another country.",
        })
    };
    let length = element(0).to_string().len() + 1;
    let count = (LARGE - event.to_string().len()) / length;
    let elements: Vec<Value> = (0..count).map(element).collect();
    event["payload"]["resource"]["output"]["screening"] = json!(elements);
    event.to_string()
}
