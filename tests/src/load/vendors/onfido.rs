//! Onfido: tasks one after the other, and an outcome. What changes without a webhook changes together with something
//! that has one.

use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;
use http::request::Builder;
use http::{Request, Response};
use idv_core::{Timestamp, json};
use idv_simulator::onfido::{API_TOKEN, Account, WEBHOOK_TOKEN, WORKFLOW_ID};
use idv_simulator::scenario::Action;
use idv_simulator::{Vendor, VendorKind};
use serde_json::{Value, json};

/// What the gateway wants to hear of. Files that are written some time after the end are not.
const EVENTS: [&str; 3] = [
    "workflow_run.completed",
    "workflow_task.started",
    "workflow_task.completed",
];

pub(super) fn account(seed: u64) -> Arc<dyn Vendor> {
    let account = Account::simulated().with_seed(seed);
    account.add_endpoint(&super::webhook_url(VendorKind::Onfido));
    let ask = |request| super::ask(&account, &request, Timestamp::UNIX_EPOCH);
    let registered = call(ask, Request::get("/v3.6/webhooks"), &Value::Null);
    let id = registered["webhooks"][0]["id"].as_str().unwrap();
    let wanted = json!({ "events": EVENTS });
    call(ask, Request::put(format!("/v3.6/webhooks/{id}")), &wanted);
    Arc::new(account)
}

pub(super) fn settings() -> (String, String) {
    let secrets = format!(
        "environment = \"sandbox\"\napi_key = \"{API_TOKEN}\"\nwebhook_secrets = [\"{WEBHOOK_TOKEN}\"]\n"
    );
    (secrets, format!("workflow_id = \"{WORKFLOW_ID}\"\n"))
}

pub(super) fn life(rng: &mut Rng) -> Vec<Action> {
    let mut life = vec![Action::new("submit"), Action::new("run_checks")];
    match rng.u8(0..10) {
        0..5 => life.push(Action::new("approve")),
        5..7 => life.push(Action::new("decline")),
        7 => life.push(Action::new("review")),
        8 => life = vec![Action::new("abandon")],
        // Nobody goes on with it.
        _ => life.truncate(rng.usize(0..2)),
    }
    life
}

pub(super) fn make_session(ask: impl Fn(Request<Bytes>) -> Response<Bytes>, subject: &str) {
    let applicant = json!({ "first_name": "Sjoukje", "last_name": "Voorbeeld" });
    let applicant = call(&ask, Request::post("/v3.6/applicants"), &applicant);
    let run = json!({
        "applicant_id": applicant["id"], "workflow_id": WORKFLOW_ID, "customer_user_id": subject,
    });
    call(&ask, Request::post("/v3.6/workflow_runs"), &run);
}

fn call(ask: impl Fn(Request<Bytes>) -> Response<Bytes>, request: Builder, body: &Value) -> Value {
    let request = request
        .header("authorization", format!("Token token={API_TOKEN}"))
        .header("content-type", "application/json");
    let body = if body.is_null() {
        Bytes::new()
    } else {
        body.to_string().into()
    };
    let answer = ask(request.body(body).unwrap());
    json::decode(answer.body()).unwrap()
}
