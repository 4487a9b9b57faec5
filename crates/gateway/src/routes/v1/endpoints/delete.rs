//! `DELETE /v1/endpoints/{id}`: removes an endpoint with the log of its deliveries.

use axum::extract::State;
use http::StatusCode;
use idv_core::EndpointId;

use super::super::path::PathId;
use super::failure;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Remove an endpoint
///
/// With what waited to be sent to it, and the log of its deliveries. Events stay in the feed.
#[utoipa::path(
    delete,
    path = "/v1/endpoints/{id}",
    operation_id = "delete_endpoint",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint.")),
    responses((status = 204, description = "It is gone."), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn delete(
    State(api): State<Api>,
    Operator(caller): Operator,
    PathId(id): PathId<EndpointId>,
) -> Result<StatusCode, Problem> {
    let removed = api.engine.delete_endpoint(id).await;
    removed.map_err(|error| failure::of_endpoint(&error))?;
    tracing::info!(endpoint = %id, ?caller, "an endpoint was removed");
    Ok(StatusCode::NO_CONTENT)
}
