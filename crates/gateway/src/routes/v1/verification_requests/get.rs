//! `GET /v1/verification-requests/{id}`: one request, as [`RequestJson`] says.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::RequestId;

use super::{RequestJson, failure};
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;
use crate::routes::v1::path::PathId;

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Read a request
#[utoipa::path(
    get,
    path = "/v1/verification-requests/{id}",
    operation_id = "get_verification_request",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request.")),
    responses((status = 200, description = "The request.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let found = api.engine.request(id).await;
    let view = found
        .map_err(|error| failure::of_query(&error))?
        .ok_or(Kind::NotFound)?;
    Ok(Json(RequestJson::of(&view)).into_response())
}
