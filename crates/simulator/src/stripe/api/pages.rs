//! What the vendor's own page and apps call: the choice of an outcome in the sandbox.
//!
//! Not part of the public API. The vendor's app library (StripeIdentity for iOS) shows the paths, the one parameter and the
//! members of the answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Call, sessions};
use crate::Begun;
use crate::stripe::accepted::{EXPAND, Kind, Param, TEXT};
use crate::stripe::account::State;
use crate::stripe::keys::Key;
use crate::stripe::refusal::Refusal;
use crate::stripe::session::Session;

pub(super) const TESTING: &[Param] = &[Param::new("simulate_delay", Kind::Flag)];
pub(super) const EPHEMERAL_KEY: &[Param] =
    &[EXPAND, Param::new("verification_session", TEXT).required()];

/// How long a key for an app lasts.
const EPHEMERAL_KEY_FOR: Duration = Duration::from_secs(3_600);

/// A key with which the app of one session's subject may choose the outcome.
pub(super) fn create_ephemeral_key(
    state: &mut State,
    call: &Call<'_>,
    _: &str,
) -> Result<Value, Refusal> {
    let session = call.params.set("verification_session").unwrap_or_default();
    if state.sessions.get(session).is_none() {
        let param = "verification_session";
        return Err(Refusal::no_such_given(
            "VerificationSession",
            session,
            param,
        ));
    }
    let until = call.now.plus(EPHEMERAL_KEY_FOR).as_unix_secs();
    let mode = if call.is_live { "live" } else { "test" };
    let secret = state.maker.id(&format!("ek_{mode}_YWNjdF8"), 40);
    let object = json!({
        "id": state.maker.id("ephkey_1", 23),
        "object": "ephemeral_key",
        "associated_objects": [{ "id": session, "type": "identity.verification_session" }],
        "created": call.now_unix_secs(),
        "expires": until,
        "livemode": call.is_live,
        "secret": secret,
    });
    state
        .ephemeral_keys
        .push(Key::ephemeral(secret, session, until));
    Ok(object)
}

pub(super) fn verify(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    choose(state, call, id, "verified", "verified-slowly")
}

/// Which check fails is not published: here it is the document's.
pub(super) fn unverify(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    choose(state, call, id, "unverified-document", "unverified-slowly")
}

fn choose(
    state: &mut State,
    call: &Call<'_>,
    id: &str,
    at_once: &str,
    slowly: &str,
) -> Result<Value, Refusal> {
    let session = state
        .sessions
        .get(id)
        .ok_or_else(|| sessions::no_such(id))?;
    if call.is_live {
        return Err(Refusal::not_now(
            "Outcomes can be chosen in the sandbox only.",
        ));
    }
    if !session.takes_input() {
        let status = session.status().word();
        let message = format!(
            "This VerificationSession has a status of `{status}`: nothing can be handed in."
        );
        return Err(Refusal::not_now(message));
    }
    let is_slow = call.params.flag("simulate_delay") == Some(true);
    let object = page_data(session);
    state.begun.push(Begun {
        object: id.to_owned(),
        scenario: Some(if is_slow { slowly } else { at_once }.to_owned()),
    });
    Ok(object)
}

fn page_data(session: &Session) -> Value {
    json!({
        "id": session.id(),
        "object": "identity.verification_page_data",
        "requirements": { "errors": [], "missing": [] },
        "status": session.status().word(),
        "submitted": true,
        "closed": true,
    })
}
