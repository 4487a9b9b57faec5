//! `GET /v1/inbox/{id}`: one webhook that was taken in, and the request it is about.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::{DeliveryId, RequestId};
use idv_engine::store::{DeliveryRow, Store, StoreError};

use super::super::path::PathId;
use super::super::verification_requests::failure;
use super::view::WithRequestJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Read a webhook that was taken in
///
/// How it was proven, what became of it and why, and the request it is about. Never its body.
#[utoipa::path(
    get,
    path = "/v1/inbox/{id}",
    operation_id = "get_inbox_delivery",
    tag = "inbox",
    params(("id" = DeliveryId, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = WithRequestJson<'static>), Problems),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Operator(_): Operator,
    PathId(id): PathId<DeliveryId>,
) -> Result<Response, Problem> {
    let row = api.engine.inbox_delivery(id).await;
    let row = row
        .map_err(|error| failure::of_query(&error))?
        .ok_or(Kind::NotFound)?;
    let request = request_of(api.engine.store(), &row).await;
    let request = request.map_err(|error| failure::of_query(&error.into()))?;
    Ok(Json(WithRequestJson::of(&row, request)).into_response())
}

/// The request whose session a webhook is about.
pub(crate) async fn request_of(
    store: &dyn Store,
    row: &DeliveryRow,
) -> Result<Option<RequestId>, StoreError> {
    let Some(session) = &row.session else {
        return Ok(None);
    };
    let mut unit = store.begin().await?;
    let unit = unit.as_unit_of_work();
    let session = unit.session_by_vendor_id(&row.account, session).await?;
    Ok(session.map(|session| session.request))
}
