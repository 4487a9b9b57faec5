//! Putting deliveries back to work.

use idv_core::{EndpointId, EventId, Timestamp};
use idv_engine::store::{EndpointRow, EventPosition, StoreError};
use sqlx::PgConnection;

use super::fan_out::{kinds, up_to};
use super::place;
use crate::PostgresStore;
use crate::begin::begin;
use crate::columns;
use crate::failure::store_error;
use crate::lock;
use crate::unit_of_work::endpoints;

/// How many events are placed at a time while one of them is waited for.
const PLACED_AT_A_TIME: u32 = 1_000;

pub(super) async fn resend(
    store: &PostgresStore,
    endpoint: EndpointId,
    event: EventId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Only what has its place can be delivered.
    while is_unplaced(store, event).await? {
        place::place(store, PLACED_AT_A_TIME).await?;
    }
    let mut transaction = begin(&store.pool).await?;
    let is_there = lock::endpoint(&mut transaction, endpoint).await?;
    let is_put_back = is_there && put_one_back(&mut transaction, endpoint, event, now).await?;
    transaction.commit().await.map_err(store_error)?;
    Ok(is_put_back)
}

/// Whoever has the lease keeps it: the attempt that is under way may be the one that succeeds.
async fn put_one_back(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    event: EventId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    sqlx::query!(
        "INSERT INTO idv.event_deliveries AS d (endpoint_id, position, request_id, written_at, state, due_at)
         SELECT $1, e.position, e.request_id, e.created_at, 'pending', $3
         FROM idv.events e
         WHERE e.id = $2 AND (e.addressed_to IS NULL OR e.addressed_to = $1)
         ON CONFLICT (endpoint_id, position) DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at",
        endpoint.as_uuid(),
        event.as_uuid(),
        columns::micros(now),
    )
    .execute(connection)
    .await
    .map(|written| written.rows_affected() == 1)
    .map_err(store_error)
}

async fn is_unplaced(store: &PostgresStore, event: EventId) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM idv.events WHERE id = $1 AND position IS NULL) AS "is_unplaced!""#,
        event.as_uuid(),
    )
    .fetch_one(&store.pool)
    .await
    .map_err(store_error)
}

pub(super) async fn replay(
    store: &PostgresStore,
    endpoint: EndpointId,
    after: EventPosition,
    now: Timestamp,
    limit: u32,
) -> Result<Option<EventPosition>, StoreError> {
    let mut transaction = begin(&store.pool).await?;
    lock::endpoint(&mut transaction, endpoint).await?;
    let row = endpoints::get(&mut transaction, endpoint).await?;
    let to = up_to(&mut transaction, after, limit).await?;
    let went_to = match row {
        Some(row) if to > after => {
            put_back(&mut transaction, &row, (after, to), now).await?;
            Some(to)
        }
        _ => None,
    };
    transaction.commit().await.map_err(store_error)?;
    Ok(went_to)
}

/// In the order of the places, as everybody does who changes several deliveries.
async fn put_back(
    connection: &mut PgConnection,
    row: &EndpointRow,
    (after, to): (EventPosition, EventPosition),
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO idv.event_deliveries (endpoint_id, position, request_id, written_at, state, due_at)
         SELECT $1, e.position, e.request_id, e.created_at, 'pending', $4
         FROM idv.events e
         WHERE e.position > $2 AND e.position <= $3
           AND (e.addressed_to = $1
                OR (e.addressed_to IS NULL AND (cardinality($5::text[]) = 0 OR e.kind = ANY ($5))))
         ORDER BY e.position
         ON CONFLICT (endpoint_id, position) DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at",
        row.id.as_uuid(),
        columns::place(after),
        columns::place(to),
        columns::micros(now),
        &kinds(row),
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
