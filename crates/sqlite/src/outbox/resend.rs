//! Putting deliveries back to work.

use idv_core::{EndpointId, EventId, Timestamp};
use idv_engine::store::{EventPosition, StoreError};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::fan_out::up_to;
use super::place;
use crate::SqliteStore;
use crate::begin::begin_immediate;
use crate::columns;
use crate::failure::store_error;
use crate::unit_of_work::endpoints;

/// How many events are placed at a time while one of them is waited for.
const PLACED_AT_A_TIME: u32 = 1_000;

pub(super) async fn resend(
    store: &SqliteStore,
    endpoint: EndpointId,
    event: EventId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Only what has its place can be delivered.
    while is_unplaced(store, event).await? {
        place::place(store, PLACED_AT_A_TIME).await?;
    }
    let endpoint = endpoint.as_uuid();
    let event = event.as_uuid();
    let now = columns::micros(now);
    // Whoever has the lease keeps it: the attempt that is under way may be the one that succeeds.
    let written = sqlx::query!(
        "INSERT INTO event_deliveries (endpoint_id, position, request_id, written_at, state, due_at)
         SELECT n.id, e.position, e.request_id, e.created_at, 'pending', ?3
         FROM endpoints n JOIN events e ON e.addressed_to IS NULL OR e.addressed_to = n.id
         WHERE n.id = ?1 AND e.id = ?2
         ON CONFLICT (endpoint_id, position) DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at",
        endpoint,
        event,
        now,
    )
    .execute(&store.writer)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

async fn is_unplaced(store: &SqliteStore, event: EventId) -> Result<bool, StoreError> {
    let event = event.as_uuid();
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM events WHERE id = ?1 AND position IS NULL) AS "is_unplaced!: bool""#,
        event,
    )
    .fetch_one(&store.readers)
    .await
    .map_err(store_error)
}

pub(super) async fn replay(
    store: &SqliteStore,
    endpoint: EndpointId,
    after: EventPosition,
    now: Timestamp,
    limit: u32,
) -> Result<Option<EventPosition>, StoreError> {
    let mut transaction = begin_immediate(&store.writer).await?;
    let row = endpoints::get(&mut transaction, endpoint).await?;
    let to = up_to(&mut transaction, after, limit).await?;
    let went_to = (row.is_some() && to > after).then_some(to);
    if went_to.is_some() {
        put_back(&mut transaction, endpoint.as_uuid(), (after, to), now).await?;
    }
    transaction.commit().await.map_err(store_error)?;
    Ok(went_to)
}

async fn put_back(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    (after, to): (EventPosition, EventPosition),
    now: Timestamp,
) -> Result<(), StoreError> {
    let (after, to) = (columns::place(after), columns::place(to));
    let now = columns::micros(now);
    sqlx::query!(
        "INSERT INTO event_deliveries (endpoint_id, position, request_id, written_at, state, due_at)
         SELECT n.id, e.position, e.request_id, e.created_at, 'pending', ?4
         FROM endpoints n JOIN events e ON e.position > ?2 AND e.position <= ?3
         WHERE n.id = ?1 AND (e.addressed_to = n.id
                              OR (e.addressed_to IS NULL
                                  AND (n.kinds = '[]' OR e.kind IN (SELECT k.value FROM json_each(n.kinds) k))))
         ON CONFLICT (endpoint_id, position) DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at",
        endpoint,
        after,
        to,
        now,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
