//! What some vendors can do and others cannot.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Checkpoint, Error, SessionId, Snapshot, StartSession, StartedSession};

/// The abilities of a provider beyond [`IdProvider`](crate::IdProvider). An absent ability is `None`: what a
/// vendor can do is derived from this, and stated nowhere else.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Abilities<'a> {
    /// Withdraw a session at the vendor.
    pub cancel: Option<&'a dyn Cancel>,
    /// Make another session for a person who has one.
    pub retry: Option<&'a dyn Retry>,
}

impl<'a> Abilities<'a> {
    /// No ability at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With [`Cancel`].
    #[must_use]
    pub const fn with_cancel(mut self, cancel: &'a dyn Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// With [`Retry`].
    #[must_use]
    pub const fn with_retry(mut self, retry: &'a dyn Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The words of the abilities that are there, in alphabetical order.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        // Destructured, so that a new ability cannot be forgotten here.
        let Self { cancel, retry } = self;
        let cancel = cancel.map(|_| "cancel");
        cancel.into_iter().chain(retry.map(|_| "retry")).collect()
    }
}

/// Withdraws a session at the vendor.
#[async_trait]
pub trait Cancel: Debug + Send + Sync {
    /// Withdraws the session and returns it as it is afterwards. Withdrawing it twice is not an error.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the session can no longer be withdrawn,
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is none, else as any call.
    async fn cancel(&self, session: &SessionId) -> Result<Snapshot, Error>;
}

/// Makes another session for a person who has one, at a vendor that keeps one per person and else gives that one
/// back: the way out of [`Started::Existing`](crate::Started::Existing).
#[async_trait]
pub trait Retry: Debug + Send + Sync {
    /// Makes another session in which everything is asked again, whatever came of the one before.
    ///
    /// As [`IdProvider::start`](crate::IdProvider::start), it saves what it has done through the checkpoint, which may
    /// be the one the start of the same intent has used; run again with it, it makes no second session.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the person has no session, else as any call. If
    /// [`Error::may_have_taken_effect`] is set, call again with the same checkpoint.
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error>;
}
