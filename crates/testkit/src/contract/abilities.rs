//! Clauses about what some vendors can do and others cannot.

use idv_core::{ErrorKind, Snapshot, Status};

use super::examination::{Exam, expect_err, expect_ok};
use super::subject::ContractSubject;

/// The abilities that have clauses, and the recordings that exercise each.
const EXERCISED: &[(&str, &[&str])] = &[("cancel", &["cancel", "cancel_again", "cancel_refused"])];

/// An ability that is declared has recordings, and one with recordings is declared. An ability without a clause
/// must not be declared: nobody would know whether it works.
pub async fn declared_abilities_are_exercised_and_absent_ones_are_none(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let declared = provider.abilities().words();
    for word in &declared {
        assert!(
            EXERCISED.iter().any(|(exercised, _)| exercised == word),
            "{word} is declared, and the contract has no clause for it"
        );
    }
    for (word, recordings) in EXERCISED {
        for recording in *recordings {
            assert_eq!(
                exam.has_exchanges(recording),
                declared.contains(word),
                "{word} is {}declared; exchanges/{recording}.json says otherwise",
                if declared.contains(word) { "" } else { "not " }
            );
        }
    }
}

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

/// None where the vendor has no such ability; [`declared_abilities_are_exercised_and_absent_ones_are_none`] sees to it
/// that this is no way out.
async fn cancel(exam: &Exam<'_>, recording: &str) -> Option<Result<Snapshot, idv_core::Error>> {
    exam.offline().abilities().cancel?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().cancel.expect("declared a line above");
    let outcome = ability.cancel(&exam.session()).await;
    replay.assert_used_up();
    Some(outcome)
}
