//! Whatever arrives: no panic, no changed body believed, and no pass but for the one word in the one place.
#![cfg(test)]

use std::path::Path;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::InboundWebhook;
use idv_core::{IdProvider, Kind, Mapped, Status, Timestamp};
use idv_plaid::{Jwk, PlaidConfig, PlaidProvider};
use idv_testkit::ManualClock;
use idv_testkit::fixture::Fixtures;
use proptest::prelude::*;
use serde_json::{Map, Value};

mod signer;
use signer::{NOW, TestKey};

static KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::new("key-1"));
static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plaid");
    let cases = Fixtures::load(folder);
    cases
        .cases()
        .iter()
        .map(|case| case.bytes.clone())
        .collect()
});

const EMPTY: &[u8] = b"{}";

fn provider() -> PlaidProvider {
    let config = PlaidConfig {
        keys: vec![KEY.jwk()],
        ..PlaidConfig::default()
    };
    PlaidProvider::receiver(config, ManualClock::at(Timestamp::from_unix_secs(NOW)))
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

fn inbound(token: &[u8], body: Vec<u8>) -> InboundWebhook {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(token) {
        headers.insert("plaid-verification", value);
    }
    let at = Timestamp::from_unix_secs(NOW);
    InboundWebhook::new(headers, Bytes::from(body), at)
}

const KINDS: [Option<Kind>; 7] = [
    None,
    Some(Kind::Webhook),
    Some(Kind::Session),
    Some(Kind::Report),
    Some(Kind::Error),
    Some(Kind::List),
    Some(Kind::Other),
];

fn translate_as_everything(bytes: &[u8]) -> Vec<Mapped> {
    let provider = provider();
    let results = KINDS
        .iter()
        .map(|kind| provider.translate(kind.clone(), bytes));
    results.filter_map(Result::ok).collect()
}

fn statuses(mapped: &Mapped) -> Vec<&Status> {
    let of_items = mapped.items.iter().flat_map(statuses);
    mapped.status.iter().chain(of_items).collect()
}

/// Whether the one word stands in the one place: as the `status` of an object that looks like an attempt.
fn has_passing_attempt(value: &Value) -> bool {
    let is_attempt = |value: &Value| {
        (value["steps"].is_object() || value["template"].is_object())
            && value["status"] == "success"
    };
    let listed = value["identity_verifications"].as_array();
    is_attempt(value) || listed.is_some_and(|list| list.iter().any(is_attempt))
}

/// Words that are near the vendor's.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "success",
        "active",
        "failed",
        "pending_review",
        "manually_approved",
        "Success",
        "passed",
        "match",
        "no_match",
        "no_data",
        "IDENTITY_VERIFICATION",
        "STATUS_UPDATED",
        "idv_1",
        "2026-11-20T12:00:00Z",
        "1988-02-29",
    ]);
    prop_oneof![
        3 => known.prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-z_]{0,12}",
    ]
}

/// JSON made of the names and words the vendor uses, in any shape.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "id",
        "status",
        "steps",
        "template",
        "user",
        "name",
        "address",
        "kyc_check",
        "risk_check",
        "verify_sms",
        "verifications",
        "selfie_check",
        "selfies",
        "documentary_verification",
        "documents",
        "analysis",
        "extracted_data",
        "authenticity",
        "summary",
        "redacted_at",
        "identity_verifications",
        "webhook_type",
        "webhook_code",
        "identity_verification_id",
        "error_type",
        "error_code",
        "search_terms",
        "devices",
        "facial_duplicates",
        "similarity",
        "latest_scored_protect_event",
        "request_id",
    ]);
    leaf.prop_recursive(6, 64, 8, move |inner| {
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        translate_as_everything(&bytes);
        let token = KEY.sign(&bytes, NOW);
        let verified = now(provider().verify(&inbound(token.as_bytes(), bytes))).unwrap();
        let _ = provider().interpret(&verified);
        let _ = Jwk::read_all(verified.body());
    }

    #[test]
    fn no_token_makes_it_panic_or_is_believed(token in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        "[A-Za-z0-9_-]{0,200}\\.[A-Za-z0-9_-]{0,200}\\.[A-Za-z0-9_-]{80,90}".prop_map(String::into_bytes),
    ]) {
        prop_assert!(now(provider().verify(&inbound(&token, EMPTY.to_vec()))).is_err());
    }

    #[test]
    fn no_head_or_claims_make_it_panic(head in value(), claims in value()) {
        let token = KEY.sign_parts(&head, &claims);
        prop_assert!(now(provider().verify(&inbound(token.as_bytes(), EMPTY.to_vec()))).is_err());
    }

    #[test]
    fn no_changed_body_is_believed(
        body in prop::collection::vec(any::<u8>(), 1..300),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let token = KEY.sign(&body, NOW);
        prop_assert!(now(provider().verify(&inbound(token.as_bytes(), body.clone()))).is_ok());
        let mut changed = body;
        let at = at.index(changed.len());
        changed[at] ^= change;
        prop_assert!(now(provider().verify(&inbound(token.as_bytes(), changed))).is_err());
    }

    #[test]
    fn no_changed_token_is_believed(at in any::<prop::sample::Index>(), change in 1_u8..) {
        let mut token = KEY.sign(EMPTY, NOW).into_bytes();
        let at = at.index(token.len());
        token[at] ^= change;
        prop_assert!(now(provider().verify(&inbound(&token, EMPTY.to_vec()))).is_err());
    }

    #[test]
    fn only_the_one_word_in_the_one_place_passes(value in value()) {
        for mapped in translate_as_everything(value.to_string().as_bytes()) {
            let passed = statuses(&mapped).contains(&&Status::Passed);
            prop_assert!(!passed || has_passing_attempt(&value), "{value}");
        }
    }

    #[test]
    fn no_change_of_a_recording_makes_it_panic_or_pass(
        case in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = case.get(&FIXTURES).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for mapped in translate_as_everything(&bytes) {
            if statuses(&mapped).contains(&&Status::Passed) {
                let value: Value = idv_core::json::decode(&bytes).unwrap();
                prop_assert!(has_passing_attempt(&value));
            }
        }
    }

    #[test]
    fn any_other_word_in_the_place_of_the_verdict_is_kept_as_it_is(word in any::<String>()) {
        let value = serde_json::json!({ "id": "idv_1", "status": word, "steps": {}, "template": {} });
        let mapped = provider().translate(Some(Kind::Session), value.to_string().as_bytes()).unwrap();
        let known = ["active", "success", "failed", "expired", "canceled", "pending_review"];
        let status = mapped.status.unwrap();
        prop_assert_eq!(status.is_unknown(), !known.contains(&word.as_str()));
        if let Status::Unknown(raw) = status {
            prop_assert_eq!(&raw, &word);
            prop_assert_eq!(&mapped.unknown[0].value, &word);
        }
    }
}
