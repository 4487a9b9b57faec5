//! `POST /v1/verification-requests/{id}/redact`: erases the person a request is about.

use axum::extract::State;
use axum::response::Response;
use idv_core::RequestId;
use idv_engine::{Erase, Whom};
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::erasures::{ErasureJson, answer};
use super::super::path::PathId;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, WITH_A_KEY_OF_THE_COMMAND, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Eraser;
use crate::routes::idempotency::IdempotencyHeader;

/// Who asks.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "staff-7"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct RedactInput {
    /// The number of the member of staff who wants it; else the application itself does.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[
        Kind::NotFound,
        Kind::OpenRequest,
        Kind::BeingStarted,
        Kind::Erased,
        Kind::UnknownSubject,
        Kind::InvalidInput,
    ]
);

/// Erase the person of a request
///
/// The same as an erasure by reference, for a caller who has the request at hand: it is about the person, and so about
/// all of their requests.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/redact",
    operation_id = "redact_verification_subject",
    tag = "erasures",
    params(("id" = RequestId, Path, description = "A request of the person."), IdempotencyHeader),
    request_body = Option<RedactInput>,
    responses(
        (status = 201, description = "What was erased.", body = ErasureJson<'static>,
            headers(("Location" = String, description = "The path of the erasure."))),
        Problems
    ),
    security(("api_key" = ["erase"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Eraser(caller): Eraser,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let idempotency_key = command.key(&caller)?;
    let actor = command.actor_or(caller);
    let actor = command.finish(Some(actor))?;
    let done = api.engine.erase(Erase {
        whom: Whom::SubjectOf(request),
        actor,
        idempotency_key,
    });
    answer(done.await)
}
