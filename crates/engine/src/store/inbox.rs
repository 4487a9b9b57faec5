//! The durable queue of webhooks.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, DeliveryId, Timestamp};

use super::{
    Appended, DeliveryFilter, DeliveryRow, GivenBack, InboxCounts, NewDelivery, Page, PageRequest,
    StoreError,
};

/// The most deliveries that are claimed together.
pub const CLAIMED_AT_MOST: u32 = 64;
/// The most bytes that the bodies of deliveries claimed together have, but for a single one that is larger.
pub const CLAIMED_BYTES_AT_MOST: u32 = 4 << 20;

/// The durable queue of webhooks.
#[async_trait]
pub trait Inbox: Debug + Send + Sync {
    /// Stores any number of deliveries in one durable write; the answers are in their order. When this returns,
    /// they survive a power cut. Several in one call may be duplicates of each other.
    ///
    /// # Errors
    /// [`StoreError`]; then none was stored.
    async fn append(&self, deliveries: &[NewDelivery]) -> Result<Vec<Appended>, StoreError>;

    /// Takes deliveries to work on: the one that has been due for longest, and whatever else waits of its vendor
    /// session, due or not, as one answer of the vendor serves them all. One whose session is not known comes alone.
    /// At most [`CLAIMED_AT_MOST`] with at most [`CLAIMED_BYTES_AT_MOST`]; those that have been due for longest come
    /// first. None if nothing is due.
    ///
    /// Nobody else is given anything of that session for the time of the lease, however many ask at once. The attempt
    /// is counted for those that were due. Accounts in `leave_out` are passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim(
        &self,
        now: Timestamp,
        lease: Duration,
        leave_out: &[AccountId],
    ) -> Result<Vec<DeliveryRow>, StoreError>;

    /// Keeps claimed deliveries for longer. No error if some are no longer claimed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn extend(&self, ids: &[DeliveryId], until: Timestamp) -> Result<(), StoreError>;

    /// Gives deliveries back after a failure, to be tried again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn give_back(&self, deliveries: &[GivenBack], reason: &str) -> Result<(), StoreError>;

    /// Makes what of an account waits for another try due at once. At most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn make_due(
        &self,
        account: &AccountId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Puts a dead, ignored or unmatched delivery back to work, with all its tries ahead. False if it is not in such a
    /// state, or if its body is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn requeue(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError>;

    /// As [`Inbox::requeue`], for every delivery that passes the filter, oldest first. At most `limit`; returns how
    /// many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn requeue_all(
        &self,
        filter: &DeliveryFilter,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Puts unmatched deliveries back to work whose session is known by now. At most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn requeue_matched(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Gives up unmatched deliveries that were taken in before this time: ignored, for this reason, their bodies
    /// emptied. At most `limit` of each account; returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn ignore_unmatched_before(
        &self,
        before: Timestamp,
        reason: &str,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// The same, for those of each account that are not among its `most` newest.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn ignore_unmatched_beyond(
        &self,
        most: u32,
        reason: &str,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Empties the bodies of dead deliveries that were taken in before this time. At most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn empty_dead_before(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// One delivery.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError>;

    /// Deliveries, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRow, DeliveryId>, StoreError>;

    /// How many there are.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn counts(&self) -> Result<InboxCounts, StoreError>;
}
