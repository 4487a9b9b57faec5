//! A recording: made through the proxy from a stand-in's traffic, read by the testkit, proven by the providers, played.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON directly, about synthetic people"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::webhook::{InboundWebhook, KeyLabel, Refusal, SigningKey, VerifyError};
use idv_core::{
    BodyStream, Clock, HandedOut, IdProvider, Secret, Timestamp, Transport, TransportError,
};
use idv_http::{HttpSettings, HttpTransport};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_recorder::{
    Captured, Delivery, Event, Genuineness, Listener, NotWritten, PlayedWebhook, Player, Proxy,
    Recorder, Recording, RecordingTransport, Signed, Upstream, Vendor, WEBHOOKS, WebhookCheck,
    send_webhooks,
};
use idv_simulator::{Api, Loopback, onfido, plaid, stripe};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Exchanges, ReplayTransport};
use serde_json::Value;

const NOW: i64 = 1_795_176_000;
const LOCAL: &str = "127.0.0.1:0";

fn clock() -> Arc<dyn Clock> {
    ManualClock::at(Timestamp::from_unix_secs(NOW))
}

fn http() -> Arc<dyn Transport> {
    let mut settings = HttpSettings::default();
    settings.proxy_from_environment = false;
    Arc::new(HttpTransport::new(&settings).unwrap())
}

fn local() -> SocketAddr {
    LOCAL.parse().unwrap()
}

/// Hears and remembers.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Listener for Heard {
    fn heard(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Heard {
    fn captured(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let lines = events.iter().map(|event| match event {
            Event::Captured(Captured { what, status, .. }) => {
                format!(
                    "{what} {}",
                    status.map_or("-".to_owned(), |status| status.to_string())
                )
            }
            other => format!("{other:?}"),
        });
        lines.collect()
    }
}

/// A stand-in's API as a transport.
struct Direct(Arc<dyn Api>);

impl std::fmt::Debug for Direct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Direct(..)")
    }
}

#[async_trait]
impl Transport for Direct {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.0.answer(&request))
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

fn signing_key(secret: &str) -> SigningKey {
    SigningKey::new(KeyLabel::new("recorded"), Secret::from(secret)).unwrap()
}

/// The provider of a recording, as an application would configure it, with its clock at this time.
fn provider(folder: &Path, recording: &Recording, at_unix_secs: i64) -> Box<dyn IdProvider> {
    let clock: Arc<dyn Clock> = ManualClock::at(Timestamp::from_unix_secs(at_unix_secs));
    let secret = recording.keys().webhook_secret().to_owned();
    match recording.vendor() {
        Vendor::Stripe => {
            let mut config = StripeConfig::default();
            config.webhook_secrets.push(signing_key(&secret));
            Box::new(StripeProvider::new(
                config,
                ReplayTransport::silent(),
                clock,
            ))
        }
        Vendor::Onfido => {
            let mut config = OnfidoConfig::default();
            config.webhook_secrets.push(signing_key(&secret));
            Box::new(OnfidoProvider::new(
                config,
                ReplayTransport::silent(),
                clock,
            ))
        }
        Vendor::Plaid => {
            let mut config = PlaidConfig {
                api_key: Some(Secret::from("any")),
                ..PlaidConfig::default()
            };
            config.options.client_id = Some("any".to_owned());
            let keys = ReplayTransport::new(Exchanges::load(folder, "webhook_verification_key"));
            Box::new(PlaidProvider::new(config, keys, clock))
        }
    }
}

