//! Taking deliveries to send them.

use std::time::Duration;

use idv_core::{EndpointId, Timestamp};
use idv_engine::store::{EventDeliveryRow, Pace, StoreError};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::record::DeliveryRecord;
use crate::SqliteStore;
use crate::begin::begin_unsynced;
use crate::columns::{count, maybe_micros, micros, to_json};
use crate::failure::store_error;

pub(super) async fn claim(
    store: &SqliteStore,
    endpoint: EndpointId,
    now: Timestamp,
    lease: Duration,
    limit: u32,
) -> Result<Vec<EventDeliveryRow>, StoreError> {
    let endpoint = endpoint.as_uuid();
    if !is_any_due(store, endpoint, micros(now)).await? {
        return Ok(Vec::new());
    }
    let mut transaction = begin_unsynced(&store.writer).await?;
    let found = claim_in(&mut transaction, endpoint, now, lease, limit).await?;
    transaction.commit().await.map_err(store_error)?;
    found.into_iter().map(TryInto::try_into).collect()
}

async fn claim_in(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    now: Timestamp,
    lease: Duration,
    limit: u32,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let Some(pace) = pace(connection, endpoint, micros(now)).await? else {
        return Ok(Vec::new());
    };
    let allowed = pace.allows(now, limit);
    let mut found = due(connection, endpoint, micros(now), allowed).await?;
    if found.is_empty() {
        return Ok(found);
    }
    take(connection, endpoint, &found, micros(now.plus(lease))).await?;
    for record in &mut found {
        record.attempts = record.attempts.saturating_add(1);
    }
    let given_out = u32::try_from(found.len()).unwrap_or(u32::MAX);
    book(connection, endpoint, pace.booked_after(now, given_out)).await?;
    Ok(found)
}

/// Asked first, by a reader: most of the time there is nothing to do, and nobody should wait for that.
async fn is_any_due(store: &SqliteStore, endpoint: Uuid, now: i64) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM event_deliveries d INDEXED BY event_deliveries_due
                          WHERE d.endpoint_id = ?1 AND d.state = 'pending' AND d.due_at <= ?2
                            AND (d.lease_until IS NULL OR d.lease_until <= ?2)) AS "any!: bool""#,
        endpoint,
        now,
    )
    .fetch_one(&store.readers)
    .await
    .map_err(store_error)
}

/// None if nothing is sent to the endpoint now.
async fn pace(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    now: i64,
) -> Result<Option<Pace>, StoreError> {
    let found = sqlx::query!(
        "SELECT rate_per_sec, booked_until FROM endpoints
         WHERE id = ?1 AND state = 'enabled' AND (paused_until IS NULL OR paused_until <= ?2)",
        endpoint,
        now,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?;
    found
        .map(|row| {
            let rate = row.rate_per_sec.map(count).transpose()?;
            let booked_until = row.booked_until.map(Timestamp::from_unix_micros);
            Ok(Pace::new(rate, booked_until))
        })
        .transpose()
}

/// Of each request the earliest one that is pending, and only while none of that request is under way. What is about no
/// request waits for nothing.
async fn due(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    now: i64,
    limit: u32,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let limit = i64::from(limit);
    sqlx::query_as!(
        DeliveryRecord,
        r#"SELECT d.endpoint_id AS "endpoint_id: Uuid", d.position, d.state, d.attempts, d.due_at,
                  e.id AS "id: Uuid", e.request_id AS "request_id: Uuid", e.subject_id AS "subject_id: Uuid",
                  e.addressed_to AS "addressed_to: Uuid", e.trace, e.kind, e.key, e.created_at, e.payload
           FROM event_deliveries d INDEXED BY event_deliveries_due JOIN events e ON e.position = d.position
           WHERE d.endpoint_id = ?1 AND d.state = 'pending' AND d.due_at <= ?2
             AND (d.lease_until IS NULL OR d.lease_until <= ?2)
             AND (d.request_id IS NULL
                  OR (d.position = (SELECT min(p.position) FROM event_deliveries p INDEXED BY event_deliveries_waiting
                                    WHERE p.endpoint_id = ?1 AND p.request_id = d.request_id AND p.state = 'pending')
                      AND NOT EXISTS (SELECT 1 FROM event_deliveries u INDEXED BY event_deliveries_waiting
                                      WHERE u.endpoint_id = ?1 AND u.request_id = d.request_id AND u.state = 'pending'
                                        AND u.lease_until > ?2)))
           ORDER BY d.due_at, d.position LIMIT 0 + ?3"#,
        endpoint,
        now,
        limit,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}

async fn take(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    found: &[DeliveryRecord],
    until: i64,
) -> Result<(), StoreError> {
    let places: Vec<_> = found.iter().map(|record| record.position).collect();
    let places = to_json(&places)?;
    sqlx::query!(
        "UPDATE event_deliveries SET lease_until = ?3, attempts = attempts + 1
         WHERE endpoint_id = ?1 AND position IN (SELECT p.value FROM json_each(?2) p)",
        endpoint,
        places,
        until,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

async fn book(
    connection: &mut SqliteConnection,
    endpoint: Uuid,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let Some(until) = maybe_micros(until) else {
        return Ok(());
    };
    sqlx::query!(
        "UPDATE endpoints SET booked_until = ?2 WHERE id = ?1",
        endpoint,
        until
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
