//! Sessions and the saved steps of their start.

use idv_core::{AccountId, ProviderId, RequestId, SessionId, SessionKey, Timestamp};
use idv_engine::store::{Sealed, SessionRow, StoreError};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::{from_json, maybe_micros, micros, to_json};
use crate::failure::{corrupt, is_unique_violation, store_error};

/// A row of `sessions`.
pub(crate) struct SessionRecord {
    pub(crate) key: Uuid,
    pub(crate) request_id: Uuid,
    pub(crate) account: String,
    pub(crate) provider: String,
    pub(crate) session_id: Option<String>,
    pub(crate) idempotency_key: String,
    pub(crate) intent: Option<Vec<u8>>,
    pub(crate) state: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) poll_at: Option<i64>,
}

impl TryFrom<SessionRecord> for SessionRow {
    type Error = StoreError;

    fn try_from(record: SessionRecord) -> Result<Self, StoreError> {
        Ok(Self {
            key: SessionKey::from_uuid(record.key),
            request: RequestId::from_uuid(record.request_id),
            account: AccountId::new(record.account),
            provider: ProviderId::new(record.provider),
            session_id: record.session_id.map(SessionId::new),
            idempotency_key: record.idempotency_key,
            intent: record.intent.map(Sealed::from_bytes),
            state: from_json(&record.state)?,
            created_at: Timestamp::from_unix_micros(record.created_at),
            updated_at: Timestamp::from_unix_micros(record.updated_at),
            poll_at: record.poll_at.map(Timestamp::from_unix_micros),
        })
    }
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    row: &SessionRow,
) -> Result<bool, StoreError> {
    let key = row.key.as_uuid();
    let request = row.request.as_uuid();
    let account = row.account.as_str();
    let provider = row.provider.as_str();
    let session_id = row.session_id.as_ref().map(SessionId::as_str);
    let created_at = micros(row.created_at);
    let updated_at = micros(row.updated_at);
    let state = to_json(&row.state)?;
    let intent = row.intent.as_ref().map(Sealed::as_bytes);
    let poll_at = maybe_micros(row.poll_at);
    let written = sqlx::query!(
        "INSERT INTO sessions (key, request_id, account, provider, session_id, idempotency_key, created_at,
                               updated_at, state, intent, poll_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (account, session_id) DO NOTHING",
        key,
        request,
        account,
        provider,
        session_id,
        row.idempotency_key,
        created_at,
        updated_at,
        state,
        intent,
        poll_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

pub(super) async fn get(
    connection: &mut SqliteConnection,
    key: SessionKey,
) -> Result<Option<SessionRow>, StoreError> {
    let key = key.as_uuid();
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key AS "key: Uuid", request_id AS "request_id: Uuid", account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM sessions WHERE key = ?1"#,
        key,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(super) async fn by_vendor_id(
    connection: &mut SqliteConnection,
    account: &AccountId,
    session: &SessionId,
) -> Result<Option<SessionRow>, StoreError> {
    let account = account.as_str();
    let session = session.as_str();
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key AS "key: Uuid", request_id AS "request_id: Uuid", account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM sessions WHERE account = ?1 AND session_id = ?2"#,
        account,
        session,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn of_request(
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Vec<SessionRow>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key AS "key: Uuid", request_id AS "request_id: Uuid", account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM sessions WHERE request_id = ?1 ORDER BY seq"#,
        request,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

/// The sessions of an account in the order of their keys, after this one or from the first.
pub(crate) async fn of_account(
    connection: &mut SqliteConnection,
    account: &AccountId,
    after: Option<SessionKey>,
    limit: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    let account = account.as_str();
    // An empty value is before every key.
    let after = after.map_or_else(Vec::new, |key| key.as_uuid().into_bytes().to_vec());
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key AS "key: Uuid", request_id AS "request_id: Uuid", account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM sessions WHERE account = ?1 AND key > ?2 ORDER BY key LIMIT 0 + ?3"#,
        account,
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

pub(super) async fn update(
    connection: &mut SqliteConnection,
    row: &SessionRow,
) -> Result<bool, StoreError> {
    let key = row.key.as_uuid();
    let session_id = row.session_id.as_ref().map(SessionId::as_str);
    let updated_at = micros(row.updated_at);
    let state = to_json(&row.state)?;
    let poll_at = maybe_micros(row.poll_at);
    let written = sqlx::query!(
        "UPDATE sessions SET session_id = ?2, updated_at = ?3, state = ?4, poll_at = ?5, poll_attempts = 0
         WHERE key = ?1",
        key,
        session_id,
        updated_at,
        state,
        poll_at,
    )
    .execute(connection)
    .await;
    match written {
        Ok(written) if written.rows_affected() == 1 => Ok(true),
        Ok(_) => Err(corrupt("a session that was read before is gone")),
        // The one unique index an update can run into is that of vendor ids.
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(store_error(error)),
    }
}

pub(super) async fn save_checkpoint(
    connection: &mut SqliteConnection,
    session: SessionKey,
    step: &str,
    value: &str,
) -> Result<(), StoreError> {
    let session = session.as_uuid();
    sqlx::query!(
        "INSERT INTO checkpoints (session_key, step, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (session_key, step) DO UPDATE SET value = excluded.value",
        session,
        step,
        value,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn checkpoints_of(
    connection: &mut SqliteConnection,
    session: SessionKey,
) -> Result<Vec<(String, String)>, StoreError> {
    let session = session.as_uuid();
    let saved = sqlx::query!(
        "SELECT step, value FROM checkpoints WHERE session_key = ?1 ORDER BY seq",
        session,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(saved.into_iter().map(|row| (row.step, row.value)).collect())
}
