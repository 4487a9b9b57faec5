//! Claiming what waits of one session, keeping it, and giving it back.
//!
//! Nobody is at work on a session that somebody else is at work on. Locks on rows are not enough for that: two who claim
//! at once could each take another row of it. So whoever claims first takes an advisory lock of the session, for the
//! length of the claim, and then looks *in a new statement* whether something of the session is leased: a statement
//! sees what was committed before it began, and whoever had the lock before has committed by then. Nobody waits for
//! that lock. A process that is stopped in the middle of a claim keeps the others from one session, and from no more.

use std::time::Duration;

use idv_core::{AccountId, DeliveryId, Timestamp};
use idv_engine::store::{
    CLAIMED_AT_MOST, CLAIMED_BYTES_AT_MOST, DeliveryRow, GivenBack, StoreError,
};
use sqlx::{PgConnection, PgPool};

use super::record::DeliveryRecord;
use crate::begin::begin;
use crate::columns::{micros, text};
use crate::failure::store_error;
use crate::lock;

/// How many candidates are looked up at once, of each account and in all.
const CANDIDATES: i64 = 8;
/// How often candidates are looked up. More sessions than that are not being claimed by others at one moment.
const ROUNDS: usize = 32;

/// When, for how long, and what not to claim.
struct Terms {
    now: i64,
    until: i64,
    leave_out: Vec<String>,
}

/// Something that is due.
struct Candidate {
    seq: i64,
    account: String,
    session_id: Option<String>,
}

/// What somebody else is just claiming.
#[derive(Default)]
struct PassedOver {
    accounts: Vec<String>,
    sessions: Vec<String>,
    /// Deliveries without a session.
    seqs: Vec<i64>,
}

impl PassedOver {
    fn add(&mut self, candidate: Candidate) {
        match candidate.session_id {
            Some(session) => {
                self.accounts.push(candidate.account);
                self.sessions.push(session);
            }
            None => self.seqs.push(candidate.seq),
        }
    }

    fn has(&self, candidate: &Candidate) -> bool {
        match &candidate.session_id {
            Some(session) => {
                let mut all = self.accounts.iter().zip(&self.sessions);
                all.any(|passed| passed == (&candidate.account, session))
            }
            None => self.seqs.contains(&candidate.seq),
        }
    }
}

pub(super) async fn claim(
    pool: &PgPool,
    now: Timestamp,
    lease: Duration,
    leave_out: &[AccountId],
) -> Result<Vec<DeliveryRow>, StoreError> {
    let leave_out = leave_out.iter().map(|id| text(id.as_str()).into_owned());
    let terms = Terms {
        now: micros(now),
        until: micros(now.plus(lease)),
        leave_out: leave_out.collect(),
    };
    let mut passed = PassedOver::default();
    let mut transaction = begin(pool).await?;
    for _ in 0..ROUNDS {
        let found = candidates(&mut transaction, &terms, &passed).await?;
        if found.is_empty() {
            break;
        }
        for candidate in found {
            if passed.has(&candidate) {
                continue;
            }
            let mut claimed = try_claim(&mut transaction, &terms, &candidate).await?;
            if claimed.is_empty() {
                passed.add(candidate);
                continue;
            }
            transaction.commit().await.map_err(store_error)?;
            // An UPDATE returns its rows in any order.
            claimed.sort_by_key(|record| (record.due_at, record.seq));
            return claimed.into_iter().map(TryInto::try_into).collect();
        }
    }
    transaction.rollback().await.map_err(store_error)?;
    Ok(Vec::new())
}

