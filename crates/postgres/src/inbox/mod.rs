//! The durable queue of webhooks.

mod append;
mod claim;
pub(crate) mod counts;
pub(crate) mod list;
mod record;
mod requeue;
mod too_long;

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, DeliveryId, Timestamp};
use idv_engine::store::{
    Appended, DeliveryFilter, DeliveryRow, GivenBack, Inbox, InboxCounts, NewDelivery, Page,
    PageRequest, StoreError,
};

use self::record::DeliveryRecord;
use crate::PostgresStore;
use crate::failure::store_error;

#[async_trait]
impl Inbox for PostgresStore {
    async fn append(&self, deliveries: &[NewDelivery]) -> Result<Vec<Appended>, StoreError> {
        append::append(&self.pool, deliveries).await
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease: Duration,
        leave_out: &[AccountId],
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        self.rollbacks.wait().await;
        counts::add_together_now_and_then(self).await?;
        claim::claim(&self.pool, now, lease, leave_out).await
    }

    async fn extend(&self, ids: &[DeliveryId], until: Timestamp) -> Result<(), StoreError> {
        claim::extend(&self.pool, ids, until).await
    }

    async fn give_back(&self, deliveries: &[GivenBack], reason: &str) -> Result<(), StoreError> {
        claim::give_back(&self.pool, deliveries, reason).await
    }

    async fn make_due(
        &self,
        account: &AccountId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        claim::make_due(&self.pool, account, now, limit).await
    }

    async fn requeue(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        requeue::one(&self.pool, id, now).await
    }

    async fn requeue_all(
        &self,
        filter: &DeliveryFilter,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        requeue::all(&self.pool, filter, now, limit).await
    }

    async fn requeue_matched(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        requeue::matched(&self.pool, now, limit).await
    }

    async fn ignore_unmatched_before(
        &self,
        before: Timestamp,
        reason: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        too_long::ignore_before(&self.pool, before, reason, limit).await
    }

    async fn ignore_unmatched_beyond(
        &self,
        most: u32,
        reason: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        too_long::ignore_beyond(&self.pool, most, reason, limit).await
    }

    async fn empty_dead_before(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        too_long::empty_dead_before(&self.pool, before, limit).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        let id = id.as_uuid();
        sqlx::query_as!(
            DeliveryRecord,
            r#"SELECT seq, id, account, receipt, body, state, session_id, trace, attempts, due_at, reason
               FROM idv.deliveries WHERE id = $1"#,
            id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(store_error)?
        .map(TryInto::try_into)
        .transpose()
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRow, DeliveryId>, StoreError> {
        list::list(&self.pool, filter, page).await
    }

    async fn counts(&self) -> Result<InboxCounts, StoreError> {
        counts::of_states(&self.pool).await
    }
}
