//! Removing deliveries. Their attempts go with them.

use idv_core::{EndpointId, Timestamp};
use idv_engine::store::StoreError;

use crate::SqliteStore;
use crate::columns::micros;
use crate::failure::store_error;

/// How many deliveries of an endpoint are removed at a time: other writers wait for so long.
const REMOVED_AT_A_TIME: i64 = 1_000;

pub(super) async fn deliveries(
    store: &SqliteStore,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let before = micros(before);
    let limit = i64::from(limit);
    sqlx::query!(
        "DELETE FROM event_deliveries
         WHERE (endpoint_id, position) IN (
             SELECT d.endpoint_id, d.position FROM event_deliveries d INDEXED BY event_deliveries_done
             WHERE d.state <> 'pending' AND d.written_at < ?1 ORDER BY d.written_at LIMIT 0 + ?2)",
        before,
        limit,
    )
    .execute(&store.writer)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}

/// First it is switched off, so that no more deliveries are made while those that are there go.
pub(super) async fn endpoint(store: &SqliteStore, id: EndpointId) -> Result<bool, StoreError> {
    let id = id.as_uuid();
    sqlx::query!(
        "UPDATE endpoints SET state = 'switched_off' WHERE id = ?1 AND state <> 'switched_off'",
        id
    )
    .execute(&store.writer)
    .await
    .map_err(store_error)?;
    loop {
        let removed = sqlx::query!(
            "DELETE FROM event_deliveries
             WHERE (endpoint_id, position) IN (SELECT d.endpoint_id, d.position FROM event_deliveries d
                                               WHERE d.endpoint_id = ?1 LIMIT 0 + ?2)",
            id,
            REMOVED_AT_A_TIME,
        )
        .execute(&store.writer)
        .await
        .map_err(store_error)?;
        if removed.rows_affected() == 0 {
            break;
        }
    }
    sqlx::query!("DELETE FROM endpoints WHERE id = ?1", id)
        .execute(&store.writer)
        .await
        .map(|removed| removed.rows_affected() == 1)
        .map_err(store_error)
}
