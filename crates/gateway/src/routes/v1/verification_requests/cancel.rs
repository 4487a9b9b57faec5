//! `POST /v1/verification-requests/{id}/cancel`: withdraws a request.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::RequestId;
use idv_engine::Cancel;
use utoipa::ToSchema;

use super::RequestJson;
use super::answer::answer;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::idempotency::IdempotencyHeader;
use crate::routes::v1::command::Command;
use crate::routes::v1::path::PathId;

/// Why a request is withdrawn.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "The subject asked for it", "actor": "staff-7"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
pub(in crate::routes::v1) struct CancelInput {
    /// Why. It is stored encrypted.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
    /// The number of the member of staff who withdraws it; else the application itself does.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::NotFound,
        Kind::AlreadyEnded,
        Kind::Erased,
        Kind::InvalidInput,
    ]
);

/// Withdraw a request
///
/// Only one that is open. The vendor withdraws its session too, where it can.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/cancel",
    operation_id = "cancel_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request."), IdempotencyHeader),
    request_body = CancelInput,
    responses((status = 200, description = "The request, withdrawn.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Writer(caller): Writer,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let actor = command.actor_or(caller);
    let reason = command.comment("reason");
    let reason = command.finish(reason)?;
    let done = api.engine.cancel(Cancel {
        request,
        actor,
        reason,
        idempotency_key,
    });
    answer(StatusCode::OK, done.await)
}
