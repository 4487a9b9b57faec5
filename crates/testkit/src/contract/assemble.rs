//! Clauses about mapping a stored snapshot again.

use std::borrow::Cow;

use idv_core::{Depth, Kind, Mapped, Part, ProviderInfo, Snapshot, Started};

use super::examination::{Exam, expect_ok};
use super::subject::ContractSubject;
use crate::MemoryCheckpoint;
use crate::own_json;

/// The parts of every snapshot make the mapped result again that the snapshot had, links to evidence aside: as they
/// are, read back from a store, and beside a part that nobody knows.
pub async fn assembling_the_parts_gives_what_was_mapped(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    for (what, snapshot) in snapshots(&exam).await {
        let mut stored: Vec<Part> = snapshot.parts.iter().map(read_back).collect();
        let again = provider.assemble(&stored);
        assert_same(&what, &snapshot.mapped, again);
        stored.insert(0, Part::new("a_part_nobody_knows", "{"));
        let again = provider.assemble(&stored);
        assert_same(
            &format!("{what}, and a strange part"),
            &snapshot.mapped,
            again,
        );
    }
}

/// The same after the credentials were blanked, as they are before parts are stored.
pub async fn assembling_does_not_depend_on_credentials(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let info = provider.info();
    let mut blanked_any = false;
    for (what, snapshot) in snapshots(&exam).await {
        let stored: Vec<Part> = snapshot
            .parts
            .iter()
            .map(|part| {
                let blanked = without_credentials(info, part);
                blanked_any |= blanked.bytes != part.bytes;
                blanked
            })
            .collect();
        let again = provider.assemble(&stored);
        assert_same(&format!("{what}, blanked"), &snapshot.mapped, again);
    }
    assert!(
        blanked_any || info.credential_pointers.is_empty(),
        "no recording holds a credential: the clause proved nothing"
    );
}

/// Every recorded session, taken for a part, means what it means for itself; blanked too.
pub async fn assembling_a_session_is_translating_it(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let name = session_part(&exam).await.name;
    let mut sessions = 0;
    for case in exam.fixtures().cases() {
        if case.expectation.kind != Kind::Session {
            continue;
        }
        let mapped = provider.translate(Some(Kind::Session), &case.bytes);
        let mapped = mapped.expect("a fixture is readable");
        if mapped.session_id.is_none() {
            continue;
        }
        sessions += 1;
        let part = Part::new(name.clone(), case.bytes.clone());
        let blanked = without_credentials(provider.info(), &part);
        assert_same(&case.name, &mapped, provider.assemble(&[part]));
        let again = provider.assemble(&[blanked]);
        assert_same(&format!("{}, blanked", case.name), &mapped, again);
    }
    assert!(sessions > 0, "no fixture is a session");
}

/// Without the session there is nothing to map, and a part that is not what its name says is not passed over.
pub async fn assembling_without_the_session_is_unreadable(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let session = session_part(&exam).await;
    let (over, _) = exam.over("fetch_full");
    let full = over.fetch(&exam.session(), Depth::Full).await;
    let full = expect_ok("fetch", full).parts;
    let rest: Vec<Part> = full
        .iter()
        .filter(|part| part.name != session.name)
        .cloned()
        .collect();
    for (what, parts) in [("no part", Vec::new()), ("all but the session", rest)] {
        assert!(provider.assemble(&parts).is_err(), "{what}: it is readable");
    }
    for nonsense in ["", "{}", "[]", "null", "<html>"] {
        let parts = [Part::new(session.name.clone(), nonsense)];
        let outcome = provider.assemble(&parts);
        assert!(outcome.is_err(), "a session that is {nonsense:?}");
    }
    let whole = provider.assemble(&full).expect("the parts of a fetch");
    for (index, part) in full.iter().enumerate() {
        let mut spoiled = full.clone();
        spoiled[index] = Part::new(part.name.clone(), "<html>");
        if let Ok(mapped) = provider.assemble(&spoiled) {
            let name = &part.name;
            let is_same = mapped.without_links() == whole;
            assert!(is_same, "{name} is spoiled, and what it said is lost");
        }
    }
}

