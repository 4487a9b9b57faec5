//! Clauses about a start that is run again, or may have to be.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use idv_core::{Checkpoint, Error, IdProvider, Repeat, Started, TransportFailure};
use serde_json::Value;

use super::examination::{Exam, expect_err, expect_ok};
use super::start::created;
use super::subject::{ContractSubject, VendorKey};
use crate::replay::{Answer, Asked, Exchanges, Injection, ReplayTransport};
use crate::{Crash, MemoryCheckpoint, own_json};

/// Whatever a crash leaves behind, running the same intent again ends with the one session.
pub async fn start_again_after_a_crash_at_any_checkpoint_makes_no_second_session(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let mut undisturbed = MemoryCheckpoint::new();
    let (provider, _) = exam.over("start");
    let started = provider.start(&subject.intent(), &mut undisturbed).await;
    expect_ok("start", started);

    // Also when nothing was lost: the answer reached us, was acted upon, and the whole start runs once more.
    let mut crashes = vec![None];
    for save in 1..=undisturbed.saves() {
        crashes.push(Some(Crash::BeforeSave(save)));
        crashes.push(Some(Crash::AfterSave(save)));
    }
    for crash in crashes {
        let replay = vendor(&exam);
        let mut checkpoint = MemoryCheckpoint::new().with_crash(crash);
        let first = run_to_its_end(&*exam.provider(replay.clone()), subject, &mut checkpoint).await;
        assert_eq!(first.is_none(), crash.is_some(), "{crash:?} did not happen");

        let mut checkpoint = checkpoint.with_crash(None);
        let again = exam.provider(replay.clone());
        let started = again.start(&subject.intent(), &mut checkpoint).await;
        replay.assert_no_misses();
        let session = created(expect_ok(&format!("start again after {crash:?}"), started));
        assert_eq!(session.session_id, exam.session(), "after {crash:?}");
        assert_one_creation(subject, &replay, &format!("after {crash:?}"));
    }
}

/// An answer that is lost on its way leaves a session behind; running the same intent again finds it.
pub async fn start_again_after_a_lost_answer_makes_no_second_session(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    for number in 1..=calls_of_a_start(&exam).await.len() {
        let replay = vendor(&exam);
        let lost = Injection::AnswerLost(TransportFailure::Timeout);
        replay.inject(number, lost);
        let mut checkpoint = MemoryCheckpoint::new();
        let first = exam.provider(replay.clone());
        let error = expect_err(
            "start with a lost answer",
            first.start(&subject.intent(), &mut checkpoint).await,
        );
        assert!(error.retryable, "call {number}: {error} may work later");

        let again = exam.provider(replay.clone());
        let started = again.start(&subject.intent(), &mut checkpoint).await;
        replay.assert_no_misses();
        let what = format!("start again after answer {number} was lost");
        let session = created(expect_ok(&what, started));
        assert_eq!(session.session_id, exam.session(), "{what}");
        assert_one_creation(subject, &replay, &what);
    }
}

/// The caller learns whether a failed start may have left a session behind.
pub async fn start_that_may_have_worked_says_so(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let calls = calls_of_a_start(&exam).await;
    let creates = |asked: &Asked| subject.creates(&asked.to_request());
    let number = 1 + calls
        .iter()
        .position(creates)
        .expect("a call that makes a session");

    let html = || Answer::new(500, "<html>oops</html>");
    let refused = || Answer::new(401, "");
    let table = [
        (
            "no connection",
            Injection::NotSent(TransportFailure::Connect),
            false,
        ),
        (
            "a lost answer",
            Injection::AnswerLost(TransportFailure::Timeout),
            true,
        ),
        (
            "a broken connection",
            Injection::AnswerLost(TransportFailure::Broken),
            true,
        ),
        (
            "a page instead of an answer",
            Injection::Instead(html()),
            true,
        ),
        ("a refusal", Injection::Instead(refused()), false),
        (
            "a refusal of the last of several tries",
            Injection::InsteadAfterAnotherTry(refused()),
            true,
        ),
        (
            "an answer that makes no sense",
            Injection::Afterwards(Answer::new(200, "<html>")),
            true,
        ),
    ];
    for (what, injection, expected) in table {
        let replay = vendor(&exam);
        replay.inject(number, injection);
        let provider = exam.provider(replay);
        let mut checkpoint = MemoryCheckpoint::new();
        let started = provider.start(&subject.intent(), &mut checkpoint).await;
        let error = expect_err(what, started);
        assert_eq!(error.may_have_taken_effect, expected, "{what}: {error}");
    }
}

