//! How the keys that sign webhooks are found, and what it may cost.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use idv_core::webhook::{InboundWebhook, VerifyError};
use idv_core::{
    Call, Clock as _, ErrorKind, IdProvider, Repeat, Secret, Sent, Timestamp, Transport,
    TransportError, TransportFailure,
};
use idv_plaid::{PlaidConfig, PlaidOptions, PlaidProvider};
use idv_testkit::ManualClock;
use serde_json::{Value, json};

mod signer;
use signer::{NOW, TestKey};

const BODY: &[u8] = b"{}";

/// The vendor's key endpoint.
#[derive(Debug, Default)]
struct KeyEndpoint {
    keys: Mutex<BTreeMap<String, Value>>,
    /// What it answers whatever it is asked, instead of a key.
    fault: Mutex<Option<Fault>>,
    asked: AtomicUsize,
    slow: bool,
}

#[derive(Clone, Debug)]
enum Fault {
    Down,
    Answer(u16, &'static str),
    WithHeader(u16, &'static str, &'static str),
}

impl KeyEndpoint {
    fn with(keys: &[&TestKey]) -> Arc<Self> {
        let this = Self::default();
        keys.iter().for_each(|key| this.publish(key.public()));
        Arc::new(this)
    }

    fn publish(&self, key: Value) {
        let id = key["kid"].as_str().unwrap().to_owned();
        self.keys.lock().unwrap().insert(id, key);
    }

    fn withdraw(&self, id: &str) {
        self.keys.lock().unwrap().remove(id);
    }

