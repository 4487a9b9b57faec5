//! `POST /v1/verification-requests/{id}/bypass`: grants a pass in spite of the vendor, or without it.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::RequestId;
use idv_engine::Bypass;
use utoipa::ToSchema;

use super::RequestJson;
use super::answer::answer;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reviewer;
use crate::routes::idempotency::IdempotencyHeader;
use crate::routes::v1::command::Command;
use crate::routes::v1::path::PathId;

/// Who grants the pass, and why.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "staff-7", "comment": "Seen in person with the passport"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct BypassInput {
    /// The number of the member of staff who grants it.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: String,
    /// Why. It is stored encrypted.
    #[schema(min_length = 1, max_length = 2000)]
    comment: String,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::NotFound,
        Kind::AlreadyPassed,
        Kind::AlreadyEnded,
        Kind::Erased,
        Kind::InvalidInput,
    ]
);

/// Grant a pass
///
/// What the vendor says stays with the session and goes on being recorded; it moves the request no more.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/bypass",
    operation_id = "bypass_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request."), IdempotencyHeader),
    request_body = BypassInput,
    responses((status = 200, description = "The request, passed.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["review"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Reviewer(caller): Reviewer,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let (actor, comment) = (command.actor(), command.comment("comment"));
    let (actor, comment) = command.finish(actor.zip(comment))?;
    let done = api.engine.bypass(Bypass {
        request,
        actor,
        comment,
        idempotency_key,
    });
    answer(StatusCode::OK, done.await)
}
