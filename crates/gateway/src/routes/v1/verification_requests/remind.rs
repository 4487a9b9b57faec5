//! `POST /v1/verification-requests/{id}/remind`: reminds the subject.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::RequestId;
use idv_engine::Remind;
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

/// Who asks.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "staff-7"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct RemindInput {
    /// The number of the member of staff who asks; else the application itself does.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    WITH_A_KEY_OF_THE_COMMAND,
    &[Kind::NotFound, Kind::NotAwaitingSubject, Kind::InvalidInput]
);

/// Remind the subject
///
/// Only where it is the subject who must act. The application is told by an event, and the subject by a mail, where
/// mails are sent and the address is known. The body may be left out.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/remind",
    operation_id = "remind_verification_subject",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request."), IdempotencyHeader),
    request_body = Option<RemindInput>,
    responses((status = 200, description = "The request.", body = RequestJson<'static>), Problems),
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
    let actor = command.finish(Some(actor))?;
    let done = api.engine.remind(Remind {
        request,
        actor,
        idempotency_key,
    });
    answer(StatusCode::OK, done.await)
}
