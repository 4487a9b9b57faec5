//! The processes that share the database.

use async_trait::async_trait;
use idv_core::Timestamp;
use idv_engine::store::{Replicas, StoreError};
use uuid::Uuid;

use crate::SqliteStore;
use crate::begin::begin_immediate;
use crate::columns::micros;
use crate::failure::store_error;

#[async_trait]
impl Replicas for SqliteStore {
    async fn seen(
        &self,
        holder: Uuid,
        now: Timestamp,
        gone_before: Timestamp,
    ) -> Result<u64, StoreError> {
        let (now, gone_before) = (micros(now), micros(gone_before));
        let mut transaction = begin_immediate(&self.writer).await?;
        sqlx::query!(
            "INSERT INTO replicas (holder, seen_at) VALUES (?1, ?2)
             ON CONFLICT (holder) DO UPDATE SET seen_at = excluded.seen_at",
            holder,
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        sqlx::query!("DELETE FROM replicas WHERE seen_at < ?1", gone_before)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let left = sqlx::query_scalar!(r#"SELECT count(*) AS "number!: i64" FROM replicas"#)
            .fetch_one(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(u64::try_from(left).unwrap_or_default())
    }

    async fn leave(&self, holder: Uuid) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM replicas WHERE holder = ?1", holder)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(store_error)
    }

    async fn live(&self, since: Timestamp) -> Result<u64, StoreError> {
        let since = micros(since);
        let live = sqlx::query_scalar!(
            r#"SELECT count(*) AS "number!: i64" FROM replicas WHERE seen_at >= ?1"#,
            since,
        )
        .fetch_one(&self.readers)
        .await
        .map_err(store_error)?;
        Ok(u64::try_from(live).unwrap_or_default())
    }
}
