//! Deliveries of events and their attempts as rows.

use std::time::Duration;

use idv_core::{EndpointId, EventId, Timestamp};
use idv_engine::store::{AttemptRow, EventDeliveryRow, EventDeliveryState, Sealed, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{count, from_text, position};
use crate::failure::{corrupt, store_error};
use crate::unit_of_work::events::EventRecord;

/// A row of `event_deliveries`, with its event.
#[derive(sqlx::FromRow)]
pub(super) struct DeliveryRecord {
    pub(super) endpoint_id: Uuid,
    pub(super) position: i64,
    pub(super) state: String,
    pub(super) attempts: i64,
    pub(super) due_at: i64,
    pub(super) id: Uuid,
    pub(super) request_id: Option<Uuid>,
    pub(super) subject_id: Option<Uuid>,
    pub(super) addressed_to: Option<Uuid>,
    pub(super) trace: Option<String>,
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) created_at: i64,
    pub(super) payload: Vec<u8>,
}

impl TryFrom<DeliveryRecord> for EventDeliveryRow {
    type Error = StoreError;

    fn try_from(record: DeliveryRecord) -> Result<Self, StoreError> {
        let event = EventRecord {
            id: record.id,
            request_id: record.request_id,
            subject_id: record.subject_id,
            addressed_to: record.addressed_to,
            trace: record.trace,
            kind: record.kind,
            key: record.key,
            created_at: record.created_at,
            position: Some(record.position),
            payload: record.payload,
        };
        Ok(Self {
            endpoint: EndpointId::from_uuid(record.endpoint_id),
            event: event.try_into()?,
            position: position(record.position)?,
            state: EventDeliveryState::from_word(&record.state)
                .ok_or(corrupt("the delivery of an event is in an unknown state"))?,
            attempts: count(record.attempts)?,
            due_at: Timestamp::from_unix_micros(record.due_at),
        })
    }
}

pub(super) async fn attempts_of(
    connection: &mut PgConnection,
    endpoint: EndpointId,
    event: EventId,
) -> Result<Vec<AttemptRow>, StoreError> {
    let endpoint_id = endpoint.as_uuid();
    let event_id = event.as_uuid();
    let found = sqlx::query!(
        "SELECT began_at, took_micros, status, outcome, answer
         FROM idv.delivery_attempts
         WHERE endpoint_id = $1 AND position = (SELECT e.position FROM idv.events e WHERE e.id = $2)
         ORDER BY seq",
        endpoint_id,
        event_id,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let rows = found.into_iter().map(|row| {
        let status = row.status.map(u16::try_from).transpose();
        Ok(AttemptRow {
            endpoint,
            event,
            began_at: Timestamp::from_unix_micros(row.began_at),
            took: Duration::from_micros(row.took_micros.unsigned_abs()),
            status: status.map_err(|_| corrupt("an HTTP status is out of range"))?,
            outcome: from_text(row.outcome),
            answer: Sealed::from_bytes(row.answer),
        })
    });
    rows.collect()
}
