//! Making deliveries of events.

use idv_core::{EndpointId, Timestamp};
use idv_engine::store::{EndpointState, EventPosition, StoreError};
use sqlx::SqliteConnection;

use crate::SqliteStore;
use crate::begin::begin_unsynced;
use crate::columns::{micros, place};
use crate::failure::store_error;
use crate::unit_of_work::{endpoints, events};

pub(super) async fn fan_out(
    store: &SqliteStore,
    endpoint: EndpointId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    if !is_any_left(store, endpoint).await? {
        return Ok(0);
    }
    let mut transaction = begin_unsynced(&store.writer).await?;
    let number = fan_out_in(&mut transaction, endpoint, now, limit).await?;
    transaction.commit().await.map_err(store_error)?;
    Ok(number)
}

async fn fan_out_in(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let Some(row) = endpoints::get(connection, endpoint).await? else {
        return Ok(0);
    };
    let from = row.fanned_out_to;
    let to = up_to(connection, from, limit).await?;
    if row.state != EndpointState::Enabled || to <= from {
        return Ok(0);
    }
    insert(connection, endpoint, (from, to), now).await?;
    move_on(connection, endpoint, to).await?;
    Ok(to.0 - from.0)
}

/// The place at which that many events after a place end. There are no gaps.
pub(super) async fn up_to(
    connection: &mut SqliteConnection,
    from: EventPosition,
    limit: u32,
) -> Result<EventPosition, StoreError> {
    let last = events::last_position(connection).await?;
    let end = from.0.saturating_add(u64::from(limit));
    Ok(EventPosition(end).min(last))
}

/// Asked first, by a reader: most of the time there is nothing to do, and nobody should wait for that.
async fn is_any_left(store: &SqliteStore, endpoint: EndpointId) -> Result<bool, StoreError> {
    let endpoint = endpoint.as_uuid();
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM endpoints n JOIN events e ON e.position > n.fanned_out_to
                          WHERE n.id = ?1 AND n.state = 'enabled') AS "any!: bool""#,
        endpoint,
    )
    .fetch_one(&store.readers)
    .await
    .map_err(store_error)
}

/// One that follows others of its request is not due before they are: until then it would only be in the way of
/// whoever looks for work. One that was sent by hand before is there already.
async fn insert(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    (from, to): (EventPosition, EventPosition),
    now: Timestamp,
) -> Result<(), StoreError> {
    let endpoint = endpoint.as_uuid();
    let (from, to) = (place(from), place(to));
    let now = micros(now);
    sqlx::query!(
        "INSERT INTO event_deliveries (endpoint_id, position, request_id, written_at, state, due_at)
         SELECT n.id, e.position, e.request_id, e.created_at, 'pending',
                max(?4, coalesce((SELECT max(p.due_at) FROM event_deliveries p INDEXED BY event_deliveries_waiting
                                  WHERE p.endpoint_id = ?1 AND p.request_id = e.request_id AND p.state = 'pending'),
                                 ?4))
         FROM endpoints n JOIN events e ON e.position > ?2 AND e.position <= ?3
         WHERE n.id = ?1 AND (e.addressed_to = n.id
                              OR (e.addressed_to IS NULL
                                  AND (n.kinds = '[]' OR e.kind IN (SELECT k.value FROM json_each(n.kinds) k))))
         ON CONFLICT (endpoint_id, position) DO NOTHING",
        endpoint,
        from,
        to,
        now,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

async fn move_on(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    to: EventPosition,
) -> Result<(), StoreError> {
    let endpoint = endpoint.as_uuid();
    let to = place(to);
    sqlx::query!(
        "UPDATE endpoints SET fanned_out_to = ?2 WHERE id = ?1",
        endpoint,
        to
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
