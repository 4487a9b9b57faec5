//! `GET /v1/organizations/{organization}/verification-request`: the request that counts for an organization.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::OrganizationId;

use super::verification_requests::list::{EnvironmentWord, environment};
use super::verification_requests::{RequestJson, failure};
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;
use crate::routes::query::Query;

/// The parameters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Where {
    /// Only requests of this environment count: a pass of the sandbox unblocks nothing that is live. Without it live,
    /// unless all accounts are of the sandbox.
    #[param(inline)]
    environment: Option<EnvironmentWord>,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::InvalidParameter]
);

/// Read the last active request of an organization
///
/// Among all requests with consequences for it: the newest that passed, whenever that was; else the newest that was
/// not cancelled.
#[utoipa::path(
    get,
    path = "/v1/organizations/{organization}/verification-request",
    operation_id = "get_verification_request_of_organization",
    tag = "verification-requests",
    params(("organization" = OrganizationId, Path, description = "The organization.", example = "company-17"), Where),
    responses((status = 200, description = "The request.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    organization: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    let Path(organization) = organization.map_err(|_| Kind::NotFound)?;
    let mut query = Query::of(&uri);
    let environment = query.parsed("environment", "live or sandbox", environment);
    query.finish()?;
    let organization = OrganizationId::new(organization);
    let found = api
        .engine
        .last_active_for_organization(&organization, environment);
    let found = found.await.map_err(|error| failure::of_query(&error))?;
    let view = found.ok_or(Kind::NotFound)?;
    Ok(Json(RequestJson::of(&view)).into_response())
}
