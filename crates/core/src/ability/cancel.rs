//! Withdrawing a session.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, SessionId, Snapshot};

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
