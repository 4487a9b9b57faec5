//! Lists of deliveries, newest first.

use idv_core::{AccountId, DeliveryId};
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
        "SELECT seq, id, account, receipt, body, state, session_id, attempts, due_at, reason
         FROM idv.deliveries WHERE true",
    );
    if let Some(state) = filter.state {
        query
            .push(" AND state = ")
            .push_bind(DeliveryState::as_word(state));
    }
    if let Some(account) = &filter.account {
        query
            .push(" AND account = ")
            .push_bind(text(AccountId::as_str(account)).into_owned());
    }
    if let Some(after) = page.after {
        query
            .push(" AND seq < (SELECT c.seq FROM idv.deliveries c WHERE c.id = ")
            .push_bind(after.as_uuid())
            .push(")");
    }
    query
        .push(" ORDER BY seq DESC LIMIT ")
        .push_bind(probe(page.limit));
    query
}
