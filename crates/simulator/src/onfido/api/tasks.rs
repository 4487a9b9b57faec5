//! `/workflow_runs/{id}/tasks`.

use http::StatusCode;
use serde_json::Value;

use super::super::account::State;
use super::super::media::Collection;
use super::super::refusal::Refusal;
use super::super::workflow::Role;
use super::call::Call;
use super::{Answer, empty, runs};
use crate::Begun;
use crate::loopback::json_answer;

pub(super) fn list(state: &State, run: &str) -> Answer {
    Ok(json_answer(
        StatusCode::OK,
        &runs::present(state, run)?.tasks(),
    ))
}

pub(super) fn find(state: &State, run: &str, task: &str) -> Answer {
    let found = runs::present(state, run)?.task(task);
    let missing = || Refusal::not_found("Task", task);
    Ok(json_answer(StatusCode::OK, &found.ok_or_else(missing)?))
}

/// Tasks of the customer, by the vendor's pages, and those of the person, by the tests of its SDKs.
pub(super) fn complete(state: &mut State, call: &Call<'_>, run_id: &str, task_id: &str) -> Answer {
    let run = runs::present(state, run_id)?;
    let task = run.all_tasks().iter().find(|task| task.id() == task_id);
    let task = task.ok_or_else(|| Refusal::not_found("Task", task_id))?;
    if !task.is_under_way() || task.role() == Role::Vendor || !run.is_open() {
        let problem = "the task cannot be completed";
        return Err(Refusal::invalid_field("task_id", problem));
    }
    let body = call.object()?;
    let data = body.get("data");
    let data = data.filter(|data| data.is_object() || data.is_array());
    let data = data.ok_or_else(|| Refusal::invalid_field("data", "can't be blank"))?;
    let output = match Collection::of_task(task.definition()) {
        Some(collection) => references(state, run.applicant_id(), collection, data)?,
        None => data.clone(),
    };
    let at = call.now_unix_secs();
    let missing = || Refusal::not_found("Workflow Run", run_id);
    let run = state.runs.get_mut(run_id).ok_or_else(missing)?;
    let refused = |_| Refusal::invalid_field("task_id", "the task cannot be completed");
    let event = run.complete_task(at, task_id, output).map_err(refused)?;
    state.tell(run_id, &event);
    let _ = state.advance(run_id, at);
    decide_as_sandbox(state, run_id);
    Ok(empty(StatusCode::OK))
}

/// The files that a capture hands in: those of this applicant, and of the kind the task is about.
fn references(
    state: &State,
    applicant: &str,
    collection: Collection,
    data: &Value,
) -> Result<Value, Refusal> {
    let invalid = |problem: &str| Refusal::invalid_field("data", problem);
    let files = data.as_array().filter(|files| !files.is_empty());
    let files = files.ok_or_else(|| invalid("is not a list of files"))?;
    let reference = |file: &Value| {
        let medium = state.media.get(file.get("id")?.as_str()?)?;
        let is_meant = medium.applicant_id == applicant && medium.collection == collection;
        is_meant.then(|| medium.reference())
    };
    let found: Option<Vec<Value>> = files.iter().map(reference).collect();
    found
        .map(Value::Array)
        .ok_or_else(|| invalid("a file could not be found"))
}

/// Once the person has nothing left to do, a sandbox decides by itself: by the applicant's last name. Nothing decides so
/// in a live account.
fn decide_as_sandbox(state: &mut State, run_id: &str) {
    if !state.is_sandbox {
        return;
    }
    let Some(run) = state.runs.get(run_id) else {
        return;
    };
    if run.next_role() == Some(Role::Person) || state.steered.contains(run_id) {
        return;
    }
    let applicant = state.applicants.get(run.applicant_id());
    let is_consider = applicant.is_some_and(|a| a.text("last_name") == "Consider");
    let scenario = if is_consider {
        "sandbox-consider"
    } else {
        "sandbox-clear"
    };
    state.steered.insert(run_id.to_owned());
    state.begun.push(Begun {
        object: run_id.to_owned(),
        scenario: Some(scenario.to_owned()),
    });
}
