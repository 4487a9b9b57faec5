//! Clauses about changing a session under way.

use std::sync::Arc;

use idv_core::{Error, ErrorKind, Repeat, SessionChange, Snapshot, Status};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use crate::replay::ReplayTransport;

/// What is named is changed at the vendor, in the session there is, and the answer shows that session.
pub async fn update_changes_an_open_session(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = update(&exam, "update").await else {
        return;
    };
    let mapped = expect_ok("update", outcome).mapped;
    assert_eq!(mapped.session_id, Some(exam.session()));
    let status = mapped.status.expect("a session has a status");
    assert!(
        !matches!(status, Status::Passed | Status::Failed | Status::Cancelled),
        "the session of the recording is {status}, and takes no change"
    );
    let asked = replay.asked();
    let changes = |repeat| repeat != Repeat::Safe;
    assert!(
        asked.iter().any(|asked| changes(asked.call.repeat)),
        "every call was one that only reads"
    );
    for asked in asked {
        assert!(
            !subject.creates(&asked.to_request()),
            "a change makes no session"
        );
    }
}

/// A session that takes no change any more is a conflict: nothing was done, and asking again cannot help.
pub async fn update_that_comes_too_late_is_a_conflict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, _)) = update(&exam, "update_refused").await else {
        return;
    };
    let error = expect_err("update too late", outcome);
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
}

async fn update(
    exam: &Exam<'_>,
    recording: &str,
) -> Option<(Result<Snapshot, Error>, Arc<ReplayTransport>)> {
    exam.offline().abilities().update?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().update.expect("declared a line above");
    let intent = exam.subject.intent();
    let mut change = SessionChange::default();
    change.person = Some(intent.person);
    change.document_kinds = Some(intent.document_kinds);
    let outcome = ability.update(&exam.session(), &change).await;
    replay.assert_used_up();
    Some((outcome, replay))
}