async fn verified(
    folder: &Path,
    recording: &Recording,
    webhook: &PlayedWebhook,
    at: i64,
) -> Result<(), Refusal> {
    let provider = provider(folder, recording, at);
    let inbound = InboundWebhook::new(
        webhook.headers.clone(),
        webhook.body.clone(),
        Timestamp::from_unix_secs(at),
    );
    match provider.verify(&inbound).await {
        Ok(_) => Ok(()),
        Err(VerifyError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

/// The bodies that a vendor sends of a life, and where the session can be read.
struct Life {
    api: Arc<dyn Api>,
    webhooks: Vec<Vec<u8>>,
    marks: &'static [&'static str],
}

const MARKS: &[&str] = &["kestrel", "4711"];

fn life(vendor: Vendor) -> Life {
    match vendor {
        Vendor::Stripe => {
            let mut session =
                stripe::Session::new("vs_1Kestrel4711", NOW).for_reference("kestrel-4711");
            let webhooks = vec![
                session.created(NOW).body,
                session.submit(NOW).unwrap().body,
                session.verify(NOW).unwrap().body,
            ];
            let account = stripe::Account::new("sk_test_Kestrel4711");
            account.insert(session);
            Life {
                api: Arc::new(account),
                webhooks,
                marks: MARKS,
            }
        }
        Vendor::Onfido => {
            let id = "b64cc815-4711-461f-9e73-a595f285b3bb";
            let mut run = onfido::Run::new(id, NOW)
                .for_reference("kestrel-4711")
                .with_tag("kestrel:4711");
            let webhooks = vec![run.end(NOW, onfido::Outcome::Approved).unwrap().body];
            let account = onfido::Account::new("api_sandbox.Kestrel4711");
            account.insert(run);
            Life {
                api: Arc::new(account),
                webhooks,
                marks: &["kestrel", "b64cc815"],
            }
        }
        Vendor::Plaid => {
            let mut attempt = plaid::Attempt::new(
                "idv_Kestrel4711",
                "kestrel-4711",
                &[plaid::Step::AcceptTos],
                NOW,
            );
            let event = attempt.pass(plaid::Step::AcceptTos, None).unwrap();
            let environment = plaid::Environment::sandbox("client-kestrel", "secret-kestrel");
            let webhooks = vec![event.body(environment.name())];
            environment.insert(attempt);
            Life {
                api: Arc::new(environment),
                webhooks,
                marks: MARKS,
            }
        }
    }
}

/// Reading the session, as the vendor's clients do.
fn reading(vendor: Vendor, base: &str) -> Request<Bytes> {
    let request = match vendor {
        Vendor::Stripe => Request::get(format!(
            "{base}/v1/identity/verification_sessions/vs_1Kestrel4711"
        ))
        .header("authorization", "Bearer sk_test_Kestrel4711"),
        Vendor::Onfido => Request::get(format!(
            "{base}/v3.6/workflow_runs/b64cc815-4711-461f-9e73-a595f285b3bb"
        ))
        .header("authorization", "Token token=api_sandbox.Kestrel4711"),
        Vendor::Plaid => Request::post(format!("{base}/identity_verification/get"))
            .header("content-type", "application/json")
            .header("plaid-client-id", "client-kestrel")
            .header("plaid-secret", "secret-kestrel"),
    };
    let body = match vendor {
        Vendor::Plaid => Bytes::from_static(br#"{"identity_verification_id":"idv_Kestrel4711"}"#),
        _ => Bytes::new(),
    };
    request.body(body).unwrap()
}

fn upstream(vendor: Vendor) -> Upstream {
    Upstream {
        vendor,
        base_url: "https://vendor.example".to_owned(),
        webhooks_to: None,
    }
}

/// Records a life through a proxy over HTTP.
async fn recorded(vendor: Vendor, folder: &Path) -> Vec<String> {
    let life = life(vendor);
    let heard = Arc::new(Heard::default());
    let recorder = Arc::new(Recorder::begin(vendor, folder, clock()).unwrap());
    let proxy = Proxy::new(
        upstream(vendor),
        Arc::new(Direct(life.api)),
        recorder,
        heard.clone(),
    );
    let server = proxy.serve(local()).await.unwrap();
    let http = http();
    for _ in 0..2 {
        let answer = http
            .send(reading(vendor, &server.base_url()))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{vendor:?}: {:?}", heard.captured());
        let text = String::from_utf8_lossy(answer.body()).to_lowercase();
        assert!(
            text.contains(life.marks[0]),
            "the application gets the original"
        );
    }
    for body in life.webhooks {
        let request = Request::post(format!("{}{WEBHOOKS}", server.base_url()))
            .header("content-type", "application/json")
            .header("stripe-signature", "t=1,v1=kestrel")
            .body(Bytes::from(body));
        assert_eq!(http.send(request.unwrap()).await.unwrap().status(), 200);
    }
    heard.captured()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

#[tokio::test]
async fn what_is_recorded_through_the_proxy_has_no_mark_and_its_webhooks_verify() {
    for vendor in Vendor::ALL {
        let folder = tempfile::tempdir().unwrap();
        let lines = recorded(vendor, folder.path()).await;
        let (first, rest) = lines.split_first().unwrap();
        assert_eq!(rest[0], *first);
        assert!(
            first.ends_with("{id} 200") || first == "POST /identity_verification/get 200",
            "{first}"
        );
        assert!(
            rest[1..].iter().all(|line| line == "webhook -"),
            "{lines:?}"
        );

        let marks = life(vendor).marks;
        for (name, bytes) in files(folder.path()) {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            for mark in marks {
                assert!(!text.contains(mark), "{name} has {mark}: {text}");
            }
            assert!(!name.contains(".part"), "{name}");
        }

        let recording = Recording::open(folder.path()).unwrap();
        assert_eq!(recording.webhooks().len(), lines.len() - 2);
        for webhook in recording.webhooks() {
            verified(folder.path(), &recording, webhook, NOW)
                .await
                .unwrap();
            let mut tampered = webhook.clone();
            tampered.body = [&b" "[..], &webhook.body].concat().into();
            verified(folder.path(), &recording, &tampered, NOW)
                .await
                .unwrap_err();
            // Onfido signs no time.
            let late = verified(folder.path(), &recording, webhook, NOW + 3_600).await;
            assert_eq!(
                late.is_ok(),
                vendor == Vendor::Onfido,
                "{vendor:?}: {late:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_testkit_reads_a_recording_as_fixtures() {
    for vendor in Vendor::ALL {
        let folder = tempfile::tempdir().unwrap();
        recorded(vendor, folder.path()).await;
        let recording = Recording::open(folder.path()).unwrap();
        let transport = ReplayTransport::new(Exchanges::load(folder.path(), "recorded"));
        for played in recording.exchanges() {
            let asked = &played.asked;
            let mut request = Request::builder()
                .method(asked.method.as_str())
                .uri(&asked.path);
            for (name, value) in &asked.headers {
                request = request.header(name, value);
            }
            let body = asked
                .json
                .as_ref()
                .map(Value::to_string)
                .unwrap_or_default();
            let answer = transport
                .send(request.body(Bytes::from(body)).unwrap())
                .await
                .unwrap();
            assert_eq!(answer.body(), &played.body, "byte for byte");
        }
        transport.assert_used_up();
    }
}

#[tokio::test]
async fn a_recording_is_played_in_order_and_the_last_answer_stays() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::begin(Vendor::Plaid, folder.path(), clock()).unwrap();
    let exchange = |status: &str, email: &str| idv_recorder::Exchange {
        method: http::Method::POST,
        path: "/identity_verification/create".to_owned(),
        query: String::new(),
        request_headers: [(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        )]
        .into_iter()
        .collect(),
        request_body: format!(r#"{{"is_shareable":true,"user":{{"email_address":"{email}"}}}}"#)
            .into(),
        status: http::StatusCode::OK,
        response_headers: http::HeaderMap::new(),
        response_body: Some(format!(r#"{{"status":"{status}"}}"#).into()),
    };
    recorder
        .exchange(&exchange("active", "jane@acme.test"))
        .unwrap();
    recorder
        .exchange(&exchange("failed", "joe@acme.test"))
        .unwrap();
    recorder
        .exchange(&exchange("success", "jane@acme.test"))
        .unwrap();
    let player = Arc::new(Player::new(Recording::open(folder.path()).unwrap()));
    let server = player.serve(local()).await.unwrap();
    let http = http();
    let ask = async |body: &'static str| {
        let request = Request::post(format!(
            "{}/identity_verification/create",
            server.base_url()
        ))
        .header("content-type", "application/json");
        let answer = http
            .send(request.body(Bytes::from_static(body.as_bytes())).unwrap())
            .await
            .unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_slice::<Value>(answer.body()).unwrap(),
        )
    };
    // Equal in the replaced value before alike.
    let second = r#"{ "user": { "email_address": "person-2@example.com" }, "is_shareable": true }"#;
    assert_eq!(ask(second).await.1["status"], "failed");
    let own = r#"{"is_shareable":true,"user":{"email_address":"somebody@else.test"}}"#;
    assert_eq!(ask(own).await.1["status"], "active");
    assert_eq!(ask(own).await.1["status"], "success");
    assert_eq!(
        ask(own).await.1["status"],
        "success",
        "who polls ends where the recording ended"
    );

    let (status, explained) =
        ask(r#"{"is_shareable":false,"user":{"email_address":"a@b.test"}}"#).await;
    assert_eq!(status, 501);
    assert_eq!(
        explained["recorded_there"],
        serde_json::json!(["body /is_shareable is another"])
    );
}

/// Notes what it is sent, and believes nothing.
#[derive(Default)]
struct Receiver(Mutex<Vec<Request<Bytes>>>);

impl Api for Receiver {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        self.0.lock().unwrap().push(request.clone());
        let mut response = Response::new(Bytes::from_static(b"thanks"));
        *response.status_mut() = http::StatusCode::ACCEPTED;
        response
    }
}

#[tokio::test]
async fn webhooks_are_sent_signed_now_or_as_recorded() {
    for vendor in Vendor::ALL {
        let folder = tempfile::tempdir().unwrap();
        recorded(vendor, folder.path()).await;
        let recording = Recording::open(folder.path()).unwrap();
        let later = NOW + 86_400;
        for (signed, at) in [(Signed::Now, later), (Signed::AsRecorded, NOW)] {
            let receiver = Arc::new(Receiver::default());
            let server = Loopback::serve(receiver.clone()).await.unwrap();
            let to = format!("{}/webhooks/any", server.base_url())
                .parse()
                .unwrap();
            let clock = ManualClock::at(Timestamp::from_unix_secs(later));
            let mut sent = Vec::new();
            send_webhooks(&recording, &to, &*http(), signed, &*clock, |one| {
                sent.push(one.status);
            })
            .await;
            assert_eq!(sent, vec![Some(202); recording.webhooks().len()]);
            let received = receiver.0.lock().unwrap().clone();
            for request in received {
                let webhook = PlayedWebhook {
                    received_unix_secs: at,
                    headers: request.headers().clone(),
                    body: request.body().clone(),
                };
                verified(folder.path(), &recording, &webhook, at)
                    .await
                    .unwrap();
            }
        }
    }
}

/// Believes bodies that say so.
struct Check;

#[async_trait]
impl WebhookCheck for Check {
    async fn check(&self, delivery: &Delivery) -> Genuineness {
        match delivery.headers.get("genuine") {
            Some(_) => Genuineness::Genuine,
            None => Genuineness::Forged,
        }
    }
}

#[tokio::test]
async fn a_webhook_goes_on_as_it_came_and_a_forged_one_goes_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Arc::new(Receiver::default());
    let gateway = Loopback::serve(receiver.clone()).await.unwrap();
    let heard = Arc::new(Heard::default());
    let recorder = Arc::new(Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap());
    let upstream = Upstream {
        webhooks_to: Some(
            format!("{}/webhooks/stripe-eu", gateway.base_url())
                .parse()
                .unwrap(),
        ),
        ..upstream(Vendor::Stripe)
    };
    let proxy = Proxy::new(upstream, http(), recorder, heard.clone()).with_check(Arc::new(Check));
    let server = proxy.serve(local()).await.unwrap();
    let body = r#"{"id":"evt_1Kestrel","type":"identity.verification_session.verified"}"#;
    let post = async |genuine: bool| {
        let mut request = Request::post(format!("{}{WEBHOOKS}", server.base_url()))
            .header("content-type", "application/json")
            .header("stripe-signature", "t=1,v1=original");
        if genuine {
            request = request.header("genuine", "yes");
        }
        let answer = http()
            .send(request.body(Bytes::from(body)).unwrap())
            .await
            .unwrap();
        answer.status().as_u16()
    };
    assert_eq!(post(false).await, 401);
    assert_eq!(post(true).await, 202, "the gateway's own answer");
    let received = receiver.0.lock().unwrap().clone();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].body(), body, "the gateway gets the original");
    assert_eq!(received[0].headers()["stripe-signature"], "t=1,v1=original");
    assert_eq!(heard.captured(), ["WebhookRefused", "webhook -"]);
    assert_eq!(Recording::open(folder.path()).unwrap().webhooks().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_passed_on_and_told_and_nothing_of_it_is_written() {
    struct Novelty;
    impl Api for Novelty {
        fn answer(&self, _: &Request<Bytes>) -> Response<Bytes> {
            let mut response =
                Response::new(Bytes::from_static(br#"{"id":"vs_1","nickname":"Kestrel"}"#));
            let json = http::HeaderValue::from_static("application/json");
            response
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, json);
            response
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let heard = Arc::new(Heard::default());
    let recorder = Arc::new(Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap());
    let proxy = Proxy::new(
        upstream(Vendor::Stripe),
        Arc::new(Direct(Arc::new(Novelty))),
        recorder,
        heard.clone(),
    );
    let server = proxy.serve(local()).await.unwrap();
    let answer = http()
        .send(reading(Vendor::Stripe, &server.base_url()))
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(answer.body()).contains("Kestrel"));
    let events = heard.0.lock().unwrap();
    let [Event::NotRecorded(fault)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(
        fault.to_string(),
        "refused: response body /nickname: no table says what stands here, so it may be anything"
    );
    assert!(
        Recording::open(folder.path())
            .unwrap()
            .exchanges()
            .is_empty()
    );
    for (name, bytes) in files(folder.path()) {
        assert!(
            !String::from_utf8_lossy(&bytes).contains("Kestrel"),
            "{name}"
        );
    }
    let again = Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap_err();
    assert!(
        matches!(again, NotWritten::Occupied(_)),
        "a recording is not written over"
    );
}

fn session_of(last_name: &str) -> idv_recorder::Exchange {
    idv_recorder::Exchange {
        method: http::Method::GET,
        path: "/v1/identity/verification_sessions".to_owned(),
        query: String::new(),
        request_headers: http::HeaderMap::new(),
        request_body: Bytes::new(),
        status: http::StatusCode::OK,
        response_headers: http::HeaderMap::new(),
        response_body: Some(
            format!(r#"{{"verified_outputs":{{"last_name":"{last_name}"}}}}"#).into(),
        ),
    }
}

#[test]
fn what_could_not_be_written_is_not_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap();
    for in_the_way in ["exchanges/recorded.json", "recording.json"] {
        let path = folder.path().join(in_the_way);
        let was = std::fs::read(&path).ok();
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir_all(path.join("something")).unwrap();
        let fault = recorder.exchange(&session_of("Kestrel")).unwrap_err();
        assert!(matches!(fault, NotWritten::Disk(_, _)), "{fault}");
        std::fs::remove_dir_all(&path).unwrap();
        if let Some(was) = was {
            std::fs::write(&path, was).unwrap();
        }
    }
    let bodies = || {
        std::fs::read_dir(folder.path().join("bodies"))
            .unwrap()
            .count()
    };
    assert_eq!(bodies(), 0, "nothing of it is on disk");
    recorder.exchange(&session_of("Kestrel")).unwrap();
    assert_eq!(
        (
            bodies(),
            Recording::open(folder.path()).unwrap().exchanges().len()
        ),
        (1, 1)
    );
}

#[test]
fn who_is_met_late_is_looked_for_in_all_that_was_written_early() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap();
    let version = http::HeaderValue::from_static("2026-08-26.harlingen");
    let answer = br#"{"api_version":"2026-08-26.harlingen"}"#;
    let mut answered = session_of("Kestrel");
    answered.response_body = Some(Bytes::from_static(answer));
    recorder.exchange(&answered).unwrap();
    let mut asked = session_of("Kestrel");
    asked.request_headers.insert("stripe-version", version);
    recorder.exchange(&asked).unwrap();
    let webhook = Delivery {
        headers: http::HeaderMap::new(),
        body: Bytes::from_static(answer),
        received_unix_secs: NOW,
    };
    recorder.webhook(&webhook).unwrap();
    let mut dropped = session_of("Kestrel");
    let any = http::HeaderValue::from_static("any");
    dropped
        .request_headers
        .insert("x-harlingen-id", any.clone());
    dropped.request_headers.insert("x-other-id", any);
    recorder.exchange(&dropped).unwrap();
    recorder.exchange(&session_of("Harlingen")).unwrap();
    let has_mark = || {
        let files = files(folder.path());
        let mut texts = files
            .iter()
            .map(|(_, bytes)| String::from_utf8_lossy(bytes));
        texts.any(|text| text.to_lowercase().contains("harlingen"))
    };
    assert!(has_mark() && !Recording::open(folder.path()).unwrap().is_finished());

    let taken_out = recorder.finish().unwrap();
    let lines: Vec<String> = taken_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "1 in bodies/0001.json: response body /api_version: a value that is replaced elsewhere still stands here",
            "2 in exchanges/recorded.json: request header stripe-version: a value that is replaced elsewhere still stands here",
            "3 in webhooks/0003.json: webhook body /api_version: a value that is replaced elsewhere still stands here",
        ]
    );
    assert!(!has_mark());
    let recording = Recording::open(folder.path()).unwrap();
    assert!(recording.is_finished() && recording.webhooks().is_empty());
    assert_eq!(recording.exchanges().len(), 2);
    let names: Vec<String> = files(folder.path())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names.len(),
        4,
        "two bodies and two files of the recording: {names:?}"
    );
    let index = std::fs::read_to_string(folder.path().join("recording.json")).unwrap();
    assert!(index.contains("x-other-id"), "{index}");

    assert_eq!(recorder.finish().unwrap(), []);
    let late = recorder.exchange(&session_of("Kestrel")).unwrap_err();
    assert!(matches!(late, NotWritten::Ended), "{late}");
}

#[test]
fn what_cannot_be_taken_away_is_told_with_its_name_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap();
    recorder.exchange(&session_of("Kestrel")).unwrap();
    // A folder is no file: it can neither be read nor removed as one.
    let body = folder.path().join("bodies/0001.json");
    std::fs::remove_file(&body).unwrap();
    std::fs::create_dir(&body).unwrap();
    let fault = recorder.finish().unwrap_err();
    assert!(
        matches!(&fault, NotWritten::NotTakenOut(path, _) if *path == body),
        "{fault}"
    );
    assert!(!Recording::open(folder.path()).unwrap().is_finished());
    std::fs::remove_dir(&body).unwrap();
    recorder.finish().unwrap();
    assert!(Recording::open(folder.path()).unwrap().is_finished());
}

#[test]
fn a_recording_of_an_older_format_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    std::fs::write(&path, r#"{"format":1,"other":[]}"#).unwrap();
    let fault = Recording::open(folder.path()).unwrap_err().to_string();
    assert!(
        fault.contains("has format 1, and this version reads format 2: record anew"),
        "{fault}"
    );
}

/// Answers with more than is held.
#[derive(Debug)]
struct Long(usize);

struct Pieces(usize);

#[async_trait]
impl idv_core::Pieces for Pieces {
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.0 = self.0.checked_sub(1)?;
        Some(Ok(Bytes::from(vec![b' '; 1024 * 1024])))
    }
}

#[async_trait]
impl Transport for Long {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        unreachable!("it is opened")
    }

    async fn open(&self, _: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        let response = Response::builder().header("content-type", "application/json");
        Ok(response.body(BodyStream::new(Pieces(self.0))).unwrap())
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_to_be_looked_at_is_passed_on_and_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let heard = Arc::new(Heard::default());
    let recorder = Arc::new(Recorder::begin(Vendor::Stripe, folder.path(), clock()).unwrap());
    let layer = RecordingTransport::new(Arc::new(Long(9)), recorder, heard.clone());
    let request = Request::get("https://vendor.example/v1/events").body(Bytes::new());
    let answer = layer.open(request.unwrap()).await.unwrap().into_body();
    let body = answer.collect(10 * 1024 * 1024).await.unwrap();
    assert_eq!(body.len(), 9 * 1024 * 1024);
    let events = heard.0.lock().unwrap();
    let [Event::NotRecorded(fault)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(
        fault.to_string(),
        "refused: response body /: it is longer than 8 MiB, too long to be looked at"
    );
}

/// Answers with a picture.
#[derive(Debug)]
struct Pictures;

#[async_trait]
impl Transport for Pictures {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = Response::builder().header("content-type", "image/png");
        Ok(response
            .body(Bytes::from_static(b"KESTREL PIXELS"))
            .unwrap())
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

#[tokio::test]
async fn the_layer_passes_files_on_and_records_a_placeholder() {
    let folder = tempfile::tempdir().unwrap();
    let heard = Arc::new(Heard::default());
    let recorder = Arc::new(Recorder::begin(Vendor::Onfido, folder.path(), clock()).unwrap());
    let layer = RecordingTransport::new(Arc::new(Pictures), recorder, heard.clone());
    let uri = "https://vendor.example/v3.6/documents/b64cc815-4711-461f-9e73-a595f285b3bb/download";
    let request = || Request::get(uri).body(Bytes::new()).unwrap();
    let opened = layer
        .open(request())
        .await
        .unwrap()
        .into_body()
        .collect(100)
        .await
        .unwrap();
    assert_eq!(opened, "KESTREL PIXELS");
    assert_eq!(
        layer.send(request()).await.unwrap().body(),
        "KESTREL PIXELS"
    );
    let mut elsewhere = request();
    elsewhere.extensions_mut().insert(HandedOut);
    layer.open(elsewhere).await.unwrap();
    assert_eq!(
        heard.captured(),
        [
            "GET /v3.6/documents/{id}/download 200",
            "GET /v3.6/documents/{id}/download 200",
            "FileElsewhere"
        ]
    );
    let recording = Recording::open(folder.path()).unwrap();
    for played in recording.exchanges() {
        assert!(played.body.starts_with(b"\x89PNG") && played.body.len() < 100);
        assert_eq!(played.headers["content-type"], "image/png");
    }
    for (name, bytes) in files(folder.path()) {
        assert!(
            !String::from_utf8_lossy(&bytes).contains("KESTREL"),
            "{name}"
        );
    }
}
