//! How runs live and end.

use super::*;

#[tokio::test]
async fn every_way_of_choosing_a_scenario_works_and_without_one_the_run_waits() {
    let world = World::new();
    let by_email = world.run("Doe", "a+passed@example.com", json!([])).await;
    let by_tag = world
        .run("Doe", "a@b.example", json!(["scenario:face-mismatch"]))
        .await;
    let tag_first = world
        .run(
            "Consider",
            "a+passed@example.com",
            json!(["x", "scenario:face-mismatch"]),
        )
        .await;
    let by_name = world.run("Consider", "a@b.example", json!([])).await;
    let none = world
        .run("Doe", "a+passed@elsewhere.example", json!([]))
        .await;
    world.simulator.advance(Duration::from_secs(3_600)).await;
    assert_eq!(world.status(&by_email).await, "approved");
    assert_eq!(world.status(&by_tag).await, "declined");
    assert_eq!(world.status(&tag_first).await, "declined");
    assert_eq!(world.status(&by_name).await, "review");
    assert_eq!(world.status(&none).await, "awaiting_input");
}

#[tokio::test]
async fn a_run_tells_of_each_task_and_of_its_end_signed_as_the_vendor_signs() {
    let world = World::new();
    let run = world.run("Doe", "a+passed@example.com", json!([])).await;
    world.simulator.advance(Duration::from_secs(3_600)).await;
    let actions = world.actions();
    let (started, completed) = ("workflow_task.started", "workflow_task.completed");
    let mut expected = vec![completed];
    expected.extend([started, completed].repeat(5));
    expected.extend([
        "workflow_run.completed",
        "workflow_run_evidence_folder.created",
    ]);
    assert_eq!(actions, expected);
    let taken = world.receiver.taken();
    for (headers, body) in taken.iter() {
        let signature = sign(WEBHOOK_TOKEN, body.to_string().as_bytes());
        assert_eq!(headers["x-sha2-signature"], signature.as_str());
    }
    let (_, end) = &taken[11];
    assert_eq!(end["payload"]["object"]["status"], "approved");
    assert_eq!(end["payload"]["resource"]["id"], json!(run));
    let (_, photo) = &taken[4];
    assert_eq!(
        photo["payload"]["resource"]["output"][0]["type"],
        "document_photo"
    );
}

#[tokio::test]
async fn a_sandbox_run_is_completed_by_calls_alone() {
    let world = World::new();
    let run = world.run("Consider", "a@b.example", json!([])).await;
    let tasks = world.get(&format!("workflow_runs/{run}/tasks")).await;
    let ids: Vec<_> = tasks.as_array().unwrap().iter().map(|t| &t["id"]).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], "start");
    let profile = ids[1].as_str().unwrap();
    assert!(profile.starts_with("profile_"), "{profile}");
    let complete = format!("workflow_runs/{run}/tasks/{profile}/complete");
    let data = json!({ "data": { "first_name": "Jane", "last_name": "Roe" } });
    world.post(&complete, data.clone()).await;
    let task = world
        .get(&format!("workflow_runs/{run}/tasks/{profile}"))
        .await;
    assert_eq!(task["output"], data["data"]);
    let again = world.call(Method::POST, &complete, data).await;
    assert_eq!(again.0, StatusCode::UNPROCESSABLE_ENTITY);
    let tasks = world.get(&format!("workflow_runs/{run}/tasks")).await;
    assert_eq!(tasks[2]["task_def_id"], "upload_document_photo");
}

#[tokio::test]
async fn a_run_that_asks_nobody_has_ended_when_it_is_made() {
    let world = World::new();
    let person = json!({ "first_name": "Jane", "last_name": "Doe" });
    let applicant = world.post("applicants", person).await;
    let wanted = json!({
        "applicant_id": applicant["id"],
        "workflow_id": WORKFLOW_WITHOUT_INPUT,
        "custom_data": { "age": 18 },
    });
    let run = world.post("workflow_runs", wanted).await;
    assert_eq!(run["status"], "approved");
    assert_eq!(run["sdk_token"], Value::Null);
    world.simulator.advance(Duration::from_secs(1)).await;
    let last = world.actions().pop();
    assert_eq!(last.as_deref(), Some("workflow_run.completed"));
}

