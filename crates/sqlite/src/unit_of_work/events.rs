//! Events: what the application is told.

use idv_core::{EndpointId, EventId, RequestId, Timestamp};
use idv_engine::store::{
    EventKind, EventPosition, EventRow, PlacedEvent, Sealed, StoreError, SubjectId,
};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::{micros, place, position};
use crate::failure::{corrupt, store_error};

/// A row of `events`.
pub(crate) struct EventRecord {
    pub(crate) id: Uuid,
    pub(crate) request_id: Option<Uuid>,
    pub(crate) subject_id: Option<Uuid>,
    pub(crate) addressed_to: Option<Uuid>,
    pub(crate) trace: Option<String>,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) created_at: i64,
    pub(crate) position: Option<i64>,
    pub(crate) payload: Vec<u8>,
}

impl TryFrom<EventRecord> for EventRow {
    type Error = StoreError;

    fn try_from(record: EventRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: EventId::from_uuid(record.id),
            request: record.request_id.map(RequestId::from_uuid),
            subject: record.subject_id.map(SubjectId),
            addressed_to: record.addressed_to.map(EndpointId::from_uuid),
            trace: record.trace,
            kind: EventKind::from_word(&record.kind)
                .ok_or(corrupt("an event is of an unknown kind"))?,
            key: record.key,
            created_at: Timestamp::from_unix_micros(record.created_at),
            payload: Sealed::from_bytes(record.payload),
        })
    }
}

impl TryFrom<EventRecord> for PlacedEvent {
    type Error = StoreError;

    fn try_from(record: EventRecord) -> Result<Self, StoreError> {
        let place = record.position.ok_or(corrupt("an event has no place"))?;
        Ok(Self {
            position: position(place)?,
            event: record.try_into()?,
        })
    }
}

pub(super) async fn append(
    connection: &mut SqliteConnection,
    row: &EventRow,
) -> Result<bool, StoreError> {
    let id = row.id.as_uuid();
    let request = row.request.map(RequestId::as_uuid);
    let subject = row.subject.map(|subject| subject.0);
    let addressed_to = row.addressed_to.map(EndpointId::as_uuid);
    let kind = row.kind.as_word();
    let created_at = micros(row.created_at);
    let payload = row.payload.as_bytes();
    let written = sqlx::query!(
        "INSERT INTO events (id, request_id, subject_id, addressed_to, trace, kind, key, created_at, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (request_id, key) DO NOTHING",
        id,
        request,
        subject,
        addressed_to,
        row.trace,
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
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Vec<String>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_scalar!(
        "SELECT key FROM events WHERE request_id = ?1 ORDER BY seq",
        request
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}

pub(crate) async fn of_request(
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Vec<EventRow>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_as!(
        EventRecord,
        r#"SELECT id AS "id: Uuid", request_id AS "request_id: Uuid", subject_id AS "subject_id: Uuid",
                  addressed_to AS "addressed_to: Uuid", trace, kind, key, created_at, position, payload
           FROM events WHERE request_id = ?1 ORDER BY seq"#,
        request,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: EventId,
) -> Result<Option<EventRow>, StoreError> {
    let id = id.as_uuid();
    sqlx::query_as!(
        EventRecord,
        r#"SELECT id AS "id: Uuid", request_id AS "request_id: Uuid", subject_id AS "subject_id: Uuid",
                  addressed_to AS "addressed_to: Uuid", trace, kind, key, created_at, position, payload
           FROM events WHERE id = ?1"#,
        id,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn after(
    connection: &mut SqliteConnection,
    after: EventPosition,
    limit: u32,
) -> Result<Vec<PlacedEvent>, StoreError> {
    let after = place(after);
    let limit = i64::from(limit);
    sqlx::query_as!(
        EventRecord,
        r#"SELECT id AS "id: Uuid", request_id AS "request_id: Uuid", subject_id AS "subject_id: Uuid",
                  addressed_to AS "addressed_to: Uuid", trace, kind, key, created_at, position, payload
           FROM events WHERE position > ?1 ORDER BY position LIMIT 0 + ?2"#,
        after,
        limit,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

pub(crate) async fn last_position(
    connection: &mut SqliteConnection,
) -> Result<EventPosition, StoreError> {
    let last = sqlx::query_scalar!(
        r#"SELECT coalesce(max(position), 0) AS "last!: i64" FROM events WHERE position > 0"#
    )
    .fetch_one(connection)
    .await
    .map_err(store_error)?;
    position(last)
}
