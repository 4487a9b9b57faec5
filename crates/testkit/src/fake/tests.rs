//! The fake vendor does what its script says.

use std::sync::Arc;

use idv_core::{
    Cancel as _, Concern, DataState, Depth, ErrorKind, IdProvider, Redact as _, RedactionProgress,
    RequestId, SessionId, StartSession, Started, Status, SubjectRef,
};

use super::{Effect, FakeOptions, FakeProvider, FakeState, FakeVendor, Fault};
use crate::{ManualClock, MemoryCheckpoint};

mod desk;
mod list;

fn pair() -> (FakeProvider, Arc<FakeVendor>) {
    let vendor = FakeVendor::new(ManualClock::noon());
    let provider = FakeProvider::new(FakeOptions::default(), vendor.clone());
    (provider, vendor)
}

fn intent(key: &str) -> StartSession {
    StartSession::new(
        RequestId::new(ManualClock::NOON),
        SubjectRef::new("subject-1"),
        key,
        ManualClock::NOON,
    )
}

async fn start(provider: &FakeProvider, key: &str) -> SessionId {
    let intent = intent(key);
    let mut checkpoint = MemoryCheckpoint::new();
    match provider.start(&intent, &mut checkpoint).await.unwrap() {
        Started::Created(session) | Started::Existing(session) => session.session_id,
    }
}

#[tokio::test]
async fn a_fault_of_each_kind_is_that_kind_of_error_once() {
    let (provider, vendor) = pair();
    let session = start(&provider, "k").await;
    for kind in [
        ErrorKind::InvalidCredentials,
        ErrorKind::InvalidConfig,
        ErrorKind::InvalidInput {
            field: Some("name".into()),
        },
        ErrorKind::Unsupported {
            capability: "moon".into(),
        },
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::RateLimited {
            retry_after_secs: Some(9),
        },
        ErrorKind::Unavailable,
        ErrorKind::Timeout,
        ErrorKind::ProviderRejected {
            code: Some("refused".into()),
        },
        ErrorKind::BadResponse,
    ] {
        vendor.fail_next(Fault::of_kind(&kind, Effect::None));
        let error = provider.fetch(&session, Depth::Verdict).await.unwrap_err();
        assert_eq!(error.kind, kind);
        provider.fetch(&session, Depth::Verdict).await.unwrap();
    }
}

#[tokio::test]
async fn a_fault_after_the_effect_leaves_the_effect() {
    let (provider, vendor) = pair();
    let mut checkpoint = MemoryCheckpoint::new();
    let intent = intent("k");
    vendor.fail_next(Fault::no_connection().on("create_check"));
    let error = provider.start(&intent, &mut checkpoint).await.unwrap_err();
    assert!(!error.may_have_taken_effect);
    assert_eq!(vendor.sessions().len(), 0);

    vendor.fail_next(Fault::lost_answer().on("create_check"));
    let error = provider.start(&intent, &mut checkpoint).await.unwrap_err();
    assert!(error.may_have_taken_effect);
    assert_eq!(vendor.sessions().len(), 1);

    provider.start(&intent, &mut checkpoint).await.unwrap();
    assert_eq!(vendor.sessions().len(), 1, "the key is known");
    assert_eq!(vendor.calls("create_person"), 1, "the checkpoint is used");
    assert_eq!(vendor.calls("create_check"), 3);
}

