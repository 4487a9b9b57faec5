//! The account as it is used: called, played, and listened to.

mod deletion;
mod life;
mod page;
mod refusals;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::receiver::Receiver;
use crate::scenario::{Action, Library};
use crate::{CannotPlay, Simulator, Vendor, VendorKind};

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

struct World {
    account: Arc<Account>,
    simulator: Simulator,
    receiver: Arc<Receiver>,
}

impl World {
    fn new() -> Self {
        Self::of(Account::simulated())
    }

    fn of(account: Account) -> Self {
        let account = Arc::new(account);
        account.add_endpoint("http://receiver/");
        let receiver = Receiver::checking(|headers, _| headers.contains_key("x-sha2-signature"));
        let builder = Simulator::builder().vendor(account.clone());
        let builder = builder.virtual_time(START);
        let builder = builder.library(Library::built_in());
        let simulator = builder.deliver_through(receiver.clone()).build().unwrap();
        Self {
            account,
            simulator,
            receiver,
        }
    }

    /// Asks as whoever has these credentials; a body is given as its type and its bytes.
    async fn ask(
        &self,
        method: Method,
        url: &str,
        authorization: &str,
        (content_type, body): (&str, Bytes),
    ) -> Response<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", content_type)
            .header("authorization", authorization);
        let transport = self.simulator.transport(VendorKind::Onfido);
        transport.send(request.body(body).unwrap()).await.unwrap()
    }

    async fn answer(&self, method: Method, path: &str, body: Value) -> Response<Bytes> {
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let url = format!("https://api.eu.onfido.com/v3.6/{path}");
        let token = format!("Token token={API_TOKEN}");
        self.ask(method, &url, &token, ("application/json", body))
            .await
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.answer(method, path, body).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status(), body)
    }

    /// The type of the error with which a call is refused, and its status.
    async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (status, body) = self.call(method, path, body).await;
        let error_type = body["error"]["type"].as_str().unwrap_or_default();
        (status.as_u16(), error_type.to_owned())
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

    /// What was told, in order.
    fn actions(&self) -> Vec<String> {
        self.receiver.told("/payload/action")
    }

    async fn applicant(&self) -> String {
        let person = json!({ "first_name": "Jane", "last_name": "Doe" });
        let made = self.post("applicants", person).await;
        made["id"].as_str().unwrap().to_owned()
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
