//! Where a gateway keeps its data.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use idv_core::Secret;
use idv_engine::store::Store;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_sqlite::SqliteStore;
use idv_testkit::private_postgres;

/// Where a gateway keeps its data. Either way what is written is synced, as an operator would have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file.
    Sqlite,
    /// On a server of this run alone.
    Postgres,
}

impl Database {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(super) fn make(self, folder: &Path) -> Result<Made, String> {
        match self {
            Self::Sqlite => Ok(Made::File(folder.join("idv.db"))),
            Self::Postgres => private_postgres::durable_database().map(Made::Server).ok_or_else(|| {
                "there is no Postgres here: install the package `postgresql` (15 or newer) or set IDV_TEST_POSTGRES_URL"
                    .to_owned()
            }),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        })
    }
}

/// One that was made, until it is dropped.
#[derive(Debug)]
pub(super) enum Made {
    File(PathBuf),
    Server(private_postgres::Database),
}

impl Made {
    /// For the configuration.
    pub(super) fn setting(&self) -> String {
        match self {
            Self::File(path) => format!("path = {path:?}"),
            Self::Server(database) => format!("url = {:?}", database.url()),
        }
    }

    pub(super) async fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::File(path) => Arc::new(SqliteStore::open(path).await.unwrap()),
            Self::Server(database) => {
                let url = Secret::new(database.url().to_owned());
                let settings = PostgresSettings::default();
                Arc::new(PostgresStore::open(&url, &settings).await.unwrap())
            }
        }
    }

    /// Tells the planner how many rows there are, as an autovacuum would have in time.
    pub(super) fn look_after_tables(&self) {
        if let Self::Server(database) = self {
            database.run("VACUUM (ANALYZE)");
        }
    }
}
