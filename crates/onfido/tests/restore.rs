//! What became of a restoration whose answer is lost. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::Path;

use idv_core::{ErrorKind, Restore as _, Secret, SessionId, TransportFailure};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchanges, Injection, ReplayTransport};

const RUN: &str = "0b6f2c1e-4a7d-4e0b-9c55-1f2e3d4c5b6a";

async fn restored_with(injection: Injection) -> (idv_core::Error, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/onfido");
    let replay = ReplayTransport::new(Exchanges::load(&folder, "restore"));
    replay.inject(2, injection);
    let config = OnfidoConfig {
        api_key: Some(Secret::from("api_sandbox.contractMarked")),
        ..OnfidoConfig::default()
    };
    let provider = OnfidoProvider::new(config, replay.clone(), ManualClock::noon());
    let error = provider.restore(&SessionId::new(RUN)).await.unwrap_err();
    (error, replay.asked().len())
}

#[tokio::test]
async fn a_lost_answer_is_told_and_not_taken_for_a_refusal() {
    let lost = Injection::AnswerLost(TransportFailure::Timeout);
    let (error, asked) = restored_with(lost).await;
    assert!(error.may_have_taken_effect, "{error}");
    assert_ne!(error.kind, ErrorKind::Conflict);
    assert_eq!(asked, 2, "it is not sent again by itself");
}

#[tokio::test]
async fn an_applicant_who_is_gone_cannot_be_brought_back() {
    let gone = Injection::Instead(Answer::new(410, r#"{"error":{"type":"gone"}}"#));
    let (error, _) = restored_with(gone).await;
    assert_eq!(error.kind, ErrorKind::Conflict);
}
