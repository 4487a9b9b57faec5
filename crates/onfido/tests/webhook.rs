//! Which webhooks are believed, each with its broken twin, and what those that are believed mean.
#![cfg(test)]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use idv_core::webhook::{
    InboundWebhook, KeyLabel, SigningKey, Strength, VerifiedWebhook, VerifyError,
};
use idv_core::{Concern, IdProvider, Kind, Secret, SessionId, Status, Unreadable, WebhookEvent};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use serde_json::{Value, json};

const TOKEN: &str = "a_token_of_the_tests";
const OTHER_TOKEN: &str = "another_token_of_the_tests";
const BODY: &[u8] = br#"{"payload":{"action":"audit_log.created"}}"#;

fn provider(tokens: &[&str]) -> OnfidoProvider {
    let mut config = OnfidoConfig::default();
    for token in tokens {
        let label = KeyLabel::new(format!("key of {} letters", token.len()));
        let key = SigningKey::new(label, Secret::from(*token)).unwrap();
        config.webhook_secrets.push(key);
    }
    OnfidoProvider::receiver(config, ManualClock::noon())
}

fn signature(token: &str, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The signature with another last digit.
fn flipped(signature: &str) -> String {
    let last = if signature.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &signature[..signature.len() - 1])
}

fn headers(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, value.parse().unwrap());
    headers
}

async fn arrives(
    tokens: &[&str],
    headers: HeaderMap,
    body: &[u8],
) -> Result<VerifiedWebhook, &'static str> {
    let body = Bytes::copy_from_slice(body);
    let webhook = InboundWebhook::new(headers, body, ManualClock::NOON);
    match provider(tokens).verify(&webhook).await {
        Ok(verified) => Ok(verified),
        Err(VerifyError::Refused(refusal)) => Err(refusal.as_word()),
        Err(other) => panic!("undecided: {other}"),
    }
}

async fn refusal(headers: HeaderMap, body: &[u8]) -> &'static str {
    arrives(&[TOKEN], headers, body).await.unwrap_err()
}

// The signature. Known answer, made with another program than this one:
// printf '%s' '{"payload":{"action":"audit_log.created"}}' | openssl dgst -sha256 -hmac a_token_of_the_tests
const KNOWN_ANSWER: &str = "edb312b0fc5a35144e9f00db90cb676d7098965c5dc7057cebb06334c1e25000";

#[tokio::test]
async fn the_known_answer_is_believed_and_its_broken_twin_is_not() {
    let good = headers("x-sha2-signature", KNOWN_ANSWER);
    let verified = arrives(&[TOKEN], good, BODY).await.unwrap();
    let receipt = verified.receipt();
    assert_eq!(receipt.scheme, "hmac-sha256");
    assert_eq!(receipt.signed_at, None);
    let unlimited = Strength::Signed {
        replay_window_secs: None,
    };
    assert_eq!(receipt.strength, unlimited);
    let bad = headers("x-sha2-signature", &flipped(KNOWN_ANSWER));
    assert_eq!(refusal(bad, BODY).await, "no_matching_key");
}

#[tokio::test]
async fn hexadecimal_digits_of_either_case_are_accepted() {
    let upper = KNOWN_ANSWER.to_uppercase();
    let mixed: String = KNOWN_ANSWER
        .char_indices()
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit.to_ascii_uppercase()
            } else {
                digit
            }
        })
        .collect();
    for spelling in [&upper, &mixed] {
        let good = headers("x-sha2-signature", spelling);
        assert!(arrives(&[TOKEN], good, BODY).await.is_ok());
        let bad = headers("x-sha2-signature", &flipped(spelling));
        assert_eq!(refusal(bad, BODY).await, "no_matching_key");
    }
}

#[tokio::test]
async fn what_is_no_signature_at_all_is_malformed() {
    let prefixed = format!("sha256={KNOWN_ANSWER}");
    let listed = format!("{KNOWN_ANSWER},{KNOWN_ANSWER}");
    let short = &KNOWN_ANSWER[..63];
    let long = format!("{KNOWN_ANSWER}0");
    let letter = format!("{short}g");
    for value in [
        "x", "0", short, &long, &letter, &prefixed, &listed, "sha256",
    ] {
        let header = headers("x-sha2-signature", value);
        assert_eq!(refusal(header, BODY).await, "malformed_header", "{value}");
    }
    let mut not_ascii = HeaderMap::new();
    let value = HeaderValue::from_bytes(b"\xff\xfe").unwrap();
    not_ascii.insert("x-sha2-signature", value);
    assert_eq!(refusal(not_ascii, BODY).await, "malformed_header");
}

