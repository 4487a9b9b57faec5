//! Another session for a person who has one: what is asked, and which session is taken for it.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    ErrorKind, IdProvider, Person, Repeat, Retry, RetryScope, Secret, StartSession, Started,
    StartedSession, Status, StepKind,
};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_testkit::replay::{Answer, Exchanges, Injection, ReplayTransport};
use idv_testkit::{Crash, ManualClock, MemoryCheckpoint};
use serde_json::{Value, json};

mod person;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plaid")
}

fn over(replay: Arc<ReplayTransport>) -> PlaidProvider {
    let mut config = PlaidConfig {
        api_key: Some(Secret::from("secret-contractMarked")),
        ..PlaidConfig::default()
    };
    config.options.client_id = Some("client-0417".to_owned());
    config.options.template_id = Some("idvtmp_Marigold0001".to_owned());
    config.options.gave_consent = true;
    config.check().unwrap();
    PlaidProvider::new(config, replay, ManualClock::noon())
}

/// A retry asks for the steps and sends no data: what the subject typed in stays with the vendor.
fn bare_intent() -> StartSession {
    let mut intent = person::intent();
    intent.person = Person::default();
    intent
}

/// The intent of another try in which these are asked again.
fn again(mut intent: StartSession, again: RetryScope) -> StartSession {
    intent.again = again;
    intent
}

fn document_and_selfie() -> RetryScope {
    RetryScope::Steps(vec![StepKind::Document, StepKind::Selfie])
}

async fn retry(
    provider: &PlaidProvider,
    intent: &StartSession,
    checkpoint: &mut MemoryCheckpoint,
) -> Result<StartedSession, idv_core::Error> {
    Retry::retry(provider, intent, checkpoint).await
}

fn session(change: impl FnOnce(&mut Value)) -> Value {
    let bytes = std::fs::read(folder().join("session_active.json")).unwrap();
    let mut session: Value = idv_core::json::decode(&bytes).unwrap();
    change(&mut session);
    session
}

fn instead(body: &Value) -> Injection {
    Injection::Instead(Answer::new(200, body.to_string()))
}

#[tokio::test]
async fn a_retry_makes_another_session_after_the_one_there_is() {
    let replay = ReplayTransport::new(Exchanges::load(&folder(), "retry"));
    let provider = over(replay.clone());
    let mut checkpoint = MemoryCheckpoint::new();
    let retried = retry(
        &provider,
        &again(bare_intent(), document_and_selfie()),
        &mut checkpoint,
    )
    .await
    .unwrap();
    replay.assert_used_up();
    assert_eq!(retried.session_id.as_str(), "idv_Marigold0023");
    assert_eq!(retried.snapshot.mapped.status, Some(Status::AwaitingUser));
    let reference = &retried.snapshot.mapped.references[0];
    assert_eq!(
        (&*reference.name, &*reference.value),
        ("previous_attempt_id", "idv_Marigold0001")
    );
    assert_eq!(replay.asked()[1].call.repeat, Repeat::Never);
}

#[tokio::test]
async fn a_retry_that_is_run_again_after_any_crash_is_sent_once() {
    tokio::time::pause();
    for crash in [
        Crash::BeforeSave(1),
        Crash::AfterSave(1),
        Crash::BeforeSave(2),
        Crash::AfterSave(2),
    ] {
        let retried = Exchanges::load(&folder(), "retry");
        let resumed = Exchanges::load(&folder(), "retry_resumed");
        let replay = ReplayTransport::new(retried.and_then(resumed));
        let provider = over(replay.clone());
        let mut checkpoint = MemoryCheckpoint::crashing(crash);
        let intent = again(bare_intent(), document_and_selfie());
        let run = retry(&provider, &intent, &mut checkpoint);
        let first = tokio::time::timeout(Duration::from_secs(3_600), run).await;
        assert!(first.is_err(), "{crash:?} did not happen");

        let mut checkpoint = checkpoint.with_crash(None);
        let again = retry(&provider, &intent, &mut checkpoint).await;
        let again = again.unwrap_or_else(|error| panic!("{crash:?}: {error}"));
        assert_eq!(again.session_id.as_str(), "idv_Marigold0023", "{crash:?}");
        let asked = replay.asked();
        let retries = asked.iter().filter(|a| a.uri.path().ends_with("/retry"));
        assert_eq!(retries.count(), 1, "{crash:?}");
    }
}

#[tokio::test]
async fn each_strategy_has_its_word_and_only_one_has_steps() {
    for (scope, word) in [
        (RetryScope::Everything, "reset"),
        (RetryScope::WhatFailed, "incomplete"),
        (RetryScope::VendorsChoice, "infer"),
        (document_and_selfie(), "custom"),
    ] {
        let replay = ReplayTransport::new(Exchanges::load(&folder(), "retry"));
        replay.inject(2, Injection::Instead(Answer::new(500, "")));
        let provider = over(replay.clone());
        let mut checkpoint = MemoryCheckpoint::new();
        let outcome = retry(&provider, &again(bare_intent(), scope), &mut checkpoint).await;
        assert!(outcome.unwrap_err().may_have_taken_effect);
        let body: Value = idv_core::json::decode(&replay.asked()[1].body).unwrap();
        assert_eq!(body["strategy"], word);
        assert_eq!(body.get("steps").is_some(), word == "custom");
        assert!(body.get("user").is_none());
    }
}

