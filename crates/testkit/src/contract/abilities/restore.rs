//! Clauses about taking an erasure back.

use idv_core::{DataState, Error, ErrorKind, Snapshot};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;

/// The erasure is taken back, and the answer shows the session with its data.
pub async fn restore_brings_the_session_back(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = restore(&exam, "restore").await else {
        return;
    };
    let mapped = expect_ok("restore", outcome).mapped;
    assert_eq!(mapped.session_id, Some(exam.session()));
    assert!(mapped.status.is_some(), "a session has a status");
    assert!(
        !matches!(
            mapped.data_state,
            Some(DataState::Redacted | DataState::RedactionPending)
        ),
        "the data are {:?}",
        mapped.data_state
    );
}

/// Where no erasure is under way there is nothing to take back: nothing was done, and asking again cannot help.
pub async fn restore_without_an_erasure_is_a_conflict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(outcome) = restore(&exam, "restore_refused").await else {
        return;
    };
    let error = expect_err("restore what is not being erased", outcome);
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
}

async fn restore(exam: &Exam<'_>, recording: &str) -> Option<Result<Snapshot, Error>> {
    exam.offline().abilities().restore?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().restore.expect("declared a line above");
    let outcome = ability.restore(&exam.session()).await;
    replay.assert_used_up();
    Some(outcome)
}
