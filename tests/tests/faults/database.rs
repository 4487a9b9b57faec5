//! What a gateway runs on.

use std::path::Path;
use std::sync::Arc;

use idv_core::Secret;
use idv_engine::store::Store;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_sqlite::SqliteStore;
use idv_testkit::private_postgres;

/// On which database the gateway runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// What a gateway stores its things in.
pub(crate) enum Database {
    /// A file in its folder.
    File,
    /// A database of its own on a server.
    Postgres(private_postgres::Database),
}

impl Database {
    pub(crate) fn empty_postgres() -> Option<Self> {
        private_postgres::database().map(Self::Postgres)
    }

    pub(crate) fn settings(&self) -> String {
        match self {
            Self::File => String::new(),
            Self::Postgres(database) => format!("[database]\nurl = {:?}\n", database.url()),
        }
    }

    /// For whoever looks into it. `dir`: the folder of the gateway.
    pub(crate) async fn store(&self, dir: &Path) -> Arc<dyn Store> {
        match self {
            Self::File => {
                let path = dir.join("idv.db");
                Arc::new(SqliteStore::open(&path).await.unwrap())
            }
            Self::Postgres(database) => {
                let url = Secret::new(database.url().to_owned());
                let settings = PostgresSettings::default();
                Arc::new(PostgresStore::open(&url, &settings).await.unwrap())
            }
        }
    }
}
