//! Which session a proven webhook is about.
#![cfg(test)]

use bytes::Bytes;
use http::HeaderMap;
use idv_core::webhook::InboundWebhook;
use idv_core::{Concern, IdProvider, Kind, Timestamp, WebhookEvent};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_testkit::ManualClock;
use serde_json::{Value, json};

mod signer;
use signer::{NOW, TestKey};

async fn interpret(body: &Value) -> WebhookEvent {
    let key = TestKey::new("key-1");
    let config = PlaidConfig {
        keys: vec![key.jwk()],
        ..PlaidConfig::default()
    };
    let at = Timestamp::from_unix_secs(NOW);
    let provider = PlaidProvider::receiver(config, ManualClock::at(at));
    let body = body.to_string();
    let mut headers = HeaderMap::new();
    let token = key.sign(body.as_bytes(), NOW);
    headers.insert("plaid-verification", token.parse().unwrap());
    let inbound = InboundWebhook::new(headers, Bytes::from(body), at);
    let verified = provider.verify(&inbound).await.unwrap();
    provider.interpret(&verified).unwrap()
}

fn unlisted_code() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/plaid/webhook_unknown_code.json"
    );
    idv_core::json::decode(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn an_event_of_an_unlisted_code_leads_to_a_look_at_its_session() {
    let webhook = unlisted_code();
    let event = interpret(&webhook).await;
    let id = webhook["identity_verification_id"].as_str().unwrap();
    assert_eq!(event.concern, Concern::Session(id.into()));
    assert!(event.payload.is_none(), "it carries no state");
    let provider = PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon());
    let mapped = provider.translate(Some(Kind::Webhook), webhook.to_string().as_bytes());
    let mapped = mapped.unwrap();
    assert_eq!(mapped.session_id, Some(id.into()));
    assert_eq!(mapped.unknown[0].pointer, "/webhook_code", "it is raised");
}

#[tokio::test]
async fn an_event_of_an_unlisted_code_without_a_session_concerns_nothing() {
    for id in [Value::Null, json!("../get"), json!(7)] {
        let mut webhook = unlisted_code();
        webhook["identity_verification_id"] = id;
        let event = interpret(&webhook).await;
        assert!(matches!(event.concern, Concern::Nothing { .. }));
    }
}
