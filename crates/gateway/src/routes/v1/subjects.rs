//! `GET /v1/subjects/{subject}/verification-request`: the request that counts for a subject.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use idv_core::SubjectRef;

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
    /// Where the subject is meant: the same reference in the sandbox is another one. Without it live, unless all
    /// accounts are of the sandbox.
    #[param(inline)]
    environment: Option<EnvironmentWord>,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::NotFound, Kind::InvalidParameter]
);

/// Read the last active request of a subject
///
/// The newest one that was not cancelled, whether it is open, passed or failed.
#[utoipa::path(
    get,
    path = "/v1/subjects/{subject}/verification-request",
    operation_id = "get_verification_request_of_subject",
    tag = "verification-requests",
    params(("subject" = String, Path, description = "The application's reference to the person.", example = "user-4711"), Where),
    responses((status = 200, description = "The request.", body = RequestJson<'static>), Problems),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    _: Reader,
    subject: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    let Path(subject) = subject.map_err(|_| Kind::NotFound)?;
    let mut query = Query::of(&uri);
    let environment = query.parsed("environment", "live or sandbox", environment);
    query.finish()?;
    let subject = SubjectRef::new(subject);
    let found = api.engine.last_active_for_subject(subject, environment);
    let found = found.await.map_err(|error| failure::of_query(&error))?;
    let view = found.ok_or(Kind::NotFound)?;
    Ok(Json(RequestJson::of(&view)).into_response())
}
