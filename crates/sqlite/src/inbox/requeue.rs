//! Putting back to work what was set aside.

use idv_core::{DeliveryId, Timestamp};
use idv_engine::store::{DeliveryFilter, StoreError};
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::list;
use crate::columns::{micros, to_json};
use crate::failure::store_error;

pub(super) async fn one(
    writer: &SqlitePool,
    id: DeliveryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = id.as_uuid();
    let now = micros(now);
    sqlx::query!(
        "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = ?2, lease_until = NULL, reason = NULL
         WHERE id = ?1 AND state IN ('dead', 'ignored', 'unmatched') AND length(body) > 0",
        id,
        now,
    )
    .execute(writer)
    .await
    .map(|written| written.rows_affected() == 1)
    .map_err(store_error)
}

pub(super) async fn all(
    writer: &SqlitePool,
    filter: &DeliveryFilter,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let mut query = all_query(filter, now, limit);
    let written = query.build().execute(writer).await.map_err(store_error)?;
    Ok(written.rows_affected())
}

pub(crate) fn all_query(
    filter: &DeliveryFilter,
    now: Timestamp,
    limit: u32,
) -> QueryBuilder<Sqlite> {
    let mut query =
        QueryBuilder::new("UPDATE deliveries SET state = 'pending', attempts = 0, due_at = ");
    query
        .push_bind(micros(now))
        .push(
            ", lease_until = NULL, reason = NULL
             WHERE seq IN (SELECT d.seq FROM deliveries d
                           WHERE d.state IN ('dead', 'ignored', 'unmatched') AND length(d.body) > 0",
        );
    list::push_conditions(&mut query, filter);
    query
        .push(" ORDER BY d.seq LIMIT 0 + ")
        .push_bind(limit)
        .push(")");
    query
}

/// Looks through what is unmatched with a connection that does not write, so that nobody waits for it.
pub(super) async fn matched(
    (readers, writer): (&SqlitePool, &SqlitePool),
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let known = sqlx::query_scalar!(
        "SELECT d.seq FROM deliveries d INDEXED BY deliveries_unmatched
         CROSS JOIN sessions s ON s.account = d.account AND s.session_id = d.session_id
         WHERE d.state = 'unmatched' LIMIT 0 + ?1",
        limit,
    )
    .fetch_all(readers)
    .await
    .map_err(store_error)?;
    if known.is_empty() {
        return Ok(0);
    }
    let known = to_json(&known)?;
    let now = micros(now);
    sqlx::query!(
        "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = ?2, lease_until = NULL, reason = NULL
         WHERE seq IN (SELECT value FROM json_each(?1)) AND state = 'unmatched'",
        known,
        now,
    )
    .execute(writer)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