#[tokio::test]
async fn what_happens_at_the_vendor_shows_in_fetches_and_webhooks() {
    let (provider, vendor) = pair();
    let session = start(&provider, "k").await;
    for state in FakeState::KNOWN {
        vendor.move_to(&session, *state);
        let fetched = provider.fetch(&session, Depth::Verdict).await.unwrap();
        let webhook = provider.verify(&vendor.webhook(&session)).await.unwrap();
        let event = provider.interpret(&webhook).unwrap();
        assert_eq!(event.concern, Concern::Session(session.clone()));
        assert_eq!(event.payload.unwrap().status, fetched.mapped.status);
    }
    vendor.set_data(&session, "erased");
    let fetched = provider.fetch(&session, Depth::Full).await.unwrap();
    assert_eq!(fetched.mapped.data_state, Some(DataState::Redacted));

    vendor.notify_only();
    let webhook = provider.verify(&vendor.webhook(&session)).await.unwrap();
    let event = provider.interpret(&webhook).unwrap();
    assert_eq!(event.concern, Concern::Session(session.clone()));
    assert!(event.payload.is_none());

    vendor.forget(&session);
    let error = provider.fetch(&session, Depth::Verdict).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_check_may_be_given_back_withdrawn_or_made_without_us() {
    let (provider, vendor) = pair();
    let first = start(&provider, "a").await;
    vendor.give_back(&first);
    let mut checkpoint = MemoryCheckpoint::new();
    let started = provider.start(&intent("b"), &mut checkpoint).await.unwrap();
    assert!(matches!(started, Started::Existing(session) if session.session_id == first));

    let withdrawn = provider.cancel(&first).await.unwrap();
    assert_eq!(withdrawn.mapped.status, Some(Status::Cancelled));
    provider.renew_link(&first).await.unwrap_err();

    let stranger = vendor.make_check("subject-2", FakeState::Approved);
    let fetched = provider.fetch(&stranger, Depth::Verdict).await.unwrap();
    assert_eq!(fetched.mapped.status, Some(Status::Passed));
    assert_eq!(fetched.mapped.request_id, None);
    assert_eq!(vendor.sessions(), [first, stranger]);
}

#[tokio::test]
async fn an_erasure_is_done_at_once_or_takes_its_time_and_a_decision_outlives_it() {
    let (provider, vendor) = pair();
    let quick = start(&provider, "a").await;
    vendor.move_to(&quick, FakeState::Declined);
    let redaction = provider.redact(&quick).await.unwrap();
    assert_eq!(redaction.progress, RedactionProgress::Done);
    let fetched = provider.fetch(&quick, Depth::Full).await.unwrap();
    assert_eq!(fetched.mapped.status, Some(Status::Failed));
    assert_eq!(fetched.mapped.data_state, Some(DataState::Redacted));
    assert!(fetched.mapped.person.is_none() && fetched.mapped.subject.is_none());

    vendor.erase_slowly();
    let slow = start(&provider, "b").await;
    for _ in 0..2 {
        let redaction = provider.redact(&slow).await.unwrap();
        assert_eq!(redaction.progress, RedactionProgress::Requested);
        let mapped = redaction.snapshot.unwrap().mapped;
        assert_eq!(mapped.data_state, Some(DataState::RedactionPending));
        assert_eq!(mapped.status, Some(Status::Cancelled), "it was open");
    }
    vendor.set_data(&slow, "erased");
    let redaction = provider.redact(&slow).await.unwrap();
    assert_eq!(redaction.progress, RedactionProgress::Done);
}

#[tokio::test]
async fn an_erasure_may_come_too_early_fail_or_not_be_on_offer() {
    let (provider, vendor) = pair();
    let session = start(&provider, "a").await;
    vendor.move_to(&session, FakeState::Checking);
    let error = provider.redact(&session).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    vendor.move_to(&session, FakeState::Approved);

    vendor.fail_next(Fault::lost_answer().on("erase_check"));
    let error = provider.redact(&session).await.unwrap_err();
    assert!(error.retryable && error.may_have_taken_effect);
    let redaction = provider.redact(&session).await.unwrap();
    assert_eq!(redaction.progress, RedactionProgress::Done);

    let words = provider.abilities().words();
    assert!(
        words.contains(&"redact") && words.contains(&"restore"),
        "{words:?}"
    );
    let without = FakeProvider::new(FakeOptions::default(), vendor).without_redact();
    let words = without.abilities().words();
    assert!(
        !words.contains(&"redact") && !words.contains(&"restore"),
        "{words:?}"
    );
}
