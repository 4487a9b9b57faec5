//! What a unit of work does to deliveries of events.

use idv_engine::store::{AttemptRow, EventSettlement, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{micros, text};
use crate::failure::store_error;

/// Logs the attempt, frees the lease, and says what became of the delivery.
///
/// A delivery that is pending without a counted attempt was put back to work since it was claimed: it is not given up
/// then, and is due when that was asked for.
pub(super) async fn settle(
    connection: &mut PgConnection,
    attempt: &AttemptRow,
    settlement: EventSettlement,
) -> Result<(), StoreError> {
    let endpoint = attempt.endpoint.as_uuid();
    let event = attempt.event.as_uuid();
    let delivery = sqlx::query!(
        r#"SELECT d.position, d.request_id
           FROM idv.events e JOIN idv.event_deliveries d ON d.endpoint_id = $1 AND d.position = e.position
           WHERE e.id = $2 FOR NO KEY UPDATE OF d"#,
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
        "UPDATE idv.event_deliveries
         SET state       = CASE WHEN attempts = 0 AND $3 = 'failed' THEN 'pending' ELSE $3 END,
             due_at      = CASE WHEN attempts = 0 THEN due_at ELSE coalesce($4, due_at) END,
             lease_until = NULL
         WHERE endpoint_id = $1 AND position = $2 AND state = 'pending'
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
    connection: &mut PgConnection,
    attempt: &AttemptRow,
    position: i64,
) -> Result<(), StoreError> {
    let endpoint = attempt.endpoint.as_uuid();
    let began_at = micros(attempt.began_at);
    let took = i64::try_from(attempt.took.as_micros()).unwrap_or(i64::MAX);
    let status = attempt.status.map(i64::from);
    let outcome = text(&attempt.outcome);
    let answer = attempt.answer.as_bytes();
    sqlx::query!(
        "INSERT INTO idv.delivery_attempts (endpoint_id, position, began_at, took_micros, status, outcome, answer)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        endpoint,
        position,
        began_at,
        took,
        status,
        &outcome as &str,
        answer,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

/// They wait for this one anyway. Were they due before it, everybody who looks for work would look at them. In the order
/// of the places, as everybody does who changes several deliveries.
async fn postpone_later_ones(
    connection: &mut PgConnection,
    endpoint: Uuid,
    request: Uuid,
    position: i64,
    until: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE idv.event_deliveries SET due_at = $4
         WHERE endpoint_id = $1 AND position = ANY (ARRAY(
             SELECT l.position FROM idv.event_deliveries l
             WHERE l.endpoint_id = $1 AND l.request_id = $2 AND l.position > $3 AND l.state = 'pending'
               AND l.due_at < $4
             ORDER BY l.position FOR NO KEY UPDATE))",
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