    fn fails(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Transport for KeyEndpoint {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        assert_eq!(request.uri().path(), "/webhook_verification_key/get");
        assert_eq!(Call::of(&request).repeat, Repeat::Safe);
        assert!(Call::of(&request).deadline <= Duration::from_secs(5));
        if self.slow {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        let answer = |status: u16, body: String| {
            Response::builder()
                .status(status)
                .body(Bytes::from(body))
                .unwrap()
        };
        match self.fault.lock().unwrap().clone() {
            Some(Fault::Down) => {
                return Err(TransportError {
                    sent: Sent::No,
                    reason: TransportFailure::Connect,
                });
            }
            Some(Fault::Answer(status, body)) => return Ok(answer(status, body.to_owned())),
            Some(Fault::WithHeader(status, name, value)) => {
                let mut response = answer(status, String::new());
                let value = HeaderValue::from_static(value);
                response.headers_mut().insert(name, value);
                return Ok(response);
            }
            None => {}
        }
        let asked: Value = idv_core::json::decode(request.body()).unwrap();
        let id = asked["key_id"].as_str().unwrap();
        Ok(match self.keys.lock().unwrap().get(id) {
            Some(key) => answer(200, json!({ "key": key, "request_id": "r" }).to_string()),
            None => answer(
                400,
                json!({
                    "error_type": "INVALID_INPUT",
                    "error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
                    "error_message": "", "display_message": null, "request_id": "r",
                })
                .to_string(),
            ),
        })
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

fn with_secret() -> PlaidConfig {
    PlaidConfig {
        api_key: Some(Secret::from("secret")),
        ..PlaidConfig::default()
    }
}

struct World {
    endpoint: Arc<KeyEndpoint>,
    clock: Arc<ManualClock>,
    provider: PlaidProvider,
}

impl World {
    fn of(endpoint: Arc<KeyEndpoint>) -> Self {
        Self::with(endpoint, |_| ())
    }

    fn with(endpoint: Arc<KeyEndpoint>, change: impl FnOnce(&mut PlaidOptions)) -> Self {
        let mut config = with_secret();
        config.options.client_id = Some("client".to_owned());
        // The clock of these tests jumps by hours, and the tokens are signed once.
        config.options.tolerance_secs = 86_400;
        change(&mut config.options);
        config.check().unwrap();
        let clock = ManualClock::at(Timestamp::from_unix_secs(NOW));
        let provider = PlaidProvider::new(config, endpoint.clone(), clock.clone());
        Self {
            endpoint,
            clock,
            provider,
        }
    }

    fn later(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }

    /// What becomes of a webhook: `believed`, `undecided`, or the word of the refusal.
    async fn hears(&self, key: &TestKey) -> &'static str {
        self.hears_token(&key.sign(BODY, self.clock.now().as_unix_secs()))
            .await
    }

    async fn hears_token(&self, token: &str) -> &'static str {
        match self.verify(token).await {
            Ok(()) => "believed",
            Err(VerifyError::Refused(refusal)) => refusal.as_word(),
            Err(_) => "undecided",
        }
    }

    async fn verify(&self, token: &str) -> Result<(), VerifyError> {
        let mut headers = HeaderMap::new();
        headers.insert("plaid-verification", token.parse().unwrap());
        let body = Bytes::from_static(BODY);
        let inbound = InboundWebhook::new(headers, body, self.clock.now());
        self.provider.verify(&inbound).await.map(|_| ())
    }
}

#[tokio::test]
async fn a_key_is_asked_for_once_and_then_known() {
    let key = TestKey::new("key-1");
    let world = World::of(KeyEndpoint::with(&[&key]));
    for _ in 0..50 {
        assert_eq!(world.hears(&key).await, "believed");
    }
    assert_eq!(world.endpoint.asked(), 1);
}

#[tokio::test]
async fn many_webhooks_at_once_ask_for_their_key_once() {
    let key = TestKey::new("key-1");
    let endpoint = KeyEndpoint {
        slow: true,
        ..KeyEndpoint::default()
    };
    endpoint.publish(key.public());
    let world = Arc::new(World::of(Arc::new(endpoint)));
    let token = key.sign(BODY, NOW);
    let webhooks: Vec<_> = (0..40)
        .map(|_| {
            let (world, token) = (world.clone(), token.clone());
            tokio::spawn(async move { world.hears_token(&token).await })
        })
        .collect();
    for webhook in webhooks {
        assert_eq!(webhook.await.unwrap(), "believed");
    }
    assert_eq!(world.endpoint.asked(), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_leaves_the_others_a_key() {
    let key = TestKey::new("key-1");
    let endpoint = KeyEndpoint {
        slow: true,
        ..KeyEndpoint::default()
    };
    endpoint.publish(key.public());
    let world = Arc::new(World::of(Arc::new(endpoint)));
    let token = key.sign(BODY, NOW);
    let spawn = |world: Arc<World>, token: String| {
        tokio::spawn(async move { world.hears_token(&token).await })
    };
    let first = spawn(world.clone(), token.clone());
    tokio::task::yield_now().await;
    let second = spawn(world.clone(), token.clone());
    tokio::task::yield_now().await;
    assert_eq!(world.endpoint.asked(), 1, "the second waits for the first");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(second.await.unwrap(), "believed");
    assert_eq!(world.endpoint.asked(), 2);
}

#[tokio::test]
async fn an_id_the_vendor_does_not_know_is_refused_and_not_asked_for_again_for_a_while() {
    let (stranger, key) = (TestKey::new("stranger"), TestKey::new("key-1"));
    let world = World::of(KeyEndpoint::with(&[&key]));
    for _ in 0..20 {
        assert_eq!(world.hears(&stranger).await, "unknown_key_id");
    }
    assert_eq!(world.endpoint.asked(), 1);
    world.later(299);
    assert_eq!(world.hears(&stranger).await, "unknown_key_id");
    assert_eq!(world.endpoint.asked(), 1);
    world.later(1);
    assert_eq!(world.hears(&stranger).await, "unknown_key_id");
    assert_eq!(world.endpoint.asked(), 2);
    // It may become a key after all.
    world.endpoint.publish(stranger.public());
    world.later(300);
    assert_eq!(world.hears(&stranger).await, "believed");
}

#[tokio::test]
async fn a_flood_of_unknown_ids_is_no_flood_of_key_requests_and_stops_no_known_key() {
    let key = TestKey::new("key-1");
    let world = World::of(KeyEndpoint::with(&[&key]));
    assert_eq!(world.hears(&key).await, "believed");
    let token = key.sign(BODY, NOW);
    let (_, rest) = token.split_once('.').unwrap();
    let mut outcomes = BTreeMap::new();
    for number in 0..=5_000 {
        let head = json!({ "alg": "ES256", "kid": format!("flood-{number}"), "typ": "JWT" });
        let forged = TestKey::new("x").sign_parts(&head, &json!({}));
        let head = forged.split_once('.').unwrap().0;
        *outcomes
            .entry(world.hears_token(&format!("{head}.{rest}")).await)
            .or_insert(0) += 1;
    }
    // One of the five was spent on the good key.
    assert_eq!(world.endpoint.asked(), 5);
    assert_eq!(outcomes["unknown_key_id"], 4);
    assert_eq!(outcomes["undecided"], 4_997);
    assert_eq!(world.hears(&key).await, "believed");
    // A minute refills what the options say, and no more than the burst.
    world.later(60);
    for number in 0..50 {
        let stranger = TestKey::new(&format!("later-{number}"));
        world.hears(&stranger).await;
    }
    assert_eq!(world.endpoint.asked(), 10);
    // The known key is confirmed although the bucket is empty.
    world.later(3_600 - 60);
    for number in 0..50 {
        world.hears(&TestKey::new(&format!("again-{number}"))).await;
    }
    let before = world.endpoint.asked();
    assert_eq!(world.hears(&key).await, "believed");
    assert_eq!(world.endpoint.asked(), before + 1);
}

#[tokio::test]
async fn the_memory_of_unknown_ids_is_bounded() {
    let world = World::with(KeyEndpoint::with(&[]), |options| {
        options.unknown_keys_max = 2;
        options.key_requests_burst = 100;
    });
    let strangers = ["a", "b", "c"].map(TestKey::new);
    for stranger in &strangers {
        assert_eq!(world.hears(stranger).await, "unknown_key_id");
        world.later(1);
    }
    assert_eq!(world.endpoint.asked(), 3);
    // The two last ones are remembered, and the first was forgotten.
    world.hears(&strangers[2]).await;
    world.hears(&strangers[1]).await;
    assert_eq!(world.endpoint.asked(), 3);
    world.hears(&strangers[0]).await;
    assert_eq!(world.endpoint.asked(), 4);
}

#[tokio::test]
async fn an_id_that_no_key_of_the_vendor_can_have_is_refused_without_asking() {
    let world = World::of(KeyEndpoint::with(&[]));
    for id in ["../../etc", "a b", "k\u{e9}y", "", &"k".repeat(65)] {
        let head = json!({ "alg": "ES256", "kid": id });
        let token = TestKey::new("x").sign_parts(&head, &json!({}));
        assert_eq!(world.hears_token(&token).await, "malformed_header");
    }
    let head = json!({ "alg": "HS256", "kid": "k" });
    let token = TestKey::new("x").sign_parts(&head, &json!({}));
    assert_eq!(world.hears_token(&token).await, "algorithm_not_allowed");
    assert_eq!(world.endpoint.asked(), 0);
}

#[tokio::test]
async fn a_new_key_is_believed_and_the_old_one_is_looked_at_again() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let world = World::of(KeyEndpoint::with(&[&old]));
    assert_eq!(world.hears(&old).await, "believed");
    world.later(60);
    // The vendor changes its key: the new one signs, the old one has ended.
    world.endpoint.publish(new.public());
    let now = world.clock.now().as_unix_secs();
    world.endpoint.publish(old.public_until(now - 1));
    assert_eq!(world.hears(&old).await, "believed", "nothing told us yet");
    assert_eq!(world.hears(&new).await, "believed");
    assert_eq!(world.endpoint.asked(), 2);
    assert_eq!(world.hears(&old).await, "key_expired");
    assert_eq!(world.hears(&old).await, "key_expired");
    assert_eq!(world.endpoint.asked(), 3);
    assert_eq!(world.hears(&new).await, "believed");
    assert_eq!(world.endpoint.asked(), 3);
}

#[tokio::test]
async fn the_end_of_a_key_is_learned_within_the_hour_and_kept_to_the_second() {
    let key = TestKey::new("key-1");
    let world = World::of(KeyEndpoint::with(&[&key]));
    assert_eq!(world.hears(&key).await, "believed");
    world.endpoint.publish(key.public_until(NOW + 3_610));
    world.later(3_599);
    assert_eq!(world.hears(&key).await, "believed");
    assert_eq!(world.endpoint.asked(), 1);
    world.later(1);
    assert_eq!(world.hears(&key).await, "believed");
    assert_eq!(world.endpoint.asked(), 2);
    world.later(9);
    assert_eq!(world.hears(&key).await, "believed");
    world.later(1);
    assert_eq!(world.hears(&key).await, "key_expired");
    assert_eq!(world.endpoint.asked(), 2);
}

#[tokio::test]
async fn a_key_the_vendor_takes_back_is_refused_once_that_is_known() {
    let key = TestKey::new("key-1");
    let world = World::of(KeyEndpoint::with(&[&key]));
    assert_eq!(world.hears(&key).await, "believed");
    world.endpoint.withdraw("key-1");
    world.later(3_600);
    assert_eq!(world.hears(&key).await, "unknown_key_id");
}

#[tokio::test]
async fn an_endpoint_that_is_down_makes_a_strange_key_undecided_and_leaves_a_known_one_for_a_day() {
    let (known, strange) = (TestKey::new("known"), TestKey::new("strange"));
    let world = World::of(KeyEndpoint::with(&[&known, &strange]));
    assert_eq!(world.hears(&known).await, "believed");
    world.endpoint.fails(Some(Fault::Down));
    for _ in 0..30 {
        assert_eq!(world.hears(&strange).await, "undecided");
    }
    assert_eq!(world.endpoint.asked(), 2, "it is left alone for a while");
    world.later(5);
    assert_eq!(world.hears(&strange).await, "undecided");
    assert_eq!(world.endpoint.asked(), 3);
    world.later(86_400 - 5 - 1);
    assert_eq!(world.hears(&known).await, "believed");
    world.later(1);
    assert_eq!(
        world.hears(&known).await,
        "undecided",
        "nobody confirmed it"
    );
    world.endpoint.fails(None);
    world.later(5);
    assert_eq!(world.hears(&known).await, "believed");
    assert_eq!(world.hears(&strange).await, "believed");
}

#[tokio::test]
async fn no_failure_of_the_endpoint_is_taken_for_a_forgery() {
    let key = TestKey::new("key-1");
    let other = TestKey::new("another").public();
    let another: &'static str = Box::leak(
        json!({ "key": other, "request_id": "r" })
            .to_string()
            .into_boxed_str(),
    );
    for (fault, kind) in [
        (Fault::Down, "unavailable"),
        (Fault::Answer(500, "<html>"), "unavailable"),
        (Fault::Answer(503, "{}"), "unavailable"),
        // A wrong address: it says nothing about the key.
        (Fault::Answer(404, "<html>"), "invalid_config"),
        (
            Fault::Answer(
                400,
                r#"{"error_type":"INVALID_INPUT","error_code":"INVALID_API_KEYS","request_id":"r"}"#,
            ),
            "invalid_credentials",
        ),
        (Fault::Answer(200, "{}"), "bad_response"),
        (Fault::Answer(200, r#"{"key":{}}"#), "bad_response"),
        (Fault::Answer(200, another), "bad_response"),
        (Fault::Answer(302, ""), "bad_response"),
        (Fault::WithHeader(429, "retry-after", "60"), "rate_limited"),
    ] {
        let world = World::of(KeyEndpoint::with(&[&key]));
        world.endpoint.fails(Some(fault.clone()));
        let token = key.sign(BODY, NOW);
        let Err(VerifyError::Undecided(error)) = world.verify(&token).await else {
            panic!("{fault:?} decided something");
        };
        assert_eq!(error.kind.as_word(), kind, "{fault:?}");
        assert_eq!(error.operation, "get_webhook_key");
        world.endpoint.fails(None);
        // It heals by itself, once the endpoint was left alone as long as it asked for.
        let pause = error.retry_after().map_or(5, |pause| pause.as_secs());
        world.later(pause - 1);
        assert_eq!(world.hears(&key).await, "undecided", "{fault:?}");
        world.later(1);
        assert_eq!(world.hears(&key).await, "believed", "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_about_one_id_puts_off_that_id_alone() {
    let (key, odd) = (TestKey::new("key-1"), TestKey::new("odd"));
    let world = World::of(KeyEndpoint::with(&[&key]));
    for refusal in [
        r#"{"error_type":"INVALID_INPUT","error_code":"A_NEW_CODE","request_id":"r"}"#,
        r#"{"error_type":"A_NEW_TYPE","error_code":"A_NEW_CODE","request_id":"r"}"#,
    ] {
        let before = world.endpoint.asked();
        world.endpoint.fails(Some(Fault::Answer(400, refusal)));
        for _ in 0..20 {
            assert_eq!(world.hears(&odd).await, "undecided");
        }
        assert_eq!(world.endpoint.asked(), before + 1, "asked once in a while");
        world.endpoint.fails(None);
        assert_eq!(world.hears(&key).await, "believed", "another id");
        world.later(5);
    }
    // It may become a key after all.
    world.endpoint.publish(odd.public());
    assert_eq!(world.hears(&odd).await, "believed");
}

#[tokio::test]
async fn an_odd_answer_about_a_known_key_leaves_it_and_is_not_asked_for_at_once_again() {
    let key = TestKey::new("key-1");
    let world = World::of(KeyEndpoint::with(&[&key]));
    assert_eq!(world.hears(&key).await, "believed");
    world.later(3_600);
    let odd = r#"{"error_type":"INVALID_INPUT","error_code":"A_NEW_CODE","request_id":"r"}"#;
    world.endpoint.fails(Some(Fault::Answer(400, odd)));
    for _ in 0..20 {
        assert_eq!(world.hears(&key).await, "believed");
    }
    assert_eq!(world.endpoint.asked(), 2);
}

#[tokio::test]
async fn a_configured_key_needs_no_endpoint() {
    let key = TestKey::new("key-1");
    let endpoint = KeyEndpoint::with(&[]);
    endpoint.fails(Some(Fault::Down));
    let mut config = with_secret();
    config.options.client_id = Some("client".to_owned());
    config.keys = vec![key.jwk()];
    let clock = ManualClock::at(Timestamp::from_unix_secs(NOW));
    let world = World {
        provider: PlaidProvider::new(config, endpoint.clone(), clock.clone()),
        endpoint,
        clock,
    };
    assert_eq!(world.hears(&key).await, "believed");
    assert_eq!(world.endpoint.asked(), 0);
    assert_eq!(world.hears(&TestKey::new("other")).await, "undecided");
}

#[tokio::test]
async fn keys_of_two_environments_are_two_worlds() {
    let (sandbox, production) = (TestKey::new("sandbox"), TestKey::new("production"));
    let here = World::of(KeyEndpoint::with(&[&sandbox]));
    let there = World::of(KeyEndpoint::with(&[&production]));
    assert_eq!(here.hears(&sandbox).await, "believed");
    assert_eq!(there.hears(&sandbox).await, "unknown_key_id");
    assert_eq!(here.hears(&production).await, "unknown_key_id");
    assert_eq!(there.hears(&production).await, "believed");
}

#[tokio::test]
async fn a_missing_client_id_is_a_setting_and_not_a_forgery() {
    let key = TestKey::new("key-1");
    let endpoint = KeyEndpoint::with(&[&key]);
    let config = with_secret();
    assert!(config.check().is_err());
    let clock = ManualClock::at(Timestamp::from_unix_secs(NOW));
    let provider = PlaidProvider::new(config, endpoint.clone(), clock.clone());
    let world = World {
        endpoint,
        clock,
        provider,
    };
    let Err(VerifyError::Undecided(error)) = world.verify(&key.sign(BODY, NOW)).await else {
        panic!("it was decided");
    };
    assert_eq!(error.kind, ErrorKind::InvalidConfig);
    assert_eq!(world.endpoint.asked(), 0);
}
