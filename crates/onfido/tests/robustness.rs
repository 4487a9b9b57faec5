//! Whatever arrives: no panic, and no pass but for the one word in the one place.
#![cfg(test)]

use std::path::Path;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey};
use idv_core::{IdProvider, Kind, Mapped, Secret, Status};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use idv_testkit::fixture::Fixtures;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const TOKEN: &str = "a_token_of_the_tests";

static FIXTURES: LazyLock<Fixtures> = LazyLock::new(|| {
    Fixtures::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/onfido"))
});

fn provider() -> OnfidoProvider {
    let key = SigningKey::new(KeyLabel::new("test"), Secret::from(TOKEN)).unwrap();
    let mut config = OnfidoConfig::default();
    config.webhook_secrets.push(key);
    OnfidoProvider::receiver(config, ManualClock::noon())
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
        headers.insert("x-sha2-signature", value);
    }
    InboundWebhook::new(headers, Bytes::from(body), ManualClock::NOON)
}

fn sign(body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Signs, verifies and interprets.
fn interpreted(body: Vec<u8>) -> Option<Mapped> {
    let header = sign(&body);
    let verified = now(provider().verify(&inbound(Some(header.as_bytes()), body))).unwrap();
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

fn passes(mapped: &Mapped) -> bool {
    mapped.status == Some(Status::Passed) || mapped.items.iter().any(passes)
}

/// Words that are near the vendor's.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "approved",
        "declined",
        "review",
        "processing",
        "awaiting_input",
        "error",
        "complete",
        "completed",
        "started",
        "clear",
        "consider",
        "rejected",
        "document",
        "document_check",
        "profile_data",
        "start",
        "workflow_run",
        "workflow_run.completed",
        "workflow_task.completed",
        "check.completed",
        "report.completed",
        "validation_error",
        "/v3.6/applicants/x",
        "run-1",
        "2026-11-20T12:00:00Z",
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
        "payload",
        "resource_type",
        "action",
        "object",
        "resource",
        "id",
        "status",
        "workflow_id",
        "workflow_version_id",
        "workflow_run_id",
        "task_def_id",
        "applicant_id",
        "output",
        "input",
        "result",
        "sub_result",
        "breakdown",
        "properties",
        "data_validation",
        "image_integrity",
        "image_quality",
        "blurred_photo",
        "score",
        "reasons",
        "tags",
        "error",
        "type",
        "fields",
        "link",
        "url",
        "sdk_token",
        "report_ids",
        "reports",
        "checks",
        "name",
        "uuid",
        "check_id",
        "href",
        "document_numbers",
        "address",
        "dob",
        "checksum_sha256",
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
        "[aA][pP][pP][rR][oO][vV][eE][dD]",
        "[ \\t\\n]{0,2}approved[ \\t\\n\\u{0}\\u{200b}]{0,2}",
        "(un|re|pre|dis)?approved(_[a-z]{1,6})?",
        prop::sample::select(vec![
            "passed",
            "verified",
            "success",
            "complete",
            "clear",
            "true",
            "аpproved",
            "approved\u{301}",
            "unknown:passed",
            "\"approved\"",
        ])
        .prop_map(str::to_owned),
    ]
    .prop_filter("the one word", |word| word != "approved")
}

const STATUSES: [&str; 7] = [
    "processing",
    "awaiting_input",
    "awaiting_client_input",
    "declined",
    "review",
    "abandoned",
    "error",
];

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
        header in "([0-9a-f]{64}|[0-9a-fA-F]{60,68}|sha256=[0-9a-f]{64}|[0-9a-f]{40})",
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let webhook = inbound(Some(header.as_bytes()), body);
        prop_assert!(now(provider().verify(&webhook)).is_err());
    }

    #[test]
    fn a_changed_body_is_never_believed(
        body in prop::collection::vec(any::<u8>(), 1..300),
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let header = sign(&body);
        let good = inbound(Some(header.as_bytes()), body.clone());
        prop_assert!(now(provider().verify(&good)).is_ok());
        let mut changed = body;
        let index = at.index(changed.len());
        changed[index] ^= flip;
        let bad = inbound(Some(header.as_bytes()), changed);
        prop_assert!(now(provider().verify(&bad)).is_err());
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
            prop_assert!(!passes(&mapped) || holds_an_approved_run(&value), "{value}");
            let text = serde_json::to_string(&mapped).unwrap();
            let back: Mapped = idv_core::json::decode(text.as_bytes()).unwrap();
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }
        interpreted(bytes);
    }

    #[test]
    fn only_the_one_word_passes(word in not_a_pass(), reason in word()) {
        let run = json!({
            "id": "run-1", "workflow_id": "w", "status": word, "reasons": [reason],
            "output": { "status": "approved", "result": "clear" }, "sdk_token": "approved",
        });
        let event = |envelope: &str| json!({ "payload": {
            "resource_type": "workflow_run", "action": "workflow_run.completed",
            "object": { "id": "run-1", "status": envelope }, "resource": run,
        }});
        let listed = STATUSES.contains(&word.as_str());
        for object in [&run, &event(&word)] {
            let bytes = serde_json::to_vec(object).unwrap();
            let mapped = provider().translate(None, &bytes).unwrap();
            prop_assert_ne!(mapped.status.as_ref(), Some(&Status::Passed));
            prop_assert_eq!(mapped.status.as_ref().unwrap().is_unknown(), !listed);
            prop_assert_eq!(mapped.unknown.iter().any(|u| u.value == word), !listed);
        }
        // Whatever the envelope says.
        for envelope in [word.as_str(), "approved"] {
            let payload = interpreted(serde_json::to_vec(&event(envelope)).unwrap()).unwrap();
            prop_assert_ne!(payload.status, Some(Status::Passed));
        }
    }

    #[test]
    fn a_recording_with_a_changed_byte_never_panics_and_passes_only_by_its_own_word(
        case in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let case = case.get(FIXTURES.cases());
        let mut bytes = case.bytes.clone();
        let index = at.index(bytes.len());
        bytes[index] = byte;
        let was_passed = case.expectation.expect.status.as_deref() == Some("passed");
        // One byte can be all that keeps a word from being the one word.
        let document: Value = idv_core::json::decode(&bytes).unwrap_or_default();
        for mapped in translate_as_everything(&bytes) {
            let may_pass = was_passed || holds_an_approved_run(&document);
            prop_assert!(may_pass || !passes(&mapped), "{}: byte {index} to {byte}", case.name);
        }
        interpreted(bytes);
    }
}

