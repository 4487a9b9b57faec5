//! `/v1/identity/verification_sessions`.

use serde_json::{Map, Value};

use super::Call;
use crate::Begun;
use crate::stripe::accepted::{self, EXPAND, Kind, METADATA, Param, TEXT};
use crate::stripe::account::{ERASURE_SECS, State};
use crate::stripe::asked::Asked;
use crate::stripe::params::Params;
use crate::stripe::person::Person;
use crate::stripe::refusal::Refusal;
use crate::stripe::session::Session;
use crate::stripe::shelf::is_within;

const TYPES: Kind = Kind::Word(&["document", "id_number"]);
const DOCUMENTS: Kind = Kind::Words(&["driving_license", "id_card", "passport"]);

/// What can be said at creation and changed later.
macro_rules! changeable {
    ($($more:expr),*) => {
        &[
            Param::new("type", TYPES),
            Param::new("options", Kind::Members),
            Param::new("options[document]", Kind::Members).or_unset(),
            Param::new("options[document][allowed_types]", DOCUMENTS).or_unset(),
            Param::new("options[document][require_id_number]", Kind::Flag),
            Param::new("options[document][require_live_capture]", Kind::Flag),
            Param::new("options[document][require_matching_selfie]", Kind::Flag),
            Param::new("provided_details", Kind::Members),
            Param::new("provided_details[email]", Kind::Email).or_unset(),
            Param::new("provided_details[phone]", TEXT).or_unset(),
            METADATA,
            EXPAND,
            $($more),*
        ]
    };
}

pub(super) const UPDATE: &[Param] = changeable!();
pub(super) const CREATE: &[Param] = changeable!(
    Param::new("client_reference_id", TEXT),
    Param::new("related_customer", TEXT),
    Param::new("related_customer_account", TEXT),
    Param::new("related_person", Kind::Members),
    Param::new("related_person[account]", TEXT),
    Param::new("related_person[person]", TEXT),
    Param::new("return_url", Kind::Url),
    Param::new("verification_flow", TEXT)
);
pub(super) const LIST: &[Param] = &[
    Param::new("client_reference_id", TEXT),
    Param::new("created", Kind::Times),
    Param::new("related_customer", TEXT),
    Param::new("related_customer_account", TEXT),
    Param::new(
        "status",
        Kind::Word(&["canceled", "processing", "requires_input", "verified"]),
    ),
];

/// The object's name in the vendor's sentences.
const WHAT: &str = "VerificationSession";

pub(super) fn no_such(id: &str) -> Refusal {
    Refusal::no_such(WHAT, id, "session")
}

fn found<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Session, Refusal> {
    state.sessions.get_mut(id).ok_or_else(|| no_such(id))
}

/// The session as this call shows it, with a fresh link if it takes input.
fn shown(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let link = state.link(id, call.now_unix_secs());
    let session = state.sessions.get(id).ok_or_else(|| no_such(id))?;
    Ok(session.expanded(link.as_ref(), &call.expansions, call.now_unix_secs()))
}

pub(super) fn create(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    match (params.set("type"), params.set("verification_flow")) {
        (None, None) => return Err(accepted::missing("type")),
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: type, verification_flow.";
            let param = "verification_flow";
            return Err(Refusal::of_param(param, "parameters_exclusive", message));
        }
        _ => {}
    }
    for (one, other) in [("account", "person"), ("person", "account")] {
        let (one, other) = (
            format!("related_person[{one}]"),
            format!("related_person[{other}]"),
        );
        if params.has(&one) && !params.has(&other) {
            return Err(accepted::missing(&other));
        }
    }
    let mut metadata = Map::new();
    change_entries(&mut metadata, params)?;
    let now = call.now_unix_secs();
    let asked = Asked::new(params);
    let id = state.maker.id("vs_1", 23);
    let person = Person::made(&state.maker.below(&id), now, &asked.allowed_types)
        .known_by(asked.email.as_deref(), asked.phone.as_deref());
    let scenario = scenario_of(&metadata, asked.email.as_deref());
    let mut session = Session::new(id.clone(), now).made_for(asked, person);
    if call.is_live {
        session = session.live();
    }
    if let Some(reference) = params.set("client_reference_id") {
        session = session.for_reference(reference);
    }
    *session.metadata_mut() = metadata;
    let link = state.fresh_link(&id, now);
    let event = session.created_with(now, &link);
    let object = session.expanded(Some(&link), &call.expansions, now);
    state.sessions.put(id.clone(), session);
    state.tell(&id, event, call.cause(), call.now);
    state.begun.push(Begun {
        object: id,
        scenario,
    });
    Ok(object)
}

