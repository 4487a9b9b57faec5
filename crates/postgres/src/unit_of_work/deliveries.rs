//! What a unit of work does to the inbox.

use idv_core::{AccountId, SessionId, Timestamp};
use idv_engine::store::{DeliveryState, Sealed, Settlement, StoreError};
use sqlx::PgConnection;

use crate::columns::{from_text, maybe_text, micros, text};
use crate::failure::store_error;
use crate::lock;

/// Ends the work on a delivery that is pending. One that is not pending was settled by somebody else in the
/// meantime, after a lease that ran out, and keeps what that one said.
///
/// Two things may have happened beside the work, and then the delivery is pending again at once: a duplicate came
/// after the work had begun, and the work may have missed what the duplicate was about; or the delivery is to be set
/// aside as unmatched, and somebody has just written down the session it is about.
pub(super) async fn settle(
    connection: &mut PgConnection,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    if settlement.state == DeliveryState::Unmatched
        && let Some(session) = &settlement.session
    {
        lock_unmatched(connection, settlement, session).await?;
    }
    let id = settlement.id.as_uuid();
    let state = settlement.state.as_word();
    let session = maybe_text(settlement.session.as_ref().map(SessionId::as_str));
    let body = settlement.resealed_body.as_ref().map(Sealed::as_bytes);
    let reason = maybe_text(settlement.reason.as_deref());
    // The attempts of one whose session turned up are kept, so that it cannot go round for ever.
    sqlx::query!(
        "UPDATE idv.deliveries d
         SET state       = CASE WHEN (woken_at IS NOT NULL AND $2 IN ('done', 'unmatched'))
                                  OR ($2 = 'unmatched' AND EXISTS (
                                          SELECT 1 FROM idv.sessions s
                                          WHERE s.account = d.account AND s.session_id = $3))
                                THEN 'pending' ELSE $2 END,
             attempts    = CASE WHEN woken_at IS NOT NULL AND $2 IN ('done', 'unmatched') THEN 0 ELSE attempts END,
             due_at      = CASE WHEN woken_at IS NOT NULL AND $2 IN ('done', 'unmatched') THEN woken_at ELSE due_at END,
             woken_at    = NULL,
             lease_until = NULL,
             session_id  = coalesce($3, session_id),
             body        = coalesce($4, body),
             reason      = $5
         WHERE id = $1 AND state = 'pending'",
        id,
        state,
        session.as_deref(),
        body,
        reason.as_deref(),
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

/// A statement of its own before the one that looks for the session: it must see what was committed while it waited.
async fn lock_unmatched(
    connection: &mut PgConnection,
    settlement: &Settlement,
    session: &SessionId,
) -> Result<(), StoreError> {
    let id = settlement.id.as_uuid();
    let account = sqlx::query_scalar!("SELECT account FROM idv.deliveries WHERE id = $1", id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(store_error)?;
    match account {
        Some(account) => {
            let account = AccountId::new(from_text(account));
            lock::vendor_id(connection, &account, session).await
        }
        None => Ok(()),
    }
}

pub(super) async fn requeue_unmatched(
    connection: &mut PgConnection,
    account: &AccountId,
    session: &SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    lock::vendor_id(connection, account, session).await?;
    let account = text(account.as_str());
    let session = text(session.as_str());
    let now = micros(now);
    // In the order of arrival, like every statement that changes several deliveries.
    sqlx::query!(
        "UPDATE idv.deliveries
         SET state = 'pending', attempts = 0, due_at = $3, lease_until = NULL, reason = NULL
         WHERE seq = ANY (ARRAY(
             SELECT u.seq FROM idv.deliveries u
             WHERE u.state = 'unmatched' AND u.account = $1 AND u.session_id = $2
             ORDER BY u.seq FOR NO KEY UPDATE
         ))",
        &account as &str,
        &session as &str,
        now,
    )
    .execute(connection)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}

pub(super) async fn replace_bodies_of(
    connection: &mut PgConnection,
    account: &AccountId,
    session: &SessionId,
    body: &Sealed,
) -> Result<u64, StoreError> {
    let account = text(account.as_str());
    let session = text(session.as_str());
    let body = body.as_bytes();
    sqlx::query!(
        "UPDATE idv.deliveries SET body = $3
         WHERE seq = ANY (ARRAY(
             SELECT o.seq FROM idv.deliveries o
             WHERE o.account = $1 AND o.session_id = $2 AND o.state IN ('done', 'ignored', 'unmatched', 'dead')
             ORDER BY o.seq FOR NO KEY UPDATE
         ))",
        &account as &str,
        &session as &str,
        body,
    )
    .execute(connection)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
