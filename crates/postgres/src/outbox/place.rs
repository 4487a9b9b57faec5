//! Giving events their places in the stream.

use idv_engine::store::StoreError;

use crate::PostgresStore;
use crate::begin::begin;
use crate::failure::store_error;
use crate::lock;

/// The numbers of events are not in the order of the commits: a smaller one may be committed after a larger one. Places
/// are, because one process at a time gives them, to events it can see; and they are seen all together, at its commit.
///
/// What is about one request is committed in the order of its numbers, so whoever sees the later one sees the earlier.
pub(super) async fn place(store: &PostgresStore, limit: u32) -> Result<u64, StoreError> {
    if !is_any_unplaced(store).await? {
        return Ok(0);
    }
    let limit = i64::from(limit);
    let mut transaction = begin(&store.pool).await?;
    lock::stream(&mut transaction).await?;
    let placed = sqlx::query!(
        "UPDATE idv.events SET position = placed.position
         FROM (SELECT u.seq,
                      (SELECT coalesce(max(l.position), 0) FROM idv.events l WHERE l.position > 0)
                      + row_number() OVER (ORDER BY u.seq) AS position
               FROM (SELECT seq FROM idv.events WHERE position IS NULL ORDER BY seq LIMIT $1) AS u) AS placed
         WHERE events.seq = placed.seq",
        limit,
    )
    .execute(&mut *transaction)
    .await
    .map_err(store_error)?;
    transaction.commit().await.map_err(store_error)?;
    Ok(placed.rows_affected())
}

/// Asked first, without the lock: most of the time there is nothing to do, and nobody should wait for that.
async fn is_any_unplaced(store: &PostgresStore) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM idv.events WHERE position IS NULL AND seq > 0) AS "any!""#
    )
    .fetch_one(&store.pool)
    .await
    .map_err(store_error)
}
