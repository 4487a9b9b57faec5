//! What was set aside for too long. Rows that somebody is just bringing back are left out.

use idv_core::Timestamp;
use idv_engine::store::{StoreError, first_id_at};
use sqlx::PgPool;

use crate::columns::text;
use crate::failure::store_error;

/// Each account of which something is unmatched. Found one behind the other in the index, however much there is of each.
async fn accounts(pool: &PgPool) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar!(
        r#"WITH RECURSIVE accounts AS (
               (SELECT d.account FROM idv.deliveries d
                WHERE d.state = 'unmatched' AND d.account >= '' ORDER BY d.account LIMIT 1)
               UNION ALL
               SELECT (SELECT d.account FROM idv.deliveries d
                       WHERE d.state = 'unmatched' AND d.account > a.account ORDER BY d.account LIMIT 1)
               FROM accounts a WHERE a.account IS NOT NULL
           )
           SELECT a.account AS "account!" FROM accounts a WHERE a.account IS NOT NULL"#
    )
    .fetch_all(pool)
    .await
    .map_err(store_error)
}

pub(super) async fn ignore_before(
    pool: &PgPool,
    before: Timestamp,
    reason: &str,
    limit: u32,
) -> Result<u64, StoreError> {
    let first = first_id_at(before);
    let reason = text(reason);
    let mut ignored = 0_u64;
    for account in accounts(pool).await? {
        let written = sqlx::query!(
            "UPDATE idv.deliveries SET state = 'ignored', reason = $3, body = ''
             WHERE seq = ANY (ARRAY(
                 SELECT d.seq FROM idv.deliveries d
                 WHERE d.state = 'unmatched' AND d.account = $1 AND d.id < $2
                 ORDER BY d.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
             ))",
            account,
            first,
            &reason as &str,
            i64::from(limit),
        )
        .execute(pool)
        .await
        .map_err(store_error)?;
        ignored = ignored.saturating_add(written.rows_affected());
    }
    Ok(ignored)
}

pub(super) async fn ignore_beyond(
    pool: &PgPool,
    most: u32,
    reason: &str,
    limit: u32,
) -> Result<u64, StoreError> {
    let reason = text(reason);
    let mut ignored = 0_u64;
    for account in accounts(pool).await? {
        // Which one is the first too many is found without locks: one of the newer ones that is locked still counts.
        let written = sqlx::query!(
            "UPDATE idv.deliveries SET state = 'ignored', reason = $3, body = ''
             WHERE seq = ANY (ARRAY(
                 SELECT d.seq FROM idv.deliveries d
                 WHERE d.state = 'unmatched' AND d.account = $1
                   AND d.id <= (SELECT n.id FROM idv.deliveries n
                                WHERE n.state = 'unmatched' AND n.account = $1
                                ORDER BY n.id DESC LIMIT 1 OFFSET $2)
                 ORDER BY d.id DESC LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
             ))",
            account,
            i64::from(most),
            &reason as &str,
            i64::from(limit),
        )
        .execute(pool)
        .await
        .map_err(store_error)?;
        ignored = ignored.saturating_add(written.rows_affected());
    }
    Ok(ignored)
}

pub(super) async fn empty_dead_before(
    pool: &PgPool,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let first = first_id_at(before);
    sqlx::query!(
        "UPDATE idv.deliveries SET body = ''
         WHERE seq = ANY (ARRAY(
             SELECT d.seq FROM idv.deliveries d
             WHERE d.state = 'dead' AND length(d.body) > 0 AND d.id < $1
             ORDER BY d.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
         ))",
        first,
        i64::from(limit),
    )
    .execute(pool)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
