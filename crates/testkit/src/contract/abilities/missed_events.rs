//! Clauses about what could not be delivered.

use std::time::Duration;

use idv_core::{ErrorKind, Repeat, TransportFailure};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use crate::replay::{Answer, Injection, ReplayTransport};

/// How far back the recordings look.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The vendor says which webhooks it could not deliver, page by page: the session is among them, nothing is older than
/// what was asked for, and nothing was changed by asking.
pub async fn missed_events_name_the_sessions_nobody_was_told_of(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().missed_events.is_none() {
        return;
    }
    let (provider, replay) = exam.over("missed_events");
    let since = exam.now().minus(A_DAY);
    let ability = provider.abilities().missed_events.expect("declared above");
    let (mut events, mut cursor, mut pages) = (Vec::new(), None, 0_u32);
    loop {
        let asked = ability.missed_events(since, cursor.as_deref()).await;
        let page = expect_ok("missed events", asked);
        events.extend(page.events);
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
    assert!(
        events.iter().any(|event| event.session == exam.session()),
        "{events:?}"
    );
    for event in &events {
        assert!(event.occurred_at >= since, "{event:?}");
        assert!(!event.event_type.is_empty(), "{event:?}");
    }
    for asked in replay.asked() {
        assert_eq!(asked.call.repeat, Repeat::Safe);
        assert_eq!(asked.method, "GET", "it only reads");
    }
}

/// A key that may do everything else and not this: the credentials are to blame, and asking again cannot help.
pub async fn missed_events_may_be_forbidden(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().missed_events.is_none() {
        return;
    }
    let (provider, replay) = exam.over("missed_events_refused");
    let ability = provider.abilities().missed_events.expect("declared above");
    let outcome = ability.missed_events(exam.now().minus(A_DAY), None).await;
    replay.assert_used_up();
    let error = expect_err("missed events", outcome);
    assert_eq!(error.kind, ErrorKind::InvalidCredentials, "{error}");
    assert!(!error.retryable, "{error}");
}

/// No answer is no empty list.
pub async fn missed_events_without_an_answer_are_not_none(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().missed_events.is_none() {
        return;
    }
    for injection in [
        Injection::AnswerLost(TransportFailure::Timeout),
        Injection::NotSent(TransportFailure::Connect),
        Injection::Instead(Answer::new(503, "")),
        Injection::Instead(Answer::new(429, "")),
    ] {
        let what = format!("missed events: {injection:?}");
        let replay = ReplayTransport::new(exam.exchanges("missed_events"));
        replay.inject(1, injection);
        let provider = exam.provider(replay);
        let ability = provider.abilities().missed_events.expect("declared above");
        let outcome = ability.missed_events(exam.now().minus(A_DAY), None).await;
        assert!(expect_err(&what, outcome).retryable, "{what}");
    }
    for nonsense in ["", "{}", "[]", r#"{"object":"list"}"#, "<html>"] {
        let replay = ReplayTransport::new(exam.exchanges("missed_events"));
        replay.inject(1, Injection::Instead(Answer::new(200, nonsense)));
        let provider = exam.provider(replay);
        let ability = provider.abilities().missed_events.expect("declared above");
        let outcome = ability.missed_events(exam.now().minus(A_DAY), None).await;
        let error = expect_err(nonsense, outcome);
        assert_eq!(error.kind, ErrorKind::BadResponse, "{nonsense}");
    }
}
