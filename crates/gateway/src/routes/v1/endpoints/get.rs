//! `GET /v1/endpoints/{id}`: one endpoint, and how it is doing.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::EndpointId;

use super::super::path::PathId;
use super::failure;
use super::view::EndpointJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Read an endpoint, and how it is doing
#[utoipa::path(
    get,
    path = "/v1/endpoints/{id}",
    operation_id = "get_endpoint",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint.")),
    responses((status = 200, description = "The endpoint.", body = EndpointJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<EndpointId>,
) -> Result<Response, Problem> {
    let view = api.engine.endpoint(id).await;
    let view = view.map_err(|error| failure::of_endpoint(&error))?;
    Ok(Json(EndpointJson::of(&view)).into_response())
}
