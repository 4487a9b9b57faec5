//! The answer to a command about a request.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use idv_engine::{CommandError, Commanded};

use super::{RequestJson, failure};
use crate::problem::Problem;
use crate::routes::idempotency;

/// The answer to a command: the request as it is now.
pub(in crate::routes::v1) fn answer(
    status: StatusCode,
    done: Result<Commanded, CommandError>,
) -> Result<Response, Problem> {
    let done = done.map_err(|error| failure::of_command(&error))?;
    let mut response = (status, Json(RequestJson::of(&done.request))).into_response();
    idempotency::mark(&mut response, done.replayed);
    Ok(response)
}
