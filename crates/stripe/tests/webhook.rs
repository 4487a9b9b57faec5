//! What a proven webhook means.
#![cfg(test)]

use bytes::Bytes;
use http::HeaderMap;
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey, VerifiedWebhook};
use idv_core::{Concern, IdProvider, Kind, Secret, Status, Timestamp, Unreadable, WebhookEvent};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use serde_json::{Value, json};

const SECRET: &str = "whsec_test";

fn provider() -> StripeProvider {
    let key = SigningKey::new(KeyLabel::new("test"), Secret::from(SECRET)).unwrap();
    let mut config = StripeConfig::default();
    config.webhook_secrets.push(key);
    StripeProvider::receiver(config, ManualClock::noon())
}

async fn proven(body: Vec<u8>) -> VerifiedWebhook {
    let now = ManualClock::NOON;
    let signature = idv_simulator::stripe::sign(SECRET, &body, now.as_unix_secs());
    let mut headers = HeaderMap::new();
    headers.insert("stripe-signature", signature.parse().unwrap());
    let inbound = InboundWebhook::new(headers, Bytes::from(body), now);
    provider().verify(&inbound).await.unwrap()
}

async fn interpret(event: &Value) -> Result<WebhookEvent, Unreadable> {
    let body = serde_json::to_vec(event).unwrap();
    provider().interpret(&proven(body).await)
}

const TYPES: [&str; 6] = [
    "created",
    "processing",
    "verified",
    "requires_input",
    "canceled",
    "redacted",
];

fn snapshot(happening: &str, session: impl Into<Value>) -> Value {
    let session = session.into();
    json!({
        "id": "evt_1", "object": "event", "created": 1_795_170_000, "livemode": true,
        "type": format!("identity.verification_session.{happening}"),
        "data": { "object": session },
    })
}

fn session(status: &str) -> Value {
    json!({ "object": "identity.verification_session", "id": "vs_1", "status": status })
}

fn thin(happening: &str, related: impl Into<Value>) -> Value {
    let related = related.into();
    json!({
        "id": "evt_1", "object": "v2.core.event", "created": "2026-11-20T11:00:00.250Z",
        "livemode": false, "type": format!("v1.identity.verification_session.{happening}"),
        "related_object": related,
    })
}

#[tokio::test]
async fn the_six_events_about_a_session_carry_it() {
    for happening in TYPES {
        let event = interpret(&snapshot(happening, session("processing")))
            .await
            .unwrap();
        assert_eq!(
            event.event_type,
            format!("identity.verification_session.{happening}")
        );
        assert_eq!(event.concern, Concern::Session("vs_1".into()));
        assert_eq!(
            event.occurred_at,
            Some(Timestamp::from_unix_secs(1_795_170_000))
        );
        assert_eq!(event.live, Some(true));
        let payload = event.payload.unwrap();
        assert_eq!(payload.kind, Kind::Session);
        assert_eq!(payload.status, Some(Status::Processing));
        assert_eq!(payload.session_id, Some("vs_1".into()));
        let origin = &payload.origins["/status"];
        assert_eq!(
            (&*origin.part, &*origin.pointer),
            ("event", "/data/object/status")
        );
    }
}

#[tokio::test]
async fn the_status_is_that_of_the_object_and_never_of_the_name() {
    for (status, expected) in [
        ("requires_input", Status::AwaitingUser),
        ("processing", Status::Processing),
        ("canceled", Status::Cancelled),
        ("reviewed", Status::Unknown("reviewed".into())),
    ] {
        let event = interpret(&snapshot("verified", session(status)))
            .await
            .unwrap();
        assert_eq!(event.payload.unwrap().status, Some(expected));
    }
}

