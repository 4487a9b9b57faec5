//! `POST /v1/endpoints/{id}/rotate-secret`: another secret signs, and for a while the earlier ones too.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::EndpointId;
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::path::PathId;
use super::view::{EndpointJson, WithSecretJson};
use super::{failure, input};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// Thirty days, in seconds.
const MAX_OVERLAP_SECS: u64 = 30 * 86_400;

/// How to rotate.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!(super::example::rotation())))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct RotationInput {
    /// A secret of your own, `whsec_` and the base64 of 24 to 64 bytes; without it one is made.
    #[schema(pattern = "^whsec_[A-Za-z0-9+/]{32,88}={0,2}$")]
    secret: Option<String>,
    /// For how long the earlier secrets sign too, in seconds. Without it one day.
    #[schema(minimum = 0, maximum = 2592000)]
    overlap_secs: Option<u64>,
}

problems!(
    Problems = WITH_A_KEY,
    WITH_A_BODY,
    &[Kind::NotFound, Kind::TooManySecrets, Kind::InvalidInput]
);

/// Replace the secret of an endpoint
///
/// Until the overlap is over every delivery carries a signature of each secret: whoever checks with the earlier one, or
/// already with the new one, finds theirs. The answer shows the new one, this once.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/rotate-secret",
    operation_id = "rotate_endpoint_secret",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint.")),
    request_body = Option<RotationInput>,
    responses((status = 200, description = "The endpoint, with its new secret.", body = WithSecretJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<EndpointId>,
    mut command: Command,
) -> Result<Response, Problem> {
    let Command { fields, errors, .. } = &mut command;
    let secret = input::secret(fields, errors);
    let overlap = fields.whole("overlap_secs", 0..=MAX_OVERLAP_SECS, errors);
    let (secret, overlap) = command.finish(Some((secret, overlap)))?;
    let overlap = overlap.map_or(idv_engine::DEFAULT_SECRET_OVERLAP, Duration::from_secs);
    let secret = api.engine.rotate_endpoint_secret(id, secret, overlap).await;
    let secret = secret.map_err(|error| failure::of_endpoint(&error))?;
    let view = api.engine.endpoint(id).await;
    let view = view.map_err(|error| failure::of_endpoint(&error))?;
    let shown = secret.expose();
    let json = WithSecretJson {
        endpoint: EndpointJson::of(&view),
        secret: shown.expose(),
    };
    Ok(Json(json).into_response())
}
