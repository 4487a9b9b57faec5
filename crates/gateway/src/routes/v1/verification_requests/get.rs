//! `GET /v1/verification-requests/{id}`: one request, as [`RequestJson`] says.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::path::PathId;
use super::{RequestJson, failure};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;

/// 200 with the request, 404 if there is none.
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
