//! Sessions and the saved steps of their start.

use idv_core::{AccountId, ProviderId, RequestId, SessionId, SessionKey, Timestamp};
use idv_engine::store::{Sealed, SessionRow, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{from_json, from_text, maybe_micros, maybe_text, micros, text, to_json};
use crate::failure::{corrupt, store_error};
use crate::lock;

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
            account: AccountId::new(from_text(record.account)),
            provider: ProviderId::new(from_text(record.provider)),
            session_id: record.session_id.map(|id| SessionId::new(from_text(id))),
            idempotency_key: from_text(record.idempotency_key),
            intent: record.intent.map(Sealed::from_bytes),
            state: from_json(&record.state)?,
            created_at: Timestamp::from_unix_micros(record.created_at),
            updated_at: Timestamp::from_unix_micros(record.updated_at),
            poll_at: record.poll_at.map(Timestamp::from_unix_micros),
        })
    }
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    row: &SessionRow,
) -> Result<bool, StoreError> {
    let key = row.key.as_uuid();
    let request = row.request.as_uuid();
    let account = text(row.account.as_str());
    let provider = text(row.provider.as_str());
    let session_id = maybe_text(row.session_id.as_ref().map(SessionId::as_str));
    let idempotency_key = text(&row.idempotency_key);
    let created_at = micros(row.created_at);
    let updated_at = micros(row.updated_at);
    let state = to_json(&row.state)?;
    let intent = row.intent.as_ref().map(Sealed::as_bytes);
    let poll_at = maybe_micros(row.poll_at);
    let written = sqlx::query!(
        "INSERT INTO idv.sessions (key, request_id, account, provider, session_id, idempotency_key, created_at,
                               updated_at, state, intent, poll_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (account, session_id) WHERE session_id IS NOT NULL DO NOTHING",
        key,
        request,
        &account as &str,
        &provider as &str,
        session_id.as_deref(),
        &idempotency_key as &str,
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
    connection: &mut PgConnection,
    key: SessionKey,
) -> Result<Option<SessionRow>, StoreError> {
    let key = key.as_uuid();
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key, request_id, account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM idv.sessions WHERE key = $1"#,
        key,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

/// With the lock of its subject. A session that gets this vendor id between the lookup and the lock is not found: it
/// was not there when it was asked for.
pub(super) async fn lock_by_vendor_id(
    connection: &mut PgConnection,
    account: &AccountId,
    session: &SessionId,
) -> Result<Option<SessionRow>, StoreError> {
    let Some(found) = by_vendor_id(connection, account, session).await? else {
        return Ok(None);
    };
    lock::subject_of_session(connection, found.key).await?;
    let locked = by_vendor_id(connection, account, session).await?;
    Ok(locked.filter(|row| row.key == found.key))
}

async fn by_vendor_id(
    connection: &mut PgConnection,
    account: &AccountId,
    session: &SessionId,
) -> Result<Option<SessionRow>, StoreError> {
    let account = text(account.as_str());
    let session = text(session.as_str());
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key, request_id, account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM idv.sessions WHERE account = $1 AND session_id = $2"#,
        &account as &str,
        &session as &str,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn of_request(
    connection: &mut PgConnection,
    request: RequestId,
) -> Result<Vec<SessionRow>, StoreError> {
    let request = request.as_uuid();
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key, request_id, account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM idv.sessions WHERE request_id = $1 ORDER BY seq"#,
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
    connection: &mut PgConnection,
    account: &AccountId,
    after: Option<SessionKey>,
    limit: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    let account = text(account.as_str());
    let after = after.map(SessionKey::as_uuid);
    sqlx::query_as!(
        SessionRecord,
        r#"SELECT key, request_id, account, provider, session_id,
                  idempotency_key, intent, state, created_at, updated_at, poll_at
           FROM idv.sessions WHERE account = $1 AND ($2::uuid IS NULL OR key > $2) ORDER BY key LIMIT $3"#,
        &account as &str,
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

/// That another session has this vendor id is asked beforehand: a unique index that objects would spoil the
/// transaction. If somebody else gives out the same vendor id at the same moment, the index objects after all, and
/// the unit of work must be done again.
pub(super) async fn update(
    connection: &mut PgConnection,
    row: &SessionRow,
) -> Result<bool, StoreError> {
    let key = row.key.as_uuid();
    let session_id = maybe_text(row.session_id.as_ref().map(SessionId::as_str));
    let session_id = session_id.as_deref();
    let updated_at = micros(row.updated_at);
    let state = to_json(&row.state)?;
    let poll_at = maybe_micros(row.poll_at);
    let written = sqlx::query!(
        "UPDATE idv.sessions s SET session_id = $2, updated_at = $3, state = $4, poll_at = $5, poll_attempts = 0
         WHERE key = $1 AND NOT EXISTS (SELECT 1 FROM idv.sessions o
                                        WHERE o.account = s.account AND o.session_id = $2 AND o.key <> $1)",
        key,
        session_id,
        updated_at,
        state,
        poll_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    match written.rows_affected() {
        1 => Ok(true),
        // The row was read before, with the lock that keeps it there.
        _ if session_id.is_some() => Ok(false),
        _ => Err(corrupt("a session that was read before is gone")),
    }
}

pub(super) async fn save_checkpoint(
    connection: &mut PgConnection,
    session: SessionKey,
    step: &str,
    value: &str,
) -> Result<(), StoreError> {
    let session = session.as_uuid();
    let step = text(step);
    let value = text(value);
    sqlx::query!(
        "INSERT INTO idv.checkpoints (session_key, step, value) VALUES ($1, $2, $3)
         ON CONFLICT (session_key, step) DO UPDATE SET value = excluded.value",
        session,
        &step as &str,
        &value as &str,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn checkpoints_of(
    connection: &mut PgConnection,
    session: SessionKey,
) -> Result<Vec<(String, String)>, StoreError> {
    let session = session.as_uuid();
    let saved = sqlx::query!(
        "SELECT step, value FROM idv.checkpoints WHERE session_key = $1 ORDER BY seq",
        session,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let texts = saved
        .into_iter()
        .map(|row| (from_text(row.step), from_text(row.value)));
    Ok(texts.collect())
}
