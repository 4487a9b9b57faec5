//! `/webhooks`.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::account::State;
use super::super::refusal::Refusal;
use super::super::webhook::{ENVIRONMENTS, EVENTS, Webhook};
use super::call::Call;
use super::fields::Checked;
use super::{Answer, empty};
use crate::loopback::json_answer;

fn missing(id: &str) -> Refusal {
    Refusal::not_found("Webhook", id)
}

pub(super) fn list(state: &State) -> Answer {
    let webhooks: Vec<Value> = state.webhooks.iter().map(Webhook::object).collect();
    Ok(json_answer(
        StatusCode::OK,
        &json!({ "webhooks": webhooks }),
    ))
}

pub(super) fn find(state: &State, id: &str) -> Answer {
    let webhook = state.webhooks.get(id).ok_or_else(|| missing(id))?;
    Ok(json_answer(StatusCode::OK, &webhook.object()))
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let body = call.object()?;
    let mut checked = Checked::new(&body);
    checked.required("url");
    checked.fields.finish()?;
    check(&body)?;
    let (id, token) = (state.ids.uuid(), state.ids.token());
    let mut webhook = Webhook::new(id.clone(), token, "");
    webhook.update(&body);
    let answer = json_answer(StatusCode::CREATED, &webhook.object());
    state.webhooks.insert(id, webhook);
    Ok(answer)
}

pub(super) fn update(state: &mut State, call: &Call<'_>, id: &str) -> Answer {
    let webhook = state.webhooks.get_mut(id).ok_or_else(|| missing(id))?;
    let body = call.object()?;
    check(&body)?;
    webhook.update(&body);
    Ok(json_answer(StatusCode::OK, &webhook.object()))
}

/// What is under way to it is not sent any more.
pub(super) fn delete(state: &mut State, id: &str) -> Answer {
    state.webhooks.remove(id).ok_or_else(|| missing(id))?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Only events of checks can be sent again, and there are no checks here: it is refused without a word, as described.
pub(super) fn resend(call: &Call<'_>) -> Answer {
    let body = call.object()?;
    let items = body.get("data").and_then(Value::as_array);
    let missing = || Refusal::invalid_field("data", "can't be blank");
    items
        .filter(|items| !items.is_empty())
        .ok_or_else(missing)?;
    Ok(empty(StatusCode::UNPROCESSABLE_ENTITY))
}

/// The vendor wants `https`; on this machine plain HTTP is taken too.
fn check(body: &Map<String, Value>) -> Result<(), Refusal> {
    let mut checked = Checked::new(body);
    checked.text("url", |url| {
        url.starts_with("https://") || is_here(url.strip_prefix("http://").unwrap_or_default())
    });
    checked.text("name", |_| true);
    checked.value("enabled", Value::is_boolean);
    checked.value("oauth_enabled", Value::is_boolean);
    checked.words("events", |event| EVENTS.contains(&event));
    checked.words("environments", |word| ENVIRONMENTS.contains(&word));
    checked.fields.finish()
}

/// Whether an address without its scheme is of this machine.
fn is_here(address: &str) -> bool {
    let host = address.split(['/', '?']).next().unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|here| host == *here || host.strip_prefix(here).is_some_and(|r| r.starts_with(':')))
}
