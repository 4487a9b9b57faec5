//! Why an import did not come to its end.

use idv_core::AccountId;

use crate::crypt::KeyRingError;
use crate::store::StoreError;

/// An import did not begin, or not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No such account.
    #[error("there is no account named {0}")]
    UnknownAccount(AccountId),
    /// The account only receives.
    #[error(
        "the account {0} has no API credentials: it receives webhooks but cannot ask the vendor"
    )]
    CannotFetch(AccountId),
    /// The provider of the account has no list.
    #[error("the vendor of the account {0} does not list its sessions")]
    NoList(AccountId),
    /// The provider of the account lists the sessions of one subject at a time.
    #[error(
        "the vendor of the account {0} lists the sessions of one subject at a time: name the subjects"
    )]
    NeedsSubjects(AccountId),
    /// A walk that was interrupted had another order.
    #[error(
        "an import of the account {0} with other options was interrupted and has not come to its end: give the same \
         options to go on with it, or begin anew"
    )]
    AnotherIsInterrupted(AccountId),
    /// The list goes on where it began.
    #[error("the vendor's list goes on where it just was, so it would never end")]
    GoesInCircles,
    /// The vendor failed or refused.
    #[error(transparent)]
    Provider(Box<idv_core::Error>),
    /// The database failed, or a stored value did not open.
    #[error(transparent)]
    Store(#[from] KeyRingError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}
