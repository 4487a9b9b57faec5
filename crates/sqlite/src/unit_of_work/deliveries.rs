//! What a unit of work does to the inbox.

use idv_core::{AccountId, SessionId, Timestamp};
use idv_engine::store::{Sealed, Settlement, StoreError};
use sqlx::SqliteConnection;

use crate::columns::micros;
use crate::failure::store_error;

/// Ends the work on a delivery that is pending. One that is not pending was settled by somebody else in the
/// meantime, after a lease that ran out, and keeps what that one said.
///
/// If a duplicate came after the work had begun, the work may have missed what the duplicate was about: then a
/// delivery that is done or unmatched is pending again at once.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    let id = settlement.id.as_uuid();
    let state = settlement.state.as_word();
    let session = settlement.session.as_ref().map(SessionId::as_str);
    let body = settlement.resealed_body.as_ref().map(Sealed::as_bytes);
    sqlx::query!(
        "UPDATE deliveries
         SET state       = iif(woken_at IS NOT NULL AND ?2 IN ('done', 'unmatched'), 'pending', ?2),
             attempts    = iif(woken_at IS NOT NULL AND ?2 IN ('done', 'unmatched'), 0, attempts),
             due_at      = iif(woken_at IS NOT NULL AND ?2 IN ('done', 'unmatched'), woken_at, due_at),
             woken_at    = NULL,
             lease_until = NULL,
             session_id  = coalesce(?3, session_id),
             body        = coalesce(?4, body),
             reason      = ?5
         WHERE id = ?1 AND state = 'pending'",
        id,
        state,
        session,
        body,
        settlement.reason,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn requeue_unmatched(
    connection: &mut SqliteConnection,
    account: &AccountId,
    session: &SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let account = account.as_str();
    let session = session.as_str();
    let now = micros(now);
    sqlx::query!(
        "UPDATE deliveries INDEXED BY deliveries_unmatched
         SET state = 'pending', attempts = 0, due_at = ?3, lease_until = NULL, reason = NULL
         WHERE state = 'unmatched' AND account = ?1 AND session_id = ?2",
        account,
        session,
        now,
    )
    .execute(connection)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}

pub(super) async fn replace_bodies_of(
    connection: &mut SqliteConnection,
    account: &AccountId,
    session: &SessionId,
    body: &Sealed,
) -> Result<u64, StoreError> {
    let account = account.as_str();
    let session = session.as_str();
    let body = body.as_bytes();
    sqlx::query!(
        "UPDATE deliveries INDEXED BY deliveries_worked_on_of_session SET body = ?3
         WHERE account = ?1 AND session_id = ?2 AND state <> 'pending'",
        account,
        session,
        body,
    )
    .execute(connection)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
