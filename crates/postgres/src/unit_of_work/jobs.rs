//! Jobs are written and removed in the unit of work that decides about them.

use idv_core::SessionKey;
use idv_engine::store::{JobKind, JobRow, StoreError};
use sqlx::PgConnection;

use crate::columns::{maybe_text, micros};
use crate::failure::store_error;

pub(super) async fn insert(connection: &mut PgConnection, row: &JobRow) -> Result<(), StoreError> {
    let kind = row.kind.as_word();
    let session = row.session.map(SessionKey::as_uuid);
    let request = row.request.as_uuid();
    let detail = maybe_text(row.detail.as_deref());
    let due_at = micros(row.due_at);
    let attempts = i64::from(row.attempts);
    let last_error = maybe_text(row.last_error.as_deref());
    let created_at = micros(row.created_at);
    sqlx::query!(
        "INSERT INTO idv.jobs (id, kind, session_key, request_id, detail, due_at, attempts, last_error, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id.0,
        kind,
        session,
        request,
        detail.as_deref(),
        due_at,
        attempts,
        last_error.as_deref(),
        created_at,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn finish_of(
    connection: &mut PgConnection,
    session: SessionKey,
    kind: JobKind,
) -> Result<(), StoreError> {
    let session = session.as_uuid();
    let kind = kind.as_word();
    sqlx::query!(
        "DELETE FROM idv.jobs WHERE session_key = $1 AND kind = $2",
        session,
        kind,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