#[tokio::test]
async fn the_retired_header_is_refused_by_name() {
    // Right or wrong, SHA-1 or not: the scheme is what is refused.
    for value in [KNOWN_ANSWER, "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", ""] {
        let header = headers("x-signature", value);
        assert_eq!(refusal(header, BODY).await, "legacy_scheme");
    }
    // Beside the right header it does no harm, and beside a wrong one it is no help.
    let mut both = headers("x-signature", "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3");
    both.insert("x-sha2-signature", KNOWN_ANSWER.parse().unwrap());
    assert!(arrives(&[TOKEN], both.clone(), BODY).await.is_ok());
    both.insert("x-sha2-signature", flipped(KNOWN_ANSWER).parse().unwrap());
    assert_eq!(refusal(both, BODY).await, "no_matching_key");
}

#[tokio::test]
async fn any_of_several_tokens_may_have_signed_and_it_can_be_told_which() {
    for token in [TOKEN, OTHER_TOKEN] {
        let header = headers("x-sha2-signature", &signature(token, BODY));
        let verified = arrives(&[TOKEN, OTHER_TOKEN], header.clone(), BODY)
            .await
            .unwrap();
        let label = format!("key of {} letters", token.len());
        assert_eq!(verified.receipt().key, label);
        let without = if token == TOKEN { OTHER_TOKEN } else { TOKEN };
        let refused = arrives(&[without], header, BODY).await;
        assert_eq!(refused.unwrap_err(), "no_matching_key");
    }
    let header = headers("x-sha2-signature", KNOWN_ANSWER);
    let none = arrives(&[], header, BODY).await;
    assert_eq!(none.unwrap_err(), "no_matching_key", "no token, no belief");
}

#[tokio::test]
async fn the_raw_bytes_are_what_is_signed() {
    let not_utf8: &[u8] = b"{\"payload\":\"\xff\xfe\"}";
    let replaced = String::from_utf8_lossy(not_utf8).into_owned();
    for (body, twin) in [
        (not_utf8, replaced.as_bytes()),
        (b"\xef\xbb\xbf{}".as_slice(), b"{}".as_slice()),
        (b"{\n  \"a\": 1\n}\n", b"{\n  \"a\": 1\n}"),
        (b"{ \"a\": 1 }", b"{\"a\":1}"),
        (b"{\"a\":1,\"b\":2}", b"{\"b\":2,\"a\":1}"),
        (b"", b" "),
    ] {
        let header = headers("x-sha2-signature", &signature(TOKEN, body));
        assert!(arrives(&[TOKEN], header.clone(), body).await.is_ok());
        assert_eq!(refusal(header, twin).await, "no_matching_key");
    }
}

