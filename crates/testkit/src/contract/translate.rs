//! Clauses about the vendor's objects in our words.

use idv_core::{IdProvider, Kind, Mapped, Origins, Status, Unreadable};
use serde_json::Value;

use super::examination::Exam;
use super::mutation;
use super::subject::ContractSubject;
use crate::fixture::Fixture;

/// Every recording means what the file beside it says.
pub async fn recordings_are_translated_as_expected(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    exam.fixtures().assert_translated(&*exam.offline());
}

/// Every row of every table is used by a recording.
pub async fn mapping_rows_are_all_cited(subject: &dyn ContractSubject) {
    let rows = subject.mapping_rows();
    assert!(!rows.is_empty(), "the subject has no tables");
    Exam::of(subject).fixtures().assert_rows_cited(&rows);
}

/// An origin names a row of the tables and a place that is there; an unknown value stands where it is said to.
pub async fn origins_point_at_what_they_explain(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let rows = subject.mapping_rows();
    for case in exam.fixtures().cases() {
        let document = mutation::document(&case.bytes);
        let mapped = translate(&*provider, case, &case.bytes).expect("a fixture is readable");
        for one in std::iter::once(&mapped).chain(&mapped.items) {
            for (place, origin) in &one.origins {
                let at = format!("{}: {place}", case.name);
                assert!(
                    rows.contains(&&*origin.rule),
                    "{at}: no row {}",
                    origin.rule
                );
                assert_eq!(
                    origin.mapping_version,
                    provider.info().mapping_version,
                    "{at}"
                );
                assert!(
                    document.pointer(&origin.pointer).is_some(),
                    "{at}: there is nothing at {}",
                    origin.pointer
                );
            }
            for unknown in &one.unknown {
                let found = document.pointer(&unknown.pointer);
                let text =
                    found.map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
                assert_eq!(
                    text.as_deref(),
                    Some(&*unknown.value),
                    "{}: unknown value at {}",
                    case.name,
                    unknown.pointer
                );
            }
        }
    }
}

/// Members the vendor adds later change nothing.
pub async fn extra_members_change_nothing(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    for case in exam.fixtures().cases() {
        let wider = mutation::with_extra_members(&mutation::document(&case.bytes));
        let before = translate(&*provider, case, &case.bytes);
        let after = translate(&*provider, case, &mutation::bytes(&wider));
        assert!(
            meaning(before) == meaning(after),
            "{}: members nobody knows changed the meaning",
            case.name
        );
    }
}

/// A member that is null means the same as one that is not there, and neither can make a pass.
pub async fn null_means_absent(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    for case in exam.fixtures().cases() {
        let document = mutation::document(&case.bytes);
        let passed = case.expectation.expect.status.as_deref() == Some("passed");
        for pointer in mutation::members(&document) {
            let at = format!("{}: {pointer}", case.name);
            let null = mutation::with(&document, &pointer, Value::Null);
            let null = translate(&*provider, case, &mutation::bytes(&null));
            let absent = mutation::without(&document, &pointer);
            let absent = translate(&*provider, case, &mutation::bytes(&absent));
            for outcome in [&null, &absent] {
                let passes = outcome.as_ref().is_ok_and(is_passed);
                assert!(passed || !passes, "{at}: what is missing made a pass");
            }
            assert!(
                meaning(null) == meaning(absent),
                "{at}: null and absent mean different things"
            );
        }
    }
}

/// Bytes that are no object of the vendor are said to be so, whatever they are taken for.
pub async fn bytes_that_are_nothing_of_the_vendor_are_unreadable(subject: &dyn ContractSubject) {
    let provider = Exam::of(subject).offline();
    let deep = "[".repeat(20_000);
    let inputs: [&[u8]; 10] = [
        b"",
        b" ",
        b"not json",
        b"null",
        b"42",
        b"\"text\"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        deep.as_bytes(),
    ];
    let kinds = Kind::KNOWN.iter().cloned().map(Some);
    for kind in std::iter::once(None).chain(kinds) {
        for input in inputs {
            let outcome = provider.translate(kind.clone(), input);
            assert!(
                outcome.is_err(),
                "{:?} was read as {kind:?}",
                idv_core::label(&String::from_utf8_lossy(input))
            );
        }
    }
}

pub(super) fn translate(
    provider: &dyn IdProvider,
    case: &Fixture,
    bytes: &[u8],
) -> Result<Mapped, Unreadable> {
    provider.translate(Some(case.expectation.kind.clone()), bytes)
}

pub(super) fn is_passed(mapped: &Mapped) -> bool {
    let mut all = std::iter::once(mapped).chain(&mapped.items);
    all.any(|one| one.status == Some(Status::Passed))
}

/// What an outcome means: without the places it came from, and without what is copied word for word. Two failures
/// are the same wherever in the bytes they lie.
fn meaning(outcome: Result<Mapped, Unreadable>) -> Option<Mapped> {
    let strip = |mapped: &mut Mapped| {
        mapped.origins = Origins::new();
        mapped.options.clear();
    };
    let mut mapped = outcome.ok()?;
    strip(&mut mapped);
    mapped.items.iter_mut().for_each(strip);
    Some(mapped)
}
