//! Clauses about another session for the same person.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{Error, ErrorKind, Repeat, RetryScope, StartedSession, StepKind};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use crate::replay::{Asked, ReplayTransport};
use crate::{Crash, MemoryCheckpoint};

/// Another session is made for a person who has one, and it is another one.
pub async fn retry_makes_another_session(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let (provider, replay) = exam.over("retry_session");
    let retry = provider.abilities().retry.expect("declared a line above");
    let mut checkpoint = MemoryCheckpoint::new();
    let outcome = retry.retry(&subject.intent(), &mut checkpoint).await;
    replay.assert_used_up();
    let session = expect_ok("retry", outcome);
    assert_ne!(session.session_id, exam.session(), "the one there was");
    let shown = session.snapshot.mapped.session_id.as_ref();
    assert_eq!(shown, Some(&session.session_id));
    for asked in creations(subject, &replay) {
        assert_eq!(asked.call.repeat, Repeat::Never, "it has no key");
    }
}

/// Whatever a crash leaves behind, running the same retry again ends with the one other session.
pub async fn retry_again_after_a_crash_at_any_checkpoint_makes_no_second_session(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let (provider, _) = exam.over("retry_session");
    let retry = provider.abilities().retry.expect("declared a line above");
    let mut undisturbed = MemoryCheckpoint::new();
    let outcome = retry.retry(&subject.intent(), &mut undisturbed).await;
    let expected = expect_ok("retry", outcome).session_id;
    let crashes = (1..=undisturbed.saves())
        .flat_map(|save| [Crash::BeforeSave(save), Crash::AfterSave(save)]);
    for crash in crashes {
        let exchanges = exam
            .exchanges("retry_session")
            .and_then(exam.exchanges("retry_session_resumed"));
        let replay = ReplayTransport::new(exchanges);
        let provider = exam.provider(replay.clone());
        let retry = provider.abilities().retry.expect("declared above");
        let mut checkpoint = MemoryCheckpoint::crashing(crash);
        let intent = subject.intent();
        // A crash is a future that never ends; the clock stands still but for those who wait.
        let hour = Duration::from_secs(3600);
        let first = tokio::time::timeout(hour, retry.retry(&intent, &mut checkpoint)).await;
        assert!(first.is_err(), "{crash:?} did not happen");
        let mut checkpoint = checkpoint.with_crash(None);
        let again = retry.retry(&intent, &mut checkpoint).await;
        let again = expect_ok(&format!("retry again after {crash:?}"), again);
        assert_eq!(again.session_id, expected, "after {crash:?}");
        assert_eq!(creations(subject, &replay).len(), 1, "after {crash:?}");
    }
}

fn creations(subject: &dyn ContractSubject, replay: &ReplayTransport) -> Vec<Asked> {
    let asked = replay.asked().into_iter();
    asked
        .filter(|asked| subject.creates(&asked.to_request()))
        .collect()
}

/// How much is asked again is told to the vendor: everything, what failed, or one step. Each is another request, and
/// each makes another session.
pub async fn retry_asks_again_only_what_it_was_told(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let step = subject.ability_facts().retry_step;
    let step = step.expect("AbilityFacts::retry_step names a step");
    let mut told = Vec::new();
    for (recording, scope) in [
        ("retry_session", RetryScope::Everything),
        ("retry_what_failed", RetryScope::WhatFailed),
        ("retry_steps", RetryScope::Steps(vec![step])),
    ] {
        let (outcome, replay) = retry(&exam, recording, scope).await;
        let session = expect_ok(recording, outcome);
        assert_ne!(session.session_id, exam.session(), "{recording}");
        let made = creations(subject, &replay);
        let [made] = made.as_slice() else {
            panic!("{recording}: {} calls make a session", made.len());
        };
        assert!(
            !told.contains(&made.body),
            "{recording} asks for as much again as another scope"
        );
        told.push(made.body.clone());
    }
}

/// What failed cannot be asked again if nothing did: a conflict, and no session was made.
pub async fn retry_refused_is_a_conflict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let (outcome, _) = retry(&exam, "retry_refused", RetryScope::WhatFailed).await;
    let error = expect_err("retry what the vendor does not ask again", outcome);
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
}

/// A step that cannot be asked for by itself is said so, and nothing else is asked in its place.
pub async fn retry_of_a_step_that_cannot_be_asked_alone_is_unsupported(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let replay = ReplayTransport::new(exam.exchanges("retry_session"));
    let provider = exam.provider(replay.clone());
    let ability = provider.abilities().retry.expect("declared above");
    let mut intent = subject.intent();
    let strange = StepKind::Unknown("a_step_of_nobody".to_owned());
    intent.again = RetryScope::Steps(vec![strange]);
    let outcome = ability.retry(&intent, &mut MemoryCheckpoint::new()).await;
    let error = expect_err("retry a step of nobody", outcome);
    let is_unsupported = matches!(error.kind, ErrorKind::Unsupported { .. });
    assert!(is_unsupported, "{error}");
    assert!(creations(subject, &replay).is_empty(), "a session was made");
}

async fn retry(
    exam: &Exam<'_>,
    recording: &str,
    scope: RetryScope,
) -> (Result<StartedSession, Error>, Arc<ReplayTransport>) {
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().retry.expect("declared above");
    let mut intent = exam.subject.intent();
    intent.again = scope;
    let outcome = ability.retry(&intent, &mut MemoryCheckpoint::new()).await;
    replay.assert_used_up();
    (outcome, replay)
}
