//! What some vendors can do and others cannot.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, SessionId, Snapshot};

/// The abilities of a provider beyond [`IdProvider`](crate::IdProvider). An absent ability is `None`: what a
/// vendor can do is derived from this, and stated nowhere else.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Abilities<'a> {
    /// Withdraw a session at the vendor.
    pub cancel: Option<&'a dyn Cancel>,
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

    /// The words of the abilities that are there, in alphabetical order.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        // Destructured, so that a new ability cannot be forgotten here.
        let Self { cancel } = self;
        cancel.map(|_| "cancel").into_iter().collect()
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
