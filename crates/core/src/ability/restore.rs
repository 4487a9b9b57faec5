//! Taking an erasure back.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, SessionId, Snapshot};

/// Takes back what [`Redact`](crate::Redact) asked for, while the vendor has not carried it out.
///
/// For an operator who has asked by mistake: what was destroyed on our side does not come back with it.
#[async_trait]
pub trait Restore: Debug + Send + Sync {
    /// Takes the erasure back and returns the session as it is then. Where a vendor holds the data by person, all
    /// sessions of the person get theirs back.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if no erasure is under way, or it can no longer be taken back;
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such session; else as any call. It may be
    /// repeated.
    async fn restore(&self, session: &SessionId) -> Result<Snapshot, Error>;
}
