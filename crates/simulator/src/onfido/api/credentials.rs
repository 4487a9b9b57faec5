//! Who may ask: the API token, OAuth credentials, and tokens for the vendor's SDK.

use http::StatusCode;
use http::header::AUTHORIZATION;
use serde_json::json;

use super::super::account::State;
use super::super::refusal::{Fields, Refusal};
use super::super::run::told::token;
use super::call::Call;
use super::{Answer, applicants};
use crate::loopback::json_answer;

/// How long a token of OAuth credentials lives. Chosen.
const BEARER_SECS: i64 = 3_600;
/// How long a token for the SDK lives.
const SDK_TOKEN_SECS: i64 = 90 * 60;

/// # Errors
/// The vendor's no to whoever has no credentials, or those of somewhere else.
pub(super) fn require(state: &State, call: &Call<'_>) -> Result<(), Refusal> {
    let given = call.headers.get(AUTHORIZATION);
    let given = given
        .and_then(|given| given.to_str().ok())
        .unwrap_or_default();
    if let Some(bearer) = given.strip_prefix("Bearer ") {
        let until = state.bearers.get(bearer);
        let is_good = until.is_some_and(|until| call.now_unix_secs() < *until);
        return is_good.then_some(()).ok_or_else(Refusal::unauthorized);
    }
    match given.strip_prefix("Token token=") {
        Some(token) if token == state.api_token => Ok(()),
        Some(token) if is_elsewhere(token, &state.api_token) => Err(Refusal::other_region()),
        _ => Err(Refusal::unauthorized()),
    }
}

/// Whether both tokens say where they belong, and not to the same region.
fn is_elsewhere(token: &str, ours: &str) -> bool {
    let regions = region(token).zip(region(ours));
    regions.is_some_and(|(theirs, ours)| theirs != ours)
}

/// The region a token names: `us` in `api_live_us.…`. Of one without a region it is that of Europe, and of what is no such
/// token nobody knows it.
fn region(token: &str) -> Option<&str> {
    let kind = token.split_once('.')?.0;
    let environment = ["api_live", "api_sandbox"];
    let rest = environment
        .iter()
        .find_map(|name| kind.strip_prefix(name))?;
    Some(rest.strip_prefix('_').unwrap_or("eu"))
}

/// `POST /oauth/token`, with a form. The vendor's own client sends no `grant_type`.
pub(super) fn oauth_token(state: &mut State, call: &Call<'_>) -> Answer {
    let form = call.form();
    let given = |name: &str| form.get(name).and_then(|value| value.as_str());
    let given = given("client_id").zip(given("client_secret"));
    let known = state.oauth.as_ref();
    let known = known.map(|(id, secret)| (id.as_str(), secret.as_str()));
    if given.is_none() || given != known {
        return Err(Refusal::unauthorized());
    }
    let bearer = state.ids.token();
    let until = call.now_unix_secs().saturating_add(BEARER_SECS);
    state.bearers.insert(bearer.clone(), until);
    let made = json!({ "access_token": bearer, "token_type": "Bearer", "expires_in": BEARER_SECS });
    Ok(json_answer(StatusCode::OK, &made))
}

/// `POST /sdk_token`, with JSON or a form.
pub(super) fn sdk_token(state: &mut State, call: &Call<'_>) -> Answer {
    let body = call.object_or_form()?;
    let mut fields = Fields::default();
    let applicant = body
        .get("applicant_id")
        .and_then(|id| id.as_str())
        .unwrap_or_default();
    if applicant.is_empty() {
        fields.add("applicant_id", "can't be blank");
    }
    fields.finish()?;
    applicants::present(state, applicant)?;
    let now = call.now_unix_secs();
    let claims = json!({
        "iss": "onfido",
        "iat": now,
        "exp": now.saturating_add(SDK_TOKEN_SECS),
        "jti": state.ids.uuid(),
        "payload": { "app": applicant, "is_sandbox": state.is_sandbox },
    });
    Ok(json_answer(
        StatusCode::OK,
        &json!({ "token": token(&claims) }),
    ))
}
