//! `POST /v1/verification-requests/{id}/link`: a fresh link for the subject. Links are short-lived and never stored.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::failure;
use super::path::PathId;
use super::view::LinkJson;
use crate::problem::Problem;
use crate::routes::Api;
use crate::routes::authorisation::Writer;

/// 200 with `{hosted_url, sdk_token, expires_at}`; 409 if the subject has nothing to do there.
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Writer(actor): Writer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let link = api.engine.renew_link(id, actor).await;
    let link = link.map_err(|error| failure::of_command(&error))?;
    Ok(Json(LinkJson::of(&link)).into_response())
}
