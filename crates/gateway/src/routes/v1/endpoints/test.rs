//! `POST /v1/endpoints/{id}/test`: sends an endpoint an event that is about nothing.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use idv_core::{EndpointId, EventId};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::path::PathId;
use super::failure;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// The event that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = TestEvent)]
struct TestJson {
    /// Its delivery is found under `deliveries/{event}` of the endpoint.
    event: EventId,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::EndpointNotEnabled]
);

/// Try an endpoint
///
/// Sends it, and nobody else, an event of the type `endpoint.test`. What came of it stands in the log of deliveries.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/test",
    operation_id = "try_endpoint",
    tag = "endpoints",
    params(("id" = EndpointId, Path, description = "The endpoint.")),
    responses((status = 202, description = "It is on its way.", body = TestJson), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<EndpointId>,
) -> Result<Response, Problem> {
    let event = api.engine.test_endpoint(id).await;
    let event = event.map_err(|error| failure::of_endpoint(&error))?;
    Ok((StatusCode::ACCEPTED, Json(TestJson { event })).into_response())
}
