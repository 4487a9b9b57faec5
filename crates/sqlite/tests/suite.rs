//! The promises every store keeps, kept by SQLite in a file.
#![cfg(test)]

use std::sync::Arc;

use idv_engine::store::Store;
use idv_sqlite::SqliteStore;

async fn fresh() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("idv.sqlite"))
        .await
        .unwrap();
    (Arc::new(store), folder)
}

idv_engine::store_suite!(fresh());
