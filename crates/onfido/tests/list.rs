//! Which runs a walk through the list shows. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::Path;
use std::sync::Arc;

use idv_core::{ErrorKind, List as _, ListQuery, Secret, SubjectRef};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::{Value, json};

fn over(answer: Answer) -> (OnfidoProvider, Arc<ReplayTransport>) {
    let replay = ReplayTransport::new(Exchanges::of("a page", vec![Exchange::any(answer)]));
    let config = OnfidoConfig {
        api_key: Some(Secret::from("api_sandbox.contractMarked")),
        ..OnfidoConfig::default()
    };
    let provider = OnfidoProvider::new(config, replay.clone(), ManualClock::noon());
    (provider, replay)
}

/// Runs that differ in when they were made, in this order.
fn page(times: &[&str]) -> Answer {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/onfido/run_approved.json"
    );
    let bytes = std::fs::read(Path::new(file)).unwrap();
    let run: Value = idv_core::json::decode(&bytes).unwrap();
    let run = |(number, time): (usize, &&str)| {
        let mut run = run.clone();
        run["id"] = json!(format!("11111111-2222-4333-8444-55555555550{number}"));
        run["created_at"] = json!(time);
        run["customer_user_id"] = json!(format!("member-{number}"));
        run
    };
    let runs: Vec<_> = times.iter().enumerate().map(run).collect();
    Answer::new(200, json!(runs).to_string())
}

async fn shown(query: &ListQuery, times: &[&str]) -> (Vec<String>, String) {
    let (provider, replay) = over(page(times));
    let page = provider.list(query, None).await.unwrap();
    let ids = page.sessions.iter().map(|session| {
        let id = session.mapped.session_id.as_ref().unwrap().as_str();
        id[id.len() - 1..].to_owned()
    });
    (
        ids.collect(),
        replay.asked()[0].uri.query().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn whole_days_are_asked_for_and_the_exact_times_count() {
    let mut query = ListQuery::default();
    query.created_since = Some("2026-11-10T12:00:00Z".parse().unwrap());
    query.created_before = Some("2026-11-12T06:00:00Z".parse().unwrap());
    let times = [
        "2026-11-10T11:59:59Z",
        "2026-11-10T12:00:00Z",
        "2026-11-12T05:59:59Z",
        "2026-11-12T06:00:00Z",
    ];
    let (ids, asked) = shown(&query, &times).await;
    assert_eq!(ids, ["1", "2"]);
    // The vendor leaves out the days that are named.
    assert!(asked.contains("created_at_gt=2026-11-09"), "{asked}");
    assert!(asked.contains("created_at_lt=2026-11-13"), "{asked}");
}

#[tokio::test]
async fn a_subject_or_a_workflow_is_looked_for_here() {
    let times = ["2026-11-10T12:00:00Z"; 3];
    let mut query = ListQuery::default();
    query.subject = Some(SubjectRef::new("member-1"));
    assert_eq!(shown(&query, &times).await.0, ["1"]);
    let mut query = ListQuery::default();
    query.template = Some("another workflow".to_owned());
    assert_eq!(shown(&query, &times).await.0, [""; 0]);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused_and_nobody_is_asked() {
    let (provider, replay) = over(page(&[]));
    let refused = provider.list(&ListQuery::default(), Some("vs_1")).await;
    assert!(matches!(
        refused.unwrap_err().kind,
        ErrorKind::InvalidInput { .. }
    ));
    assert!(replay.asked().is_empty());
}
