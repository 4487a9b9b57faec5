//! Clauses about withdrawing.

use idv_core::{Error, ErrorKind, Snapshot, Status};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;

/// A session is withdrawn, and the answer shows it withdrawn.
pub async fn cancel_withdraws_the_session(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = cancel(&exam, "cancel").await else {
        return;
    };
    let mapped = expect_ok("cancel", outcome).mapped;
    assert_eq!(mapped.status, Some(Status::Cancelled));
    assert_eq!(mapped.session_id, Some(exam.session()));
}

/// Withdrawing a session a second time is no error.
pub async fn cancel_of_a_withdrawn_session_is_no_error(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = cancel(&exam, "cancel_again").await else {
        return;
    };
    let mapped = expect_ok("cancel a second time", outcome).mapped;
    assert_eq!(mapped.status, Some(Status::Cancelled));
}

/// A session that is beyond withdrawing is a conflict.
pub async fn cancel_that_comes_too_late_is_a_conflict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = cancel(&exam, "cancel_refused").await else {
        return;
    };
    let error = expect_err("cancel too late", outcome);
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    assert!(!error.retryable);
}

/// None where the vendor has no such ability; [`declared_abilities_are_exercised_and_absent_ones_are_none`](super::declared_abilities_are_exercised_and_absent_ones_are_none) sees to it
/// that this is no way out.
async fn cancel(exam: &Exam<'_>, recording: &str) -> Option<Result<Snapshot, Error>> {
    exam.offline().abilities().cancel?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().cancel.expect("declared a line above");
    let outcome = ability.cancel(&exam.session()).await;
    replay.assert_used_up();
    Some(outcome)
}