/// Somewhere in it an object that says of itself that it is approved, where a run or an event about one may stand.
fn holds_an_approved_run(value: &Value) -> bool {
    value["status"] == "approved"
        || match value {
            Value::Object(members) => members.values().any(holds_an_approved_run),
            Value::Array(items) => items.iter().any(holds_an_approved_run),
            _ => false,
        }
}

#[test]
fn the_one_word_passes_and_only_as_the_status_of_a_run() {
    let run = br#"{"id":"run-1","workflow_id":"w","status":"approved"}"#;
    let mapped = provider().translate(None, run).unwrap();
    assert_eq!(mapped.status, Some(Status::Passed));
    assert_eq!(provider().info().passed_words, ["approved"]);
    for other in [
        json!({ "id": "t", "task_def_id": "document_check", "workflow_id": "w", "status": "approved" }),
        json!({ "id": "c", "report_ids": [], "status": "approved", "result": "approved" }),
        json!({ "id": "r", "name": "document", "status": "approved", "result": "approved" }),
        json!({ "uuid": "u", "data": { "status": "approved" }, "checksum_sha256": "" }),
        json!({ "payload": { "action": "workflow_task.completed", "object": { "status": "approved" },
                             "resource": { "id": "t", "workflow_run_id": "r", "status": "approved" } } }),
        json!({ "payload": { "action": "check.completed", "object": { "id": "r", "status": "approved" } } }),
    ] {
        let bytes = serde_json::to_vec(&other).unwrap();
        for mapped in translate_as_everything(&bytes) {
            assert_eq!(mapped.status, None, "{other}");
        }
    }
}

/// Pointers to every value in a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut go = |name: &str, inner: &Value| {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        places(inner, &at, found);
        found.push(at);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| go(name, inner)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, inner)| go(&index.to_string(), inner));
        }
        _ => {}
    }
}

#[test]
fn the_one_word_in_any_other_place_of_any_recording_passes_nobody() {
    let provider = provider();
    let mut tried = 0;
    for case in FIXTURES.cases() {
        let mapped = provider.translate(None, &case.bytes).unwrap();
        if passes(&mapped) {
            continue;
        }
        let all = std::iter::once(&mapped).chain(&mapped.items);
        let verdicts: Vec<_> = all
            .filter_map(|one| Some(one.origins.get("/status")?.pointer.clone()))
            .collect();
        let document: Value = idv_core::json::decode(&case.bytes).unwrap();
        let mut pointers = Vec::new();
        places(&document, "", &mut pointers);
        for pointer in pointers
            .iter()
            .filter(|p| !verdicts.iter().any(|v| v == *p))
        {
            let mut changed = document.clone();
            *changed.pointer_mut(pointer).unwrap() = json!("approved");
            let bytes = serde_json::to_vec(&changed).unwrap();
            for mapped in translate_as_everything(&bytes) {
                assert!(!passes(&mapped), "{}: {pointer}", case.name);
            }
            let payload = interpreted(bytes);
            let passed = payload.is_some_and(|payload| passes(&payload));
            assert!(!passed, "{}: {pointer}", case.name);
            tried += 1;
        }
    }
    assert!(tried > 2_000, "only {tried} places were tried");
}

#[test]
fn deeply_nested_json_is_refused_or_read_and_never_overflows() {
    for depth in [60, 200, 100_000] {
        let runs = "[".repeat(depth) + &"]".repeat(depth);
        let reports = r#"{"breakdown":"#.repeat(depth) + "1" + &"}".repeat(depth);
        let events = format!(
            r#"{{"payload":{{"action":"workflow_run.completed","resource":{}1{}}}}}"#,
            r#"{"output":"#.repeat(depth),
            "}".repeat(depth)
        );
        for text in [runs, reports, events] {
            translate_as_everything(text.as_bytes());
            interpreted(text.into_bytes());
        }
    }
}

#[test]
fn a_member_that_is_there_twice_is_not_read_as_either() {
    let run = br#"{"id":"r","workflow_id":"w","status":"declined","status":"approved"}"#;
    assert!(provider().translate(None, run).is_err());
    let event =
        br#"{"payload":{"action":"workflow_run.completed","object":{"id":"r","status":"declined"},
        "resource":{"id":"r","workflow_id":"w","status":"declined","status":"approved"}}}"#;
    assert!(provider().translate(None, event).is_err());
}
