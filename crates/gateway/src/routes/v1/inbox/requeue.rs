//! `POST /v1/inbox/{id}/requeue`: puts one webhook back to work.

use axum::extract::State;
use http::StatusCode;
use idv_core::DeliveryId;

use super::super::path::PathId;
use super::super::verification_requests::failure;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::NotRequeueable]
);

/// Put one webhook back to work
///
/// One that is `dead`, `ignored` or `unmatched`, with all its tries ahead.
#[utoipa::path(
    post,
    path = "/v1/inbox/{id}/requeue",
    operation_id = "requeue_inbox_delivery",
    tag = "inbox",
    params(("id" = DeliveryId, Path, description = "The webhook.")),
    responses((status = 202, description = "It is to be worked on."), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(caller): Operator,
    PathId(id): PathId<DeliveryId>,
) -> Result<StatusCode, Problem> {
    let back = api.engine.requeue(id).await;
    if back.map_err(|error| failure::of_query(&error))? {
        tracing::info!(delivery = %id, ?caller, "a webhook was put back to work");
        return Ok(StatusCode::ACCEPTED);
    }
    let row = api.engine.inbox_delivery(id).await;
    let row = row
        .map_err(|error| failure::of_query(&error))?
        .ok_or(Kind::NotFound)?;
    let why = if row.body.as_bytes().is_empty() {
        "its body was destroyed".to_owned()
    } else {
        format!("it is {}", row.state.as_word())
    };
    Err(Problem::new(Kind::NotRequeueable).detail(why))
}
