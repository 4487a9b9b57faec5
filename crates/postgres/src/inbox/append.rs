//! Storing what arrived: any number of deliveries in one transaction, and in few statements.
//!
//! A statement costs far more than a row (every one is a trip to the server), so a batch is one statement: its
//! columns are arrays that the statement takes apart.

use std::borrow::Cow;

use idv_core::{DeliveryId, SessionId};
use idv_engine::store::{Appended, NewDelivery, StoreError, StoreErrorKind};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::begin::begin;
use crate::columns::{maybe_text, micros, text, to_json};
use crate::failure::{corrupt, store_error};

/// The most rows in one statement. It bounds the memory a call takes.
const BATCH: usize = 256;
/// How often to begin again if others were in the way.
const TRIES: u32 = 3;

pub(super) async fn append(
    pool: &PgPool,
    deliveries: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let mut tries = 1;
    loop {
        match append_once(pool, deliveries).await {
            // Nothing was written, and a sender waits for the answer.
            Err(error) if error.kind == StoreErrorKind::Conflict && tries < TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn append_once(
    pool: &PgPool,
    deliveries: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    let mut answers = Vec::with_capacity(deliveries.len());
    let mut transaction = begin(pool).await?;
    for batch in deliveries.chunks(BATCH) {
        let columns = Columns::of(batch)?;
        answers.append(&mut append_batch(&mut transaction, batch, &columns).await?);
    }
    transaction.commit().await.map_err(store_error)?;
    Ok(answers)
}

/// A batch, column by column.
struct Columns<'a> {
    ids: Vec<Uuid>,
    accounts: Vec<Cow<'a, str>>,
    dedup_keys: Vec<Cow<'a, str>>,
    receipts: Vec<String>,
    sessions: Vec<Option<Cow<'a, str>>>,
    traces: Vec<Option<&'a str>>,
    received_at: Vec<i64>,
    bodies: Vec<&'a [u8]>,
    wakes: Vec<bool>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a [NewDelivery]) -> Result<Self, StoreError> {
        let receipts = batch.iter().map(|delivery| to_json(&delivery.receipt));
        Ok(Self {
            ids: batch.iter().map(|d| d.id.as_uuid()).collect(),
            accounts: batch.iter().map(|d| text(d.account.as_str())).collect(),
            dedup_keys: batch
                .iter()
                .map(|d| text(d.receipt.deduplication_key.as_str()))
                .collect(),
            receipts: receipts.collect::<Result<_, _>>()?,
            sessions: batch
                .iter()
                .map(|d| maybe_text(d.session.as_ref().map(SessionId::as_str)))
                .collect(),
            traces: batch.iter().map(|d| d.trace.as_deref()).collect(),
            received_at: batch
                .iter()
                .map(|d| micros(d.receipt.received_at))
                .collect(),
            bodies: batch.iter().map(|d| d.body.as_bytes()).collect(),
            wakes: batch.iter().map(|d| d.wake_on_duplicate).collect(),
        })
    }
}

/// Rows are numbered in the order of the batch and inserted in the order of their keys: two batches with the same
/// keys in different orders would otherwise wait for each other.
async fn append_batch(
    connection: &mut PgConnection,
    batch: &[NewDelivery],
    columns: &Columns<'_>,
) -> Result<Vec<Appended>, StoreError> {
    let written = sqlx::query!(
        "WITH arrived AS MATERIALIZED (
             SELECT nextval('idv.deliveries_seq') AS seq, e.*
             FROM (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[],
                                        $7::text[], $8::text[])
                       WITH ORDINALITY AS u (id, account, dedup_key, receipt, received_at, body, session_id, trace,
                                             place)
                   ORDER BY place) AS e
         )
         INSERT INTO idv.deliveries (seq, id, account, dedup_key, receipt, due_at, body, session_id, trace)
         SELECT seq, id, account, dedup_key, receipt, received_at, body, session_id, trace FROM arrived
         ORDER BY account COLLATE \"C\", dedup_key COLLATE \"C\", seq
         ON CONFLICT (account, dedup_key) DO NOTHING",
        &columns.ids,
        &columns.accounts as _,
        &columns.dedup_keys as _,
        &columns.receipts,
        &columns.received_at,
        &columns.bodies as _,
        &columns.sessions as _,
        &columns.traces as _,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if usize::try_from(written.rows_affected()) == Ok(batch.len()) {
        return Ok(vec![Appended::Stored; batch.len()]);
    }
    let answers = who_was_first(connection, batch, columns).await?;
    wake(connection, columns).await?;
    Ok(answers)
}

/// Some were duplicates, of older rows or of each other: asks which row each of them has become. The insertion has
/// waited for whoever was inserting the same key, so that row is visible now.
async fn who_was_first(
    connection: &mut PgConnection,
    batch: &[NewDelivery],
    columns: &Columns<'_>,
) -> Result<Vec<Appended>, StoreError> {
    let stored = sqlx::query_scalar!(
        "SELECT d.id
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS e (account, dedup_key, place)
         JOIN idv.deliveries d ON d.account = e.account AND d.dedup_key = e.dedup_key
         ORDER BY e.place",
        &columns.accounts as _,
        &columns.dedup_keys as _,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    if stored.len() != batch.len() {
        return Err(corrupt("a delivery is neither new nor a duplicate"));
    }
    let answers = batch.iter().zip(stored).map(|(delivery, id)| {
        let id = DeliveryId::from_uuid(id);
        if id == delivery.id {
            Appended::Stored
        } else {
            Appended::Duplicate(id)
        }
    });
    Ok(answers.collect())
}

/// Puts the first of each duplicate back to work, where the duplicate asks for it.
///
/// - Done, unmatched: pending again, as if it had just arrived.
/// - Pending: work on it may be under way and may have looked at the vendor before the change this duplicate tells
///   of. It is marked, and settling it makes one more round of it. Claiming it takes the mark away.
/// - Ignored, dead: left alone. The same bytes would be ignored again; and what is dead waits for an operator, whom
///   a vendor's repetition must not overrule.
///
/// A row that is being settled is waited for, and then judged by what it has become.
async fn wake(connection: &mut PgConnection, columns: &Columns<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH woken AS MATERIALIZED (
             SELECT d.seq, e.received_at
             FROM (SELECT u.account, u.dedup_key, max(u.received_at) AS received_at
                   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::boolean[])
                       AS u (id, account, dedup_key, received_at, wakes)
                   WHERE u.wakes AND NOT EXISTS (SELECT 1 FROM idv.deliveries s WHERE s.id = u.id)
                   GROUP BY u.account, u.dedup_key) AS e
             JOIN idv.deliveries d ON d.account = e.account AND d.dedup_key = e.dedup_key
             WHERE d.state IN ('pending', 'done', 'unmatched')
             ORDER BY d.seq FOR NO KEY UPDATE OF d
         )
         UPDATE idv.deliveries d
         SET woken_at = CASE WHEN d.state = 'pending' THEN woken.received_at END,
             attempts = CASE WHEN d.state = 'pending' THEN d.attempts ELSE 0 END,
             due_at   = CASE WHEN d.state = 'pending' THEN d.due_at ELSE woken.received_at END,
             reason   = CASE WHEN d.state = 'pending' THEN d.reason END,
             state    = 'pending'
         FROM woken WHERE d.seq = woken.seq",
        &columns.ids,
        &columns.accounts as _,
        &columns.dedup_keys as _,
        &columns.received_at,
        &columns.wakes,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
