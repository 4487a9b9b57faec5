//! The life of a run, as its events and the API tell it.

use serde_json::json;

use super::*;

fn payload(event: &Event) -> Value {
    let body: Value = serde_json::from_slice(&event.body).unwrap();
    assert_eq!(body["payload"]["action"], event.action);
    body["payload"].clone()
}

#[test]
fn a_run_tells_of_its_tasks_and_of_its_end_with_the_state_in_it() {
    let mut run = Run::new("run-1", 100)
        .for_reference("subject-1")
        .with_tag("t");
    assert_eq!(run.object()["status"], "awaiting_input");
    let started = payload(&run.start_task(110, "face_1", "face_check").unwrap());
    assert_eq!(started["object"]["status"], "started");
    assert_eq!(
        started["object"]["started_at_iso8601"],
        "1970-01-01T00:01:50Z"
    );
    assert_eq!(started["object"]["workflow_run_id"], "run-1");
    assert_eq!(started["resource"]["output"], Value::Null);
    run.process(115).unwrap();
    let output = json!({ "result": "consider" });
    let completed = payload(&run.complete_task(120, "face_1", output.clone()).unwrap());
    assert_eq!(completed["resource"]["output"], output);
    assert_eq!(run.tasks()[0].get("output"), None, "a list shows no output");
    assert_eq!(run.task("face_1").unwrap()["output"], output);

    let outcome = Outcome::Declined(vec!["another face".to_owned()]);
    let ended = payload(&run.end(130, outcome).unwrap());
    assert_eq!(ended["object"]["status"], "declined");
    assert_eq!(ended["resource"], run.object());
    assert_eq!(run.object()["reasons"], json!(["another face"]));
    assert_eq!(run.object()["sdk_token"], Value::Null);
    assert_eq!(run.object()["customer_user_id"], "subject-1");
}

#[test]
fn what_cannot_happen_is_refused() {
    let mut run = Run::new("run-1", 0);
    assert!(run.complete_task(1, "face_1", Value::Null).is_err());
    run.start_task(1, "face_1", "face_check").unwrap();
    assert!(run.start_task(2, "face_1", "face_check").is_err());
    run.end(3, Outcome::Error("timeout".to_owned())).unwrap();
    assert_eq!(run.object()["error"]["type"], "timeout");
    assert!(run.complete_task(4, "face_1", Value::Null).is_err());
    assert!(run.await_input(4).is_err());
    let refused = run.end(4, Outcome::Approved).unwrap_err();
    assert_eq!(refused.to_string(), "a run that is error cannot end");
}
