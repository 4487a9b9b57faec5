//! What was set aside for too long.

use idv_core::Timestamp;
use idv_engine::store::{StoreError, first_id_at};
use sqlx::SqlitePool;

use crate::failure::store_error;

/// Each account of which something is unmatched. Found one behind the other in the index, however much there is of each.
async fn accounts(readers: &SqlitePool) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar!(
        r#"WITH RECURSIVE accounts (account) AS (
               SELECT min(d.account) FROM deliveries d INDEXED BY deliveries_unmatched_by_age
               WHERE d.state = 'unmatched'
               UNION ALL
               SELECT (SELECT min(d.account) FROM deliveries d INDEXED BY deliveries_unmatched_by_age
                       WHERE d.state = 'unmatched' AND d.account > a.account)
               FROM accounts a WHERE a.account IS NOT NULL
           )
           SELECT account AS "account!: String" FROM accounts a WHERE a.account IS NOT NULL"#
    )
    .fetch_all(readers)
    .await
    .map_err(store_error)
}

pub(super) async fn ignore_before(
    (readers, writer): (&SqlitePool, &SqlitePool),
    before: Timestamp,
    reason: &str,
    limit: u32,
) -> Result<u64, StoreError> {
    let first = first_id_at(before);
    let mut ignored = 0_u64;
    for account in accounts(readers).await? {
        let written = sqlx::query!(
            "UPDATE deliveries SET state = 'ignored', reason = ?3, body = x''
             WHERE seq IN (SELECT d.seq FROM deliveries d INDEXED BY deliveries_unmatched_by_age
                           WHERE d.state = 'unmatched' AND d.account = ?1 AND d.id < ?2 ORDER BY d.id LIMIT 0 + ?4)",
            account,
            first,
            reason,
            limit,
        )
        .execute(writer)
        .await
        .map_err(store_error)?;
        ignored = ignored.saturating_add(written.rows_affected());
    }
    Ok(ignored)
}

pub(super) async fn ignore_beyond(
    (readers, writer): (&SqlitePool, &SqlitePool),
    most: u32,
    reason: &str,
    limit: u32,
) -> Result<u64, StoreError> {
    let mut ignored = 0_u64;
    for account in accounts(readers).await? {
        let written = sqlx::query!(
            "UPDATE deliveries SET state = 'ignored', reason = ?3, body = x''
             WHERE seq IN (SELECT d.seq FROM deliveries d INDEXED BY deliveries_unmatched_by_age
                           WHERE d.state = 'unmatched' AND d.account = ?1 ORDER BY d.id DESC LIMIT 0 + ?4 OFFSET 0 + ?2)",
            account,
            most,
            reason,
            limit,
        )
        .execute(writer)
        .await
        .map_err(store_error)?;
        ignored = ignored.saturating_add(written.rows_affected());
    }
    Ok(ignored)
}

pub(super) async fn empty_dead_before(
    writer: &SqlitePool,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let first = first_id_at(before);
    sqlx::query!(
        "UPDATE deliveries SET body = x''
         WHERE seq IN (SELECT d.seq FROM deliveries d INDEXED BY deliveries_dead_with_body
                       WHERE d.state = 'dead' AND length(d.body) > 0 AND d.id < ?1 ORDER BY d.id LIMIT 0 + ?2)",
        first,
        limit,
    )
    .execute(writer)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
