//! `GET /v1/erasures/{id}`: an erasure, with what each vendor has said until now.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::ErasureId;

use super::super::path::PathId;
use super::super::verification_requests::failure;
use super::ErasureJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;

problems!(Problems = WITH_A_KEY, &[Kind::NotFound]);

/// Read an erasure
///
/// Vendors may take days. `settled` is true once nothing more will come.
#[utoipa::path(
    get,
    path = "/v1/erasures/{id}",
    operation_id = "get_erasure",
    tag = "erasures",
    params(("id" = ErasureId, Path, description = "The erasure.")),
    responses((status = 200, description = "The erasure.", body = ErasureJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    PathId(id): PathId<ErasureId>,
) -> Result<Response, Problem> {
    let found = api.engine.erasure(id).await;
    let view = found
        .map_err(|error| failure::of_query(&error))?
        .ok_or(Kind::NotFound)?;
    Ok(Json(ErasureJson::of(&view)).into_response())
}
