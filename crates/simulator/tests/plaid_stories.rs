//! Plaid in a simulator: every scenario of the library in virtual time, with webhooks that are verified as they arrive.
#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "answers are read here")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use idv_core::{BodyStream, Timestamp, Transport, TransportError};
use idv_simulator::plaid::{Environment, Template};
use idv_simulator::{Delivered, Simulator, Vendor, VendorKind, Watch};
use serde_json::{Value, json};

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);
const A_DAY: Duration = Duration::from_secs(86_400);

/// What arrived, and what was told: the first so many are refused.
#[derive(Debug, Default)]
struct Receiver {
    refuse_with: Mutex<Vec<u16>>,
    tokens: Mutex<Vec<(Value, Value)>>,
    told: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let token = request.headers()["plaid-verification"].to_str().unwrap();
        let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap());
        let mut parts = token.split('.').map_while(|part| read(part).ok());
        let (head, claims) = (parts.next().unwrap(), parts.next().unwrap());
        self.tokens.lock().unwrap().push((head, claims));
        let mut response = Response::new(Bytes::new());
        let refusal = self.refuse_with.lock().unwrap().pop();
        *response.status_mut() = StatusCode::from_u16(refusal.unwrap_or(200)).unwrap();
        Ok(response)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

impl Watch for Receiver {
    fn delivered(&self, delivered: &Delivered) {
        let line = format!("{} {}", delivered.outgoing.event, delivered.attempt);
        self.told.lock().unwrap().push(line);
    }

    fn not_played(&self, _: VendorKind, object: &str, why: &str) {
        panic!("{object}: {why}");
    }
}

fn simulator(environment: Environment) -> (Simulator, Arc<Environment>, Arc<Receiver>) {
    let (environment, receiver) = (Arc::new(environment), Arc::new(Receiver::default()));
    environment.add_endpoint("http://receiver/");
    let simulator = Simulator::builder()
        .vendor(environment.clone())
        .virtual_time(START)
        .deliver_through(receiver.clone())
        .watch(receiver.clone())
        .build()
        .unwrap();
    (simulator, environment, receiver)
}

async fn ask(simulator: &Simulator, path: &str, body: Value) -> Value {
    let request = Request::post(format!("https://sandbox.plaid.com{path}"))
        .header("PLAID-CLIENT-ID", Environment::CLIENT_ID)
        .header("PLAID-SECRET", Environment::SECRET)
        .body(Bytes::from(body.to_string()));
    let transport = simulator.transport(VendorKind::Plaid);
    let answer = transport.send(request.unwrap()).await.unwrap();
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(answer.status(), 200, "{body}");
    body
}

/// Creates an attempt that asks for a scenario.
async fn create(simulator: &Simulator, scenario: &str) -> String {
    let body = json!({
        "client_user_id": format!("subject+{scenario}"),
        "is_shareable": true,
        "template_id": Template::FULL,
    });
    let answer = ask(simulator, "/identity_verification/create", body).await;
    answer["id"].as_str().unwrap().to_owned()
}

async fn read(simulator: &Simulator, id: &str) -> Value {
    let body = json!({ "identity_verification_id": id });
    ask(simulator, "/identity_verification/get", body).await
}

