//! Clauses about going through the sessions a vendor holds.

use idv_core::{Depth, ErrorKind, IdProvider, ListQuery, ListScope, SessionPage, TransportFailure};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use super::assert_only_read;
use crate::replay::{Answer, Injection, ReplayTransport};

/// A walk goes from page to page and meets every session, each as a fetch of the verdict shows it. The cursor is all
/// that must be kept between two pages: another process goes on with it.
pub async fn list_meets_every_session_on_every_page(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(query) = query(&exam) else { return };
    let replay = ReplayTransport::new(exam.exchanges("list"));
    let (mut sessions, mut cursor, mut pages) = (Vec::new(), None, 0_u32);
    loop {
        let provider = exam.provider(replay.clone());
        let page = list(&*provider, &query, cursor.as_deref()).await;
        let page = expect_ok("list", page);
        assert_eq!(page.unreadable, 0, "every object of the recording is sound");
        sessions.extend(page.sessions);
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    replay.assert_used_up();
    assert!(
        pages > 1,
        "the recording has one page: how the next is asked for is not shown"
    );
    for session in &sessions {
        assert!(session.mapped.session_id.is_some(), "a session has an id");
        assert!(session.mapped.status.is_some(), "a session has a status");
        assert!(!session.parts.is_empty(), "the vendor's bytes are kept");
    }
    let ours = sessions
        .iter()
        .find(|session| session.mapped.session_id == Some(exam.session()))
        .expect("the session of fetch_verdict is on one of the pages");
    let (provider, _) = exam.over("fetch_verdict");
    let fetched = provider.fetch(&exam.session(), Depth::Verdict).await;
    let fetched = expect_ok("fetch", fetched);
    assert_eq!(ours.mapped.status, fetched.mapped.status);
    assert_eq!(
        provider.assemble(&ours.parts).as_ref(),
        Ok(&ours.mapped),
        "its parts can be mapped again"
    );
}

/// An object that nobody can read is counted, and the rest of the page is there.
pub async fn list_of_one_that_cannot_be_read_hides_no_other(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(query) = query(&exam) else { return };
    let (provider, replay) = exam.over("list_unreadable");
    let page = expect_ok("list", list(&*provider, &query, None).await);
    replay.assert_used_up();
    assert_eq!(page.sessions.len(), 1, "sessions that can be read");
    assert_eq!(page.unreadable, 1, "objects that cannot");
}

/// Going through a list changes nothing, so every call of it may be repeated freely.
pub async fn list_only_reads(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(query) = query(&exam) else { return };
    let (provider, replay) = exam.over("list");
    let page = expect_ok("list", list(&*provider, &query, None).await);
    expect_ok("list", list(&*provider, &query, page.next.as_deref()).await);
    assert_only_read(subject, &replay.asked());
}

/// No answer is no last page.
pub async fn list_without_an_answer_is_not_the_end(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(query) = query(&exam) else { return };
    for injection in [
        Injection::AnswerLost(TransportFailure::Timeout),
        Injection::NotSent(TransportFailure::Connect),
        Injection::Instead(Answer::new(503, "")),
        Injection::Instead(Answer::new(429, "")),
    ] {
        let what = format!("list: {injection:?}");
        let replay = ReplayTransport::new(exam.exchanges("list"));
        replay.inject(1, injection);
        let outcome = list(&*exam.provider(replay), &query, None).await;
        assert!(expect_err(&what, outcome).retryable, "{what}");
    }
    for nonsense in ["", "{}", "null", "<html>"] {
        let replay = ReplayTransport::new(exam.exchanges("list"));
        replay.inject(1, Injection::Instead(Answer::new(200, nonsense)));
        let outcome = list(&*exam.provider(replay), &query, None).await;
        let error = expect_err(nonsense, outcome);
        assert_eq!(error.kind, ErrorKind::BadResponse, "{nonsense}");
    }
}

/// A walk that must know its subject does not begin without one, and asks the vendor nothing.
pub async fn list_without_the_subject_it_needs_is_invalid_input(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let Some(ability) = provider.abilities().list else {
        return;
    };
    if ability.scope() == ListScope::Subject {
        let outcome = ability.list(&ListQuery::default(), None).await;
        let kind = expect_err("list without a subject", outcome).kind;
        assert!(matches!(kind, ErrorKind::InvalidInput { .. }), "{kind:?}");
    }
}

/// What the recordings were asked with; none where the vendor has no such ability.
fn query(exam: &Exam<'_>) -> Option<ListQuery> {
    let scope = exam.offline().abilities().list?.scope();
    let mut query = ListQuery::default();
    if scope == ListScope::Subject {
        query.subject = Some(exam.subject.intent().subject);
    }
    Some(query)
}

async fn list(
    provider: &dyn IdProvider,
    query: &ListQuery,
    cursor: Option<&str>,
) -> Result<SessionPage, idv_core::Error> {
    let ability = provider.abilities().list.expect("declared above");
    ability.list(query, cursor).await
}
