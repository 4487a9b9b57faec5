//! Whatever arrives: no panic, and no pass but for the one word in the one place.
#![cfg(test)]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey};
use idv_core::{IdProvider, Kind, Mapped, Secret, Status};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const SECRET: &str = "whsec_test";

fn provider() -> StripeProvider {
    let key = SigningKey::new(KeyLabel::new("test"), Secret::from(SECRET)).unwrap();
    let mut config = StripeConfig::default();
    config.webhook_secrets.push(key);
    StripeProvider::receiver(config, ManualClock::noon())
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

fn inbound(header: Option<&[u8]>, body: Vec<u8>) -> InboundWebhook {
    let mut headers = HeaderMap::new();
    if let Some(value) = header.and_then(|header| HeaderValue::from_bytes(header).ok()) {
        headers.insert("stripe-signature", value);
    }
    InboundWebhook::new(headers, Bytes::from(body), ManualClock::NOON)
}

/// Signs, verifies and interprets.
fn interpreted(body: Vec<u8>) -> Option<Mapped> {
    let secs = ManualClock::NOON.as_unix_secs();
    let header = idv_simulator::stripe::sign(SECRET, &body, secs);
    let webhook = inbound(Some(header.as_bytes()), body);
    let verified = now(provider().verify(&webhook)).unwrap();
    provider().interpret(&verified).ok()?.payload
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
    let results = KINDS
        .iter()
        .map(|kind| provider().translate(kind.clone(), bytes));
    results.filter_map(Result::ok).collect()
}

fn statuses(mapped: &Mapped) -> Vec<&Status> {
    let of_items = mapped.items.iter().flat_map(statuses);
    mapped.status.iter().chain(of_items).collect()
}

/// Words that are near the vendor's.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "verified",
        "requires_input",
        "processing",
        "canceled",
        "redacted",
        "unverified",
        "validated",
        "document_expired",
        "abandoned",
        "document",
        "event",
        "v2.core.event",
        "list",
        "[redacted]",
        "identity.verification_session",
        "identity.verification_report",
        "vs_1",
        "passed",
        "success",
        "identity.verification_session.verified",
        "v1.identity.verification_session.verified",
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
        "object",
        "id",
        "status",
        "type",
        "last_error",
        "code",
        "reason",
        "error",
        "data",
        "redaction",
        "last_verification_report",
        "verified_outputs",
        "document",
        "selfie",
        "id_number",
        "email",
        "phone",
        "files",
        "address",
        "dob",
        "first_name",
        "options",
        "metadata",
        "related_object",
        "livemode",
        "created",
        "param",
        "deleted",
        "new_check",
        "provided_details",
        "verification_session",
    ]);
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::vec((name.clone(), inner), 0..8).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

