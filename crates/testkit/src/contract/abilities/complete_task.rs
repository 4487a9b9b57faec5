//! Clauses about doing the application's part of a session.

use idv_core::{Error, ErrorKind};
use serde_json::{Value, json};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use super::{losing_the_answer, the_one_call};
use crate::replay::ReplayTransport;

/// The name in what is handed in.
const NAME: &str = "Contracta";

/// What a task waits for is handed in with one call that is never sent again by itself; a lost answer says that it may
/// have worked.
pub async fn complete_task_is_sent_once(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = complete(&exam, "complete_task").await else {
        return;
    };
    expect_ok("complete a task", outcome);
    let (number, call) = the_one_call("complete a task", subject, &replay);
    let body = String::from_utf8_lossy(&call.body);
    assert!(body.contains(NAME), "the data were not handed in");

    let replay = losing_the_answer(&exam, "complete_task", number);
    let provider = exam.provider(replay.clone());
    let ability = provider.abilities().complete_task.expect("declared above");
    let outcome = ability
        .complete_task(&exam.session(), task(&exam), &data())
        .await;
    let error = expect_err("complete a task without an answer", outcome);
    assert!(error.may_have_taken_effect, "{error}");
    assert_eq!(replay.asked().len(), number, "it was sent again");
}

/// Data the vendor refuses are the caller's to put right, and are not shown.
pub async fn complete_task_refused_is_invalid_input(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, _)) = complete(&exam, "complete_task_refused").await else {
        return;
    };
    let error = expect_err("complete a task with data that are refused", outcome);
    assert!(
        matches!(error.kind, ErrorKind::InvalidInput { .. }),
        "{error}"
    );
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(NAME), "it shows what was handed in");
}

async fn complete(
    exam: &Exam<'_>,
    recording: &str,
) -> Option<(Result<(), Error>, std::sync::Arc<ReplayTransport>)> {
    exam.offline().abilities().complete_task?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().complete_task.expect("declared above");
    let outcome = ability
        .complete_task(&exam.session(), task(exam), &data())
        .await;
    replay.assert_used_up();
    Some((outcome, replay))
}

fn task(exam: &Exam<'_>) -> &'static str {
    let facts = exam.subject.ability_facts();
    facts.task.expect("AbilityFacts::task names the task")
}

fn data() -> Value {
    json!({ "first_name": NAME })
}
