//! `POST /v1/verification-requests/{id}/link`: a fresh link for the subject. Links are short-lived and never stored.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use idv_core::RequestId;

use super::failure;
use super::view::LinkJson;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Writer;
use crate::routes::v1::path::PathId;

problems!(
    Problems = WITH_A_KEY,
    &[
        Kind::NotFound,
        Kind::NotAwaitingSubject,
        Kind::NotStarted,
        Kind::BeingStarted,
        Kind::AccountCannotFetch,
        Kind::AccountGone,
        Kind::InvalidInput,
        Kind::ProviderFailed,
        Kind::ProviderUnavailable,
    ]
);

/// Get a fresh link for the subject
///
/// Links are short-lived and never stored. 409 if the subject has nothing to do at the vendor.
#[utoipa::path(
    post,
    path = "/v1/verification-requests/{id}/link",
    operation_id = "renew_verification_link",
    tag = "verification-requests",
    params(("id" = RequestId, Path, description = "The request.")),
    responses((status = 200, description = "The link.", body = LinkJson<'static>), Problems),
    security(("api_key" = ["write"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Writer(actor): Writer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let link = api.engine.renew_link(id, actor).await;
    let link = link.map_err(|error| failure::of_command(&error))?;
    Ok(Json(LinkJson::of(&link)).into_response())
}
