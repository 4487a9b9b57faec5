//! Requests that are real.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use idv_core::RequestId;
use idv_simulator::stripe;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::far_vendor::FarVendor;
use crate::gateway::Gateway;

/// How long a story may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One way in which a request goes.
struct Story {
    /// The scenario of the simulator.
    scenario: &'static str,
    /// In which status it ends.
    ends: &'static str,
    /// Of a thousand requests that are over so many went this way; of those that are open for none.
    share: u32,
}

const STORIES: &[Story] = &[
    Story::new("verified", "passed", 800),
    Story::new("retried", "passed", 100),
    Story::new("canceled", "cancelled", 100),
    Story::new("manual", "awaiting_user", 0),
];

impl Story {
    const fn new(scenario: &'static str, ends: &'static str, share: u32) -> Self {
        Self {
            scenario,
            ends,
            share,
        }
    }
}

/// A request that was lived through.
pub(super) struct Lived {
    pub(super) request: RequestId,
    pub(super) subject: String,
    pub(super) share: u32,
}

/// Has every story happen, and comes back when nothing goes on any more.
pub(super) async fn live_all(gateway: &Gateway, vendor: &FarVendor, api_key: &str) -> Vec<Lived> {
    vendor.post_webhooks_to(&format!("{}/webhooks/far", gateway.base_url()));
    let mut application = Application {
        caller: Caller::new(gateway.address()),
        authorization: format!("Bearer {api_key}"),
    };
    let mut lived = Vec::new();
    for story in STORIES {
        let subject = format!("story-of-{}", story.scenario);
        let person = json!({
            "given_name": "Ada", "family_name": "Example", "birthdate": "1990-03-01", "phone": "+15555550100",
            "email": format!("ada+{}@example.com", story.scenario),
        });
        let body = json!({
            "subject": subject, "organization": "organization-0", "reason": "onboarding", "person": person,
        });
        let request = application
            .ask("POST", "/v1/verification-requests", &body)
            .await;
        let id = request["id"].as_str().unwrap().to_owned();
        application.wait(&id, story.ends).await;
        lived.push(Lived {
            request: id.parse::<RequestId>().unwrap(),
            subject,
            share: story.share,
        });
    }
    // What was told twice, or late, is worked on too.
    let store = gateway.store().await;
    let begun = Instant::now();
    loop {
        let waiting = store.inbox().counts().await.unwrap().pending;
        let jobs = store.jobs().count().await.unwrap();
        if waiting == 0 && jobs == 0 && vendor.is_quiet() {
            return lived;
        }
        assert!(begun.elapsed() < PATIENCE, "the stories do not end");
        pause().await;
    }
}

/// Has the vendor answer for every session that it does not know, as for one that waits for its subject.
pub(super) async fn answer_for_all(vendor: &FarVendor) {
    let call = |method, path: String, body: &'static str| {
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", stripe::API_KEY))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    };
    let sessions = "/v1/identity/verification_sessions";
    let make = call("POST", sessions.to_owned(), "type=document");
    let made: Value = serde_json::from_slice(&vendor.ask(make).await).unwrap();
    let session = made["id"].as_str().unwrap();
    let read = call("GET", format!("{sessions}/{session}"), "");
    vendor.say_of_all(read, session).await;
}

struct Application {
    caller: Caller,
    authorization: String,
}

impl Application {
    async fn ask(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, "application/json")
            .body(match body {
                Value::Null => Bytes::new(),
                body => Bytes::from(body.to_string()),
            })
            .unwrap();
        let answer = self.caller.send(request).await;
        let is_fine = matches!(answer.status(), StatusCode::OK | StatusCode::CREATED);
        assert!(is_fine, "{:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    async fn wait(&mut self, id: &str, status: &str) {
        let begun = Instant::now();
        loop {
            let path = format!("/v1/verification-requests/{id}");
            let request = self.ask("GET", &path, &Value::Null).await;
            if request["status"] == status {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "a story does not end {status}: {request}"
            );
            pause().await;
        }
    }
}

/// Another process gives no signal to wait for.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}
