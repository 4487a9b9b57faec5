//! `/v1/events`, and the thin ones below `/v2`.

use serde_json::Value;

use super::Call;
use crate::stripe::accepted::{Kind, Param, TEXT};
use crate::stripe::account::State;
use crate::stripe::refusal::Refusal;
use crate::stripe::shelf::is_within;
use crate::stripe::told::{KEPT_FOR_SECS, Told};

pub(super) const LIST: &[Param] = &[
    Param::new("created", Kind::Times),
    Param::new("delivery_success", Kind::Flag),
    Param::new("type", TEXT),
    Param::new("types", Kind::List),
];

const WHAT: &str = "event";
/// How many types can be asked for at once.
const MAX_TYPES: usize = 20;

fn is_kept(told: &Told, call: &Call<'_>) -> bool {
    call.now_unix_secs().saturating_sub(told.at.as_unix_secs()) <= KEPT_FOR_SECS
}

pub(super) fn retrieve(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let told = state.events.get(id).filter(|told| is_kept(told, call));
    let told = told.ok_or_else(|| Refusal::no_such(WHAT, id, "id"))?;
    Ok(told.object())
}

pub(super) fn retrieve_thin(
    state: &mut State,
    call: &Call<'_>,
    id: &str,
) -> Result<Value, Refusal> {
    let mut events = state.events.iter().map(|(_, told)| told);
    let told = events.find(|told| told.thin_id == id && is_kept(told, call));
    told.map(Told::thin)
        .ok_or_else(|| Refusal::no_such(WHAT, id, "id"))
}

/// Whether the event is of this type, or of this group of types: `identity.*`.
fn is_of_type(told: &Told, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(group) => told.event_type.starts_with(group),
        None => told.event_type == wanted,
    }
}

pub(super) fn list(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    let types = params.list("types");
    if types.len() > MAX_TYPES {
        let message = format!("You may ask for up to {MAX_TYPES} types.");
        return Err(Refusal::of_param("types", None, message));
    }
    if !types.is_empty() && params.has("type") {
        let message = "You may only specify one of these parameters: type, types.";
        return Err(Refusal::of_param("types", "parameters_exclusive", message));
    }
    let page = state.events.page(WHAT, params, |told| {
        is_kept(told, call)
            && params
                .text("type")
                .is_none_or(|wanted| is_of_type(told, wanted))
            && (types.is_empty() || types.iter().any(|wanted| is_of_type(told, wanted)))
            && params
                .flag("delivery_success")
                .is_none_or(|success| told.is_delivered() == success)
            && is_within(params, told.at.as_unix_secs())
    })?;
    Ok(page.shown("/v1/events", Told::object))
}
