//! Clauses about having the vendor erase.

use idv_core::{Depth, Error, ErrorKind, Redaction, RedactionProgress, Status, TransportFailure};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use crate::replay::{Answer, Injection, ReplayTransport};

/// The vendor takes the request to erase the data of a decided session. The data are on their way out or gone, and
/// the decision stays.
pub async fn redact_asks_for_erasure_and_keeps_the_decision(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = redact(&exam, "redact").await else {
        return;
    };
    let redaction = expect_ok("redact", outcome);
    assert_erasing(&exam, &redaction).await;
}

/// Asking a second time is no error, and the erasure is no further back than it was.
pub async fn redact_of_a_redacted_session_is_no_error(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = redact(&exam, "redact_again").await else {
        return;
    };
    let redaction = expect_ok("redact a second time", outcome);
    assert_eq!(
        redaction.progress,
        RedactionProgress::Done,
        "in the recording the data are gone"
    );
    assert_erasing(&exam, &redaction).await;
}

/// A session in a state that forbids erasure is a conflict: nothing was done, and asking again at once cannot help.
pub async fn redact_that_is_refused_is_a_conflict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = redact(&exam, "redact_refused").await else {
        return;
    };
    let error = expect_err("redact in the wrong state", outcome);
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
}

/// A session the vendor does not know is not found, and not taken for erased.
pub async fn redact_of_a_missing_session_is_not_found(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = redact(&exam, "redact_not_found").await else {
        return;
    };
    let error = expect_err("redact a missing session", outcome);
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    assert!(!error.retryable);
}

/// A request to erase whose answer is lost may be repeated and may have worked; one that was never sent has not, and
/// neither has one that the vendor is too busy for. None of them is taken for an erasure.
pub async fn redact_without_an_answer_may_be_repeated(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().redact.is_none() {
        return;
    }
    let calls = exam.exchanges("redact").exchanges.len();
    let lost = |reason| Injection::AnswerLost(reason);
    let slow = Answer::new(429, "").with_header("retry-after", "7");
    for (injection, may_have_worked) in [
        (lost(TransportFailure::Timeout), true),
        (lost(TransportFailure::Broken), true),
        (Injection::Instead(Answer::new(503, "")), true),
        (Injection::Instead(slow), false),
        (Injection::NotSent(TransportFailure::Connect), false),
    ] {
        let what = format!("redact: {injection:?}");
        let replay = ReplayTransport::new(exam.exchanges("redact"));
        // The last call is the one that erases.
        replay.inject(calls, injection);
        let provider = exam.provider(replay);
        let ability = provider.abilities().redact.expect("declared above");
        let error = expect_err(&what, ability.redact(&exam.session()).await);
        assert!(error.retryable, "{what}: {error}");
        assert_eq!(
            error.may_have_taken_effect, may_have_worked,
            "{what}: {error}"
        );
    }
}

async fn redact(exam: &Exam<'_>, recording: &str) -> Option<Result<Redaction, Error>> {
    exam.offline().abilities().redact?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().redact.expect("declared a line above");
    let outcome = ability.redact(&exam.session()).await;
    replay.assert_used_up();
    Some(outcome)
}

/// What is shown of the session agrees with the progress, and its decision is the one a fetch had shown.
async fn assert_erasing(exam: &Exam<'_>, redaction: &Redaction) {
    let Some(snapshot) = &redaction.snapshot else {
        return;
    };
    let mapped = &snapshot.mapped;
    assert_eq!(mapped.session_id, Some(exam.session()));
    assert_eq!(mapped.data_state, Some(redaction.data_state()));
    let (provider, _) = exam.over("fetch_verdict");
    let before = provider.fetch(&exam.session(), Depth::Verdict).await;
    let before = expect_ok("fetch", before).mapped.status;
    assert!(
        matches!(before, Some(Status::Passed | Status::Failed)),
        "exchanges/fetch_verdict.json shows no decision: that it stays proves nothing"
    );
    assert_eq!(mapped.status, before, "the decision did not stay");
}
