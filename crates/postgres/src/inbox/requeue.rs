//! Putting back to work what was set aside.

use idv_core::{DeliveryId, Timestamp};
use idv_engine::store::{DeliveryFilter, StoreError};
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::list;
use crate::columns::micros;
use crate::failure::store_error;

pub(super) async fn one(pool: &PgPool, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
    let id = id.as_uuid();
    let now = micros(now);
    sqlx::query!(
        "UPDATE idv.deliveries SET state = 'pending', attempts = 0, due_at = $2, lease_until = NULL, reason = NULL
         WHERE id = $1 AND state IN ('dead', 'ignored', 'unmatched') AND length(body) > 0",
        id,
        now,
    )
    .execute(pool)
    .await
    .map(|written| written.rows_affected() == 1)
    .map_err(store_error)
}

pub(super) async fn all(
    pool: &PgPool,
    filter: &DeliveryFilter,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let mut query = all_query(filter, now, limit);
    let written = query.build().execute(pool).await.map_err(store_error)?;
    Ok(written.rows_affected())
}

fn all_query(filter: &DeliveryFilter, now: Timestamp, limit: u32) -> QueryBuilder<Postgres> {
    let mut query =
        QueryBuilder::new("UPDATE idv.deliveries SET state = 'pending', attempts = 0, due_at = ");
    query.push_bind(micros(now)).push(
        ", lease_until = NULL, reason = NULL
             WHERE seq = ANY (ARRAY(
                 SELECT d.seq FROM idv.deliveries d
                 WHERE d.state IN ('dead', 'ignored', 'unmatched') AND length(d.body) > 0",
    );
    list::push_conditions(&mut query, filter);
    query
        .push(" ORDER BY d.seq LIMIT ")
        .push_bind(i64::from(limit))
        .push(" FOR NO KEY UPDATE))");
    query
}

pub(super) async fn matched(pool: &PgPool, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let now = micros(now);
    sqlx::query!(
        "UPDATE idv.deliveries SET state = 'pending', attempts = 0, due_at = $1, lease_until = NULL, reason = NULL
         WHERE seq = ANY (ARRAY(
             SELECT d.seq FROM idv.deliveries d
             JOIN idv.sessions s ON s.account = d.account AND s.session_id = d.session_id
             WHERE d.state = 'unmatched' LIMIT $2 FOR NO KEY UPDATE OF d SKIP LOCKED
         ))",
        now,
        i64::from(limit),
    )
    .execute(pool)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
