//! Claiming what waits of one session, keeping it, and giving it back.

use std::time::Duration;

use idv_core::{AccountId, DeliveryId, Timestamp};
use idv_engine::store::{
    CLAIMED_AT_MOST, CLAIMED_BYTES_AT_MOST, DeliveryRow, GivenBack, StoreError,
};
use serde::Serialize;
use sqlx::SqlitePool;
use sqlx::types::Uuid;

use super::record::DeliveryRecord;
use crate::begin::begin_unsynced;
use crate::columns::{hex, micros, to_json};
use crate::failure::store_error;

/// One statement, so nobody claims in between. Step by step:
///
/// 1. the accounts of which something is pending, each found behind the one before it in the index, so that it does
///    not matter how much is pending of each;
/// 2. of each account, the delivery that has been due for longest, of a session nobody is at work on;
/// 3. of those, the one that has been due for longest;
/// 4. whatever else is pending of its session, within the limits.
///
/// Whatever duplicate came before this moment is covered by the work that begins now, so the mark is taken away.
pub(super) async fn claim(
    writer: &SqlitePool,
    now: Timestamp,
    lease: Duration,
    leave_out: &[AccountId],
) -> Result<Vec<DeliveryRow>, StoreError> {
    let until = micros(now.plus(lease));
    let now = micros(now);
    let leave_out = leave_out.iter().map(|id| hex(id.as_str().as_bytes()));
    let leave_out = to_json(&leave_out.collect::<Vec<_>>())?;
    // A claim that a power cut undoes is a claim of nobody.
    let mut transaction = begin_unsynced(writer).await?;
    let mut claimed = sqlx::query_as!(
        DeliveryRecord,
        r#"UPDATE deliveries SET lease_until = ?2, attempts = attempts + (due_at <= ?1), woken_at = NULL
           WHERE seq IN (
               WITH RECURSIVE accounts (account) AS (
                   SELECT min(d.account) FROM deliveries d INDEXED BY deliveries_waiting WHERE d.state = 'pending'
                   UNION ALL
                   SELECT (SELECT min(d.account) FROM deliveries d INDEXED BY deliveries_waiting
                           WHERE d.state = 'pending' AND d.account > a.account)
                   FROM accounts a WHERE a.account IS NOT NULL
               ),
               oldest (seq) AS MATERIALIZED (
                   SELECT (SELECT d.seq FROM deliveries d INDEXED BY deliveries_waiting
                           WHERE d.state = 'pending' AND d.account = a.account AND d.due_at <= ?1
                             AND (d.lease_until IS NULL OR d.lease_until <= ?1)
                             AND NOT EXISTS (SELECT 1 FROM deliveries s INDEXED BY deliveries_leased
                                             WHERE s.state = 'pending' AND s.account = d.account
                                               AND s.session_id = d.session_id AND s.lease_until > ?1)
                           ORDER BY d.due_at, d.seq LIMIT 1)
                   FROM accounts a
                   WHERE a.account IS NOT NULL
                     AND a.account NOT IN (SELECT CAST(unhex(value) AS TEXT) FROM json_each(?3))
               ),
               chosen AS MATERIALIZED (
                   SELECT d.seq, d.account, d.session_id FROM oldest o CROSS JOIN deliveries d ON d.seq = o.seq
                   ORDER BY d.due_at, d.seq LIMIT 1
               ),
               waiting AS MATERIALIZED (
                   SELECT w.seq, w.due_at, length(w.body) AS size
                   FROM deliveries w INDEXED BY deliveries_waiting_of_session
                   WHERE w.state = 'pending' AND w.account = (SELECT c.account FROM chosen c)
                     AND w.session_id = (SELECT c.session_id FROM chosen c)
                   ORDER BY w.due_at, w.seq LIMIT 0 + ?4
               )
               SELECT c.seq FROM chosen c WHERE c.session_id IS NULL
               UNION ALL
               SELECT s.seq FROM (SELECT w.seq, w.size,
                                         sum(w.size) OVER (ORDER BY w.due_at, w.seq
                                                           ROWS UNBOUNDED PRECEDING) AS size_so_far
                                  FROM waiting w) AS s
               WHERE s.size_so_far - s.size = 0 OR s.size_so_far <= ?5
           )
           RETURNING seq, id AS "id: Uuid", account, receipt, body, state, session_id, trace, attempts, due_at, reason"#,
        now,
        until,
        leave_out,
        CLAIMED_AT_MOST,
        CLAIMED_BYTES_AT_MOST,
    )
    .fetch_all(&mut *transaction)
    .await
    .map_err(store_error)?;
    transaction.commit().await.map_err(store_error)?;
    // An UPDATE returns its rows in any order.
    claimed.sort_by_key(|record| (record.due_at, record.seq));
    claimed.into_iter().map(TryInto::try_into).collect()
}

/// A `+` keeps SQLite from looking through all that is pending.
pub(super) async fn extend(
    writer: &SqlitePool,
    ids: &[DeliveryId],
    until: Timestamp,
) -> Result<(), StoreError> {
    let ids = ids.iter().map(|id| hex(id.as_uuid().as_bytes()));
    let ids = to_json(&ids.collect::<Vec<_>>())?;
    let until = micros(until);
    sqlx::query!(
        "UPDATE deliveries SET lease_until = ?2
         WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND lease_until IS NOT NULL AND +state = 'pending'",
        ids,
        until,
    )
    .execute(writer)
    .await
    .map(drop)
    .map_err(store_error)
}

/// One delivery in the JSON array.
#[derive(Serialize)]
struct Entry {
    id: String,
    attempts: u32,
    counted_as: u32,
    due_at: i64,
}

/// Only what is still pending, and still as it was claimed: after a lease ran out, somebody else may have ended the
/// work, or may be at it. Here too a `+` keeps SQLite from looking through all that is pending.
pub(super) async fn give_back(
    writer: &SqlitePool,
    deliveries: &[GivenBack],
    reason: &str,
) -> Result<(), StoreError> {
    let entries = deliveries.iter().map(|back| Entry {
        id: hex(back.id.as_uuid().as_bytes()),
        attempts: back.attempts,
        counted_as: back.counted_as,
        due_at: micros(back.due_at),
    });
    let entries = to_json(&entries.collect::<Vec<_>>())?;
    sqlx::query!(
        "UPDATE deliveries
         SET due_at = e.due_at, attempts = e.counted_as, lease_until = NULL, reason = ?2
         FROM (SELECT unhex(value ->> 'id') AS id, value ->> 'attempts' AS attempts,
                      value ->> 'counted_as' AS counted_as, value ->> 'due_at' AS due_at
               FROM json_each(?1)) AS e
         WHERE deliveries.id = e.id AND deliveries.attempts = e.attempts AND +state = 'pending'",
        entries,
        reason,
    )
    .execute(writer)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn make_due(
    writer: &SqlitePool,
    account: &AccountId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let account = account.as_str();
    let now = micros(now);
    sqlx::query!(
        "UPDATE deliveries SET due_at = ?2
         WHERE seq IN (SELECT d.seq FROM deliveries d INDEXED BY deliveries_waiting
                       WHERE d.state = 'pending' AND d.account = ?1 AND d.due_at > ?2
                         AND (d.lease_until IS NULL OR d.lease_until <= ?2)
                       ORDER BY d.due_at, d.seq LIMIT 0 + ?3)",
        account,
        now,
        limit,
    )
    .execute(writer)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
