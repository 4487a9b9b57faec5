//! What a unit of work does to deliveries of events.

use idv_engine::store::{AttemptRow, EventSettlement, StoreError};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::micros;
use crate::failure::store_error;

/// Logs the attempt, frees the lease, and says what became of the delivery.
///
/// A delivery that is pending without a counted attempt was put back to work since it was claimed: it is not given up
/// then, and is due when that was asked for.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    attempt: &AttemptRow,
    settlement: EventSettlement,
) -> Result<(), StoreError> {
    let endpoint = attempt.endpoint.as_uuid();
    let event = attempt.event.as_uuid();
    let delivery = sqlx::query!(
        r#"SELECT d.position, d.request_id AS "request_id: Uuid"
           FROM events e JOIN event_deliveries d ON d.endpoint_id = ?1 AND d.position = e.position
           WHERE e.id = ?2"#,
        endpoint,
        event,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    let Some(delivery) = delivery else {
        return Ok(());
    };
    log(connection, attempt, delivery.position).await?;
    let (state, again_at) = match settlement {
        EventSettlement::Delivered => ("delivered", None),
        EventSettlement::Again(at) => ("pending", Some(micros(at))),
        EventSettlement::Failed => ("failed", None),
    };
    let settled = sqlx::query!(
        "UPDATE event_deliveries
         SET state       = iif(attempts = 0 AND ?3 = 'failed', 'pending', ?3),
             due_at      = iif(attempts = 0, due_at, coalesce(?4, due_at)),
             lease_until = NULL
         WHERE endpoint_id = ?1 AND position = ?2 AND state = 'pending'
         RETURNING due_at",
        endpoint,
        delivery.position,
        state,
        again_at,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    match (settled, settlement, delivery.request_id) {
        (Some(settled), EventSettlement::Again(_), Some(request)) => {
            let until = settled.due_at;
            postpone_later_ones(connection, endpoint, request, delivery.position, until).await
        }
        _ => Ok(()),
    }
}

async fn log(
    connection: &mut SqliteConnection,
    attempt: &AttemptRow,
    position: i64,
) -> Result<(), StoreError> {
    let endpoint = attempt.endpoint.as_uuid();
    let began_at = micros(attempt.began_at);
    let took = i64::try_from(attempt.took.as_micros()).unwrap_or(i64::MAX);
    let status = attempt.status.map(i64::from);
    let answer = attempt.answer.as_bytes();
    sqlx::query!(
        "INSERT INTO delivery_attempts (endpoint_id, position, began_at, took_micros, status, outcome, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        endpoint,
        position,
        began_at,
        took,
        status,
        attempt.outcome,
        answer,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

/// They wait for this one anyway. Were they due before it, everybody who looks for work would look at them.
async fn postpone_later_ones(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    request: Uuid,
    position: i64,
    until: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE event_deliveries INDEXED BY event_deliveries_waiting SET due_at = ?4
         WHERE endpoint_id = ?1 AND request_id = ?2 AND position > ?3 AND state = 'pending' AND due_at < ?4",
        endpoint,
        request,
        position,
        until,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
