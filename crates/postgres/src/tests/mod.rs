//! What is Postgres' own: the server, the locks, the plans.

mod concurrency;
mod connections;
mod history;
mod joined;
mod plans;
mod rows;
mod scrub;
mod server;
mod stream;
mod unmatched;
mod upgrade;

use idv_core::Secret;
use idv_testkit::private_postgres::{self, Database};

use crate::{PostgresSettings, PostgresStore};

async fn open(url: &str) -> PostgresStore {
    open_with(url, &PostgresSettings::default()).await
}

async fn open_with(url: &str, settings: &PostgresSettings) -> PostgresStore {
    PostgresStore::open(&Secret::from(url), settings)
        .await
        .unwrap()
}

/// A database with our schema. None where there is no Postgres, which was said aloud then.
async fn migrated() -> Option<Database> {
    private_postgres::copy_of_prepared(|url| async move { open(&url).await.close().await }).await
}

/// A store over a database of its own.
async fn fresh() -> Option<(PostgresStore, Database)> {
    let database = migrated().await?;
    Some((open(database.url()).await, database))
}
