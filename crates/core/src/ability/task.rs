//! Doing the application's part of a session.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, SessionId};

/// Hands in what a task of a session waits for: what ends [`Status::AwaitingClient`](crate::Status::AwaitingClient).
#[async_trait]
pub trait CompleteTask: Debug + Send + Sync {
    /// `task`: the vendor's id of it. `data`: as the task's definition at the vendor asks for; it may be about a person,
    /// and is shown nowhere. It is sent once and never again by itself: after [`Error::may_have_taken_effect`], look at
    /// the session before trying again.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such task,
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the data are refused, else as any call.
    async fn complete_task(
        &self,
        session: &SessionId,
        task: &str,
        data: &serde_json::Value,
    ) -> Result<(), Error>;
}
