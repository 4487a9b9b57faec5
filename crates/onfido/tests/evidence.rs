//! Whose files are shown, and how a timeline comes to be read. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use idv_core::{ErrorKind, Evidence as _, EvidenceContent, Secret, SessionId};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::json;

const RUN: &str = "0b6f2c1e-4a7d-4e0b-9c55-1f2e3d4c5b6a";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/onfido")
}

fn over(replay: &Arc<ReplayTransport>) -> OnfidoProvider {
    let config = OnfidoConfig {
        api_key: Some(Secret::from("api_sandbox.contractMarked")),
        ..OnfidoConfig::default()
    };
    OnfidoProvider::new(config, replay.clone(), ManualClock::noon())
}

fn answering(answers: Vec<Answer>) -> Arc<ReplayTransport> {
    let exchanges = answers.into_iter().map(Exchange::any).collect();
    let mut exchanges = Exchanges::of("answers", exchanges);
    exchanges.in_order = true;
    ReplayTransport::new(exchanges)
}

#[tokio::test]
async fn a_file_of_somebody_else_is_not_found_and_not_asked_for() {
    let replay = ReplayTransport::new(Exchanges::load(&folder(), "evidence_open"));
    let provider = over(&replay);
    for file in [
        "document:eeeeeeee-0000-4000-8000-000000000001",
        "passport:1",
        "document",
        "",
    ] {
        let opened = provider.open_evidence(&SessionId::new(RUN), file).await;
        let error = opened.err().unwrap();
        assert_eq!(error.kind, ErrorKind::NotFound, "{file}: {error}");
        let asked = replay.asked();
        assert!(
            asked
                .iter()
                .all(|one| !one.uri.path().ends_with("/download")),
            "{file}"
        );
        if file.contains("eeee") {
            assert_eq!(asked.len(), 2, "the run, and what its applicant has");
        }
    }
}

#[tokio::test]
async fn whoever_asks_again_for_a_timeline_finds_the_one_that_is_being_written() {
    let made = json!({ "workflow_timeline_file_id": "t-1", "href": "/v3.6/x" }).to_string();
    let absent = || Answer::new(404, r#"{"error":{"type":"resource_not_found"}}"#);
    let pdf = Answer::new(200, "a timeline").with_header("content-type", "application/pdf");
    let again = Answer::new(202, made.replace("t-1", "t-2"));
    let replay = answering(vec![
        Answer::new(202, made),
        absent(),
        absent(),
        pdf,
        again,
        absent(),
    ]);
    let provider = over(&replay);
    let session = SessionId::new(RUN);
    for is_ready in [false, false, true, false] {
        let opened = provider
            .open_evidence(&session, "timeline_file")
            .await
            .unwrap();
        assert_eq!(matches!(opened, EvidenceContent::Ready(_)), is_ready);
    }
    replay.assert_used_up();
    let asked = replay.asked();
    let made = asked.iter().filter(|one| one.method == "POST").count();
    assert_eq!(made, 2, "another one once the first was read");
    assert!(asked[2].uri.path().ends_with("/timeline_file/t-1"));
}

#[tokio::test]
async fn of_a_run_that_has_not_ended_no_timeline_is_written_yet() {
    let refused = Answer::new(422, r#"{"error":{"type":"validation_error","fields":{}}}"#);
    let replay = answering(vec![refused]);
    let opened = over(&replay)
        .open_evidence(&SessionId::new(RUN), "timeline_file")
        .await;
    assert!(matches!(opened.unwrap(), EvidenceContent::NotReady { .. }));

    let down = answering(vec![Answer::new(500, "")]);
    let opened = over(&down)
        .open_evidence(&SessionId::new(RUN), "timeline_file")
        .await;
    assert!(
        opened.is_err(),
        "that the vendor is down is no state of a file"
    );
}
