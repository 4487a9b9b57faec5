//! The processes that share one database.

use std::fmt::Debug;

use async_trait::async_trait;
use idv_core::Timestamp;
use uuid::Uuid;

use super::StoreError;

/// The processes that share one database, as each of them writes down that it is there.
#[async_trait]
pub trait Replicas: Debug + Send + Sync {
    /// Writes down that this process is there, and forgets those that were last seen before `gone_before`. Returns how
    /// many are left, this one included.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn seen(
        &self,
        holder: Uuid,
        now: Timestamp,
        gone_before: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Forgets this process: it ends. No error if nobody knows it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn leave(&self, holder: Uuid) -> Result<(), StoreError>;

    /// How many were seen at or after this time.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn live(&self, since: Timestamp) -> Result<u64, StoreError>;
}
