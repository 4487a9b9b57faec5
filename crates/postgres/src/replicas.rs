//! The processes that share the database.

use async_trait::async_trait;
use idv_core::Timestamp;
use idv_engine::store::{Replicas, StoreError};
use uuid::Uuid;

use crate::PostgresStore;
use crate::begin::begin;
use crate::columns::micros;
use crate::failure::store_error;

#[async_trait]
impl Replicas for PostgresStore {
    async fn seen(
        &self,
        holder: Uuid,
        now: Timestamp,
        gone_before: Timestamp,
    ) -> Result<u64, StoreError> {
        let (now, gone_before) = (micros(now), micros(gone_before));
        let mut transaction = begin(&self.pool).await?;
        sqlx::query!(
            "INSERT INTO idv.replicas (holder, seen_at) VALUES ($1, $2)
             ON CONFLICT (holder) DO UPDATE SET seen_at = excluded.seen_at",
            holder,
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        // Whoever is just saying that it is there is there.
        sqlx::query!(
            "DELETE FROM idv.replicas WHERE holder = ANY (ARRAY(
                 SELECT r.holder FROM idv.replicas r WHERE r.seen_at < $1 FOR UPDATE SKIP LOCKED
             ))",
            gone_before,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let left = sqlx::query_scalar!(r#"SELECT count(*) AS "number!" FROM idv.replicas"#)
            .fetch_one(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(u64::try_from(left).unwrap_or_default())
    }

    async fn leave(&self, holder: Uuid) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM idv.replicas WHERE holder = $1", holder)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(store_error)
    }

    async fn live(&self, since: Timestamp) -> Result<u64, StoreError> {
        let since = micros(since);
        let live = sqlx::query_scalar!(
            r#"SELECT count(*) AS "number!" FROM idv.replicas WHERE seen_at >= $1"#,
            since,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(u64::try_from(live).unwrap_or_default())
    }
}
