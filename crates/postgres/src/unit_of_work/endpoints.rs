//! The application's endpoints. Who reads one to change it has its lock: see the module `lock`.

use idv_core::{EndpointId, Timestamp};
use idv_engine::store::{EndpointRow, EndpointState, EventKind, PayloadForm, Sealed, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{
    count, from_json, from_text, maybe_micros, micros, place, position, text, to_json,
};
use crate::failure::{corrupt, store_error};

/// A row of `endpoints`.
struct EndpointRecord {
    id: Uuid,
    description: String,
    address: Vec<u8>,
    kinds: String,
    payload: String,
    rate_per_sec: Option<i64>,
    state: String,
    fanned_out_to: i64,
    failing_since: Option<i64>,
    failures_in_a_row: i64,
    paused_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<EndpointRecord> for EndpointRow {
    type Error = StoreError;

    fn try_from(record: EndpointRecord) -> Result<Self, StoreError> {
        let words: Vec<String> = from_json(&record.kinds)?;
        let kinds = words.iter().map(|word| EventKind::from_word(word));
        Ok(Self {
            id: EndpointId::from_uuid(record.id),
            description: from_text(record.description),
            address: Sealed::from_bytes(record.address),
            kinds: kinds
                .collect::<Option<_>>()
                .ok_or(corrupt("an endpoint wants an unknown kind of event"))?,
            payload: PayloadForm::from_word(&record.payload)
                .ok_or(corrupt("an endpoint wants an unknown form of payload"))?,
            rate_per_sec: record.rate_per_sec.map(count).transpose()?,
            state: EndpointState::from_word(&record.state)
                .ok_or(corrupt("an endpoint is in an unknown state"))?,
            fanned_out_to: position(record.fanned_out_to)?,
            failing_since: record.failing_since.map(Timestamp::from_unix_micros),
            failures_in_a_row: count(record.failures_in_a_row)?,
            paused_until: record.paused_until.map(Timestamp::from_unix_micros),
            created_at: Timestamp::from_unix_micros(record.created_at),
            updated_at: Timestamp::from_unix_micros(record.updated_at),
        })
    }
}

/// The kinds as the column holds them.
fn kinds(row: &EndpointRow) -> Result<String, StoreError> {
    let words: Vec<_> = row.kinds.iter().map(|kind| kind.as_word()).collect();
    to_json(&words)
}

pub(crate) async fn insert(
    connection: &mut PgConnection,
    row: &EndpointRow,
) -> Result<(), StoreError> {
    let id = row.id.as_uuid();
    let description = text(&row.description);
    let address = row.address.as_bytes();
    let kinds = kinds(row)?;
    let payload = row.payload.as_word();
    let rate = row.rate_per_sec.map(i64::from);
    let state = row.state.as_word();
    let fanned_out_to = place(row.fanned_out_to);
    let failing_since = maybe_micros(row.failing_since);
    let failures = i64::from(row.failures_in_a_row);
    let paused_until = maybe_micros(row.paused_until);
    let created_at = micros(row.created_at);
    let updated_at = micros(row.updated_at);
    sqlx::query!(
        "INSERT INTO idv.endpoints (id, description, address, kinds, payload, rate_per_sec, state, fanned_out_to,
                                failing_since, failures_in_a_row, paused_until, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id,
        &description as &str,
        address,
        kinds,
        payload,
        rate,
        state,
        fanned_out_to,
        failing_since,
        failures,
        paused_until,
        created_at,
        updated_at,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(crate) async fn get(
    connection: &mut PgConnection,
    id: EndpointId,
) -> Result<Option<EndpointRow>, StoreError> {
    let id = id.as_uuid();
    sqlx::query_as!(
        EndpointRecord,
        r#"SELECT id, description, address, kinds, payload, rate_per_sec, state, fanned_out_to,
                  failing_since, failures_in_a_row, paused_until, created_at, updated_at
           FROM idv.endpoints WHERE id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn all(connection: &mut PgConnection) -> Result<Vec<EndpointRow>, StoreError> {
    sqlx::query_as!(
        EndpointRecord,
        r#"SELECT id, description, address, kinds, payload, rate_per_sec, state, fanned_out_to,
                  failing_since, failures_in_a_row, paused_until, created_at, updated_at
           FROM idv.endpoints ORDER BY created_at, id"#,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// What is booked of its rate stays booked.
pub(super) async fn update(
    connection: &mut PgConnection,
    row: &EndpointRow,
) -> Result<bool, StoreError> {
    let id = row.id.as_uuid();
    let description = text(&row.description);
    let address = row.address.as_bytes();
    let kinds = kinds(row)?;
    let payload = row.payload.as_word();
    let rate = row.rate_per_sec.map(i64::from);
    let state = row.state.as_word();
    let fanned_out_to = place(row.fanned_out_to);
    let failing_since = maybe_micros(row.failing_since);
    let failures = i64::from(row.failures_in_a_row);
    let paused_until = maybe_micros(row.paused_until);
    let updated_at = micros(row.updated_at);
    let written = sqlx::query!(
        "UPDATE idv.endpoints
         SET description = $2, address = $3, kinds = $4, payload = $5, rate_per_sec = $6, state = $7,
             fanned_out_to = $8, failing_since = $9, failures_in_a_row = $10, paused_until = $11, updated_at = $12
         WHERE id = $1",
        id,
        &description as &str,
        address,
        kinds,
        payload,
        rate,
        state,
        fanned_out_to,
        failing_since,
        failures,
        paused_until,
        updated_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}
