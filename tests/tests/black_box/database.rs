//! Where a gateway under test keeps its data. A test that holds for both stores takes one of these.

use std::path::Path;
use std::sync::Arc;

use idv_core::Secret;
use idv_engine::store::Store;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_sqlite::SqliteStore;
use idv_testkit::private_postgres;

/// Where a gateway under test keeps its data.
#[derive(Clone)]
pub(crate) enum Database {
    /// A SQLite file in the gateway's directory.
    File,
    /// A database on the tests' own Postgres, which goes with the last who holds it.
    Server(Arc<private_postgres::Database>),
}

/// For `on_every_store!`.
pub(crate) async fn sqlite() -> Option<(Database, ())> {
    Some((Database::File, ()))
}

/// For `on_every_store!`. None where there is no Postgres, which was said aloud then.
pub(crate) async fn postgres() -> Option<(Database, ())> {
    Database::server().map(|database| (database, ()))
}

impl Database {
    /// An empty one on Postgres; none where there is no Postgres, which was said aloud then.
    pub(crate) fn server() -> Option<Self> {
        private_postgres::database().map(|database| Self::Server(Arc::new(database)))
    }

    /// The table of the configuration that names it.
    pub(crate) fn table(&self) -> String {
        match self {
            Self::File => String::new(),
            Self::Server(database) => {
                format!(
                    "[database]\nurl = \"{}\"\nconnections = 8\n",
                    database.url()
                )
            }
        }
    }

    /// The store of a gateway in this directory, opened by the test.
    pub(crate) async fn open(&self, dir: &Path) -> Arc<dyn Store> {
        match self {
            Self::File => Arc::new(SqliteStore::open(&dir.join("idv.db")).await.unwrap()),
            Self::Server(database) => {
                let mut settings = PostgresSettings::default();
                settings.connections = 2;
                let url = Secret::from(database.url());
                Arc::new(PostgresStore::open(&url, &settings).await.unwrap())
            }
        }
    }

    /// A dump of all that is on the server; nothing for a file, which lies in the gateway's directory.
    pub(crate) fn dump(&self) -> Option<Vec<u8>> {
        match self {
            Self::File => None,
            Self::Server(database) => Some(database.dump()),
        }
    }
}
