//! What the errors about endpoints and events are over HTTP.

use std::borrow::Cow;

use idv_engine::EndpointError;

use super::super::verification_requests::failure::of_query;
use crate::gateway::reasons;
use crate::problem::{FieldError, Kind, Problem};

/// What was asked and not done.
pub(in crate::routes::v1) fn of_endpoint(error: &EndpointError) -> Problem {
    match error {
        EndpointError::NotFound => Kind::NotFound.into(),
        EndpointError::UnknownEvent => Problem::new(Kind::NotFound)
            .detail("there is no such event, or it was never on its way to this endpoint"),
        EndpointError::NotEnabled { state } => {
            Problem::new(Kind::EndpointNotEnabled).detail(format!(
                "it is {}: enable it first, with PATCH and `enabled: true`",
                state.as_word()
            ))
        }
        EndpointError::TooManySecrets { most } => Problem::new(Kind::TooManySecrets).detail(
            format!("{most} are: wait until one has run out, or rotate with `overlap_secs: 0`"),
        ),
        EndpointError::Invalid { field, problem } => {
            let field = match *field {
                "from" => "after",
                field => field,
            };
            at(&format!("/{field}"), problem.clone())
        }
        EndpointError::Store(error) => of_query(error),
        other => {
            tracing::error!(error = reasons(other), "a command about an endpoint failed");
            Kind::Internal.into()
        }
    }
}

fn at(pointer: &str, detail: Cow<'static, str>) -> Problem {
    Problem::new(Kind::InvalidInput).errors(vec![FieldError::new(pointer, detail)])
}
