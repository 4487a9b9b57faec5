//! Giving events their places in the stream.

use idv_engine::store::StoreError;

use crate::SqliteStore;
use crate::begin::begin_immediate;
use crate::failure::store_error;

/// There is one writer, so the numbers of events are in the order of the commits.
pub(super) async fn place(store: &SqliteStore, limit: u32) -> Result<u64, StoreError> {
    if !is_any_unplaced(store).await? {
        return Ok(0);
    }
    let limit = i64::from(limit);
    let mut transaction = begin_immediate(&store.writer).await?;
    let placed = sqlx::query!(
        "UPDATE events SET position = placed.position
         FROM (SELECT u.seq AS seq,
                      (SELECT coalesce(max(l.position), 0) FROM events l) + row_number() OVER (ORDER BY u.seq) AS position
               FROM events u INDEXED BY events_unplaced WHERE u.position IS NULL ORDER BY u.seq LIMIT 0 + ?1) AS placed
         WHERE events.seq = placed.seq",
        limit,
    )
    .execute(&mut *transaction)
    .await
    .map_err(store_error)?;
    transaction.commit().await.map_err(store_error)?;
    Ok(placed.rows_affected())
}

/// Asked first, by a reader: most of the time there is nothing to do, and nobody should wait for that.
async fn is_any_unplaced(store: &SqliteStore) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM events INDEXED BY events_unplaced WHERE position IS NULL) AS "any!: bool""#
    )
    .fetch_one(&store.readers)
    .await
    .map_err(store_error)
}