/// What has been due for longest, of sessions nobody is at work on. The accounts are found one behind the other in the
/// index, so that it does not matter how much is pending of each.
async fn candidates(
    connection: &mut PgConnection,
    terms: &Terms,
    passed: &PassedOver,
) -> Result<Vec<Candidate>, StoreError> {
    sqlx::query_as!(
        Candidate,
        r#"WITH RECURSIVE accounts AS (
               (SELECT d.account FROM idv.deliveries d
                WHERE d.state = 'pending' AND d.account >= '' ORDER BY d.account LIMIT 1)
               UNION ALL
               SELECT (SELECT d.account FROM idv.deliveries d
                       WHERE d.state = 'pending' AND d.account > a.account ORDER BY d.account LIMIT 1)
               FROM accounts a WHERE a.account IS NOT NULL
           )
           SELECT c.seq AS "seq!", c.account AS "account!", c.session_id AS "session_id?"
           FROM accounts a CROSS JOIN LATERAL (
               SELECT d.seq, d.account, d.session_id, d.due_at FROM idv.deliveries d
               WHERE d.state = 'pending' AND d.account = a.account AND d.due_at <= $1
                 AND (d.lease_until IS NULL OR d.lease_until <= $1)
                 AND NOT EXISTS (SELECT 1 FROM idv.deliveries s
                                 WHERE s.state = 'pending' AND s.account = d.account AND s.session_id = d.session_id
                                   AND s.lease_until > $1)
                 AND NOT EXISTS (SELECT 1 FROM unnest($3::text[], $4::text[]) AS p (account, session_id)
                                 WHERE p.account = d.account AND p.session_id = d.session_id)
                 AND NOT d.seq = ANY ($5)
               ORDER BY d.due_at, d.seq LIMIT $6
           ) AS c
           WHERE a.account IS NOT NULL AND NOT a.account = ANY ($2)
           ORDER BY c.due_at, c.seq LIMIT $6"#,
        terms.now,
        &terms.leave_out,
        &passed.accounts,
        &passed.sessions,
        &passed.seqs,
        CANDIDATES,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}

/// Claims a candidate and what else waits of its session. Nothing if somebody else is at it.
async fn try_claim(
    connection: &mut PgConnection,
    terms: &Terms,
    candidate: &Candidate,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    match &candidate.session_id {
        Some(session) => {
            if !lock::try_session_of_claim(connection, &candidate.account, session).await? {
                return Ok(Vec::new());
            }
            claim_session(connection, terms, &candidate.account, session).await
        }
        None => claim_single(connection, terms, candidate.seq).await,
    }
}

