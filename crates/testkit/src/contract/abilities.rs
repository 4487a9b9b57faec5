//! Clauses about what some vendors can do and others cannot.

use std::time::Duration;

use idv_core::{
    Depth, Error, ErrorKind, Redaction, RedactionProgress, Repeat, Snapshot, Status,
    TransportFailure,
};

use super::examination::{Exam, expect_err, expect_ok};
use super::subject::ContractSubject;
use crate::replay::{Answer, Asked, Injection, ReplayTransport};
use crate::{Crash, MemoryCheckpoint};

/// How far back the recordings look.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The abilities that have clauses, and the recordings that exercise each.
const EXERCISED: &[(&str, &[&str])] = &[
    ("cancel", &["cancel", "cancel_again", "cancel_refused"]),
    ("complete_task", &["complete_task", "complete_task_refused"]),
    (
        "evidence",
        &["evidence_list", "evidence_open", "evidence_not_found"],
    ),
    ("list", &["list", "list_unreadable"]),
    ("missed_events", &["missed_events", "missed_events_refused"]),
    (
        "redact",
        &[
            "redact",
            "redact_again",
            "redact_refused",
            "redact_not_found",
        ],
    ),
    ("restore", &["restore", "restore_refused"]),
    ("retry", &["retry_session", "retry_session_resumed"]),
    ("update", &["update", "update_refused"]),
    ("upload_documents", &["upload", "upload_refused"]),
    (
        "webhook_admin",
        &[
            "webhooks",
            "webhooks_register",
            "webhooks_register_refused",
            "webhooks_unregister",
        ],
    ),
];

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
async fn cancel(exam: &Exam<'_>, recording: &str) -> Option<Result<Snapshot, Error>> {
    exam.offline().abilities().cancel?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().cancel.expect("declared a line above");
    let outcome = ability.cancel(&exam.session()).await;
    replay.assert_used_up();
    Some(outcome)
}

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

/// Another session is made for a person who has one, and it is another one.
pub async fn retry_makes_another_session(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let (provider, replay) = exam.over("retry_session");
    let retry = provider.abilities().retry.expect("declared a line above");
    let mut checkpoint = MemoryCheckpoint::new();
    let outcome = retry.retry(&subject.intent(), &mut checkpoint).await;
    replay.assert_used_up();
    let session = expect_ok("retry", outcome);
    assert_ne!(session.session_id, exam.session(), "the one there was");
    let shown = session.snapshot.mapped.session_id.as_ref();
    assert_eq!(shown, Some(&session.session_id));
    for asked in creations(subject, &replay) {
        assert_eq!(asked.call.repeat, Repeat::Never, "it has no key");
    }
}

/// Whatever a crash leaves behind, running the same retry again ends with the one other session.
pub async fn retry_again_after_a_crash_at_any_checkpoint_makes_no_second_session(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().retry.is_none() {
        return;
    }
    let (provider, _) = exam.over("retry_session");
    let retry = provider.abilities().retry.expect("declared a line above");
    let mut undisturbed = MemoryCheckpoint::new();
    let outcome = retry.retry(&subject.intent(), &mut undisturbed).await;
    let expected = expect_ok("retry", outcome).session_id;
    let crashes = (1..=undisturbed.saves())
        .flat_map(|save| [Crash::BeforeSave(save), Crash::AfterSave(save)]);
    for crash in crashes {
        let exchanges = exam
            .exchanges("retry_session")
            .and_then(exam.exchanges("retry_session_resumed"));
        let replay = ReplayTransport::new(exchanges);
        let provider = exam.provider(replay.clone());
        let retry = provider.abilities().retry.expect("declared above");
        let mut checkpoint = MemoryCheckpoint::crashing(crash);
        let intent = subject.intent();
        // A crash is a future that never ends; the clock stands still but for those who wait.
        let hour = Duration::from_secs(3600);
        let first = tokio::time::timeout(hour, retry.retry(&intent, &mut checkpoint)).await;
        assert!(first.is_err(), "{crash:?} did not happen");
        let mut checkpoint = checkpoint.with_crash(None);
        let again = retry.retry(&intent, &mut checkpoint).await;
        let again = expect_ok(&format!("retry again after {crash:?}"), again);
        assert_eq!(again.session_id, expected, "after {crash:?}");
        assert_eq!(creations(subject, &replay).len(), 1, "after {crash:?}");
    }
}

fn creations(subject: &dyn ContractSubject, replay: &ReplayTransport) -> Vec<Asked> {
    let asked = replay.asked().into_iter();
    asked
        .filter(|asked| subject.creates(&asked.to_request()))
        .collect()
}
