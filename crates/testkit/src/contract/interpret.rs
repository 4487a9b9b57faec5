//! Clauses about what a proven webhook means.

use idv_core::{Concern, SessionId, Unreadable, WebhookEvent};

use super::examination::Exam;
use super::subject::{ContractSubject, Signer};
use super::verify::accepted;

/// A webhook about a session names it, and shows its state where the vendor's webhooks do.
pub async fn webhook_concerns_its_session(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let body = exam.fixture(exam.facts.webhook).bytes;
    let event = interpret(&exam, &body).await.expect("a good webhook");
    let session = SessionId::new(exam.facts.webhook_session);
    assert_eq!(event.concern, Concern::Session(session.clone()));
    assert!(!event.event_type.is_empty());
    if let Some(payload) = &event.payload {
        assert_eq!(payload.session_id, Some(session));
    }
    if exam.offline().info().webhooks_carry_state {
        let payload = event.payload.expect("its webhooks carry the state");
        assert!(payload.status.is_some(), "a payload without a status");
    }
}

/// A type nobody has listed is no error: it is acknowledged and concerns nothing.
pub async fn webhook_of_an_unknown_type_concerns_nothing(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    concerns_nothing(&exam, exam.facts.unknown_event).await;
}

/// The vendor's other products send webhooks to the same address; they concern nothing here.
pub async fn webhook_of_another_product_concerns_nothing(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    concerns_nothing(&exam, exam.facts.other_product_event).await;
}

async fn concerns_nothing(exam: &Exam<'_>, case: &str) {
    let body = exam.fixture(case).bytes;
    let event = interpret(exam, &body).await;
    let event = event.unwrap_or_else(|error| panic!("{case}: {error}"));
    let Concern::Nothing { reason } = event.concern else {
        panic!("{case}: it concerns {:?}", event.concern);
    };
    assert!(!reason.is_empty(), "{case}: the operator is told nothing");
    assert!(event.payload.is_none(), "{case}: a payload about nothing");
}

/// The signature says who, not what: signed bytes may still be no JSON, or not even text.
pub async fn signed_webhook_that_is_no_json_is_unreadable(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    for body in [
        &b"not json"[..],
        b"{\"id\":",
        b"[]",
        b"null",
        b"\"text\"",
        b"\xff\xfe\x00",
    ] {
        let outcome = interpret(&exam, body).await;
        assert!(
            outcome.is_err(),
            "{:?} was read",
            idv_core::label(&String::from_utf8_lossy(body))
        );
    }
}

async fn interpret(exam: &Exam<'_>, body: &[u8]) -> Result<WebhookEvent, Unreadable> {
    let webhook = exam.webhook(Signer::Current, body, exam.now());
    let provider = exam.verifier();
    let verified = accepted("a signed webhook", &*provider, &webhook).await;
    provider.interpret(&verified)
}
