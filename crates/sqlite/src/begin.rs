//! Transactions that write, and transactions that read.

use idv_engine::store::StoreError;
use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::failure::store_error;

/// Begins a transaction that may write. It has the write lock from the start: one that reads first and asks for the
/// lock later can be refused at once, whatever the busy timeout says.
pub(crate) async fn begin_immediate(
    writer: &SqlitePool,
) -> Result<Transaction<'static, Sqlite>, StoreError> {
    match writer.begin_with("BEGIN IMMEDIATE").await {
        // SQLite ends a transaction by itself after some failures, such as a full disk. sqlx then still counts it
        // as open and would refuse every later one on that connection.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            let connection = writer.acquire().await.map_err(store_error)?;
            connection.close().await.map_err(store_error)?;
            writer.begin_with("BEGIN IMMEDIATE").await
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
