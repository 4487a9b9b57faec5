//! Deliveries as rows.

use idv_core::{AccountId, DeliveryId, SessionId, Timestamp};
use idv_engine::store::{DeliveryRow, DeliveryState, Sealed, StoreError};
use uuid::Uuid;

use crate::columns::{count, from_json};
use crate::failure::corrupt;

/// A row of `deliveries`.
#[derive(sqlx::FromRow)]
pub(super) struct DeliveryRecord {
    pub(super) seq: i64,
    pub(super) id: Uuid,
    pub(super) account: String,
    pub(super) receipt: String,
    pub(super) body: Vec<u8>,
    pub(super) state: String,
    pub(super) session_id: Option<String>,
    pub(super) trace: Option<String>,
    pub(super) attempts: i64,
    pub(super) due_at: i64,
    pub(super) reason: Option<String>,
}

impl TryFrom<DeliveryRecord> for DeliveryRow {
    type Error = StoreError;

    fn try_from(record: DeliveryRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId::from_uuid(record.id),
            account: AccountId::new(record.account),
            receipt: from_json(&record.receipt)?,
            body: Sealed::from_bytes(record.body),
            state: DeliveryState::from_word(&record.state)
                .ok_or(corrupt("a delivery is in an unknown state"))?,
            session: record.session_id.map(SessionId::new),
            trace: record.trace,
            attempts: count(record.attempts)?,
            due_at: Timestamp::from_unix_micros(record.due_at),
            reason: record.reason,
        })
    }
}