#[tokio::test]
async fn a_retry_of_a_person_without_a_session_is_not_found() {
    let replay = ReplayTransport::new(Exchanges::load(&folder(), "start"));
    let provider = over(replay.clone());
    let mut checkpoint = MemoryCheckpoint::new();
    let outcome = retry(
        &provider,
        &again(person::intent(), RetryScope::VendorsChoice),
        &mut checkpoint,
    )
    .await;
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(replay.asked().len(), 1);
}

#[tokio::test]
async fn the_session_to_retry_given_back_is_no_other_session() {
    let replay = ReplayTransport::new(Exchanges::load(&folder(), "retry"));
    replay.inject(2, instead(&session(|_| ())));
    let provider = over(replay);
    let mut checkpoint = MemoryCheckpoint::new();
    let outcome = retry(
        &provider,
        &again(bare_intent(), document_and_selfie()),
        &mut checkpoint,
    )
    .await;
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::BadResponse);
    assert!(!checkpoint.contents().contains_key("retry_session"));
}

#[tokio::test]
async fn a_retry_after_a_crash_finds_its_session_though_a_newer_one_came_after_it() {
    let exchanges = ["retry", "retry_resumed"].map(|name| Exchanges::load(&folder(), name));
    let [first, second] = exchanges;
    let replay = ReplayTransport::new(first.and_then(second));
    let provider = over(replay.clone());
    let mut checkpoint = MemoryCheckpoint::crashing(Crash::BeforeSave(2));
    let intent = again(bare_intent(), document_and_selfie());
    tokio::time::pause();
    let run = retry(&provider, &intent, &mut checkpoint);
    let hour = Duration::from_secs(3_600);
    assert!(tokio::time::timeout(hour, run).await.is_err(), "it crashed");

    let follower = |id: &str, after: &str, at: &str| {
        session(|session| {
            session["id"] = json!(id);
            session["previous_attempt_id"] = json!(after);
            session["created_at"] = json!(at);
        })
    };
    let page = json!({
        "identity_verifications": [
            session(|_| ()),
            follower("idv_Marigold0023", "idv_Marigold0001", "2026-11-20T12:30:00Z"),
            follower("idv_Marigold0024", "idv_Marigold0023", "2026-11-20T12:45:00Z"),
        ],
        "next_cursor": null,
        "request_id": "Rq7marigold",
    });
    replay.inject(3, instead(&page));
    let mut checkpoint = checkpoint.with_crash(None);
    let again = retry(&provider, &intent, &mut checkpoint).await.unwrap();
    assert_eq!(again.session_id.as_str(), "idv_Marigold0023");
    let asked = replay.asked();
    let retries = asked.iter().filter(|a| a.uri.path().ends_with("/retry"));
    assert_eq!(retries.count(), 1);
}

#[tokio::test]
async fn a_session_of_unknown_age_is_not_taken_over() {
    for age in [Value::Null, json!("yesterday")] {
        let replay = ReplayTransport::new(Exchanges::load(&folder(), "start"));
        replay.inject(2, instead(&session(|session| session["created_at"] = age)));
        let mut checkpoint = MemoryCheckpoint::new();
        let provider = over(replay);
        let started = provider.start(&person::intent(), &mut checkpoint).await;
        assert!(matches!(started.unwrap(), Started::Existing(_)));
        assert!(!checkpoint.contents().contains_key("session"));
    }
}

#[tokio::test]
async fn a_retry_is_a_conflict_only_for_what_is_about_the_session() {
    let body = |error_type: &str, code: &str| {
        json!({ "error_type": error_type, "error_code": code, "request_id": "Rq7" }).to_string()
    };
    for (scope, status, error_type, code, is_conflict) in [
        (
            RetryScope::WhatFailed,
            400,
            "INVALID_REQUEST",
            "INVALID_FIELD",
            true,
        ),
        (
            RetryScope::Everything,
            400,
            "INVALID_REQUEST",
            "INVALID_FIELD",
            false,
        ),
        // The free use is used up: that has nothing to do with the session.
        (
            RetryScope::WhatFailed,
            429,
            "RATE_LIMIT_EXCEEDED",
            "CREDITS_EXHAUSTED",
            false,
        ),
        (
            RetryScope::WhatFailed,
            400,
            "INVALID_INPUT",
            "INVALID_API_KEYS",
            false,
        ),
    ] {
        let replay = ReplayTransport::new(Exchanges::load(&folder(), "retry"));
        replay.inject(
            2,
            Injection::Instead(Answer::new(status, body(error_type, code))),
        );
        let provider = over(replay);
        let mut checkpoint = MemoryCheckpoint::new();
        let intent = again(bare_intent(), scope.clone());
        let error = retry(&provider, &intent, &mut checkpoint)
            .await
            .unwrap_err();
        assert_eq!(
            error.kind == ErrorKind::Conflict,
            is_conflict,
            "{scope:?} {code}: {error}"
        );
    }
}
