//! Lists of deliveries, newest first.

use idv_core::{AccountId, DeliveryId, SessionId};
use idv_engine::store::{
    DeliveryFilter, DeliveryRow, DeliveryState, Page, PageRequest, StoreError,
};
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::record::DeliveryRecord;
use crate::failure::store_error;
use crate::page::{page_of, probe};

pub(super) async fn list(
    readers: &SqlitePool,
    filter: &DeliveryFilter,
    page: PageRequest<DeliveryId>,
) -> Result<Page<DeliveryRow, DeliveryId>, StoreError> {
    let found = query(filter, page)
        .build_query_as::<DeliveryRecord>()
        .fetch_all(readers)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<Vec<DeliveryRow>, _>>()?;
    Ok(page_of(found, page.limit, |row| row.id))
}

/// The order of arrival is the order of the table, and every index of it ends with that. So whatever is asked for,
/// there is an index that yields the page in its order.
pub(crate) fn query(
    filter: &DeliveryFilter,
    page: PageRequest<DeliveryId>,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT d.seq, d.id, d.account, d.receipt, d.body, d.state, d.session_id, d.trace, d.attempts, d.due_at, d.reason
         FROM deliveries d WHERE true",
    );
    push_conditions(&mut query, filter);
    if let Some(after) = page.after {
        query
            .push(" AND d.seq < (SELECT c.seq FROM deliveries c WHERE c.id = ")
            .push_bind(after.as_uuid())
            .push(")");
    }
    query
        .push(" ORDER BY d.seq DESC LIMIT 0 + ")
        .push_bind(probe(page.limit));
    query
}

/// What a filter asks of a delivery `d`.
pub(super) fn push_conditions(query: &mut QueryBuilder<Sqlite>, filter: &DeliveryFilter) {
    if let Some(state) = filter.state {
        query
            .push(" AND d.state = ")
            .push_bind(DeliveryState::as_word(state));
    }
    if let Some(account) = &filter.account {
        query
            .push(" AND d.account = ")
            .push_bind(AccountId::as_str(account).to_owned());
    }
    match (&filter.account, &filter.session) {
        (Some(account), Some(session)) => push_of_session(query, account, session),
        (None, Some(session)) => {
            query
                .push(" AND d.session_id = ")
                .push_bind(SessionId::as_str(session).to_owned());
        }
        (_, None) => {}
    }
    if let Some(words) = &filter.reason_contains {
        query
            .push(" AND instr(d.reason, ")
            .push_bind(words.clone())
            .push(") > 0");
    }
    if let Some(below) = filter.ids_below() {
        query.push(" AND d.id < ").push_bind(below);
    }
    if let Some(from) = filter.ids_from() {
        query.push(" AND d.id >= ").push_bind(from);
    }
}

/// What is pending of a session is in one index, and what is not is in another.
fn push_of_session(query: &mut QueryBuilder<Sqlite>, account: &AccountId, session: &SessionId) {
    query.push(" AND d.seq IN (");
    for (state, then) in [("= 'pending'", " UNION ALL "), ("<> 'pending'", ")")] {
        query
            .push("SELECT o.seq FROM deliveries o WHERE o.state ")
            .push(state)
            .push(" AND o.account = ")
            .push_bind(account.as_str().to_owned())
            .push(" AND o.session_id = ")
            .push_bind(session.as_str().to_owned())
            .push(then);
    }
}
