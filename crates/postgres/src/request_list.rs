//! Lists of requests, newest first.

use idv_core::{OrganizationId, RequestId, Status, StatusSummary};
use idv_engine::store::{Page, PageRequest, RequestFilter, RequestRow, StoreError, short_word};
use sqlx::{PgPool, Postgres, QueryBuilder};

use crate::columns::{micros, text};
use crate::failure::store_error;
use crate::page::{page_of, probe};
use crate::unit_of_work::RequestRecord;

pub(crate) async fn list(
    pool: &PgPool,
    filter: &RequestFilter,
    page: PageRequest<RequestId>,
) -> Result<Page<RequestRow, RequestId>, StoreError> {
    let found = query(filter, page)
        .build_query_as::<RequestRecord>()
        .fetch_all(pool)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<Vec<RequestRow>, _>>()?;
    Ok(page_of(found, page.limit, |row| row.id))
}

/// Whatever is asked for, there is an index that yields the page in its order, and Postgres chooses among those by
/// what it knows about the rows. One statement, so all of it is one state.
pub(crate) fn query(
    filter: &RequestFilter,
    page: PageRequest<RequestId>,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT r.id, r.subject_id, r.environment, r.organization, r.reason, r.document_type, r.person, r.state,
                r.current_session, r.created_at, r.updated_at,
                ARRAY(SELECT a.organization FROM idv.affected_organizations a
                      WHERE a.request_id = r.id ORDER BY a.seq) AS affected
         FROM ",
    );
    // The columns that give the order.
    let (time, id) = match &filter.organization {
        None => {
            query.push("idv.requests r WHERE true");
            ("r.created_at", "r.id")
        }
        Some(organization) => {
            query
                .push("idv.affected_organizations o JOIN idv.requests r ON r.id = o.request_id WHERE o.organization = ")
                .push_bind(text(OrganizationId::as_str(organization)).into_owned());
            ("o.created_at", "o.request_id")
        }
    };
    if let Some(index) = &filter.subject {
        query
            .push(" AND r.subject_id = (SELECT s.id FROM idv.subjects s WHERE s.blind_index = ")
            .push_bind(index.0.to_vec())
            .push(")");
    }
    if let Some(status) = &filter.status {
        query
            .push(" AND r.status = ")
            .push_bind(short_word(&Status::as_word(status)).into_owned());
    }
    if let Some(summary) = filter.summary {
        query.push(" AND r.summary = ").push_bind(summary.as_word());
    }
    if let Some(open) = filter.open {
        // Written out, because the index of open requests is a partial one.
        query.push(if open {
            " AND r.is_open"
        } else {
            " AND NOT r.is_open"
        });
    }
    if let Some(environment) = filter.environment {
        // A request of before, which has none, is in any.
        query
            .push(" AND (r.environment IS NULL OR r.environment = ")
            .push_bind(environment.as_word())
            .push(")");
    }
    if filter.not_cancelled {
        query
            .push(" AND r.summary <> ")
            .push_bind(StatusSummary::Cancelled.as_word());
    }
    if let Some(before) = filter.updated_before {
        query.push(" AND r.updated_at < ").push_bind(micros(before));
    }
    if let Some(before) = filter.created_before {
        query
            .push(format_args!(" AND {time} < "))
            .push_bind(micros(before));
    }
    if let Some(after) = filter.created_after {
        query
            .push(format_args!(" AND {time} >= "))
            .push_bind(micros(after));
    }
    if let Some(after) = page.after {
        query
            .push(format_args!(
                " AND ({time}, {id}) < (SELECT c.created_at, c.id FROM idv.requests c WHERE c.id = "
            ))
            .push_bind(after.as_uuid())
            .push(")");
    }
    query
        .push(format_args!(" ORDER BY {time} DESC, {id} DESC LIMIT "))
        .push_bind(probe(page.limit));
    query
}
