//! Transactions that write, and transactions that read.

use idv_engine::store::StoreError;
use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::failure::store_error;

/// Begins a transaction that may write. It has the write lock from the start: one that reads first and asks for the
/// lock later can be refused at once, whatever the busy timeout says.
pub(crate) async fn begin_immediate(
    writer: &SqlitePool,
) -> Result<Transaction<'static, Sqlite>, StoreError> {
    begin(writer, "BEGIN IMMEDIATE").await
}

/// As [`begin_immediate`], and its commit does not wait for the disk. It outlives the process, however that ends. A power
/// cut may undo it, with nothing left that was built on it: whatever is synced later is synced with all that was
/// committed before it.
///
/// For what is worth nothing without the process that did it, or follows from what is there and is done again: who is
/// at work on something, and which deliveries there are to make. Never for what anybody was told of.
pub(crate) async fn begin_unsynced(
    writer: &SqlitePool,
) -> Result<Transaction<'static, Sqlite>, StoreError> {
    // Whoever gets the connection next has it synced again: see `open`.
    begin(writer, "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE").await
}

async fn begin(
    writer: &SqlitePool,
    statement: &'static str,
) -> Result<Transaction<'static, Sqlite>, StoreError> {
    match writer.begin_with(statement).await {
        // SQLite ends a transaction by itself after some failures, such as a full disk. sqlx then still counts it
        // as open and would refuse every later one on that connection.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            let connection = writer.acquire().await.map_err(store_error)?;
            connection.close().await.map_err(store_error)?;
            writer.begin_with(statement).await
        }
        begun => begun,
    }
    .map_err(store_error)
}

/// Begins a transaction whose statements all see the same state.
pub(crate) async fn begin_read(
    readers: &SqlitePool,
) -> Result<Transaction<'static, Sqlite>, StoreError> {
    readers.begin_with("BEGIN").await.map_err(store_error)
}
