//! How much is on its way out.

use idv_core::Timestamp;
use idv_engine::store::{OutboxCounts, StoreError};
use sqlx::SqlitePool;

use crate::failure::store_error;

/// Counts what is pending and what has failed: entries of an index that does not hold what is delivered. The oldest is
/// the first of each endpoint, and of those the first.
pub(super) async fn counts(readers: &SqlitePool) -> Result<OutboxCounts, StoreError> {
    let counted = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM event_deliveries f INDEXED BY event_deliveries_by_state
                   WHERE f.state = 'failed' AND f.state <> 'delivered') AS "failed!: i64",
                  s.pending AS "pending!: i64",
                  (SELECT e.created_at FROM events e WHERE e.position = s.oldest) AS "oldest?: i64"
           FROM (SELECT coalesce(sum(c.pending), 0) AS pending, min(c.oldest) AS oldest
                 FROM (SELECT (SELECT count(*) FROM event_deliveries p INDEXED BY event_deliveries_by_endpoint_and_state
                               WHERE p.endpoint_id = n.id AND p.state = 'pending' AND p.state <> 'delivered') AS pending,
                              (SELECT min(o.position) FROM event_deliveries o INDEXED BY event_deliveries_by_endpoint_and_state
                               WHERE o.endpoint_id = n.id AND o.state = 'pending' AND o.state <> 'delivered') AS oldest
                       FROM endpoints n WHERE n.state = 'enabled') AS c) AS s"#,
    )
    .fetch_one(readers)
    .await
    .map_err(store_error)?;
    Ok(OutboxCounts {
        pending: u64::try_from(counted.pending).unwrap_or_default(),
        failed: u64::try_from(counted.failed).unwrap_or_default(),
        oldest_pending: counted.oldest.map(Timestamp::from_unix_micros),
    })
}
