//! What can go wrong, as answers a caller can act on.

use std::time::Duration;

use idv_core::webhook::Refusal;
use idv_core::{AccountId, RequestId, Status};

use crate::crypt::KeyRingError;
use crate::mail::MailError;
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
    /// The account of the session is not in the configuration any more.
    #[error(
        "the session is with the account {0}, which is no longer configured: configure it again"
    )]
    AccountGone(AccountId),
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
    /// The request is over.
    #[error("the verification is {status}: it is over")]
    AlreadyEnded {
        /// How it ended.
        status: Status,
    },
    /// The request has passed.
    #[error("the verification has passed already")]
    AlreadyPassed,
    /// Only a failed request is begun anew.
    #[error("the verification is {status}: only one that failed is begun anew")]
    NotFailed {
        /// Where it is.
        status: Status,
    },
    /// There is no review to decide.
    #[error("the verification is {status}: there is no review to decide")]
    NotInReview {
        /// Where it is.
        status: Status,
    },
    /// The review is the vendor's.
    #[error("the vendor's staff decide this review; a bypass passes over it")]
    ReviewIsTheVendors,
    /// A person must give this command.
    #[error("this command needs the person who gives it: name a member of staff as the actor")]
    PersonRequired,
    /// The subject has another request that is open.
    #[error("the subject has an open verification, {request}")]
    OpenRequest {
        /// That one.
        request: RequestId,
    },
    /// It is not known yet whether a vendor holds a session of the subject.
    #[error(
        "a session of the verification {request} is being started or withdrawn at the vendor: try again when that is done"
    )]
    BeingStarted {
        /// The request of that session.
        request: RequestId,
    },
    /// No such subject.
    #[error("there is no subject of this reference, or not any more")]
    UnknownSubject,
    /// The person was erased.
    #[error("the person was erased")]
    Erased,
    /// The subject had as many requests as the policy allows.
    #[error("the subject had {most} verifications within {} s, and the policy allows no more", within.as_secs())]
    TooManyRequests {
        /// How many are allowed.
        most: u32,
        /// Within which time.
        within: Duration,
    },
    /// The account only receives.
    #[error(
        "the account {0} has no API credentials: it receives webhooks but cannot ask the vendor"
    )]
    AccountCannotFetch(AccountId),
    /// The request has no such file.
    #[error("the verification has no such file, or not any more")]
    NoSuchEvidence,
    /// The provider of the account shows no files.
    #[error("the provider of the account {0} shows no files")]
    NoEvidence(AccountId),
    /// The file is larger than is allowed. Nothing of it was handed out.
    #[error("the file is larger than {max_bytes} bytes, and no more is allowed")]
    EvidenceTooLarge {
        /// How many bytes are allowed.
        max_bytes: u64,
    },
    /// The key of the command was used for another command.
    #[error("this idempotency key was used for another command, or with other values")]
    KeyReused,
    /// A mail could not be sent, for now.
    #[error(transparent)]
    Mail(MailError),
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
