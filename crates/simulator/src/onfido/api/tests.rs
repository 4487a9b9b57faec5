//! Reading through the API without a clock.

use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::*;
use crate::onfido::Run;

fn get(account: &Account, token: &str, path: &str) -> (u16, Value) {
    let request = Request::get(path).header(AUTHORIZATION, format!("Token token={token}"));
    let response = account.answer(&request.body(Bytes::new()).unwrap());
    let body = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), body)
}

#[test]
fn a_run_and_its_tasks_are_read_as_they_are_now() {
    let account = Account::new("api_sandbox.1");
    account.insert(Run::new("run-1", 0));
    let at = "/v3.6/workflow_runs/run-1";
    let started = account.with("run-1", |run| run.start_task(1, "face_1", "face_check"));
    assert!(started.unwrap().is_ok());
    let run = get(&account, "api_sandbox.1", at);
    assert_eq!((run.0, &run.1["status"]), (200, &json!("awaiting_input")));
    let tasks = get(&account, "api_sandbox.1", &format!("{at}/tasks"));
    assert_eq!(tasks.1[0]["id"], "face_1");
    let task = get(&account, "api_sandbox.1", &format!("{at}/tasks/face_1"));
    assert_eq!(task.1["output"], Value::Null);
}

#[test]
fn a_wrong_token_and_a_run_that_is_not_there_are_refused() {
    let account = Account::new("api_sandbox.1");
    account.insert(Run::new("run-1", 0));
    let (status, body) = get(&account, "api_live.1", "/v3.6/workflow_runs/run-1");
    assert_eq!(
        (status, &body["error"]["type"]),
        (401, &json!("authorization_error"))
    );
    for path in [
        "/v3.6/workflow_runs/run-2",
        "/v3.6/workflow_runs/run-1/tasks/x",
        "/",
    ] {
        let (status, body) = get(&account, "api_sandbox.1", path);
        assert_eq!(
            (status, &body["error"]["type"]),
            (404, &json!("resource_not_found"))
        );
    }
    assert!(!format!("{account:?}").contains("api_sandbox"));
}
