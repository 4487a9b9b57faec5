//! Removing deliveries. Their attempts go with them.

use idv_core::{EndpointId, Timestamp};
use idv_engine::store::StoreError;

use crate::PostgresStore;
use crate::columns::micros;
use crate::failure::store_error;

/// How many deliveries of an endpoint are removed at a time, so that no statement takes long.
const REMOVED_AT_A_TIME: i64 = 1_000;

/// By their places in the file: they are locked, so those do not change. What somebody puts back to work just now stays.
pub(super) async fn deliveries(
    store: &PostgresStore,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let before = micros(before);
    let limit = i64::from(limit);
    sqlx::query!(
        "DELETE FROM idv.event_deliveries
         WHERE ctid = ANY (ARRAY(
             SELECT d.ctid FROM idv.event_deliveries d
             WHERE d.state <> 'pending' AND d.written_at < $1
             ORDER BY d.written_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        before,
        limit,
    )
    .execute(&store.pool)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}

/// First it is switched off, so that no more deliveries are made while those that are there go.
pub(super) async fn endpoint(store: &PostgresStore, id: EndpointId) -> Result<bool, StoreError> {
    let id = id.as_uuid();
    sqlx::query!(
        "UPDATE idv.endpoints SET state = 'switched_off' WHERE id = $1 AND state <> 'switched_off'",
        id,
    )
    .execute(&store.pool)
    .await
    .map_err(store_error)?;
    loop {
        let removed = sqlx::query!(
            "DELETE FROM idv.event_deliveries
             WHERE endpoint_id = $1 AND position = ANY (ARRAY(
                 SELECT d.position FROM idv.event_deliveries d
                 WHERE d.endpoint_id = $1 ORDER BY d.position LIMIT $2 FOR UPDATE))",
            id,
            REMOVED_AT_A_TIME,
        )
        .execute(&store.pool)
        .await
        .map_err(store_error)?;
        if removed.rows_affected() == 0 {
            break;
        }
    }
    sqlx::query!("DELETE FROM idv.endpoints WHERE id = $1", id)
        .execute(&store.pool)
        .await
        .map(|removed| removed.rows_affected() == 1)
        .map_err(store_error)
}
