//! The keys of commands that were given before.

use idv_core::{RequestId, Timestamp};
use idv_engine::store::{CommandKey, CommandKeyRow, StoreError, StoreErrorKind};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{bytes32, micros};
use crate::failure::store_error;

/// A row of `command_keys`.
struct CommandKeyRecord {
    key: Vec<u8>,
    fingerprint: Vec<u8>,
    request_id: Option<Uuid>,
    outcome: Option<String>,
    created_at: i64,
}

impl TryFrom<CommandKeyRecord> for CommandKeyRow {
    type Error = StoreError;

    fn try_from(record: CommandKeyRecord) -> Result<Self, StoreError> {
        Ok(Self {
            key: CommandKey(bytes32(&record.key)?),
            fingerprint: bytes32(&record.fingerprint)?,
            request: record.request_id.map(RequestId::from_uuid),
            outcome: record.outcome,
            created_at: Timestamp::from_unix_micros(record.created_at),
        })
    }
}

/// The insertion waits for whoever else is claiming the key; then that one has committed or is gone. A key that is there
/// is locked: one without an outcome is carried out by one unit of work only.
pub(super) async fn claim(
    connection: &mut PgConnection,
    row: &CommandKeyRow,
) -> Result<Option<CommandKeyRow>, StoreError> {
    let key = row.key.0.as_slice();
    let fingerprint = row.fingerprint.as_slice();
    let request = row.request.map(RequestId::as_uuid);
    let created_at = micros(row.created_at);
    let written = sqlx::query!(
        "INSERT INTO idv.command_keys (key, fingerprint, request_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO NOTHING",
        key,
        fingerprint,
        request,
        created_at,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if written.rows_affected() == 1 {
        return Ok(None);
    }
    sqlx::query_as!(
        CommandKeyRecord,
        r#"SELECT key, fingerprint, request_id, outcome, created_at
           FROM idv.command_keys WHERE key = $1 FOR UPDATE"#,
        key,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .ok_or(StoreError::new(
        StoreErrorKind::Conflict,
        "a command key was forgotten at this very moment",
    ))?
    .try_into()
    .map(Some)
}

/// A key that was forgotten in the meantime stays forgotten.
pub(super) async fn finish(
    connection: &mut PgConnection,
    key: &CommandKey,
    outcome: &str,
) -> Result<(), StoreError> {
    let key = key.0.as_slice();
    sqlx::query!(
        "UPDATE idv.command_keys SET outcome = $2 WHERE key = $1",
        key,
        outcome,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn forget(
    connection: &mut PgConnection,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let before = micros(before);
    sqlx::query!("DELETE FROM idv.command_keys WHERE created_at < $1", before)
        .execute(connection)
        .await
        .map(|written| written.rows_affected())
        .map_err(store_error)
}