#[tokio::test]
async fn a_run_that_has_ended_does_nothing_more_and_only_a_review_is_decided() {
    let world = World::new();
    let run = world.run("Doe", "a+passed@example.com", json!([])).await;
    let vendor = world.simulator.vendor(VendorKind::Onfido).unwrap();
    world.simulator.advance(Duration::from_secs(3_600)).await;
    let told = world.actions().len();
    for word in [
        "submit",
        "run_checks",
        "approve",
        "abandon",
        "process",
        "break",
    ] {
        let played = vendor.play(&run, &Action::new(word), START);
        assert!(matches!(played, Err(CannotPlay::NotNow(_))), "{word}");
    }
    let decide = Action::new("decide_review").with("verdict", "approved");
    assert!(vendor.play(&run, &decide, START).is_err());
    assert_eq!(
        vendor.play("nobody", &decide, START),
        Err(CannotPlay::NoSuchObject)
    );
    let unheard = vendor.play(&run, &Action::new("fly"), START);
    assert!(matches!(unheard, Err(CannotPlay::Unreadable(_))));
    let too_much = Action::new("submit").with("twice", true);
    assert!(vendor.check(&too_much).is_err());
    world.simulator.advance(Duration::from_secs(3_600)).await;
    assert_eq!(world.actions().len(), told);
}

#[tokio::test]
async fn a_review_that_is_decided_is_told_of_a_second_time() {
    let world = World::new();
    let run = world
        .run("Doe", "a+review-then-passed@example.com", json!([]))
        .await;
    world.simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(world.status(&run).await, "review");
    world.simulator.advance(Duration::from_secs(8_000)).await;
    assert_eq!(world.status(&run).await, "approved");
    let ends = world.actions();
    let ends = ends.iter().filter(|a| *a == "workflow_run.completed");
    assert_eq!(ends.count(), 2);
}

#[tokio::test]
async fn the_customers_own_task_is_completed_by_a_call() {
    let world = World::new();
    let wanted = json!({
        "applicant_id": world.applicant().await,
        "workflow_id": WORKFLOW_WITH_CLIENT_INPUT,
    });
    let run = world.post("workflow_runs", wanted).await;
    assert_eq!(run["status"], "awaiting_client_input");
    let run = run["id"].as_str().unwrap();
    let tasks = world.get(&format!("workflow_runs/{run}/tasks")).await;
    let task = tasks[1]["id"].as_str().unwrap();
    let complete = format!("workflow_runs/{run}/tasks/{task}/complete");
    world
        .post(&complete, json!({ "data": { "limit": 5 } }))
        .await;
    assert_eq!(world.status(run).await, "processing");
    world.simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(world.status(run).await, "approved");
}

#[tokio::test]
async fn a_run_to_which_nothing_could_happen_goes_on_by_itself() {
    let world = World::new();
    let wanted = json!({
        "applicant_id": world.applicant().await,
        "workflow_id": WORKFLOW_WITH_CLIENT_INPUT,
    });
    let run = world.post("workflow_runs", wanted).await;
    let run = run["id"].as_str().unwrap();
    let vendor = world.simulator.vendor(VendorKind::Onfido).unwrap();
    let decide = Action::new("decide_review").with("verdict", "approved");
    let refused = vendor.play(run, &decide, START);
    assert!(matches!(refused, Err(CannotPlay::NotNow(_))));
    let tasks = world.get(&format!("workflow_runs/{run}/tasks")).await;
    let task = tasks[1]["id"].as_str().unwrap();
    let complete = format!("workflow_runs/{run}/tasks/{task}/complete");
    let data = json!({ "data": { "limit": 5 } });
    world.post(&complete, data).await;
    world.simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(world.status(run).await, "approved");
}

#[tokio::test]
async fn only_a_sandbox_decides_by_a_name() {
    let token = "api_live.simulated_onfido_token";
    let world = World::of(Account::new(token));
    let send = async |method: Method, path: &str, body: Value| -> Value {
        let url = format!("https://api.eu.onfido.com/v3.6/{path}");
        let body = ("application/json", Bytes::from(body.to_string()));
        let authorization = format!("Token token={token}");
        let answer = world.ask(method, &url, &authorization, body).await;
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    };
    let person = json!({ "first_name": "Jane", "last_name": "Doe" });
    let applicant = send(Method::POST, "applicants", person).await;
    let wanted = json!({
        "applicant_id": applicant["id"],
        "workflow_id": WORKFLOW_WITH_CLIENT_INPUT,
    });
    let run = send(Method::POST, "workflow_runs", wanted).await;
    let path = format!("workflow_runs/{}", run["id"].as_str().unwrap());
    let tasks = send(Method::GET, &format!("{path}/tasks"), Value::Null).await;
    let task = tasks[1]["id"].as_str().unwrap();
    let complete = format!("{path}/tasks/{task}/complete");
    send(Method::POST, &complete, json!({ "data": { "limit": 5 } })).await;
    world.simulator.advance(Duration::from_secs(3_600)).await;
    let run = send(Method::GET, &path, Value::Null).await;
    assert_eq!(run["status"], "processing");
}
