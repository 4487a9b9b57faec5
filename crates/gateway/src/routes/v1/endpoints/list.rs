//! `GET /v1/endpoints`: every endpoint, oldest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::failure;
use super::view::EndpointJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::Problem;
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// Every endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointList)]
struct ListJson<'a> {
    data: Vec<EndpointJson<'a>>,
}

problems!(Problems = WITH_A_KEY);

/// List the endpoints, oldest first
#[utoipa::path(
    get,
    path = "/v1/endpoints",
    operation_id = "list_endpoints",
    tag = "endpoints",
    responses((status = 200, description = "All of them.", body = ListJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
) -> Result<Response, Problem> {
    let views = api.engine.endpoints().await;
    let views = views.map_err(|error| failure::of_endpoint(&error))?;
    let data = views.iter().map(EndpointJson::of).collect();
    Ok(Json(ListJson { data }).into_response())
}
