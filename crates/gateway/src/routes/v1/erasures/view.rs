//! An erasure, as the API shows it. It names nobody.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use idv_core::{AccountId, ErasureId, RequestId, SessionId, SessionKey, Timestamp};
use idv_engine::{CommandError, ErasedSessionView, Erasure, ErasureView, VendorErasure};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::verification_requests::failure;
use super::super::verification_requests::view::ActorJson;
use crate::problem::Problem;
use crate::routes::idempotency;

/// What an erasure has done, and what the vendors have said until now. It names nobody.
#[derive(Serialize, ToSchema)]
#[schema(as = Erasure, examples(json!(super::super::verification_requests::example::erasure())))]
pub(in crate::routes::v1) struct ErasureJson<'a> {
    id: ErasureId,
    /// Who wanted it.
    actor: ActorJson<'a>,
    /// When the person's key was destroyed here. Nothing of theirs can be read since.
    erased_at: Timestamp,
    /// The requests of the person. Their decisions stay.
    requests: &'a [RequestId],
    /// How many webhooks that waited under another key were emptied.
    emptied_deliveries: u64,
    /// The sessions at vendors.
    sessions: Vec<ErasedSessionJson<'a>>,
    /// True if nothing more will come: every vendor has confirmed, cannot, or has failed.
    settled: bool,
}

/// A session of a person who was erased.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasedSession)]
struct ErasedSessionJson<'a> {
    key: SessionKey,
    account: &'a AccountId,
    /// The vendor's id of it, by which it can be found there.
    #[schema(required)]
    session_id: Option<&'a SessionId>,
    /// What the vendor has said about erasing its data.
    ///
    /// * `no_session`: there never was one
    /// * `not_supported`: this vendor cannot be asked by program; ask in person, or wait for its own time
    /// * `asked`: it has not answered yet
    /// * `pending`: it has said that it will
    /// * `confirmed`: it has said that the data are gone
    /// * `failed`: it has refused, or has not confirmed in all the tries there are; somebody must look
    #[schema(pattern = "^(no_session|not_supported|asked|pending|confirmed|failed)$")]
    vendor: &'static str,
    /// Why it failed.
    #[schema(required)]
    reason: Option<&'a str>,
}

impl<'a> ErasureJson<'a> {
    pub(super) fn of(view: &'a ErasureView) -> Self {
        Self {
            id: view.id,
            actor: ActorJson::of(&view.actor),
            erased_at: view.erased_at,
            requests: &view.requests,
            emptied_deliveries: view.emptied_deliveries,
            sessions: view.sessions.iter().map(ErasedSessionJson::of).collect(),
            settled: view.is_settled(),
        }
    }
}

impl<'a> ErasedSessionJson<'a> {
    fn of(session: &'a ErasedSessionView) -> Self {
        let reason = match &session.vendor {
            VendorErasure::Failed { reason } => Some(reason.as_str()),
            _ => None,
        };
        Self {
            key: session.key,
            account: &session.account,
            session_id: session.session_id.as_ref(),
            vendor: session.vendor.as_word(),
            reason,
        }
    }
}

/// The answer to the command that erases: 201 with what was done, and where it is found again.
pub(in crate::routes::v1) fn answer(
    done: Result<Erasure, CommandError>,
) -> Result<Response, Problem> {
    let done = done.map_err(|error| failure::of_command(&error))?;
    let json = Json(ErasureJson::of(&done.receipt));
    let mut response = (StatusCode::CREATED, json).into_response();
    let location = format!("/v1/erasures/{}", done.receipt.id);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    idempotency::mark(&mut response, done.replayed);
    Ok(response)
}
