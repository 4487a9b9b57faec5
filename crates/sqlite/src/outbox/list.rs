//! Lists of deliveries, newest event first.

use idv_engine::store::{
    EventDeliveryFilter, EventDeliveryRow, EventDeliveryState, EventPosition, Page, PageRequest,
    StoreError,
};
use sqlx::{QueryBuilder, Sqlite};

use super::record::DeliveryRecord;
use crate::SqliteStore;
use crate::columns::place;
use crate::failure::store_error;
use crate::page::probe;

/// How many more are read at a time until the last event of a page is whole: it has a delivery per endpoint.
const REST: u32 = 64;

/// Where a list goes on: after a delivery of an event, or after all of an event.
pub(crate) type After = Option<(EventPosition, Option<uuid::Uuid>)>;

/// Pages are cut between events, so that a page can begin after one.
pub(super) async fn list(
    store: &SqliteStore,
    filter: &EventDeliveryFilter,
    page: PageRequest<EventPosition>,
) -> Result<Page<EventDeliveryRow, EventPosition>, StoreError> {
    let length = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut found = read(
        store,
        filter,
        page.after.map(|after| (after, None)),
        page.limit,
    )
    .await?;
    let mut beyond = found.split_off(length.min(found.len()));
    let mut next = None;
    while let (Some(last), Some(first_beyond)) = (found.last(), beyond.first()) {
        let position = last.position;
        if first_beyond.position != position {
            next = Some(position);
            break;
        }
        let rest = beyond
            .iter()
            .take_while(|row| row.position == position)
            .count();
        let left = beyond.split_off(rest);
        found.append(&mut beyond);
        beyond = left;
        if let (true, Some(last)) = (beyond.is_empty(), found.last()) {
            let after = Some((position, Some(last.endpoint.as_uuid())));
            beyond = read(store, filter, after, REST).await?;
        }
    }
    Ok(Page { rows: found, next })
}

/// One more than this many, to know whether there are others.
async fn read(
    store: &SqliteStore,
    filter: &EventDeliveryFilter,
    after: After,
    limit: u32,
) -> Result<Vec<EventDeliveryRow>, StoreError> {
    query(filter, after, limit)
        .build_query_as::<DeliveryRecord>()
        .fetch_all(&store.readers)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Whatever is asked for, there is an index that yields the page in its order. Nearly all are delivered, so those are
/// found by passing over the others.
pub(crate) fn query(
    filter: &EventDeliveryFilter,
    after: After,
    limit: u32,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT d.endpoint_id, d.position, d.state, d.attempts, d.due_at, e.id, e.request_id, e.subject_id,
                e.addressed_to, e.trace, e.kind, e.key, e.created_at, e.payload
         FROM event_deliveries d JOIN events e ON e.position = d.position WHERE d.position ",
    );
    // Always with a bound: it tells SQLite which of the indexes to take.
    let position = after.map_or(i64::MAX, |(position, _)| place(position));
    match after.and_then(|(_, endpoint)| endpoint) {
        None => query.push("< ").push_bind(position),
        Some(endpoint) => query
            .push("<= ")
            .push_bind(position)
            .push(" AND (d.position < ")
            .push_bind(position)
            .push(" OR d.endpoint_id < ")
            .push_bind(endpoint)
            .push(")"),
    };
    if let Some(endpoint) = filter.endpoint {
        query
            .push(" AND d.endpoint_id = ")
            .push_bind(endpoint.as_uuid());
    }
    if let Some(request) = filter.request {
        query
            .push(" AND d.request_id = ")
            .push_bind(request.as_uuid());
    }
    // Words and not parameters: SQLite must see that a partial index holds what is asked for.
    query.push(match filter.state {
        None => "",
        Some(EventDeliveryState::Delivered) => " AND d.state = 'delivered'",
        Some(EventDeliveryState::Failed) => " AND d.state = 'failed' AND d.state <> 'delivered'",
        Some(_) => " AND d.state = 'pending' AND d.state <> 'delivered'",
    });
    query
        .push(" ORDER BY d.position DESC, d.endpoint_id DESC LIMIT 0 + ")
        .push_bind(probe(limit));
    query
}