#[tokio::test]
async fn a_thin_event_names_its_session_and_must_be_fetched() {
    for happening in TYPES {
        let related = json!({ "id": "vs_1", "type": "identity.verification_session", "url": "https://evil.example/" });
        let event = interpret(&thin(happening, related)).await.unwrap();
        assert_eq!(event.concern, Concern::Session("vs_1".into()));
        assert!(event.payload.is_none());
        assert_eq!(event.live, Some(false));
        let occurred_at = event.occurred_at.unwrap();
        assert_eq!(occurred_at.to_string(), "2026-11-20T11:00:00.25Z");
    }
}

#[tokio::test]
async fn events_of_other_products_and_families_concern_nothing() {
    let customer = json!({ "object": "customer", "id": "cus_1", "status": "verified" });
    let related = json!({ "id": "vs_1", "type": "identity.verification_session" });
    let mut other = snapshot("verified", customer);
    other["type"] = json!("customer.created");
    let mut of_another_family = snapshot("verified", session("verified"));
    of_another_family["type"] = json!("identity.verification_sessions.verified");
    let mut in_another_case = snapshot("verified", session("verified"));
    in_another_case["type"] = json!("Identity.verification_session.verified");
    let mut of_a_thin_family = thin("verified", related.clone());
    of_a_thin_family["type"] = json!("v2.identity.verification_session.verified");
    for event in [other, of_another_family, in_another_case, of_a_thin_family] {
        let event = interpret(&event).await.unwrap();
        assert!(
            matches!(event.concern, Concern::Nothing { .. }),
            "{}",
            event.event_type
        );
        assert!(event.payload.is_none());
    }
    // The names of one style in an envelope of the other are names of nothing.
    let mut swapped = snapshot("verified", session("verified"));
    swapped["type"] = json!("v1.identity.verification_session.verified");
    let event = interpret(&swapped).await.unwrap();
    assert!(matches!(event.concern, Concern::Nothing { .. }));
    let mut swapped = thin("verified", related);
    swapped["type"] = json!("identity.verification_session.verified");
    let event = interpret(&swapped).await.unwrap();
    assert!(matches!(event.concern, Concern::Nothing { .. }));
}

#[tokio::test]
async fn an_unlisted_event_about_a_session_concerns_the_session_it_holds() {
    for ending in ["reviewed", "Verified", "verified ", ""] {
        let event = snapshot(ending, session("processing"));
        let bytes = serde_json::to_vec(&event).unwrap();
        let event = interpret(&event).await.unwrap();
        assert_eq!(event.concern, Concern::Session("vs_1".into()), "{ending}");
        assert_eq!(event.payload.unwrap().status, Some(Status::Processing));
        let mapped = provider().translate(None, &bytes).unwrap();
        assert_eq!(mapped.status, Some(Status::Processing));
    }
    let related = json!({ "id": "vs_1", "type": "identity.verification_session" });
    let event = interpret(&thin("reviewed", related)).await.unwrap();
    assert_eq!(event.concern, Concern::Session("vs_1".into()));
    assert!(event.payload.is_none());
}

#[tokio::test]
async fn an_unlisted_event_that_holds_no_session_concerns_nothing() {
    let mut without_an_id = session("verified");
    without_an_id["id"] = json!("vs_1/cancel");
    let report = json!({ "object": "identity.verification_report", "id": "vr_1" });
    for event in [
        snapshot("reviewed", without_an_id),
        snapshot("reviewed", report),
        snapshot("reviewed", Value::Null),
        thin("reviewed", Value::Null),
        thin("reviewed", json!({ "id": "vs_1", "type": "customer" })),
    ] {
        let event = interpret(&event).await.unwrap();
        assert!(matches!(event.concern, Concern::Nothing { .. }));
        assert!(event.payload.is_none());
    }
}

