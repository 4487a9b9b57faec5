//! How much is on its way out.

use idv_core::Timestamp;
use idv_engine::store::{OutboxCounts, StoreError};
use sqlx::PgPool;

use crate::failure::store_error;

/// Counts what is pending and what has failed: entries of an index that does not hold what is delivered. The oldest is
/// the first of each endpoint, and of those the first.
pub(super) async fn counts(pool: &PgPool) -> Result<OutboxCounts, StoreError> {
    let counted = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM idv.event_deliveries f
                   WHERE f.state = 'failed' AND f.state <> 'delivered') AS "failed!",
                  s.pending AS "pending!",
                  (SELECT e.created_at FROM idv.events e WHERE e.position = s.oldest) AS "oldest?"
           FROM (SELECT coalesce(sum(c.pending), 0)::bigint AS pending, min(c.oldest) AS oldest
                 FROM (SELECT (SELECT count(*) FROM idv.event_deliveries p
                               WHERE p.endpoint_id = n.id AND p.state = 'pending' AND p.state <> 'delivered') AS pending,
                              (SELECT min(o.position) FROM idv.event_deliveries o
                               WHERE o.endpoint_id = n.id AND o.state = 'pending' AND o.state <> 'delivered') AS oldest
                       FROM idv.endpoints n WHERE n.state = 'enabled') AS c) AS s"#,
    )
    .fetch_one(pool)
    .await
    .map_err(store_error)?;
    Ok(OutboxCounts {
        pending: u64::try_from(counted.pending).unwrap_or_default(),
        failed: u64::try_from(counted.failed).unwrap_or_default(),
        oldest_pending: counted.oldest.map(Timestamp::from_unix_micros),
    })
}
