//! SQLite in memory.

use std::sync::Arc;

use idv_sqlite::SqliteStore;

use crate::world::Fresh;

/// What the store is called.
pub(crate) const NAME: &str = "SQLite";

/// A database of its own.
pub(crate) async fn fresh() -> Option<Fresh> {
    let store = SqliteStore::in_memory().await.unwrap();
    Some((Arc::new(store), Box::new(())))
}