#[tokio::test]
async fn deliveries_are_told_apart_by_their_bytes_however_the_signature_is_written() {
    let bodies: [&[u8]; 4] = [BODY, br#"{"payload":{}}"#, b"not JSON", b""];
    let mut keys = std::collections::BTreeSet::new();
    for body in bodies {
        let signature = signature(TOKEN, body);
        for written in [signature.clone(), signature.to_uppercase()] {
            let header = headers("x-sha2-signature", &written);
            let verified = arrives(&[TOKEN], header, body).await.unwrap();
            let key = verified.receipt().deduplication_key.as_str().to_owned();
            assert!(key.starts_with("sha256:") && key.len() == 71, "{key}");
            keys.insert(key);
        }
    }
    assert_eq!(keys.len(), bodies.len());
}

// The meaning.

async fn meaning(body: &Value) -> Result<WebhookEvent, Unreadable> {
    let body = serde_json::to_vec(body).unwrap();
    let header = headers("x-sha2-signature", &signature(TOKEN, &body));
    let verified = arrives(&[TOKEN], header, &body).await.unwrap();
    provider(&[TOKEN]).interpret(&verified)
}

fn event(action: &str, object: &Value, resource: &Value) -> Value {
    let resource_type = action.split('.').next();
    json!({ "payload": {
        "resource_type": resource_type, "action": action, "object": object, "resource": resource,
    }})
}

#[tokio::test]
async fn an_event_about_a_run_concerns_the_run_and_shows_its_state() {
    let object = json!({
        "id": "run-1", "status": "declined", "completed_at_iso8601": "2026-11-20T11:59:00Z",
        "href": "https://elsewhere.example/steal",
    });
    let run = json!({ "id": "run-1", "workflow_id": "w", "status": "declined" });
    for (action, resource) in [
        ("workflow_run.completed", &run),
        ("workflow_run.whatever_comes_next", &run),
    ] {
        let event = meaning(&event(action, &object, resource)).await.unwrap();
        assert_eq!(event.event_type, action);
        assert_eq!(event.concern, Concern::Session(SessionId::new("run-1")));
        let at = event.occurred_at.unwrap().to_string();
        assert_eq!(at, "2026-11-20T11:59:00Z");
        let payload = event.payload.unwrap();
        assert_eq!(payload.kind, Kind::Session);
        assert_eq!(payload.status, Some(Status::Failed));
        assert_eq!(payload.session_id, Some(SessionId::new("run-1")));
    }
}

#[tokio::test]
async fn an_event_about_a_task_concerns_its_run_and_shows_a_step_and_no_verdict() {
    let object = json!({
        "id": "document_check_1", "task_def_id": "document_check", "workflow_run_id": "run-1",
        "status": "completed", "started_at_iso8601": "2026-11-20T11:59:00Z",
    });
    let task = json!({
        "id": "document_check_1", "task_def_id": "document_check", "workflow_run_id": "run-1",
        "output": { "status": "complete", "result": "clear" },
        // Not a member of a task. A verdict all the same, for whoever is careless.
        "status": "approved",
    });
    let completed = event("workflow_task.completed", &object, &task);
    let event = meaning(&completed).await.unwrap();
    assert_eq!(event.concern, Concern::Session(SessionId::new("run-1")));
    assert!(event.occurred_at.is_some());
    let payload = event.payload.unwrap();
    assert_eq!(payload.kind, Kind::Report);
    assert_eq!(payload.status, None);
    assert_eq!(payload.steps.len(), 1);
}

#[tokio::test]
async fn what_forms_no_session_concerns_nothing_and_says_why() {
    let object = json!({ "id": "x", "status": "complete", "result": "clear" });
    for (action, why) in [
        ("check.completed", "classic check or report"),
        ("check.form_opened", "classic check or report"),
        ("report.completed", "classic check or report"),
        ("report.initiated", "classic check or report"),
        ("watchlist_monitor.matches_updated", "watch list monitor"),
        ("audit_log.created", "audit log"),
        ("workflow_timeline_file.created", "a file of a workflow run"),
        (
            "workflow_run_evidence_folder.created",
            "a file of a workflow run",
        ),
        (
            "workflow_signed_evidence_file.created",
            "a file of a workflow run",
        ),
        ("passkey.created", "not listed"),
        ("WORKFLOW_RUN.completed", "not listed"),
        ("", "not listed"),
    ] {
        // Even with a run inside that has passed.
        let run = json!({ "id": "run-1", "workflow_id": "w", "status": "approved" });
        let event = meaning(&event(action, &object, &run)).await.unwrap();
        let Concern::Nothing { reason } = event.concern else {
            panic!("{action} concerns {:?}", event.concern);
        };
        assert!(reason.contains(why), "{action}: {reason}");
        assert!(event.payload.is_none(), "{action}");
    }
}

#[tokio::test]
async fn a_classic_check_that_is_clear_passes_nobody() {
    let object = json!({ "id": "x", "status": "complete", "result": "clear" });
    let check = event("check.completed", &object, &object);
    assert!(meaning(&check).await.unwrap().payload.is_none());
    let bytes = serde_json::to_vec(&check).unwrap();
    let mapped = provider(&[]).translate(None, &bytes).unwrap();
    assert_eq!((mapped.status, mapped.session_id), (None, None));
}

#[tokio::test]
async fn an_event_without_the_run_it_is_about_is_unreadable() {
    let run = |id: &str| json!({ "id": id, "workflow_id": "w", "status": "approved" });
    let object = |id: &str| json!({ "id": id, "status": "approved" });
    let task = |run: &str| json!({ "id": "t", "task_def_id": "d", "workflow_run_id": run });
    for broken in [
        json!({}),
        json!({ "payload": null }),
        json!({ "payload": [] }),
        json!({ "payload": {} }),
        json!({ "payload": { "action": 7 } }),
        event("workflow_run.completed", &json!({}), &Value::Null),
        // Two runs at once.
        event("workflow_run.completed", &object("a"), &run("b")),
        event("workflow_task.completed", &task("a"), &task("b")),
        // Ids that the vendor cannot have written, and that could become another path.
        event("workflow_run.completed", &object("../a"), &run("../a")),
        event("workflow_run.completed", &object(""), &Value::Null),
        event("workflow_task.completed", &object("t"), &Value::Null),
    ] {
        assert!(meaning(&broken).await.is_err(), "{broken}");
    }
}
