//! Lists of deliveries, newest first.

use idv_core::{AccountId, DeliveryId, SessionId};
use idv_engine::store::{
    DeliveryFilter, DeliveryRow, DeliveryState, Page, PageRequest, StoreError,
};
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::record::DeliveryRecord;
use crate::columns::text;
use crate::failure::store_error;
use crate::page::{page_of, probe};

pub(super) async fn list(
    pool: &PgPool,
    filter: &DeliveryFilter,
    page: PageRequest<DeliveryId>,
) -> Result<Page<DeliveryRow, DeliveryId>, StoreError> {
    let found = query(filter, page)
        .build_query_as::<DeliveryRecord>()
        .fetch_all(pool)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<Vec<DeliveryRow>, _>>()?;
    Ok(page_of(found, page.limit, |row| row.id))
}

/// Every index of the table ends with the order of arrival. So whatever is asked for,
/// there is an index that yields the page in its order.
pub(crate) fn query(
    filter: &DeliveryFilter,
    page: PageRequest<DeliveryId>,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT d.seq, d.id, d.account, d.receipt, d.body, d.state, d.session_id, d.trace, d.attempts, d.due_at, d.reason
         FROM idv.deliveries d WHERE true",
    );
    push_conditions(&mut query, filter);
    if let Some(after) = page.after {
        query
            .push(" AND d.seq < (SELECT c.seq FROM idv.deliveries c WHERE c.id = ")
            .push_bind(after.as_uuid())
            .push(")");
    }
    query
        .push(" ORDER BY d.seq DESC LIMIT ")
        .push_bind(probe(page.limit));
    query
}

/// What a filter asks of a delivery `d`.
pub(super) fn push_conditions(query: &mut QueryBuilder<Postgres>, filter: &DeliveryFilter) {
    if let Some(state) = filter.state {
        query
            .push(" AND d.state = ")
            .push_bind(DeliveryState::as_word(state));
    }
    if let Some(account) = &filter.account {
        query
            .push(" AND d.account = ")
            .push_bind(text(AccountId::as_str(account)).into_owned());
    }
    if let Some(session) = &filter.session {
        query
            .push(" AND d.session_id = ")
            .push_bind(text(SessionId::as_str(session)).into_owned());
    }
    if let Some(words) = &filter.reason_contains {
        query
            .push(" AND strpos(d.reason, ")
            .push_bind(text(words).into_owned())
            .push(") > 0");
    }
    if let Some(below) = filter.ids_below() {
        query.push(" AND d.id < ").push_bind(below);
    }
    if let Some(from) = filter.ids_from() {
        query.push(" AND d.id >= ").push_bind(from);
    }
}
