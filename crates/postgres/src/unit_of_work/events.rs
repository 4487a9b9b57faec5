//! The outbox: what the application is told.

use idv_core::{EventId, RequestId, Timestamp};
use idv_engine::store::{EventKind, EventRow, Sealed, StoreError, SubjectId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::micros;
use crate::failure::{corrupt, store_error};

/// A row of `events`.
struct EventRecord {
    id: Uuid,
    request_id: Uuid,
    subject_id: Uuid,
    kind: String,
    key: String,
    created_at: i64,
    payload: Vec<u8>,
}

impl TryFrom<EventRecord> for EventRow {
    type Error = StoreError;

    fn try_from(record: EventRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: EventId::from_uuid(record.id),
            request: RequestId::from_uuid(record.request_id),
            subject: SubjectId(record.subject_id),
            kind: EventKind::from_word(&record.kind)
                .ok_or(corrupt("an event is of an unknown kind"))?,
            key: record.key,
            created_at: Timestamp::from_unix_micros(record.created_at),
            payload: Sealed::from_bytes(record.payload),
        })
    }
}

pub(super) async fn append(
    connection: &mut PgConnection,
    row: &EventRow,
) -> Result<bool, StoreError> {
    let id = row.id.as_uuid();
    let request = row.request.as_uuid();
    let kind = row.kind.as_word();
    let created_at = micros(row.created_at);
    let payload = row.payload.as_bytes();
    let written = sqlx::query!(
        "INSERT INTO idv.events (id, request_id, subject_id, kind, key, created_at, payload)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (request_id, key) DO NOTHING",
        id,
        request,
        row.subject.0,
        kind,
        row.key,
        created_at,
        payload,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

pub(super) async fn keys_of(
    connection: &mut PgConnection,
    request: RequestId,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar!(
        "SELECT key FROM idv.events WHERE request_id = $1 ORDER BY seq",
        request.as_uuid(),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}

pub(crate) async fn of_request(
    connection: &mut PgConnection,
    request: RequestId,
) -> Result<Vec<EventRow>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_as!(
        EventRecord,
        r#"SELECT id, request_id, subject_id, kind, key,
                  created_at, payload
           FROM idv.events WHERE request_id = $1 ORDER BY seq"#,
        request,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}
