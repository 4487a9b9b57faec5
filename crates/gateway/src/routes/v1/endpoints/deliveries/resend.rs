//! `POST /v1/endpoints/{id}/deliveries/{event}/resend`: sends one event again.

use axum::extract::State;
use http::StatusCode;
use idv_core::{EndpointId, EventId};

use super::super::failure;
use super::DeliveryPath;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::EndpointNotEnabled]
);

/// Send one event again
///
/// Whatever became of it before, with all its tries ahead and the same id.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/deliveries/{event}/resend",
    operation_id = "resend_event",
    tag = "endpoints",
    params(
        ("id" = EndpointId, Path, description = "The endpoint."),
        ("event" = EventId, Path, description = "The event.")
    ),
    responses((status = 202, description = "It is on its way."), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(_): Operator,
    DeliveryPath(endpoint, event): DeliveryPath,
) -> Result<StatusCode, Problem> {
    let sent = api.engine.resend_event(endpoint, event).await;
    sent.map_err(|error| failure::of_endpoint(&error))?;
    Ok(StatusCode::ACCEPTED)
}
