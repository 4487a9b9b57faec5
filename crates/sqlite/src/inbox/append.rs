//! Storing what arrived: any number of deliveries in one transaction, and in few statements.
//!
//! A statement costs far more than a row (every one is a trip to the connection's thread), so a batch is one
//! statement: its small columns are one JSON array, its bodies are one blob that the statement cuts up.

use idv_core::DeliveryId;
use idv_engine::store::{Appended, NewDelivery, StoreError};
use serde::Serialize;
use sqlx::types::Uuid;
use sqlx::{SqliteConnection, SqlitePool};

use crate::begin::begin_immediate;
use crate::columns::{hex, micros, to_json};
use crate::failure::{corrupt, store_error};

/// The most rows in one statement. It bounds the memory a call takes.
const BATCH: usize = 256;

/// One delivery in the JSON array. Text is written as hex, so that no character in it means anything to SQLite.
#[derive(Serialize)]
struct Entry {
    id: String,
    account: String,
    dedup_key: String,
    receipt: String,
    received_at: i64,
    /// Where its body begins in the blob, from 1.
    body_at: usize,
    body_length: usize,
    /// The session, if it is known.
    session: Option<String>,
    trace: Option<String>,
    wake: bool,
}

pub(super) async fn append(
    writer: &SqlitePool,
    deliveries: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    match deliveries {
        [] => Ok(Vec::new()),
        few if few.len() <= BATCH => append_few(writer, few).await,
        many => append_many(writer, many).await,
    }
}

/// One statement is a transaction by itself, and it is cheaper without one around it: within a transaction SQLite writes
/// every page that a statement of many rows changes to a file beside first, to be able to undo that statement alone.
///
/// Whatever duplicates ask for is a transaction of its own then. Whoever dies in between has answered nobody, so they all
/// come again.
async fn append_few(
    writer: &SqlitePool,
    batch: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    let (entries, bodies) = encode(batch)?;
    let mut connection = writer.acquire().await.map_err(store_error)?;
    let written = insert(&mut connection, &entries, &bodies).await?;
    drop(connection);
    if usize::try_from(written) == Ok(batch.len()) {
        return Ok(vec![Appended::Stored; batch.len()]);
    }
    let mut transaction = begin_immediate(writer).await?;
    let answers = heed_duplicates(&mut transaction, &entries, batch).await?;
    transaction.commit().await.map_err(store_error)?;
    Ok(answers)
}

async fn append_many(
    writer: &SqlitePool,
    deliveries: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    let mut answers = Vec::with_capacity(deliveries.len());
    let mut transaction = begin_immediate(writer).await?;
    for batch in deliveries.chunks(BATCH) {
        let (entries, bodies) = encode(batch)?;
        let written = insert(&mut transaction, &entries, &bodies).await?;
        if usize::try_from(written) == Ok(batch.len()) {
            answers.resize(answers.len() + batch.len(), Appended::Stored);
        } else {
            answers.append(&mut heed_duplicates(&mut transaction, &entries, batch).await?);
        }
    }
    transaction.commit().await.map_err(store_error)?;
    Ok(answers)
}

/// Returns how many of them are new.
async fn insert(
    connection: &mut SqliteConnection,
    entries: &str,
    bodies: &[u8],
) -> Result<u64, StoreError> {
    sqlx::query!(
        "INSERT INTO deliveries (id, account, dedup_key, receipt, session_id, trace, due_at, body)
         SELECT unhex(value ->> 'id'), CAST(unhex(value ->> 'account') AS TEXT),
                CAST(unhex(value ->> 'dedup_key') AS TEXT), CAST(unhex(value ->> 'receipt') AS TEXT),
                CAST(unhex(value ->> 'session') AS TEXT), CAST(unhex(value ->> 'trace') AS TEXT),
                value ->> 'received_at', substr(?2, value ->> 'body_at', value ->> 'body_length')
         FROM json_each(?1) WHERE true ORDER BY key
         ON CONFLICT (account, dedup_key) DO NOTHING",
        entries,
        bodies,
    )
    .execute(connection)
    .await
    .map(|written| written.rows_affected())
    .map_err(store_error)
}

async fn heed_duplicates(
    connection: &mut SqliteConnection,
    entries: &str,
    batch: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    let answers = who_was_first(connection, entries, batch).await?;
    wake(connection, entries).await?;
    Ok(answers)
}

/// Some were duplicates, of older rows or of each other: asks which row each of them has become.
async fn who_was_first(
    connection: &mut SqliteConnection,
    entries: &str,
    batch: &[NewDelivery],
) -> Result<Vec<Appended>, StoreError> {
    let stored = sqlx::query_scalar!(
        r#"SELECT d.id AS "id: Uuid"
           FROM json_each(?1) e CROSS JOIN deliveries d
             ON d.account = CAST(unhex(e.value ->> 'account') AS TEXT)
            AND d.dedup_key = CAST(unhex(e.value ->> 'dedup_key') AS TEXT)
           ORDER BY e.key"#,
        entries,
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
/// A `+` keeps SQLite from looking through all that is in one of the states.
async fn wake(connection: &mut SqliteConnection, entries: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE deliveries
         SET woken_at    = iif(state = 'pending', e.received_at, NULL),
             attempts    = iif(state = 'pending', attempts, 0),
             due_at      = iif(state = 'pending', due_at, e.received_at),
             reason      = iif(state = 'pending', reason, NULL),
             state       = 'pending'
         FROM (SELECT unhex(value ->> 'id') AS id, CAST(unhex(value ->> 'account') AS TEXT) AS account,
                      CAST(unhex(value ->> 'dedup_key') AS TEXT) AS dedup_key,
                      max(value ->> 'received_at') AS received_at
               FROM json_each(?1) WHERE value ->> 'wake' GROUP BY 2, 3) AS e
         WHERE deliveries.account = e.account AND deliveries.dedup_key = e.dedup_key
           AND deliveries.id <> e.id AND +state IN ('pending', 'done', 'unmatched')",
        entries,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

fn encode(batch: &[NewDelivery]) -> Result<(String, Vec<u8>), StoreError> {
    let mut bodies = Vec::with_capacity(batch.iter().map(|d| d.body.as_bytes().len()).sum());
    let mut entries = Vec::with_capacity(batch.len());
    for delivery in batch {
        let body = delivery.body.as_bytes();
        let (session, trace) = (delivery.session.as_ref(), delivery.trace.as_ref());
        entries.push(Entry {
            id: hex(delivery.id.as_uuid().as_bytes()),
            account: hex(delivery.account.as_str().as_bytes()),
            dedup_key: hex(delivery.receipt.deduplication_key.as_str().as_bytes()),
            receipt: hex(to_json(&delivery.receipt)?.as_bytes()),
            received_at: micros(delivery.receipt.received_at),
            body_at: bodies.len() + 1,
            body_length: body.len(),
            session: session.map(|id| hex(id.as_str().as_bytes())),
            trace: trace.map(|trace| hex(trace.as_bytes())),
            wake: delivery.wake_on_duplicate,
        });
        bodies.extend_from_slice(body);
    }
    Ok((to_json(&entries)?, bodies))
}
