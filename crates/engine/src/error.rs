//! What can go wrong, as answers a caller can act on.

use idv_core::webhook::Refusal;
use idv_core::{AccountId, Status};

use crate::crypt::KeyRingError;
use crate::store::StoreError;

/// The engine could not be opened.
pub type OpenError = KeyRingError;

/// A webhook was not taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// No such account: 404.
    #[error("there is no account of this name")]
    UnknownAccount,
    /// Not to be believed: 401, and the reason stays here.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// A key could not be had: 503.
    #[error("it could not be decided whether the webhook is genuine")]
    Undecided(#[source] Box<idv_core::Error>),
    /// Too many are waiting for the disk: 503.
    #[error("too many webhooks are waiting for the disk")]
    Overloaded,
    /// It could not be stored: 503.
    #[error("the webhook could not be stored")]
    Store(#[source] KeyRingError),
}

/// A command was not carried out. It changed nothing, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// No such request.
    #[error("there is no such verification request")]
    NotFound,
    /// No such account.
    #[error("there is no account named {0}")]
    UnknownAccount(AccountId),
    /// The command names no account, and none is the default.
    #[error("no account was named and none is configured as the default")]
    NoDefaultAccount,
    /// The account only receives.
    #[error(
        "the account {0} has no API credentials: it receives webhooks but cannot start a verification"
    )]
    AccountCannotStart(AccountId),
    /// The session takes no more input from the subject.
    #[error("the verification is {status}: it takes no input from the subject")]
    NotAwaitingSubject {
        /// Where it is.
        status: Status,
    },
    /// The request has no session at a vendor yet.
    #[error("the verification has not been started at the vendor yet")]
    NoSession,
    /// A value cannot be used.
    #[error("{field}: {problem}")]
    InvalidInput {
        /// The field, as in the API.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The vendor failed or refused. The request was made and will be found by asking again.
    #[error(transparent)]
    Provider(Box<idv_core::Error>),
    /// The database failed, or a stored value did not open.
    #[error(transparent)]
    Store(#[from] KeyRingError),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// A question could not be answered.
pub type QueryError = KeyRingError;