/// Every snapshot that the recordings lead to.
async fn snapshots(exam: &Exam<'_>) -> Vec<(String, Snapshot)> {
    let mut found = Vec::new();
    let there = |name: &&&str| exam.has_exchanges(name);
    let starts = ["start", "start_terminal", "start_existing"];
    for name in starts.iter().filter(there) {
        let (provider, _) = exam.over(name);
        let mut checkpoint = MemoryCheckpoint::new();
        let intent = exam.subject.intent();
        let started = provider.start(&intent, &mut checkpoint).await;
        let (Started::Created(session) | Started::Existing(session)) = expect_ok(name, started);
        found.push(((*name).to_owned(), session.snapshot));
    }
    for (name, depth) in [
        ("fetch_verdict", Depth::Verdict),
        ("fetch_full", Depth::Full),
        ("fetch_part_missing", Depth::Full),
        ("fetch_unknown_status", Depth::Verdict),
    ] {
        if !exam.has_exchanges(name) {
            continue;
        }
        let (provider, _) = exam.over(name);
        let fetched = provider.fetch(&exam.session(), depth).await;
        found.push((name.to_owned(), expect_ok(name, fetched)));
    }
    for name in ["cancel", "cancel_again"].iter().filter(there) {
        let (provider, _) = exam.over(name);
        let cancel = provider.abilities().cancel.expect("it has recordings");
        let snapshot = cancel.cancel(&exam.session()).await;
        found.push(((*name).to_owned(), expect_ok(name, snapshot)));
    }
    for name in ["redact", "redact_again"].iter().filter(there) {
        let (provider, _) = exam.over(name);
        let redact = provider.abilities().redact.expect("it has recordings");
        let redaction = expect_ok(name, redact.redact(&exam.session()).await);
        found.extend(redaction.snapshot.map(|shown| ((*name).to_owned(), shown)));
    }
    if exam.has_exchanges("retry_session") {
        let (provider, _) = exam.over("retry_session");
        let retry = provider.abilities().retry.expect("it has recordings");
        let mut checkpoint = MemoryCheckpoint::new();
        let session = retry.retry(&exam.subject.intent(), &mut checkpoint).await;
        let session = expect_ok("retry_session", session);
        found.push(("retry_session".to_owned(), session.snapshot));
    }
    found
}

/// The part that a fetch of the verdict consists of.
async fn session_part(exam: &Exam<'_>) -> Part {
    let (provider, _) = exam.over("fetch_verdict");
    let fetched = provider.fetch(&exam.session(), Depth::Verdict).await;
    let mut parts = expect_ok("fetch", fetched).parts;
    assert_eq!(parts.len(), 1, "one answer is one part");
    parts.remove(0)
}

/// The part as a store gives it back: with a name that is no constant.
fn read_back(part: &Part) -> Part {
    let name: Cow<'static, str> = Cow::Owned(part.name.to_string());
    Part::new(name, part.bytes.clone())
}

/// The part as it is stored.
fn without_credentials(info: &ProviderInfo, part: &Part) -> Part {
    let kept = info.without_credentials(&part.name, &part.bytes);
    Part::new(part.name.to_string(), kept.into_owned())
}

/// # Panics
/// If the mapped result of the parts is another one than that of the snapshot; says where.
fn assert_same(what: &str, before: &Mapped, again: Result<Mapped, idv_core::Unreadable>) {
    let again = again.unwrap_or_else(|error| panic!("{what}: unreadable: {error}"));
    let link = again.evidence.iter().find(|file| file.link.is_some());
    assert!(link.is_none(), "{what}: a link in what was stored");
    let before = before.clone().without_links();
    let stored = |mapped: &Mapped| serde_json::to_value(mapped).expect("it serializes");
    let mut lines = Vec::new();
    own_json::differences("", &stored(&before), &stored(&again), &mut lines);
    assert!(lines.is_empty(), "{what}:\n{}", lines.join("\n"));
    assert!(before.person == again.person, "{what}: another person");
    assert!(before.subject == again.subject, "{what}: another subject");
    assert!(before == again, "{what}: other evidence");
}
