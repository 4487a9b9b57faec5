//! What can go wrong with endpoints and events.

use std::borrow::Cow;

use super::EndpointSecretError;
use crate::crypt::{KeyRingError, MasterKeyError};
use crate::store::{EndpointState, StoreError};

/// What was asked about endpoints or events was not done. It changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// No such endpoint.
    #[error("there is no such endpoint")]
    NotFound,
    /// No such event, or it was never on its way to this endpoint.
    #[error("there is no such event for this endpoint")]
    UnknownEvent,
    /// Nothing is sent to the endpoint.
    #[error("the endpoint is {}: nothing is sent to it until it is enabled", match state {
        EndpointState::SwitchedOff => "switched off",
        EndpointState::Failing => "off, because it failed for days",
        EndpointState::Gone => "off, because it answered that it is gone",
        EndpointState::Enabled => "enabled",
    })]
    NotEnabled {
        /// Why not.
        state: EndpointState,
    },
    /// As many secrets sign as may.
    #[error(
        "{most} secrets of the endpoint are valid at the moment, and more are not allowed: wait until one has run out, or rotate without an overlap"
    )]
    TooManySecrets {
        /// How many may be valid at a time.
        most: usize,
    },
    /// A value cannot be used.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field, as in the API.
        field: &'static str,
        /// What is wrong with it. It does not repeat the value.
        problem: Cow<'static, str>,
    },
    /// The database failed, or a stored value did not open.
    #[error(transparent)]
    Store(#[from] KeyRingError),
}

impl EndpointError {
    pub(super) fn invalid(field: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            field,
            problem: problem.into(),
        }
    }
}

impl From<StoreError> for EndpointError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<EndpointSecretError> for EndpointError {
    fn from(error: EndpointSecretError) -> Self {
        match error {
            EndpointSecretError::NoRandomness => {
                Self::Store(KeyRingError::NoRandomness(MasterKeyError::NoRandomness))
            }
            _ => Self::invalid("secret", error.to_string()),
        }
    }
}

/// What is wrong with a URL: one sentence, without the URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EndpointUrlProblem(pub String);