#[tokio::test]
async fn every_scenario_is_played_to_its_end_within_a_day() {
    let (simulator, environment, receiver) = simulator(Environment::simulated());
    let scenarios: Vec<_> = simulator.library().of(VendorKind::Plaid).cloned().collect();
    assert!(scenarios.len() > 60, "{}", scenarios.len());
    for scenario in &scenarios {
        create(&simulator, &scenario.name).await;
    }
    simulator.advance(A_DAY).await;
    assert_eq!(simulator.next_due(), None);
    let mut ends = std::collections::BTreeMap::new();
    for id in environment.objects() {
        let status = read(&simulator, &id).await["status"].clone();
        *ends.entry(status.as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    let words: Vec<_> = ends.keys().map(String::as_str).collect();
    let all = [
        "active",
        "canceled",
        "expired",
        "failed",
        "in_limbo",
        "pending_review",
        "success",
    ];
    assert_eq!(words, all, "{ends:?}");
    assert!(receiver.told.lock().unwrap().len() > 400);
}

#[tokio::test]
async fn a_webhook_that_is_refused_comes_again_on_the_vendors_schedule_and_is_signed_anew() {
    let (simulator, _, receiver) = simulator(Environment::simulated());
    // 204 is not 200.
    *receiver.refuse_with.lock().unwrap() = vec![503, 500, 204];
    create(&simulator, "expired-unopened").await;
    simulator.advance(A_DAY).await;
    let told = receiver.told.lock().unwrap().clone();
    assert_eq!(
        told,
        [
            "STATUS_UPDATED 1",
            "STATUS_UPDATED 2",
            "STATUS_UPDATED 3",
            "STATUS_UPDATED 4"
        ]
    );
    let first = START.as_unix_secs() + 3_600;
    let times = |receiver: &Receiver| -> Vec<i64> {
        let tokens = receiver.tokens.lock().unwrap();
        tokens
            .iter()
            .map(|(_, claims)| claims["iat"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(
        times(&receiver),
        [0, 30, 150, 630].map(|after| first + after)
    );

    let (simulator, _, receiver) = self::simulator(Environment::simulated().signing_once());
    *receiver.refuse_with.lock().unwrap() = vec![503; 9];
    create(&simulator, "expired-unopened").await;
    simulator.advance(A_DAY * 2).await;
    assert_eq!(times(&receiver), [first; 7], "six more tries, and no more");
}

#[tokio::test]
async fn who_refuses_nearly_everything_is_not_tried_again() {
    let (simulator, _, receiver) = simulator(Environment::simulated());
    *receiver.refuse_with.lock().unwrap() = vec![503; 1_000];
    for scenario in ["passed", "review-cleared"] {
        create(&simulator, scenario).await;
    }
    simulator.advance(A_DAY).await;
    let told = receiver.told.lock().unwrap().len();
    assert!(told < 40, "{told}: twenty webhooks, and few of them twice");
}

#[tokio::test]
async fn a_key_that_is_rotated_is_named_by_what_it_signs() {
    let (simulator, _, receiver) = simulator(Environment::simulated());
    create(&simulator, "key-rotated").await;
    simulator.advance(A_DAY).await;
    let tokens = receiver.tokens.lock().unwrap().clone();
    let mut kids: Vec<_> = tokens
        .iter()
        .map(|(head, _)| head["kid"].as_str().unwrap())
        .collect();
    kids.dedup();
    assert_eq!(kids.len(), 2, "{kids:?}");
    for (kid, is_live) in kids.iter().zip([false, true]) {
        let path = "/webhook_verification_key/get";
        let key = ask(&simulator, path, json!({ "key_id": kid })).await["key"].clone();
        assert_eq!(key["expired_at"].is_null(), is_live);
    }
}

#[tokio::test]
async fn another_attempt_plays_the_next_name_of_the_magic() {
    let (simulator, environment, _) = simulator(Environment::simulated());
    let id = create(&simulator, "document-expired.passed").await;
    simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(read(&simulator, &id).await["status"], "failed");
    let body = json!({
        "client_user_id": "subject+document-expired.passed",
        "strategy": "incomplete",
        "template_id": Template::FULL,
    });
    let again = ask(&simulator, "/identity_verification/retry", body).await;
    simulator.advance(Duration::from_secs(60)).await;
    let again = read(&simulator, again["id"].as_str().unwrap()).await;
    assert_eq!(again["status"], "success");
    assert_eq!(again["steps"]["kyc_check"], "skipped");
    assert_eq!(environment.objects().len(), 2);
}
