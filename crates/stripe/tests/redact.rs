//! What the vendor's answers to a request to erase lead to. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::Path;
use std::sync::Arc;

use idv_core::{
    Error, ErrorKind, Redact as _, Redaction, RedactionProgress, Repeat, Secret, Status,
};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};

const SESSION: &str = "vs_1TidvKestrelAbc01";

struct Scene {
    provider: StripeProvider,
    replay: Arc<ReplayTransport>,
}

impl Scene {
    fn answering(answers: Vec<Answer>) -> Self {
        let exchanges = answers.into_iter().map(Exchange::any).collect();
        let replay = ReplayTransport::new(Exchanges::of("answers", exchanges));
        let config = StripeConfig {
            api_key: Some(Secret::from("rk_test_contractMarked")),
            ..StripeConfig::default()
        };
        Self {
            provider: StripeProvider::new(config, replay.clone(), ManualClock::noon()),
            replay,
        }
    }

    /// The vendor refuses, and then shows this session.
    fn refusing(session: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stripe");
        let body = std::fs::read(folder.join(format!("{session}.json"))).unwrap();
        Self::answering(vec![refusal(), Answer::new(200, body)])
    }

    async fn redact(&self) -> Result<Redaction, Error> {
        self.provider.redact(&SESSION.into()).await
    }
}

fn refusal() -> Answer {
    let body = r#"{"error":{"type":"invalid_request_error","message":"no"}}"#;
    Answer::new(400, body).with_header("request-id", "req_Refused1")
}

#[tokio::test]
async fn after_a_refusal_the_session_says_why() {
    for (session, expected) in [
        (
            "session_redaction_processing",
            Ok(RedactionProgress::Requested),
        ),
        (
            "session_redaction_validated",
            Ok(RedactionProgress::Requested),
        ),
        ("session_redacted", Ok(RedactionProgress::Done)),
        ("session_redacted_by_its_texts", Ok(RedactionProgress::Done)),
        ("session_processing", Err(ErrorKind::Conflict)),
        ("session_canceled", Err(ErrorKind::Conflict)),
        ("session_status_unlisted", Err(ErrorKind::Conflict)),
        (
            "session_verified",
            Err(ErrorKind::InvalidInput { field: None }),
        ),
        (
            "session_created",
            Err(ErrorKind::InvalidInput { field: None }),
        ),
    ] {
        let scene = Scene::refusing(session);
        let outcome = scene.redact().await;
        scene.replay.assert_used_up();
        let outcome = outcome.map(|redaction| redaction.progress);
        if let Err(error) = &outcome {
            let id = error.vendor_request_id.as_deref();
            assert_eq!(id, Some("req_Refused1"), "{session}: whose refusal it was");
            assert!(!error.retryable, "{session}");
        }
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{session}");
    }
}

#[tokio::test]
async fn an_open_session_is_withdrawn_by_it_and_a_taken_request_is_no_erasure_yet() {
    let session = |status: &str, redaction: &str| {
        let head = r#""object":"identity.verification_session","id":"vs_1TidvKestrelAbc01""#;
        let body = format!(r#"{{{head},"status":"{status}","redaction":{redaction}}}"#);
        Answer::new(200, body)
    };
    for redaction in [r#"{"status":"processing"}"#, "null", r#"{"status":"?"}"#] {
        let scene = Scene::answering(vec![session("canceled", redaction)]);
        let taken = scene.redact().await.unwrap();
        assert_eq!(taken.progress, RedactionProgress::Requested, "{redaction}");
        let shown = taken.snapshot.unwrap().mapped;
        assert_eq!(shown.status, Some(Status::Cancelled));
        let asked = scene.replay.asked().remove(0);
        assert_eq!(asked.call.repeat, Repeat::Safe);
        assert!(asked.body.is_empty() && asked.method == "POST");
    }
}

#[tokio::test]
async fn a_session_that_is_busy_is_redacted_later() {
    let busy = r#"{"error":{"code":"lock_timeout","type":"invalid_request_error"}}"#;
    let scene = Scene::answering(vec![Answer::new(429, busy)]);
    let error = scene.redact().await.unwrap_err();
    assert!(error.retryable && error.kind == ErrorKind::Conflict);
}

#[tokio::test]
async fn an_answer_about_another_session_is_not_taken_for_this_one() {
    let other = r#"{"object":"identity.verification_session","id":"vs_other","status":"verified","redaction":{"status":"redacted"}}"#;
    let scene = Scene::answering(vec![Answer::new(200, other)]);
    let error = scene.redact().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadResponse);
}
