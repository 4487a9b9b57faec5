//! Lists of requests, newest first.

use idv_core::{OrganizationId, RequestId, Status, StatusSummary};
use idv_engine::store::{Page, PageRequest, RequestFilter, RequestRow, StoreError, short_word};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::begin::begin_read;
use crate::columns::micros;
use crate::failure::store_error;
use crate::page::{page_of, probe};
use crate::unit_of_work::RequestRecord;

pub(crate) async fn list(
    readers: &SqlitePool,
    filter: &RequestFilter,
    page: PageRequest<RequestId>,
) -> Result<Page<RequestRow, RequestId>, StoreError> {
    // Several statements, one state.
    let mut transaction = begin_read(readers).await?;
    let found = find(&mut transaction, filter, page).await?;
    transaction.rollback().await.map_err(store_error)?;
    Ok(page_of(found, page.limit, |row| row.id))
}

async fn find(
    connection: &mut SqliteConnection,
    filter: &RequestFilter,
    page: PageRequest<RequestId>,
) -> Result<Vec<RequestRow>, StoreError> {
    let subject = match &filter.subject {
        None => None,
        Some(index) => {
            let index = index.0.as_slice();
            let id = sqlx::query_scalar!(
                r#"SELECT id AS "id: Uuid" FROM subjects WHERE blind_index = ?1"#,
                index
            )
            .fetch_optional(&mut *connection)
            .await
            .map_err(store_error)?;
            let Some(id) = id else { return Ok(Vec::new()) };
            Some(id)
        }
    };
    query(filter, subject, page)
        .build_query_as::<RequestRecord>()
        .fetch_all(connection)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// One condition chooses the index, which then yields the page in its order; the others only filter, and say so to
/// SQLite with a `+`.
pub(crate) fn query(
    filter: &RequestFilter,
    subject: Option<Uuid>,
    page: PageRequest<RequestId>,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT r.id, r.subject_id, r.environment, r.organization, r.reason, r.document_type, r.person, r.state,
                r.current_session, r.created_at, r.updated_at,
                (SELECT json_group_array(a.organization ORDER BY a.seq) FROM affected_organizations a
                 WHERE a.request_id = r.id) AS affected
         FROM ",
    );
    // The columns that give the order, and whether a condition has chosen the index yet.
    let (time, id, mut chosen) = match &filter.organization {
        None => {
            query.push("requests r WHERE true");
            ("r.created_at", "r.id", false)
        }
        Some(organization) => {
            query
                .push("affected_organizations o CROSS JOIN requests r ON r.id = o.request_id WHERE o.organization = ")
                .push_bind(OrganizationId::as_str(organization).to_owned());
            ("o.created_at", "o.request_id", true)
        }
    };
    if let Some(subject) = subject {
        condition(&mut query, &mut chosen, "r.subject_id").push_bind(subject);
    }
    if let Some(status) = &filter.status {
        condition(&mut query, &mut chosen, "r.status")
            .push_bind(short_word(&Status::as_word(status)).into_owned());
    }
    if let Some(summary) = filter.summary {
        condition(&mut query, &mut chosen, "r.summary").push_bind(summary.as_word());
    }
    if let Some(open) = filter.open {
        // Written out, because the index of open requests is a partial one.
        let only_filter = if chosen || !open { "+" } else { "" };
        let is_open = i32::from(open);
        query.push(format_args!(" AND {only_filter}r.is_open = {is_open}"));
    }
    if let Some(environment) = filter.environment {
        // No index has it. A request of before, which has none, is in any.
        query
            .push(" AND (r.environment IS NULL OR r.environment = ")
            .push_bind(environment.as_word())
            .push(")");
    }
    if filter.not_cancelled {
        query
            .push(" AND +r.summary <> ")
            .push_bind(StatusSummary::Cancelled.as_word());
    }
    if let Some(before) = filter.updated_before {
        query
            .push(" AND +r.updated_at < ")
            .push_bind(micros(before));
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
                " AND ({time}, {id}) < (SELECT c.created_at, c.id FROM requests c WHERE c.id = "
            ))
            .push_bind(after.as_uuid())
            .push(")");
    }
    query
        .push(format_args!(" ORDER BY {time} DESC, {id} DESC LIMIT 0 + "))
        .push_bind(probe(page.limit));
    query
}

fn condition<'a>(
    query: &'a mut QueryBuilder<Sqlite>,
    chosen: &mut bool,
    column: &'static str,
) -> &'a mut QueryBuilder<Sqlite> {
    let only_filter = if *chosen { "+" } else { "" };
    *chosen = true;
    query.push(format_args!(" AND {only_filter}{column} = "))
}