/// A status that is not the vendor's word for a pass, though often close to it.
fn not_a_pass() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[vV][eE][rR][iI][fF][iI][eE][dD]",
        "[ \\t\\n]{0,2}verified[ \\t\\n\\u{0}\\u{200b}]{0,2}",
        "(un|re|pre)?verified(_[a-z]{1,6})?",
        prop::sample::select(vec![
            "passed",
            "approved",
            "success",
            "complete",
            "clear",
            "true",
            "verifıed",
            "ｖerified",
            "unknown:passed",
            "\"verified\"",
            "verified\u{301}",
        ])
        .prop_map(str::to_owned),
    ]
    .prop_filter("the one word", |word| word != "verified")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_and_headers_are_never_believed_and_never_panic(
        header in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let webhook = inbound(header.as_deref(), body);
        prop_assert!(now(provider().verify(&webhook)).is_err());
    }

    #[test]
    fn headers_that_look_right_are_never_believed_and_never_panic(
        header in "(t=[0-9+. -]{0,22}|v[01]=[0-9a-fA-Fx]{60,66}|v1=[0-9a-f]{64}|,|=| |t|é){0,12}",
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let webhook = inbound(Some(header.as_bytes()), body);
        prop_assert!(now(provider().verify(&webhook)).is_err());
    }

    #[test]
    fn any_bytes_rightly_signed_are_believed_and_read_without_a_panic(
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        interpreted(body);
    }

    #[test]
    fn arbitrary_bytes_are_translated_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        translate_as_everything(&bytes);
    }

    #[test]
    fn json_of_the_vendors_words_in_any_shape_never_panics_and_its_steps_never_decide(
        value in value(),
    ) {
        let bytes = serde_json::to_vec(&value).unwrap();
        for mapped in translate_as_everything(&bytes) {
            for status in statuses(&mapped) {
                let word = status == &Status::Passed;
                prop_assert!(!word || holds_a_verified_session(&value), "{value}");
            }
            let text = serde_json::to_string(&mapped).unwrap();
            let back: Mapped = idv_core::json::decode(text.as_bytes()).unwrap();
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }
        interpreted(bytes);
    }

    #[test]
    fn only_the_one_word_passes(word in not_a_pass(), code in prop::option::of(word())) {
        let session = json!({
            "object": "identity.verification_session", "id": "vs_1", "status": word,
            "last_error": code.map(|code| json!({ "code": code })),
            "last_verification_report": {
                "object": "identity.verification_report", "id": "vr_1",
                "document": { "status": "verified" }, "selfie": { "status": "verified" },
            },
            "verified_outputs": { "first_name": "Ada" },
        });
        let event = json!({
            "object": "event", "id": "evt_1", "type": "identity.verification_session.verified",
            "data": { "object": session },
        });
        for object in [&session, &event] {
            let bytes = serde_json::to_vec(object).unwrap();
            let mapped = provider().translate(None, &bytes).unwrap();
            let listed = ["requires_input", "processing", "canceled"].contains(&word.as_str());
            prop_assert_ne!(mapped.status.as_ref(), Some(&Status::Passed));
            prop_assert_eq!(mapped.status.as_ref().unwrap().is_unknown(), !listed);
            prop_assert_eq!(mapped.unknown.iter().any(|u| u.value == word), !listed);
        }
        let payload = interpreted(serde_json::to_vec(&event).unwrap()).unwrap();
        prop_assert_ne!(payload.status, Some(Status::Passed));
    }
}

/// A session somewhere in it that says of itself that it is verified.
fn holds_a_verified_session(value: &Value) -> bool {
    let is_one =
        value["status"] == "verified" && value["object"] == "identity.verification_session";
    is_one
        || match value {
            Value::Object(members) => members.values().any(holds_a_verified_session),
            Value::Array(items) => items.iter().any(holds_a_verified_session),
            _ => false,
        }
}

#[test]
fn the_one_word_passes() {
    let session = br#"{"object":"identity.verification_session","id":"vs_1","status":"verified"}"#;
    let mapped = provider().translate(None, session).unwrap();
    assert_eq!(mapped.status, Some(Status::Passed));
    assert_eq!(provider().info().passed_words, ["verified"]);
}

#[test]
fn a_report_is_never_a_pass_whatever_it_says_of_itself() {
    let report = br#"{"object":"identity.verification_report","id":"vr_1","status":"verified",
        "verification_session":"vs_1","document":{"status":"verified"}}"#;
    let mapped = provider().translate(None, report).unwrap();
    assert_eq!(mapped.status, None);
}

#[test]
fn deeply_nested_json_is_refused_or_read_and_never_overflows() {
    for depth in [100, 200, 100_000] {
        let lists = r#"{"object":"list","data":["#.repeat(depth) + &"]}".repeat(depth);
        let objects = format!(
            r#"{{"object":"event","type":"x","data":{}1{}}}"#,
            r#"{"object":"#.repeat(depth),
            "}".repeat(depth)
        );
        for text in [lists, objects] {
            translate_as_everything(text.as_bytes());
            interpreted(text.into_bytes());
        }
    }
}
