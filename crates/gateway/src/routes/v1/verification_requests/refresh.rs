//! `POST /v1/verification-requests/{id}/refresh`: asks the vendor how a request stands.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use idv_core::RequestId;
use idv_engine::Refresh;
use utoipa::ToSchema;

use super::RequestJson;
use super::answer::answer;
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::v1::command::Command;
use crate::routes::v1::path::PathId;

/// Who asks.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"actor": "staff-7"})))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct RefreshInput {
    /// The number of the member of staff who asks; else the application itself does.
    #[schema(pattern = "^[A-Za-z0-9_.:/-]{1,64}$")]
    actor: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    &[
        Kind::NotFound,
        Kind::NotStarted,
        Kind::AccountCannotFetch,
        Kind::AccountGone,
        Kind::InvalidInput,
        Kind::ProviderFailed,
        Kind::ProviderUnavailable,
    ]
);

/// Ask the vendor now
///
/// Reads the current session at the vendor and answers with what came of it. Asking twice is harmless, so it takes no
/// `Idempotency-Key`. The body may be left out.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/refresh",
    operation_id = "refresh_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request.")),
    request_body = Option<RefreshInput>,
    responses((status = 200, description = "The request.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Writer(caller): Writer,
    PathId(request): PathId,
    mut command: Command,
) -> Result<Response, Problem> {
    let actor = command.actor_or(caller);
    let actor = command.finish(Some(actor))?;
    let done = api.engine.refresh(Refresh { request, actor });
    answer(StatusCode::OK, done.await)
}
