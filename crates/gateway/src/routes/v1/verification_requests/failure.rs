//! What the engine's errors are over HTTP.

use idv_core::ErrorKind;
use idv_engine::{CommandError, QueryError};

use crate::gateway::reasons;
use crate::problem::{FieldError, Kind, Problem};

/// A question that could not be answered.
pub(in crate::routes::v1) fn of_query(error: &QueryError) -> Problem {
    tracing::error!(error = reasons(error), "a question to the database failed");
    match error {
        QueryError::Store(error) if error.is_retryable() => {
            Problem::new(Kind::Unavailable).retry_after_secs(1)
        }
        _ => Kind::Internal.into(),
    }
}

/// A command that was not carried out.
pub(in crate::routes::v1) fn of_command(error: &CommandError) -> Problem {
    match error {
        CommandError::NotFound => Kind::NotFound.into(),
        CommandError::UnknownAccount(_) => at("/account", "there is no account of this name"),
        CommandError::NoDefaultAccount => at(
            "/account",
            "it is missing, and no account is the default one",
        ),
        CommandError::AccountCannotStart(_) => at(
            "/account",
            "this account has no API key: it only receives webhooks",
        ),
        CommandError::InvalidInput { field, problem } => at(&format!("/{field}"), problem),
        CommandError::NotAwaitingSubject { status } => Problem::new(Kind::NotAwaitingSubject)
            .detail(format!(
                "it is {status} and takes no input from the subject"
            )),
        CommandError::NoSession => Problem::new(Kind::NotStarted)
            .detail("try again in a moment")
            .retry_after_secs(2),
        CommandError::AlreadyEnded { status } => {
            Problem::new(Kind::AlreadyEnded).detail(format!("it is {status}"))
        }
        CommandError::AlreadyPassed => Kind::AlreadyPassed.into(),
        CommandError::NotFailed { status } => {
            Problem::new(Kind::NotFailed).detail(format!("it is {status}"))
        }
        CommandError::NotInReview { status } => {
            Problem::new(Kind::NotInReview).detail(format!("it is {status}"))
        }
        CommandError::ReviewIsTheVendors => Problem::new(Kind::ReviewIsTheVendors)
            .detail("wait for them, or grant a pass with a bypass"),
        CommandError::PersonRequired => {
            at("/actor", "it is missing: a member of staff decides this")
        }
        CommandError::OpenRequest { request } => {
            Problem::new(Kind::OpenRequest).detail(format!("it is {request}"))
        }
        CommandError::BeingStarted { request } => Problem::new(Kind::BeingStarted)
            .detail(format!(
                "a session of {request}; try again when that is done"
            ))
            .retry_after_secs(2),
        CommandError::UnknownSubject => Kind::UnknownSubject.into(),
        CommandError::Erased => Kind::Erased.into(),
        CommandError::TooManyRequests { most, within } => Problem::new(Kind::TooManyRequests)
            .detail(format!("{most} within {} s are allowed", within.as_secs()))
            // When the oldest of them leaves the window is not known; by then, all of them have.
            .retry_after_secs(within.as_secs().max(1)),
        CommandError::AccountCannotFetch(_) => Problem::new(Kind::AccountCannotFetch)
            .detail("give the account an API key in the configuration"),
        CommandError::AccountGone(_) => Problem::new(Kind::AccountGone)
            .detail("put the account back into the configuration, or cancel this request"),
        CommandError::NoSuchEvidence => Kind::NotFound.into(),
        CommandError::NoEvidence(_) => Kind::NoEvidence.into(),
        CommandError::EvidenceTooLarge { max_bytes } => Problem::new(Kind::EvidenceTooLarge)
            .detail(format!(
                "{max_bytes} bytes are allowed: the operator sets evidence.max_bytes"
            )),
        CommandError::KeyReused => Problem::new(Kind::IdempotencyKeyReused)
            .detail("take a new key for a new command; send the same body to repeat one"),
        CommandError::Provider(error) => of_provider(error),
        CommandError::Store(error) => of_query(error),
        other => {
            tracing::error!(error = reasons(other), "a command failed");
            Kind::Internal.into()
        }
    }
}

fn at(pointer: &str, detail: &'static str) -> Problem {
    Problem::new(Kind::InvalidInput).errors(vec![FieldError::new(pointer, detail)])
}

/// The operator reads the whole error; the application learns whose turn it is.
fn of_provider(error: &idv_core::Error) -> Problem {
    tracing::warn!(error = reasons(error), "the provider failed");
    if error.retryable {
        let wait = error.retry_after().map_or(5, |wait| wait.as_secs().max(1));
        return Problem::new(Kind::ProviderUnavailable)
            .detail("what was asked for is kept; ask again with the same subject")
            .retry_after_secs(wait);
    }
    let problem = Problem::new(Kind::ProviderFailed);
    match &error.kind {
        // The application can mend it, so it is the application's error; the provider's name of the field is the
        // only clue there is.
        ErrorKind::InvalidInput { field } => {
            let field = field.as_deref().map_or_else(String::new, |field| {
                format!("; it calls the field {}", idv_core::label(field))
            });
            Problem::new(Kind::InvalidInput).detail(format!(
                "the provider refuses a value of this request{field}"
            ))
        }
        ErrorKind::InvalidCredentials => {
            problem.detail("the provider does not accept the account's API key")
        }
        ErrorKind::InvalidConfig => {
            problem.detail("the provider does not accept the account's settings")
        }
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::response::IntoResponse as _;

    use super::*;

    #[test]
    fn one_who_has_asked_too_often_is_told_when_one_may_certainly_ask_again() {
        for (window_secs, told) in [(7200, "7200"), (0, "1")] {
            let error = CommandError::TooManyRequests {
                most: 5,
                within: Duration::from_secs(window_secs),
            };
            let answer = of_command(&error).into_response();
            assert_eq!(answer.status(), 429);
            assert_eq!(answer.headers()["retry-after"], told);
        }
    }
}
