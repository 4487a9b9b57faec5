//! Who waits for whom.
//!
//! SQLite has one writer; here any number of units of work run at once. What keeps them from deciding on what
//! another one is about to change is one lock: **the row of the subject**. Every method that hands out a subject, a
//! request or a session "locked" takes it, by whatever path it gets there, and so does one that lists the sessions of
//! a request. All that belongs to one subject happens one after the other, as in SQLite. Subjects do not wait for
//! each other.
//!
//! Why not the rows themselves? A webhook comes to a session first and to its request then; a command comes to the
//! request first. With a lock each, the two would wait for each other, and Postgres would have to break one off. With
//! one lock there is no order to get wrong. It costs nothing: a person is verified once in a while.
//!
//! - It is `FOR NO KEY UPDATE`. `FOR UPDATE` would also keep away whoever merely refers to the row.
//! - It is a statement of its own. A statement sees what was committed when it *began*, so one that waited for the
//!   lock and read at once would read what was there before the wait.
//! - A unit of work that touches two subjects may still meet another one that touches them in the other order.
//!   Postgres notices within a second and ends one of them, which is a [`StoreErrorKind::Conflict`].
//!
//! Five things have no subject, and come after that lock:
//!
//! - **Vendor ids.** Work on a webhook looks for a session and, if there is none, sets the webhook aside as
//!   unmatched; a start learns the vendor's id, and brings back what is unmatched under it. Side by side, neither
//!   would see the other, and the webhook would stay aside for ever. Both therefore take [`vendor_id`], an advisory
//!   lock, at the end: whoever is second sees what the first has done. If that is the webhook, it looks once more for
//!   the session, and stays pending if it is there now.
//!   (Looking a session up does not take that lock. It would have to be taken *before* the subject's there, and
//!   after it by a start that has its answer: the two meet whenever a webhook overtakes the answer.)
//! - **Deliveries and jobs.** Claims skip what is locked. Statements over several rows lock them in their order. Of those
//!   who claim, one at a time is at a session: [`try_session_of_claim`]; nobody waits for that.
//! - **The stream of events.** Whoever gives events their places has [`stream`] until its commit, an advisory lock: so
//!   places are given, and seen, one after the other.
//! - **Endpoints.** Whoever takes, makes or puts back deliveries of events has the [`endpoint`] they go to, so each sees
//!   what the one before has done. Who settles one has that delivery alone: thousands may be settled at once. Deliveries
//!   come after their endpoint, and in the order of their places.
//! - **Rows that are there or not** (a subject, a data key, a value of the installation): `INSERT … ON CONFLICT DO
//!   NOTHING` waits for whoever is inserting the same one.
//!
//! [`StoreErrorKind::Conflict`]: idv_engine::store::StoreErrorKind::Conflict

use idv_core::{AccountId, EndpointId, RequestId, SessionId, SessionKey};
use idv_engine::store::{BlindIndex, StoreError, SubjectId};
use sqlx::PgConnection;

use crate::columns::text;
use crate::failure::store_error;

/// Takes the lock of a subject. False if there is no such subject: then whatever is read next is not locked.
pub(crate) async fn subject(
    connection: &mut PgConnection,
    subject: SubjectId,
) -> Result<bool, StoreError> {
    sqlx::query!(
        "SELECT id FROM idv.subjects WHERE id = $1 FOR NO KEY UPDATE",
        subject.0,
    )
    .fetch_optional(connection)
    .await
    .map(|locked| locked.is_some())
    .map_err(store_error)
}

/// Takes the lock of the subject with this reference.
pub(crate) async fn subject_of_index(
    connection: &mut PgConnection,
    index: &BlindIndex,
) -> Result<bool, StoreError> {
    sqlx::query!(
        "SELECT id FROM idv.subjects WHERE blind_index = $1 FOR NO KEY UPDATE",
        index.0.as_slice(),
    )
    .fetch_optional(connection)
    .await
    .map(|locked| locked.is_some())
    .map_err(store_error)
}

/// Takes the lock of the subject this request is about. That never changes, so it may be looked up without a lock.
pub(crate) async fn subject_of_request(
    connection: &mut PgConnection,
    request: RequestId,
) -> Result<bool, StoreError> {
    sqlx::query!(
        "SELECT id FROM idv.subjects
         WHERE id = (SELECT r.subject_id FROM idv.requests r WHERE r.id = $1) FOR NO KEY UPDATE",
        request.as_uuid(),
    )
    .fetch_optional(connection)
    .await
    .map(|locked| locked.is_some())
    .map_err(store_error)
}

/// Takes the lock of the subject of this session's request. That never changes either.
pub(crate) async fn subject_of_session(
    connection: &mut PgConnection,
    session: SessionKey,
) -> Result<bool, StoreError> {
    sqlx::query!(
        "SELECT id FROM idv.subjects
         WHERE id = (SELECT r.subject_id FROM idv.sessions s JOIN idv.requests r ON r.id = s.request_id
                     WHERE s.key = $1) FOR NO KEY UPDATE",
        session.as_uuid(),
    )
    .fetch_optional(connection)
    .await
    .map(|locked| locked.is_some())
    .map_err(store_error)
}

/// Takes the lock of what is unmatched under a vendor's id, until the end of the transaction.
pub(crate) async fn vendor_id(
    connection: &mut PgConnection,
    account: &AccountId,
    session: &SessionId,
) -> Result<(), StoreError> {
    let account = text(account.as_str());
    let session = text(session.as_str());
    // The seed keeps our locks apart from those of an application that hashes its own names.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended(format('%s %s', length($1), $1 || $2), 7308331))",
        &account as &str,
        &session as &str,
    )
    .fetch_one(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

/// Takes the lock of an endpoint. False if there is no such endpoint.
pub(crate) async fn endpoint(
    connection: &mut PgConnection,
    endpoint: EndpointId,
) -> Result<bool, StoreError> {
    sqlx::query!(
        "SELECT id FROM idv.endpoints WHERE id = $1 FOR NO KEY UPDATE",
        endpoint.as_uuid(),
    )
    .fetch_optional(connection)
    .await
    .map(|locked| locked.is_some())
    .map_err(store_error)
}

/// Takes the lock of the stream of events, until the end of the transaction.
pub(crate) async fn stream(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('stream of events', 7308333))")
        .fetch_one(connection)
        .await
        .map(drop)
        .map_err(store_error)
}

/// Takes the lock of a session for whoever claims what waits of it, until the end of the transaction. False if somebody
/// else has it. Account and session as their columns have them.
pub(crate) async fn try_session_of_claim(
    connection: &mut PgConnection,
    account: &str,
    session: &str,
) -> Result<bool, StoreError> {
    // Another seed than that of vendor ids: whoever holds one of these locks waits for none of those.
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended(format('%s %s', length($1), $1 || $2), 7308332)) AS "has!""#,
        account,
        session,
    )
    .fetch_one(connection)
    .await
    .map_err(store_error)
}
