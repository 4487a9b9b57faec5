//! Clauses about a start that runs once.

use idv_core::{ErrorKind, Started, StartedSession};

use super::examination::{Exam, expect_err, expect_ok};
use super::subject::{ContractSubject, Lack};
use crate::replay::ReplayTransport;
use crate::{Crash, MemoryCheckpoint};

pub(super) fn created(started: Started) -> StartedSession {
    match started {
        Started::Created(session) => session,
        Started::Existing(_) => panic!("the session is said to be another intent's"),
    }
}

/// One start makes one session, and says which.
pub async fn start_makes_one_session(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("start");
    let mut checkpoint = MemoryCheckpoint::new();
    let started = provider.start(&subject.intent(), &mut checkpoint).await;
    replay.assert_used_up();
    let session = created(expect_ok("start", started));

    assert_eq!(session.session_id, exam.session(), "the wrong session");
    let mapped = &session.snapshot.mapped;
    assert_eq!(mapped.session_id, Some(exam.session()), "the snapshot's id");
    assert_eq!(mapped.provider, provider.info().id);
    assert!(mapped.status.is_some(), "a session has a status");
    assert!(!session.snapshot.parts.is_empty(), "the bytes are kept");
    assert_eq!(creations(subject, &replay), 1, "calls that make a session");
}

/// The subject's reference and our request id go along, so that the session can be attributed without us. Where the
/// vendor has no slot for the id, it stands nowhere.
pub async fn start_sends_our_ids_along(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("start");
    let intent = subject.intent();
    let started = provider.start(&intent, &mut MemoryCheckpoint::new()).await;
    expect_ok("start", started);

    let sent: String = replay
        .asked()
        .iter()
        .map(|asked| {
            let plain = String::from_utf8_lossy(&asked.body).into_owned();
            let pairs = url::form_urlencoded::parse(&asked.body);
            pairs.fold(plain, |all, (key, value)| format!("{all}\n{key}={value}"))
        })
        .collect();
    let request_id = intent.request_id.to_string();
    assert_eq!(
        sent.contains(&request_id),
        !subject.lacks().contains(&Lack::RequestIdSlot),
        "whether our request id is sent"
    );
    let reference = intent.subject.expose(idv_core::Purpose::Test);
    assert!(sent.contains(reference), "the reference is not sent");
}

/// A session that the vendor finishes in the same breath is a session like any other.
pub async fn start_takes_a_session_that_is_finished_at_once(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("start_terminal");
    let started = provider
        .start(&subject.intent(), &mut MemoryCheckpoint::new())
        .await;
    replay.assert_used_up();
    let session = created(expect_ok("start", started));
    let status = session.snapshot.mapped.status.expect("a status");
    assert!(status.is_final(), "{status} is not final");
}

/// A session that another intent made is said to be so; a vendor that never does that never says so.
pub async fn start_does_not_take_over_the_session_of_another_intent(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let name = if exam.facts.gives_existing {
        "start_existing"
    } else {
        assert!(
            !exam.has_exchanges("start_existing"),
            "there is an exchanges/start_existing.json, and the facts say that the vendor never does that"
        );
        "start"
    };
    let (provider, replay) = exam.over(name);
    let started = provider
        .start(&subject.intent(), &mut MemoryCheckpoint::new())
        .await;
    replay.assert_used_up();
    let is_existing = matches!(expect_ok("start", started), Started::Existing(_));
    assert_eq!(is_existing, exam.facts.gives_existing);
}

/// A refused input is named, and is neither tried again nor taken for a session.
pub async fn start_names_the_field_that_the_vendor_refuses(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("start_refused");
    let started = provider
        .start(&subject.intent(), &mut MemoryCheckpoint::new())
        .await;
    replay.assert_used_up();
    let error = expect_err("start", started);
    let field = Some(exam.facts.refused_field.to_owned());
    assert_eq!(error.kind, ErrorKind::InvalidInput { field });
    assert!(!error.retryable, "the same input is refused again");
    assert!(!error.may_have_taken_effect, "nothing was made");
}

/// When a result cannot be stored, the start ends there and makes no further call.
pub async fn start_stops_when_its_progress_cannot_be_saved(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("start");
    let mut undisturbed = MemoryCheckpoint::new();
    let started = provider.start(&subject.intent(), &mut undisturbed).await;
    expect_ok("start", started);
    let calls = replay.asked().len();

    for save in 1..=undisturbed.saves() {
        let (provider, replay) = exam.over("start");
        let mut refusing = MemoryCheckpoint::crashing(Crash::SaveRefused(save));
        let started = provider.start(&subject.intent(), &mut refusing).await;
        let error = expect_err("start with a store that refuses", started);
        assert_eq!(refusing.saves(), save, "it went on after a refused save");
        assert!(
            replay.asked().len() <= calls,
            "it made more calls than usual"
        );
        let made_one = creations(subject, &replay) > 0;
        assert!(
            error.may_have_taken_effect || !made_one,
            "save {save} was refused after a session was made, and the error does not say so"
        );
    }
}

/// How many requests that make a session were asked.
pub(super) fn creations(subject: &dyn ContractSubject, replay: &ReplayTransport) -> usize {
    let asked = replay.asked();
    asked
        .iter()
        .filter(|asked| subject.creates(&asked.to_request()))
        .count()
}