#[tokio::test]
async fn an_event_about_a_session_without_one_is_unreadable() {
    let mut of_another_kind = session("verified");
    of_another_kind["object"] = json!("identity.verification_report");
    let mut without_kind = session("verified");
    without_kind.as_object_mut().unwrap().remove("object");
    let mut without_data = snapshot("verified", session("verified"));
    without_data.as_object_mut().unwrap().remove("data");
    for event in [
        snapshot("verified", of_another_kind),
        snapshot("verified", without_kind),
        snapshot("verified", json!("vs_1")),
        snapshot("verified", Value::Null),
        snapshot("verified", json!([session("verified")])),
        without_data,
        thin("verified", Value::Null),
        thin("verified", json!({ "id": "vs_1", "type": "customer" })),
        thin(
            "verified",
            json!({ "type": "identity.verification_session" }),
        ),
    ] {
        assert!(interpret(&event).await.is_err(), "{event}");
    }
}

#[tokio::test]
async fn a_session_id_that_the_vendor_cannot_have_written_is_refused() {
    for id in [
        json!(null),
        json!(""),
        json!(7),
        json!("vs_1/cancel"),
        json!("../x"),
        json!("vs 1"),
        json!("vs_é"),
        json!("v".repeat(256)),
    ] {
        let mut object = session("verified");
        object["id"] = id.clone();
        assert!(
            interpret(&snapshot("verified", object)).await.is_err(),
            "{id}"
        );
        let related = json!({ "id": id, "type": "identity.verification_session" });
        assert!(interpret(&thin("verified", related)).await.is_err(), "{id}");
    }
}

#[tokio::test]
async fn what_is_no_event_is_unreadable() {
    for body in [
        &b""[..],
        b"not JSON",
        b"\xff\xfe",
        b"[]",
        b"{}",
        br#"{"object":"event"}"#,
        br#"{"type":"identity.verification_session.verified"}"#,
        br#"{"object":"identity.verification_session","id":"vs_1","status":"verified","type":"document"}"#,
    ] {
        let webhook = proven(body.to_vec()).await;
        assert!(provider().interpret(&webhook).is_err());
    }
}

#[tokio::test]
async fn a_session_without_a_status_is_unknown_and_grants_nothing() {
    let object = json!({ "object": "identity.verification_session", "id": "vs_1" });
    let event = interpret(&snapshot("verified", object)).await.unwrap();
    let payload = event.payload.unwrap();
    assert_eq!(payload.status, Some(Status::Unknown(String::new())));
    assert_eq!(payload.origins["/status"].rule, "session_status.*");
}

#[tokio::test]
async fn the_mode_is_that_of_the_event_or_else_of_its_session() {
    let mut event = snapshot("verified", session("verified"));
    event.as_object_mut().unwrap().remove("livemode");
    assert_eq!(interpret(&event).await.unwrap().live, None);
    event["data"]["object"]["livemode"] = json!(false);
    assert_eq!(interpret(&event).await.unwrap().live, Some(false));
    event["livemode"] = json!(true);
    assert_eq!(interpret(&event).await.unwrap().live, Some(true));
}

#[tokio::test]
async fn the_account_of_an_event_is_kept() {
    let mut event = snapshot("verified", session("verified"));
    event["account"] = json!("acct_connected");
    let payload = interpret(&event).await.unwrap().payload.unwrap();
    assert_eq!(payload.references[0].name, "account");
    assert_eq!(payload.references[0].value, "acct_connected");
}

#[test]
fn no_secret_is_printed_with_the_provider() {
    let mut config = StripeConfig::default();
    let key = SigningKey::new(KeyLabel::new("test"), Secret::from("whsec_hush")).unwrap();
    config.webhook_secrets.push(key);
    config.api_key = Some(Secret::from("rk_live_hush"));
    let transport = idv_testkit::replay::ReplayTransport::silent();
    let printed = format!("{config:?}");
    let provider = StripeProvider::new(config, transport, ManualClock::noon());
    let printed = format!("{printed} {provider:?} {provider:#?}");
    assert!(
        printed.contains("api.stripe.com") && !printed.contains("hush"),
        "{printed}"
    );
}
