//! The durable queue of webhooks.

mod append;
pub(crate) mod counts;
pub(crate) mod list;
mod record;

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{DeliveryId, Timestamp};
use idv_engine::store::{
    Appended, DeliveryFilter, DeliveryRow, Inbox, InboxCounts, NewDelivery, Page, PageRequest,
    StoreError,
};

use self::record::DeliveryRecord;
use crate::PostgresStore;
use crate::columns::{micros, text};
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
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        self.rollbacks.wait().await;
        let until = micros(now.plus(lease));
        let now = micros(now);
        let limit = i64::from(limit);
        counts::add_together_now_and_then(self).await?;
        // As an array the rows are found once, and then by their numbers: a plan that joins may read the whole table.
        // Whatever duplicate came before this moment is covered by the work that begins now.
        let mut claimed = sqlx::query_as!(
            DeliveryRecord,
            "UPDATE idv.deliveries SET lease_until = $2, attempts = attempts + 1, woken_at = NULL
             WHERE seq = ANY (ARRAY(
                 SELECT d.seq FROM idv.deliveries d
                 WHERE d.state = 'pending' AND d.due_at <= $1 AND (d.lease_until IS NULL OR d.lease_until <= $1)
                 ORDER BY d.due_at, d.seq LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
             ))
             RETURNING seq, id, account, receipt, body, state, session_id, attempts, due_at, reason",
            now,
            until,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        // An UPDATE returns its rows in any order.
        claimed.sort_by_key(|record| (record.due_at, record.seq));
        claimed.into_iter().map(TryInto::try_into).collect()
    }

    async fn extend(&self, id: DeliveryId, until: Timestamp) -> Result<(), StoreError> {
        let id = id.as_uuid();
        let until = micros(until);
        sqlx::query!(
            "UPDATE idv.deliveries SET lease_until = $2 WHERE id = $1 AND lease_until IS NOT NULL AND state = 'pending'",
            id,
            until,
        )
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(store_error)
    }

    async fn give_back(
        &self,
        id: DeliveryId,
        due_at: Timestamp,
        reason: &str,
    ) -> Result<(), StoreError> {
        let id = id.as_uuid();
        let due_at = micros(due_at);
        let reason = text(reason);
        // Only what is still pending: after a lease ran out, somebody else may have ended the work.
        sqlx::query!(
            "UPDATE idv.deliveries SET due_at = $2, lease_until = NULL, reason = $3 WHERE id = $1 AND state = 'pending'",
            id,
            due_at,
            &reason as &str,
        )
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(store_error)
    }

    async fn requeue(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.as_uuid();
        let now = micros(now);
        sqlx::query!(
            "UPDATE idv.deliveries SET state = 'pending', attempts = 0, due_at = $2, lease_until = NULL, reason = NULL
             WHERE id = $1 AND state IN ('dead', 'ignored', 'unmatched')",
            id,
            now,
        )
        .execute(&self.pool)
        .await
        .map(|written| written.rows_affected() == 1)
        .map_err(store_error)
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        let id = id.as_uuid();
        sqlx::query_as!(
            DeliveryRecord,
            r#"SELECT seq, id, account, receipt, body, state, session_id, attempts, due_at, reason
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