/// The scenario that the application asks for by its metadata, or by an address such as `jane+verified@example.com`.
fn scenario_of(metadata: &Map<String, Value>, email: Option<&str>) -> Option<String> {
    let named = metadata.get("scenario").and_then(Value::as_str);
    let mailed = email.and_then(|email| {
        let (name, host) = email.split_once('@')?;
        let (_, scenario) = name.split_once('+')?;
        (host == "example.com").then_some(scenario)
    });
    named
        .or(mailed)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

pub(super) fn retrieve(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    shown(state, call, id)
}

pub(super) fn update(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let session = found(state, id)?;
    if !session.takes_input() || session.is_redacted() {
        return Err(wrong_status(session, "updated"));
    }
    if session.asked().flow.is_some() && call.params.has("type") {
        let message = "A VerificationSession of a verification flow has no other type.";
        return Err(Refusal::of_param("type", None, message));
    }
    let mut metadata = session.metadata_mut().clone();
    change_entries(&mut metadata, &call.params)?;
    *session.metadata_mut() = metadata;
    session.asked_mut().change(&call.params);
    shown(state, call, id)
}

pub(super) fn cancel(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let session = found(state, id)?;
    let event = session.cancel(call.now_unix_secs());
    let event = event.map_err(|_| wrong_status(session, "canceled"))?;
    state.tell(id, event, call.cause(), call.now);
    shown(state, call, id)
}

/// A session that is being erased, or is erased, is answered as it is: nothing is published about a second try.
pub(super) fn redact(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let session = found(state, id)?;
    if !session.is_redacted() {
        let event = session.redact(call.now_unix_secs());
        let event = event.map_err(|_| wrong_status(session, "redacted"))?;
        state.erase(id, call.now, ERASURE_SECS);
        if let Some(event) = event {
            state.tell(id, event, call.cause(), call.now);
        }
    }
    shown(state, call, id)
}

/// The vendor's own words for this are not published.
fn wrong_status(session: &Session, wanted: &str) -> Refusal {
    let status = session.status().word();
    let redacted = if session.is_redacted() {
        " and was redacted"
    } else {
        ""
    };
    Refusal::not_now(format!(
        "This VerificationSession has a status of `{status}`{redacted}, so it cannot be {wanted}."
    ))
}

pub(super) fn list(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    let is = |name: &str, value: Option<&str>| {
        params.text(name).is_none_or(|wanted| value == Some(wanted))
    };
    let page = state.sessions.page(WHAT, params, |session| {
        is("status", Some(session.status().word()))
            && is("client_reference_id", session.reference())
            && is(
                "related_customer",
                session.asked().related_customer.as_deref(),
            )
            && is(
                "related_customer_account",
                session.asked().related_customer_account.as_deref(),
            )
            && is_within(params, session.created_unix_secs())
    })?;
    let ids: Vec<String> = page
        .items
        .iter()
        .map(|session| session.id().to_owned())
        .collect();
    let mut list = page.shown("/v1/identity/verification_sessions", |_| Value::Null);
    let shown: Result<Vec<_>, _> = ids.iter().map(|id| shown(state, call, id)).collect();
    if let Some(data) = list.get_mut("data") {
        *data = Value::Array(shown?);
    }
    Ok(list)
}

/// Takes over metadata: an empty value takes a key away, and no value at all takes all of them.
pub(super) fn change_entries(
    metadata: &mut Map<String, Value>,
    params: &Params,
) -> Result<(), Refusal> {
    if params.text("metadata") == Some("") {
        metadata.clear();
    }
    for (key, value) in params.below("metadata") {
        if value.is_empty() {
            metadata.remove(key);
        } else {
            metadata.insert(key.to_owned(), value.into());
        }
    }
    if metadata.len() <= accepted::MAX_ENTRIES {
        return Ok(());
    }
    let message = format!("Metadata can have up to {} keys.", accepted::MAX_ENTRIES);
    Err(Refusal::of_param("metadata", None, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scenario_is_asked_for_by_metadata_or_by_an_address() {
        let metadata = |value: Value| value.as_object().unwrap().clone();
        let none = metadata(json!({}));
        let named = metadata(json!({ "scenario": "verified" }));
        let email = Some("jane+fails@example.com");
        assert_eq!(scenario_of(&named, email).as_deref(), Some("verified"));
        assert_eq!(scenario_of(&none, email).as_deref(), Some("fails"));
        for other in [
            "jane@example.com",
            "jane+fails@example.org",
            "jane+@example.com",
        ] {
            assert_eq!(scenario_of(&none, Some(other)), None, "{other}");
        }
    }
}
