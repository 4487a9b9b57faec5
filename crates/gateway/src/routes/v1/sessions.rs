//! `POST /v1/accounts/{account}/sessions/{session}/cancel`: withdraws the request that a vendor's session serves.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use idv_core::{AccountId, SessionId};
use idv_engine::CancelBySession;

use super::command::Command;
use super::verification_requests::{RequestJson, answer, cancel};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::idempotency::IdempotencyHeader;

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[Kind::NotFound, Kind::AlreadyEnded, Kind::InvalidInput]
);

/// Withdraw a request by its vendor session
///
/// For whoever knows the vendor's object, and not the request. Only one that is open. The vendor withdraws its session
/// too, where it can.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/sessions/{session}/cancel",
    operation_id = "cancel_verification_request_of_session",
    tag = "verification-requests",
    params(
        ("account" = AccountId, Path, description = "The account the session is with.", example = "acme-eu"),
        ("session" = SessionId, Path, description = "The vendor's id of the session."),
        IdempotencyHeader
    ),
    request_body = cancel::CancelInput,
    responses((status = 200, description = "The request, withdrawn.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn cancel(
    State(api): State<Api>,
    Writer(caller): Writer,
    path: Result<Path<(String, String)>, PathRejection>,
    mut command: Command,
) -> Result<Response, Problem> {
    let Path((account, session)) = path.map_err(|_| Kind::NotFound)?;
    let idempotency_key = command.key(&caller)?;
    let actor = command.actor_or(caller);
    let reason = command.comment("reason");
    let reason = command.finish(reason)?;
    let command = CancelBySession {
        account: AccountId::new(account),
        session: SessionId::new(session),
        actor,
        reason,
    };
    let done = api.engine.cancel_session(command, idempotency_key);
    answer(StatusCode::OK, done.await)
}
