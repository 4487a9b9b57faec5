//! `/workflow_runs`.

use http::StatusCode;
use idv_core::Timestamp;
use serde_json::{Map, Value};

use super::super::account::State;
use super::super::ids::is_uuid;
use super::super::refusal::Refusal;
use super::super::run::{Link, Outcome, Run};
use super::super::workflow::Workflow;
use super::call::Call;
use super::fields::{Checked, is_day};
use super::list::Page;
use super::{Answer, applicants};
use crate::Begun;
use crate::loopback::json_answer;

/// Every status of a run; the filter's documentation leaves `awaiting_client_input` out.
const STATUSES: &[&str] = &[
    "processing",
    "awaiting_input",
    "awaiting_client_input",
    "approved",
    "declined",
    "review",
    "abandoned",
    "error",
];

pub(super) fn present<'a>(state: &'a State, id: &str) -> Result<&'a Run, Refusal> {
    let missing = || Refusal::not_found("Workflow Run", id);
    state.runs.get(id).ok_or_else(missing)
}

pub(super) fn find(state: &State, id: &str) -> Answer {
    Ok(json_answer(StatusCode::OK, &present(state, id)?.object()))
}

/// A bare array. The length of a page is not published: 20 here, as in the list of applicants.
pub(super) fn list(state: &State, call: &Call<'_>) -> Answer {
    let page = Page::of(call, false)?;
    let statuses = call.query("status").map(|words| words.split(','));
    let statuses: Option<Vec<&str>> = statuses.map(Iterator::collect);
    let unknown = |words: &Vec<&str>| words.iter().any(|word| !STATUSES.contains(word));
    if statuses.as_ref().is_some_and(unknown) {
        return Err(Refusal::invalid_field(
            "status",
            "is not included in the list",
        ));
    }
    let after = day(call, "created_at_gt")?;
    let before = day(call, "created_at_lt")?;
    let tags = call.query_all("tags");
    let applicant = call.query("applicant_id");
    let is_shown = |run: &&Run| {
        let created = run.created_unix_secs();
        statuses
            .as_ref()
            .is_none_or(|words| words.contains(&run.status()))
            && applicant.is_none_or(|id| run.applicant_id() == id)
            && tags.iter().all(|tag| run.tags().iter().any(|t| t == tag))
            // A day without its own hours.
            && after.is_none_or(|day| created >= day.saturating_add(86_400))
            && before.is_none_or(|day| created < day)
    };
    let mut shown: Vec<Value> = state
        .runs
        .iter()
        .filter(is_shown)
        .map(Run::object)
        .collect();
    match call.query("sort") {
        None | Some("desc") => shown.reverse(),
        Some("asc") => {}
        Some(_) => {
            return Err(Refusal::invalid_field(
                "sort",
                "is not included in the list",
            ));
        }
    }
    let total = shown.len();
    let body = Value::Array(page.cut(shown));
    Ok(page.answer(state, call, total, &body))
}

