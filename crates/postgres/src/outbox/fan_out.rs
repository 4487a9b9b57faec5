//! Making deliveries of events.

use idv_core::{EndpointId, Timestamp};
use idv_engine::store::{EndpointRow, EndpointState, EventPosition, StoreError};
use sqlx::PgConnection;

use crate::PostgresStore;
use crate::begin::begin;
use crate::columns::{micros, place};
use crate::failure::store_error;
use crate::lock;
use crate::unit_of_work::{endpoints, events};

pub(super) async fn fan_out(
    store: &PostgresStore,
    endpoint: EndpointId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    if !is_any_left(store, endpoint).await? {
        return Ok(0);
    }
    let mut transaction = begin(&store.pool).await?;
    let number = fan_out_in(&mut transaction, endpoint, now, limit).await?;
    transaction.commit().await.map_err(store_error)?;
    Ok(number)
}

async fn fan_out_in(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    lock::endpoint(connection, endpoint).await?;
    let Some(row) = endpoints::get(connection, endpoint).await? else {
        return Ok(0);
    };
    let from = row.fanned_out_to;
    let to = up_to(connection, from, limit).await?;
    if row.state != EndpointState::Enabled || to <= from {
        return Ok(0);
    }
    insert(connection, &row, to, now).await?;
    move_on(connection, endpoint, to).await?;
    Ok(to.0 - from.0)
}

/// The place at which that many events after a place end. There are no gaps.
pub(super) async fn up_to(
    connection: &mut PgConnection,
    from: EventPosition,
    limit: u32,
) -> Result<EventPosition, StoreError> {
    let last = events::last_position(connection).await?;
    let end = from.0.saturating_add(u64::from(limit));
    Ok(EventPosition(end).min(last))
}

/// The words of the kinds an endpoint wants; none for every kind.
pub(super) fn kinds(row: &EndpointRow) -> Vec<String> {
    let words = row.kinds.iter().map(|kind| kind.as_word());
    words.map(str::to_owned).collect()
}

/// Asked first, without the lock: most of the time there is nothing to do, and nobody should wait for that.
async fn is_any_left(store: &PostgresStore, endpoint: EndpointId) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM idv.events
                          WHERE position > (SELECT n.fanned_out_to FROM idv.endpoints n
                                            WHERE n.id = $1 AND n.state = 'enabled')) AS "any!""#,
        endpoint.as_uuid(),
    )
    .fetch_one(&store.pool)
    .await
    .map_err(store_error)
}

/// One that follows others of its request is not due before they are: until then it would only be in the way of
/// whoever looks for work. One that was sent by hand before is there already.
async fn insert(
    connection: &mut PgConnection,
    row: &EndpointRow,
    to: EventPosition,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO idv.event_deliveries (endpoint_id, position, request_id, written_at, state, due_at)
         SELECT $1, e.position, e.request_id, e.created_at, 'pending',
                greatest($4, (SELECT max(p.due_at) FROM idv.event_deliveries p
                              WHERE p.endpoint_id = $1 AND p.request_id = e.request_id AND p.state = 'pending'))
         FROM idv.events e
         WHERE e.position > $2 AND e.position <= $3
           AND (e.addressed_to = $1
                OR (e.addressed_to IS NULL AND (cardinality($5::text[]) = 0 OR e.kind = ANY ($5))))
         ORDER BY e.position
         ON CONFLICT (endpoint_id, position) DO NOTHING",
        row.id.as_uuid(),
        place(row.fanned_out_to),
        place(to),
        micros(now),
        &kinds(row),
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

async fn move_on(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    to: EventPosition,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE idv.endpoints SET fanned_out_to = $2 WHERE id = $1",
        endpoint.as_uuid(),
        place(to),
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
