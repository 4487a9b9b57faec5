//! The database the configuration names: a SQLite file, or a Postgres that several replicas may share.

use std::sync::Arc;

use idv_engine::store::{Store, StoreError};
use idv_postgres::PostgresStore;
use idv_sqlite::SqliteStore;

use crate::config::DatabaseSettings;

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// One file, one machine.
    Sqlite(SqliteStore),
    /// A server.
    Postgres(PostgresStore),
}

impl Database {
    /// Opens it and brings its schema up to date.
    pub(crate) async fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        match settings {
            DatabaseSettings::Sqlite { path } => SqliteStore::open(path).await.map(Self::Sqlite),
            DatabaseSettings::Postgres { url, settings } => {
                PostgresStore::open(url, settings).await.map(Self::Postgres)
            }
        }
    }

    /// As the engine knows it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        let store: Arc<dyn Store> = match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
        };
        #[cfg(feature = "fault-points")]
        let store = crate::fault_points::FaultyStore::around(store);
        store
    }

    /// Closes every connection, after what is under way has ended.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}
