//! The account as it is used: called, played, and listened to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use idv_core::{Timestamp, Transport};
use serde_json::{Value, json};

use super::*;
use crate::scenario::Library;
use crate::{Simulator, Vendor as _, VendorKind};

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

/// Everything that arrived at the endpoint.
#[derive(Debug, Default)]
struct Receiver(std::sync::Mutex<Vec<(http::HeaderMap, Value)>>);

#[async_trait::async_trait]
impl Transport for Receiver {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, idv_core::TransportError> {
        let body = serde_json::from_slice(request.body()).unwrap();
        let taken = (request.headers().clone(), body);
        self.0.lock().unwrap().push(taken);
        Ok(Response::new(Bytes::new()))
    }
    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, idv_core::TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

impl Receiver {
    fn actions(&self) -> Vec<String> {
        let taken = self.0.lock().unwrap();
        let action = |body: &Value| body["payload"]["action"].as_str().unwrap().to_owned();
        taken.iter().map(|(_, body)| action(body)).collect()
    }
}

struct World {
    simulator: Simulator,
    receiver: Arc<Receiver>,
}

impl World {
    fn new() -> Self {
        let account = Arc::new(Account::simulated());
        account.add_endpoint("http://receiver/");
        let receiver = Arc::new(Receiver::default());
        let builder = Simulator::builder().vendor(account).virtual_time(START);
        let builder = builder.library(Library::built_in());
        let simulator = builder.deliver_through(receiver.clone()).build().unwrap();
        Self {
            simulator,
            receiver,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://api.eu.onfido.com/v3.6/{path}"))
            .header("authorization", format!("Token token={API_TOKEN}"));
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let transport = self.simulator.transport(VendorKind::Onfido);
        let answer = transport.send(request.body(body).unwrap()).await.unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status(), body)
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.call(Method::POST, path, body).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// A run of an applicant of this last name and e-mail address.
    async fn run(&self, last_name: &str, email: &str, tags: Value) -> String {
        let person = json!({ "first_name": "Jane", "last_name": last_name, "email": email });
        let applicant = self.post("applicants", person).await;
        let wanted =
            json!({ "applicant_id": applicant["id"], "workflow_id": WORKFLOW_ID, "tags": tags });
        let run = self.post("workflow_runs", wanted).await;
        assert_eq!(run["status"], "awaiting_input");
        run["id"].as_str().unwrap().to_owned()
    }

    async fn status(&self, run: &str) -> String {
        let run = self.get(&format!("workflow_runs/{run}")).await;
        run["status"].as_str().unwrap().to_owned()
    }
}

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
    let actions = world.receiver.actions();
    let (started, completed) = ("workflow_task.started", "workflow_task.completed");
    let mut expected = vec![completed];
    expected.extend([started, completed].repeat(5));
    expected.extend([
        "workflow_run.completed",
        "workflow_run_evidence_folder.created",
    ]);
    assert_eq!(actions, expected);
    let taken = world.receiver.0.lock().unwrap();
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
    let last = world.receiver.actions().pop();
    assert_eq!(last.as_deref(), Some("workflow_run.completed"));
}