/// A day of a filter as its first second. Times are refused.
fn day(call: &Call<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = call.query(name) else {
        return Ok(None);
    };
    let first = format!("{text}T00:00:00Z").parse::<Timestamp>();
    match first {
        Ok(first) if is_day(text) => Ok(Some(first.as_unix_secs())),
        _ => Err(Refusal::invalid_field(name, "is not a valid date")),
    }
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let body = call.object()?;
    check(&body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let applicant_id = text("applicant_id").unwrap_or_default();
    let missing = |name: &str| Refusal::invalid_field(name, "could not be found");
    let applicant = applicants::present(state, applicant_id);
    let applicant = applicant.map_err(|_| missing("applicant_id"))?;
    let email_choice = magic_email(applicant.text("email"));
    let is_consider = state.is_sandbox && applicant.text("last_name") == "Consider";

    let workflow_id = text("workflow_id").unwrap_or_default();
    let workflow = state.workflows.iter().find(|w| w.id == workflow_id);
    let workflow = workflow.cloned().ok_or_else(|| missing("workflow_id"))?;

    let now = call.now_unix_secs();
    let id = state.ids.uuid();
    let mut run =
        Run::new(id.clone(), now)
            .at(&state.site)
            .of(applicant_id, &workflow, link(&body));
    if let Some(reference) = text("customer_user_id") {
        run = run.for_reference(reference);
    }
    let tags = body.get("tags").and_then(Value::as_array);
    for tag in tags.into_iter().flatten().filter_map(Value::as_str) {
        run = run.with_tag(tag);
    }
    let tag_choice = run
        .tags()
        .iter()
        .find_map(|tag| tag.strip_prefix("scenario:"));
    let scenario = tag_choice.map(str::to_owned).or(email_choice);
    let scenario = scenario.or_else(|| is_consider.then(|| "sandbox-consider".to_owned()));
    state.runs.insert(id.clone(), run);
    start(state, &id, &workflow, is_consider, call);

    let run = present(state, &id)?;
    let answer = json_answer(StatusCode::CREATED, &run.object());
    if run.is_open() {
        if scenario.is_some() {
            state.steered.insert(id.clone());
        }
        state.begun.push(Begun {
            object: id,
            scenario,
        });
    }
    Ok(answer)
}

/// The first task is over at once, and the next one begins; a run that asks nobody is over too.
fn start(state: &mut State, id: &str, workflow: &Workflow, is_consider: bool, call: &Call<'_>) {
    let now = call.now_unix_secs();
    let mut events = Vec::new();
    if let Some(run) = state.runs.get_mut(id) {
        let output = serde_json::json!({ "uuid": run.applicant_id() });
        // Of the first task only its completion was recorded.
        let started = run.start_task(now, "start", "start");
        let completed = started.and_then(|_| run.complete_task(now, "start", output));
        events.extend(completed.ok());
        events.extend(run.advance(now));
    }
    for event in events {
        state.tell(id, &event);
    }
    if workflow.ends_by_itself {
        let (result, outcome) = if is_consider {
            ("consider", Outcome::Review(Vec::new()))
        } else {
            ("clear", Outcome::Approved)
        };
        // A new run: nothing stands in the way.
        let _ = state.run_checks(id, result, call.now);
        let _ = state.end(id, outcome, None, call.now);
    }
}

fn check(body: &Map<String, Value>) -> Result<(), Refusal> {
    let mut checked = Checked::new(body);
    for name in ["applicant_id", "workflow_id"] {
        checked.required(name);
        checked.text(name, is_uuid);
    }
    checked.words("tags", |tag| (1..=128).contains(&tag.chars().count()));
    checked.value("tags", |tags| tags.as_array().is_none_or(|t| t.len() <= 30));
    checked.text("customer_user_id", |text| text.chars().count() <= 256);
    checked.value("custom_data", Value::is_object);
    checked.value("link", |link| {
        let Some(link) = link.as_object() else {
            return false;
        };
        let text = |name: &str| link.get(name).filter(|value| !value.is_null());
        let is_url = |value: &Value| value.as_str().is_some_and(|url| url.contains("://"));
        let is_time = |value: &Value| {
            value
                .as_str()
                .is_some_and(|t| t.parse::<Timestamp>().is_ok())
        };
        text("completed_redirect_url").is_none_or(is_url)
            && text("expired_redirect_url").is_none_or(is_url)
            && text("expires_at").is_none_or(is_time)
            && text("language").is_none_or(Value::is_string)
    });
    checked.fields.finish()
}

fn link(body: &Map<String, Value>) -> Link {
    let link = body.get("link");
    let text = |name: &str| Some(link?.get(name)?.as_str()?.to_owned());
    Link {
        completed_redirect_url: text("completed_redirect_url"),
        expired_redirect_url: text("expired_redirect_url"),
        expires_at: text("expires_at"),
        language: text("language"),
    }
}

/// The scenario that an address chooses: `anything+<scenario>@example.com`.
fn magic_email(email: &str) -> Option<String> {
    let (name, host) = email.split_once('@')?;
    let (_, scenario) = name.split_once('+')?;
    (host == "example.com" && !scenario.is_empty()).then(|| scenario.to_owned())
}
