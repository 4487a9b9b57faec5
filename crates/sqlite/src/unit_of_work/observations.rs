//! Observations: appended, never changed.

use idv_core::{DeliveryId, ObservationId, RequestId, SessionKey, Timestamp};
use idv_engine::store::{ObservationRow, ObservationSource, Sealed, StoreError};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::{from_json, maybe_micros, micros, to_json};
use crate::failure::{corrupt, store_error};

/// A row of `observations` without its raw bytes.
pub(crate) struct ObservationRecord {
    pub(crate) id: Uuid,
    pub(crate) request_id: Uuid,
    pub(crate) session_key: Option<Uuid>,
    pub(crate) source: String,
    pub(crate) what: String,
    pub(crate) observed_at: i64,
    pub(crate) as_of: i64,
    pub(crate) delivery: Option<Uuid>,
    pub(crate) vendor_time: Option<i64>,
    pub(crate) mapped: Option<String>,
    pub(crate) actor: Option<String>,
    pub(crate) command: Option<String>,
}

impl TryFrom<ObservationRecord> for ObservationRow {
    type Error = StoreError;

    fn try_from(record: ObservationRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: ObservationId::from_uuid(record.id),
            request: RequestId::from_uuid(record.request_id),
            session: record.session_key.map(SessionKey::from_uuid),
            source: ObservationSource::from_word(&record.source)
                .ok_or(corrupt("an observation has an unknown source"))?,
            what: record.what,
            observed_at: Timestamp::from_unix_micros(record.observed_at),
            as_of: Timestamp::from_unix_micros(record.as_of),
            delivery: record.delivery.map(DeliveryId::from_uuid),
            vendor_time: record.vendor_time.map(Timestamp::from_unix_micros),
            mapped: record.mapped.as_deref().map(from_json).transpose()?,
            actor: record.actor.as_deref().map(from_json).transpose()?,
            command: record.command.as_deref().map(from_json).transpose()?,
            raw: None,
        })
    }
}

pub(super) async fn append(
    connection: &mut SqliteConnection,
    row: &ObservationRow,
) -> Result<bool, StoreError> {
    let id = row.id.as_uuid();
    let request = row.request.as_uuid();
    let session = row.session.map(SessionKey::as_uuid);
    let source = row.source.as_word();
    let observed_at = micros(row.observed_at);
    let as_of = micros(row.as_of);
    let delivery = row.delivery.map(DeliveryId::as_uuid);
    let vendor_time = maybe_micros(row.vendor_time);
    let mapped = row.mapped.as_ref().map(to_json).transpose()?;
    let actor = row.actor.as_ref().map(to_json).transpose()?;
    let command = row.command.as_ref().map(to_json).transpose()?;
    let raw = row.raw.as_ref().map(Sealed::as_bytes);
    let written = sqlx::query!(
        "INSERT INTO observations (id, request_id, session_key, source, what, observed_at, as_of, delivery,
                                   vendor_time, mapped, actor, command, raw)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (delivery, source) WHERE delivery IS NOT NULL DO NOTHING",
        id,
        request,
        session,
        source,
        row.what,
        observed_at,
        as_of,
        delivery,
        vendor_time,
        mapped,
        actor,
        command,
        raw,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

pub(super) async fn of_session(
    connection: &mut SqliteConnection,
    session: SessionKey,
) -> Result<Vec<ObservationRow>, StoreError> {
    let session = session.as_uuid();
    sqlx::query_as!(
        ObservationRecord,
        r#"SELECT id AS "id: Uuid", request_id AS "request_id: Uuid", session_key AS "session_key: Uuid", source,
                  what, observed_at, as_of, delivery AS "delivery: Uuid", vendor_time, mapped, actor, command
           FROM observations WHERE session_key = ?1 ORDER BY seq"#,
        session,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// The observations of a request after the one with this id, or from the first.
pub(crate) async fn of_request(
    connection: &mut SqliteConnection,
    request: RequestId,
    after: Option<ObservationId>,
    limit: i64,
) -> Result<Vec<ObservationRow>, StoreError> {
    let request = request.as_uuid();
    let after = after.map(ObservationId::as_uuid);
    sqlx::query_as!(
        ObservationRecord,
        r#"SELECT id AS "id: Uuid", request_id AS "request_id: Uuid", session_key AS "session_key: Uuid", source,
                  what, observed_at, as_of, delivery AS "delivery: Uuid", vendor_time, mapped, actor, command
           FROM observations
           WHERE request_id = ?1
             AND seq > CASE WHEN ?2 IS NULL THEN 0 ELSE (SELECT o.seq FROM observations o WHERE o.id = ?2) END
           ORDER BY seq LIMIT 0 + ?3"#,
        request,
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

/// The commands of a request, without what whoever gave them said.
pub(super) async fn commands_of(
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Vec<ObservationRow>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_as!(
        ObservationRecord,
        r#"SELECT id AS "id: Uuid", request_id AS "request_id: Uuid", session_key AS "session_key: Uuid", source,
                  what, observed_at, as_of, delivery AS "delivery: Uuid", vendor_time, mapped, actor, command
           FROM observations WHERE request_id = ?1 AND command IS NOT NULL ORDER BY seq"#,
        request,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// The sealed bytes of an observation, if there is one with this id and it has any.
pub(crate) async fn raw_of(
    connection: &mut SqliteConnection,
    id: ObservationId,
) -> Result<Option<Sealed>, StoreError> {
    let id = id.as_uuid();
    sqlx::query_scalar!("SELECT raw FROM observations WHERE id = ?1", id)
        .fetch_optional(connection)
        .await
        .map(|found| found.flatten().map(Sealed::from_bytes))
        .map_err(store_error)
}

/// The sealed bytes of the commands of a request, in the order of [`commands_of`].
async fn words_of_commands(
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Vec<Option<Sealed>>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_scalar!(
        "SELECT raw FROM observations WHERE request_id = ?1 AND command IS NOT NULL ORDER BY seq",
        request,
    )
    .fetch_all(connection)
    .await
    .map(|found| {
        found
            .into_iter()
            .map(|raw| raw.map(Sealed::from_bytes))
            .collect()
    })
    .map_err(store_error)
}

/// The commands of a request, with what whoever gave them said. The connection must be in a transaction: these are
/// two statements about one state.
pub(crate) async fn commands_with_words_of(
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Vec<ObservationRow>, StoreError> {
    let mut commands = commands_of(connection, request).await?;
    let words = words_of_commands(connection, request).await?;
    for (command, raw) in commands.iter_mut().zip(words) {
        command.raw = raw;
    }
    Ok(commands)
}