/// Rows that are locked by somebody who ends the work on them or wakes them up are left out: nobody who holds the lock
/// of a session waits. Whatever duplicate came before this moment is covered by the work that begins now, so the mark
/// is taken away.
async fn claim_session(
    connection: &mut PgConnection,
    terms: &Terms,
    account: &str,
    session: &str,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    // As an array the rows are found once, and then by their numbers: a plan that joins may read the whole table.
    sqlx::query_as!(
        DeliveryRecord,
        "UPDATE idv.deliveries
         SET lease_until = $2, attempts = attempts + CASE WHEN due_at <= $1 THEN 1 ELSE 0 END, woken_at = NULL
         WHERE seq = ANY (ARRAY(
             SELECT s.seq FROM (
                 SELECT l.seq, l.size, sum(l.size) OVER (ORDER BY l.due_at, l.seq ROWS UNBOUNDED PRECEDING) AS so_far
                 FROM (
                     SELECT w.seq, w.due_at, length(w.body) AS size FROM idv.deliveries w
                     WHERE w.state = 'pending' AND w.account = $3 AND w.session_id = $4
                       AND NOT EXISTS (SELECT 1 FROM idv.deliveries o
                                       WHERE o.state = 'pending' AND o.account = $3 AND o.session_id = $4
                                         AND o.lease_until > $1)
                     ORDER BY w.due_at, w.seq LIMIT $5 FOR NO KEY UPDATE OF w SKIP LOCKED
                 ) AS l
             ) AS s
             WHERE s.so_far - s.size = 0 OR s.so_far <= $6
         ))
         RETURNING seq, id, account, receipt, body, state, session_id, trace, attempts, due_at, reason",
        terms.now,
        terms.until,
        account,
        session,
        i64::from(CLAIMED_AT_MOST),
        i64::from(CLAIMED_BYTES_AT_MOST),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}

/// A delivery whose session is not known. The lock of its row is enough.
async fn claim_single(
    connection: &mut PgConnection,
    terms: &Terms,
    seq: i64,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    sqlx::query_as!(
        DeliveryRecord,
        "UPDATE idv.deliveries SET lease_until = $2, attempts = attempts + 1, woken_at = NULL
         WHERE seq = ANY (ARRAY(
             SELECT d.seq FROM idv.deliveries d
             WHERE d.seq = $3 AND d.state = 'pending' AND d.session_id IS NULL AND d.due_at <= $1
               AND (d.lease_until IS NULL OR d.lease_until <= $1)
             FOR NO KEY UPDATE SKIP LOCKED
         ))
         RETURNING seq, id, account, receipt, body, state, session_id, trace, attempts, due_at, reason",
        terms.now,
        terms.until,
        seq,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}

pub(super) async fn extend(
    pool: &PgPool,
    ids: &[DeliveryId],
    until: Timestamp,
) -> Result<(), StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    let until = micros(until);
    // In the order of arrival, like every statement that changes several deliveries.
    sqlx::query!(
        "UPDATE idv.deliveries SET lease_until = $2
         WHERE seq = ANY (ARRAY(
             SELECT d.seq FROM idv.deliveries d
             WHERE d.id = ANY ($1) AND d.lease_until IS NOT NULL AND d.state = 'pending'
             ORDER BY d.seq FOR NO KEY UPDATE
         ))",
        &ids,
        until,
    )
    .execute(pool)
    .await
    .map(drop)
    .map_err(store_error)
}

/// Only what is still pending, and still as it was claimed: after a lease ran out, somebody else may have ended the
/// work, or may be at it.
pub(super) async fn give_back(
    pool: &PgPool,
    deliveries: &[GivenBack],
    reason: &str,
) -> Result<(), StoreError> {
    let ids: Vec<_> = deliveries.iter().map(|back| back.id.as_uuid()).collect();
    let attempts: Vec<_> = deliveries.iter().map(|b| i64::from(b.attempts)).collect();
    let counted_as: Vec<_> = deliveries.iter().map(|b| i64::from(b.counted_as)).collect();
    let due_at: Vec<_> = deliveries.iter().map(|back| micros(back.due_at)).collect();
    let reason = text(reason);
    sqlx::query!(
        "WITH given AS MATERIALIZED (
             SELECT d.seq, e.due_at, e.counted_as
             FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS e (id, attempts, counted_as, due_at)
             JOIN idv.deliveries d ON d.id = e.id
             WHERE d.state = 'pending' AND d.attempts = e.attempts
             ORDER BY d.seq FOR NO KEY UPDATE OF d
         )
         UPDATE idv.deliveries d
         SET due_at = given.due_at, attempts = given.counted_as, lease_until = NULL, reason = $5
         FROM given WHERE d.seq = given.seq",
        &ids,
        &attempts,
        &counted_as,
        &due_at,
        &reason as &str,
    )
    .execute(pool)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(super) async fn make_due(
    pool: &PgPool,
    account: &AccountId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let account = text(account.as_str());
    let now = micros(now);
    sqlx::query!(
        "UPDATE idv.deliveries SET due_at = $2
         WHERE seq = ANY (ARRAY(
             SELECT d.seq FROM idv.deliveries d
             WHERE d.state = 'pending' AND d.account = $1 AND d.due_at > $2
               AND (d.lease_until IS NULL OR d.lease_until <= $2)
             ORDER BY d.due_at, d.seq LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
         ))",
        &account as &str,
        now,
        i64::from(limit),
    )
    .execute(pool)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}
