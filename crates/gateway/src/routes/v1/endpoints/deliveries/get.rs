//! `GET /v1/endpoints/{id}/deliveries/{event}`: one event on its way to an endpoint, with every attempt.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::{EndpointId, EventId};

use super::super::failure;
use super::DeliveryPath;
use super::view::WithAttemptsJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Read what became of an event on its way to an endpoint
#[utoipa::path(
    get,
    path = "/v1/endpoints/{id}/deliveries/{event}",
    operation_id = "get_event_delivery",
    tag = "endpoints",
    params(
        ("id" = EndpointId, Path, description = "The endpoint."),
        ("event" = EventId, Path, description = "The event.")
    ),
    responses((status = 200, description = "The delivery, with every attempt.", body = WithAttemptsJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
    DeliveryPath(endpoint, event): DeliveryPath,
) -> Result<Response, Problem> {
    let view = api.engine.event_delivery(endpoint, event).await;
    let view = view.map_err(|error| failure::of_endpoint(&error))?;
    Ok(Json(WithAttemptsJson::of(&view)).into_response())
}
