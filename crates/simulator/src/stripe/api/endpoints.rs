//! `/v1/webhook_endpoints`.

use serde_json::{Value, json};

use super::Call;
use super::sessions::change_entries;
use crate::stripe::accepted::{EXPAND, Kind, METADATA, Param, TEXT};
use crate::stripe::account::State;
use crate::stripe::endpoint::Endpoint;
use crate::stripe::refusal::Refusal;

pub(super) const CREATE: &[Param] = &[
    Param::new("api_version", TEXT),
    Param::new("connect", Kind::Flag),
    Param::new("description", TEXT).or_unset(),
    Param::new("enabled_events", Kind::List).required(),
    EXPAND,
    METADATA,
    Param::new("url", Kind::Url).required(),
];
pub(super) const UPDATE: &[Param] = &[
    Param::new("description", TEXT).or_unset(),
    Param::new("disabled", Kind::Flag),
    Param::new("enabled_events", Kind::List),
    EXPAND,
    METADATA,
    Param::new("url", Kind::Url),
];

const WHAT: &str = "webhook endpoint";

/// How many endpoints an account may have.
const MAX_ENDPOINTS: usize = 16;

fn no_such(id: &str) -> Refusal {
    Refusal::no_such(WHAT, id, "webhook_endpoint")
}

/// In the live mode only HTTPS will do. Unlike the vendor, this one also sends to this machine.
fn check_url(call: &Call<'_>) -> Result<(), Refusal> {
    let is_plain = call
        .params
        .set("url")
        .is_some_and(|url| url.starts_with("http://"));
    if call.is_live && is_plain {
        let message = "Invalid URL: Must be an HTTPS URL in livemode.";
        return Err(Refusal::of_param("url", "url_invalid", message));
    }
    Ok(())
}

/// Any word that can be the type of an event, of whichever product.
fn check_events(call: &Call<'_>) -> Result<(), Refusal> {
    for (index, event) in call.params.list("enabled_events").iter().enumerate() {
        let is_letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let mut words = event.split('.');
        let is_type = event.contains('.')
            && words.all(|word| !word.is_empty() && word.bytes().all(is_letter));
        if event != "*" && !is_type {
            let param = format!("enabled_events[{index}]");
            let message = format!("Invalid {param}: must be a type of event, or *");
            return Err(Refusal::of_param(param, None, message));
        }
    }
    Ok(())
}

pub(super) fn create(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    check_url(call)?;
    check_events(call)?;
    if state.endpoints.len() >= MAX_ENDPOINTS {
        let message = format!("You have reached the maximum of {MAX_ENDPOINTS} webhook endpoints.");
        return Err(Refusal::not_now(message));
    }
    let (id, secret) = (state.maker.id("we_1", 23), state.maker.id("whsec_", 32));
    let url = params.set("url").unwrap_or_default();
    let mut endpoint = Endpoint {
        enabled_events: params.list("enabled_events"),
        api_version: params.set("api_version").map(str::to_owned),
        description: params.set("description").map(str::to_owned),
        livemode: call.is_live,
        ..Endpoint::new(id.clone(), url, &secret, call.now_unix_secs())
    };
    change_entries(&mut endpoint.metadata, params)?;
    let object = endpoint.object(true);
    state.endpoints.put(id, endpoint);
    Ok(object)
}

pub(super) fn retrieve(state: &mut State, _: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let endpoint = state.endpoints.get(id).ok_or_else(|| no_such(id))?;
    Ok(endpoint.object(false))
}

pub(super) fn update(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let params = &call.params;
    check_url(call)?;
    check_events(call)?;
    let endpoint = state.endpoints.get_mut(id).ok_or_else(|| no_such(id))?;
    change_entries(&mut endpoint.metadata, params)?;
    if let Some(url) = params.set("url") {
        url.clone_into(&mut endpoint.url);
    }
    if params.has("enabled_events") {
        endpoint.enabled_events = params.list("enabled_events");
    }
    if let Some(description) = params.text("description") {
        endpoint.description = Some(description.to_owned()).filter(|text| !text.is_empty());
    }
    if let Some(is_disabled) = params.flag("disabled") {
        endpoint.is_enabled = !is_disabled;
    }
    Ok(endpoint.object(false))
}

pub(super) fn delete(state: &mut State, _: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    state.endpoints.remove(id).ok_or_else(|| no_such(id))?;
    Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
}

pub(super) fn list(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let page = state.endpoints.page(WHAT, &call.params, |_| true)?;
    Ok(page.shown("/v1/webhook_endpoints", |endpoint| endpoint.object(false)))
}
