//! What webhooks have missed.

use std::time::Duration;

use idv_core::{AccountId, ObservationId, RequestId, SessionKey, Status, Timestamp};
use idv_engine::store::{MissedWebhookRow, StoreError};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::{maybe_micros, micros};
use crate::failure::{corrupt, store_error};

/// A row of `missed_webhooks`.
#[derive(sqlx::FromRow)]
pub(crate) struct MissedWebhookRecord {
    observation: Uuid,
    session_key: Uuid,
    request_id: Uuid,
    account: String,
    found_at: i64,
    from_status: String,
    to_status: String,
    quiet_micros: i64,
    arrived_at: Option<i64>,
}

impl TryFrom<MissedWebhookRecord> for MissedWebhookRow {
    type Error = StoreError;

    fn try_from(record: MissedWebhookRecord) -> Result<Self, StoreError> {
        let quiet_micros = u64::try_from(record.quiet_micros)
            .map_err(|_| corrupt("a span of time is negative"))?;
        Ok(Self {
            observation: ObservationId::from_uuid(record.observation),
            session: SessionKey::from_uuid(record.session_key),
            request: RequestId::from_uuid(record.request_id),
            account: AccountId::new(record.account),
            found_at: Timestamp::from_unix_micros(record.found_at),
            from: Status::from_word(&record.from_status),
            to: Status::from_word(&record.to_status),
            quiet_for: Duration::from_micros(quiet_micros),
            arrived_at: record.arrived_at.map(Timestamp::from_unix_micros),
        })
    }
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    row: &MissedWebhookRow,
) -> Result<(), StoreError> {
    let observation = row.observation.as_uuid();
    let session = row.session.as_uuid();
    let request = row.request.as_uuid();
    let account = row.account.as_str();
    let found_at = micros(row.found_at);
    let from = row.from.as_word();
    let to = row.to.as_word();
    let (from, to) = (&*from, &*to);
    let quiet_micros = i64::try_from(row.quiet_for.as_micros()).unwrap_or(i64::MAX);
    let arrived_at = maybe_micros(row.arrived_at);
    sqlx::query!(
        "INSERT INTO missed_webhooks (observation, session_key, request_id, account, found_at, from_status,
                                     to_status, quiet_micros, arrived_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (observation) DO NOTHING",
        observation,
        session,
        request,
        account,
        found_at,
        from,
        to,
        quiet_micros,
        arrived_at,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn arrived(
    connection: &mut SqliteConnection,
    session: SessionKey,
    status: Option<&Status>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let session = session.as_uuid();
    let status = status.map(Status::as_word);
    let status = status.as_deref();
    let at = micros(at);
    sqlx::query!(
        "UPDATE missed_webhooks SET arrived_at = ?3
         WHERE session_key = ?1 AND arrived_at IS NULL AND (?2 IS NULL OR to_status = ?2)",
        session,
        status,
        at,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