/// A call that makes a session may be sent again by the transport only if the vendor then knows it for the same.
pub async fn calls_that_create_are_repeated_only_with_the_vendors_key(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let first = creating_calls(&exam, &subject.intent().idempotency_key).await;
    let same = creating_calls(&exam, &subject.intent().idempotency_key).await;
    let other = creating_calls(&exam, "another-intent").await;
    assert!(!first.is_empty(), "no call makes a session");
    for (index, call) in first.iter().enumerate() {
        let operation = call.call.operation;
        match call.call.repeat {
            Repeat::Safe => panic!("{operation} makes a session and is marked Repeat::Safe"),
            Repeat::Never => continue,
            _ => {}
        }
        let key = vendor_key(exam.facts.key, call);
        let key = key.unwrap_or_else(|| {
            panic!("{operation} is marked Repeat::Keyed and has no key of the vendor's")
        });
        let again = same.get(index).and_then(|c| vendor_key(exam.facts.key, c));
        assert_eq!(
            Some(key.clone()),
            again,
            "{operation}: the key is not stable"
        );
        let another = other.get(index).and_then(|c| vendor_key(exam.facts.key, c));
        if matches!(exam.facts.key, VendorKey::Header(_)) {
            assert_ne!(Some(key), another, "{operation}: two intents, one key");
        }
    }
}

async fn calls_of_a_start(exam: &Exam<'_>) -> Vec<Asked> {
    let (provider, replay) = exam.over("start");
    let mut checkpoint = MemoryCheckpoint::new();
    let started = provider
        .start(&exam.subject.intent(), &mut checkpoint)
        .await;
    expect_ok("start", started);
    replay.asked()
}

/// The calls that make a session, of a start with this key. Whether the recording has answers does not matter.
async fn creating_calls(exam: &Exam<'_>, key: &str) -> Vec<Asked> {
    let (provider, replay) = exam.over("start");
    let mut intent = exam.subject.intent();
    key.clone_into(&mut intent.idempotency_key);
    let _ = provider.start(&intent, &mut MemoryCheckpoint::new()).await;
    let mut asked = replay.asked();
    asked.retain(|asked| exam.subject.creates(&asked.to_request()));
    asked
}

/// The vendor of a start that is run twice.
fn vendor(exam: &Exam<'_>) -> Arc<ReplayTransport> {
    let mut exchanges: Exchanges = exam.exchanges("start");
    if exam.has_exchanges("start_resumed") {
        exchanges = exchanges.and_then(exam.exchanges("start_resumed"));
    }
    if exam.facts.key == VendorKey::None {
        ReplayTransport::new(exchanges)
    } else {
        ReplayTransport::of_a_vendor_that_knows_keys(exchanges)
    }
}

/// None if the start hung, as it does in a checkpoint that crashes; it is dropped then, as in a crash.
async fn run_to_its_end(
    provider: &dyn IdProvider,
    subject: &dyn ContractSubject,
    checkpoint: &mut dyn Checkpoint,
) -> Option<Result<Started, Error>> {
    let hour = Duration::from_secs(3600);
    let intent = subject.intent();
    tokio::time::timeout(hour, provider.start(&intent, checkpoint))
        .await
        .ok()
}

/// The vendor was asked for one session: once, or several times in the same bytes with its key.
fn assert_one_creation(subject: &dyn ContractSubject, replay: &ReplayTransport, what: &str) {
    let asked = replay.asked();
    let mut creations = asked
        .iter()
        .filter(|asked| subject.creates(&asked.to_request()));
    let first = creations.next();
    assert!(first.is_some(), "{what}: no session was asked for at all");
    for again in creations {
        assert_eq!(
            again.call.repeat,
            Repeat::Keyed,
            "{what}: {} was sent twice, and the vendor cannot know that",
            again.call.operation
        );
        assert!(
            Some(again) == first,
            "{what}: {} was sent twice with different bytes",
            again.call.operation
        );
    }
}

fn vendor_key(key: VendorKey, asked: &Asked) -> Option<String> {
    match key {
        VendorKey::Header(name) => header(&asked.headers, name),
        VendorKey::Flag(pointer) => {
            let body: Value = own_json::parse(&asked.body).ok()?;
            let value = body.pointer(pointer)?;
            (!value.is_null()).then(|| value.to_string())
        }
        VendorKey::None => None,
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}
