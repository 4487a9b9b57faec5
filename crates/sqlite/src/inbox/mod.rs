//! The durable queue of webhooks.

mod append;
mod claim;
pub(crate) mod list;
mod record;
pub(crate) mod requeue;
mod too_long;

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, DeliveryId, Timestamp};
use idv_engine::store::{
    Appended, DeliveryFilter, DeliveryRow, DeliveryState, GivenBack, Inbox, InboxCounts,
    NewDelivery, Page, PageRequest, StoreError,
};
use sqlx::types::Uuid;

use self::record::DeliveryRecord;
use crate::SqliteStore;
use crate::failure::{corrupt, store_error};

#[async_trait]
impl Inbox for SqliteStore {
    async fn append(&self, deliveries: &[NewDelivery]) -> Result<Vec<Appended>, StoreError> {
        append::append(&self.writer, deliveries).await
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease: Duration,
        leave_out: &[AccountId],
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        claim::claim(&self.writer, now, lease, leave_out).await
    }

    async fn extend(&self, ids: &[DeliveryId], until: Timestamp) -> Result<(), StoreError> {
        claim::extend(&self.writer, ids, until).await
    }

    async fn give_back(&self, deliveries: &[GivenBack], reason: &str) -> Result<(), StoreError> {
        claim::give_back(&self.writer, deliveries, reason).await
    }

    async fn make_due(
        &self,
        account: &AccountId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        claim::make_due(&self.writer, account, now, limit).await
    }

    async fn requeue(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        requeue::one(&self.writer, id, now).await
    }

    async fn requeue_all(
        &self,
        filter: &DeliveryFilter,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        requeue::all(&self.writer, filter, now, limit).await
    }

    async fn requeue_matched(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        requeue::matched((&self.readers, &self.writer), now, limit).await
    }

    async fn ignore_unmatched_before(
        &self,
        before: Timestamp,
        reason: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let pools = (&self.readers, &self.writer);
        too_long::ignore_before(pools, before, reason, limit).await
    }

    async fn ignore_unmatched_beyond(
        &self,
        most: u32,
        reason: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let pools = (&self.readers, &self.writer);
        too_long::ignore_beyond(pools, most, reason, limit).await
    }

    async fn empty_dead_before(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        too_long::empty_dead_before(&self.writer, before, limit).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        let id = id.as_uuid();
        sqlx::query_as!(
            DeliveryRecord,
            r#"SELECT seq, id AS "id: Uuid", account, receipt, body, state, session_id, trace, attempts, due_at, reason
               FROM deliveries WHERE id = ?1"#,
            id,
        )
        .fetch_optional(&self.readers)
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
        list::list(&self.readers, filter, page).await
    }

    async fn counts(&self) -> Result<InboxCounts, StoreError> {
        let counted = sqlx::query!("SELECT state, number FROM delivery_counts")
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        let mut counts = InboxCounts::default();
        for row in counted {
            let number = u64::try_from(row.number).unwrap_or_default();
            match DeliveryState::from_word(&row.state) {
                Some(DeliveryState::Pending) => counts.pending = number,
                Some(DeliveryState::Done) => counts.done = number,
                Some(DeliveryState::Ignored) => counts.ignored = number,
                Some(DeliveryState::Unmatched) => counts.unmatched = number,
                Some(DeliveryState::Dead) => counts.dead = number,
                _ => return Err(corrupt("a delivery is in an unknown state")),
            }
        }
        Ok(counts)
    }
}
