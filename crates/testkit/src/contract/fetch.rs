//! Clauses about reading a session.

use idv_core::{Depth, ErrorKind, Repeat, Status};

use super::examination::{Exam, expect_err, expect_ok};
use super::subject::ContractSubject;
use crate::own_json;

/// The verdict costs one call, and the session's bytes are kept.
pub async fn fetch_of_the_verdict_is_one_call(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("fetch_verdict");
    let snapshot = provider.fetch(&exam.session(), Depth::Verdict).await;
    let snapshot = expect_ok("fetch", snapshot);
    assert_eq!(replay.asked().len(), 1, "calls for the verdict");
    replay.assert_used_up();
    assert_eq!(snapshot.parts.len(), 1, "one answer is one part");
    assert_eq!(snapshot.mapped.session_id, Some(exam.session()));
    assert!(snapshot.mapped.status.is_some(), "a session has a status");
}

/// What explains the verdict is read too; every value says from which part it came, and where it stood there.
pub async fn fetch_in_full_explains_the_verdict(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("fetch_full");
    let snapshot = provider.fetch(&exam.session(), Depth::Full).await;
    let snapshot = expect_ok("fetch", snapshot);
    replay.assert_used_up();
    assert!(snapshot.missing.is_empty(), "{:?}", snapshot.missing);
    let mapped = &snapshot.mapped;
    assert!(
        mapped.person.is_some() || !mapped.steps.is_empty(),
        "neither a person nor a step: nothing explains the verdict"
    );
    assert!(
        !mapped.origins.is_empty(),
        "no value says where it came from"
    );
    for (place, origin) in &mapped.origins {
        let part = snapshot.parts.iter().find(|part| part.name == origin.part);
        let part = part.unwrap_or_else(|| panic!("{place} comes from no part: {}", origin.part));
        let document: serde_json::Value =
            own_json::parse(&part.bytes).expect("a part that was mapped is JSON");
        assert!(
            document.pointer(&origin.pointer).is_some(),
            "{place}: the part {} has nothing at {}",
            origin.part,
            origin.pointer
        );
    }
}

/// A status nobody has listed is kept, raised and no error.
pub async fn fetch_keeps_a_status_nobody_has_listed(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("fetch_unknown_status");
    let snapshot = provider.fetch(&exam.session(), Depth::Verdict).await;
    replay.assert_used_up();
    let mapped = expect_ok("fetch", snapshot).mapped;
    let Some(Status::Unknown(raw)) = &mapped.status else {
        panic!("{:?} is a listed status", mapped.status);
    };
    let raised = mapped.unknown.iter().any(|unknown| unknown.value == *raw);
    assert!(raised, "{raw} is not among the unknown values");
}

/// A session the vendor does not have is not found.
pub async fn fetch_of_a_missing_session_is_not_found(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("fetch_not_found");
    let error = expect_err(
        "fetch",
        provider.fetch(&exam.session(), Depth::Verdict).await,
    );
    replay.assert_used_up();
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    assert!(!error.retryable);
}

/// A part that cannot be had is listed; the verdict does not depend on it.
pub async fn fetch_lists_a_part_that_cannot_be_had(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(part) = exam.facts.missing_part else {
        let (provider, replay) = exam.over("fetch_full");
        let snapshot = provider.fetch(&exam.session(), Depth::Full).await;
        expect_ok("fetch", snapshot);
        assert_eq!(
            replay.asked().len(),
            1,
            "the facts say that all comes in one answer"
        );
        return;
    };
    let (provider, replay) = exam.over("fetch_part_missing");
    let snapshot = provider.fetch(&exam.session(), Depth::Full).await;
    replay.assert_used_up();
    let snapshot = expect_ok("fetch without a part", snapshot);
    let missing: Vec<&str> = snapshot.missing.iter().map(|part| part.name).collect();
    assert_eq!(missing, [part]);
    assert!(snapshot.parts.iter().all(|found| found.name != part));
    let status = snapshot.mapped.status.expect("the verdict is there");
    assert!(!status.is_unknown(), "{status}");
}

/// Reading changes nothing, so every call of it may be repeated freely.
pub async fn fetch_only_reads(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, replay) = exam.over("fetch_full");
    let snapshot = provider.fetch(&exam.session(), Depth::Full).await;
    expect_ok("fetch", snapshot);
    for asked in replay.asked() {
        assert_eq!(asked.call.repeat, Repeat::Safe, "{}", asked.call.operation);
        assert_ne!(asked.call.operation, "unnamed", "a call has a name");
        assert!(!subject.creates(&asked.to_request()));
    }
}
