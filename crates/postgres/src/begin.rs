//! Transactions that write.

use idv_engine::store::StoreError;
use sqlx::{PgPool, Postgres, Transaction};

use crate::failure::store_error;

/// Begins a transaction that may write. Isolation and access are said every time: the defaults of a database can be
/// set to anything, and the locks of this crate are thought out for READ COMMITTED, where a statement sees what was
/// committed before it began. So what is read after a lock was taken is what the lock protects.
pub(crate) async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, StoreError> {
    pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        .await
        .map_err(store_error)
}
