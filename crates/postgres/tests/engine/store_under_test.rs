//! Postgres, a database of its own. The engine's tests ask for `crate::store_under_test`, and this is that crate.

use std::sync::Arc;

use idv_core::Secret;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_sqlite::SqliteStore;
use idv_testkit::private_postgres;

use crate::world::Fresh;

pub(crate) async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(&Secret::from(url), &PostgresSettings::default())
        .await
        .unwrap()
}

/// None where there is no Postgres, which was said aloud then.
pub(crate) async fn on_postgres() -> Option<Fresh> {
    let prepare = |url: String| async move { open(&url).await.close().await };
    let database = private_postgres::copy_of_prepared(prepare).await?;
    let store = open(database.url()).await;
    Some((Arc::new(store), Box::new(database)))
}

/// The engine's tests cannot do without a store: where there is no Postgres, they repeat what they show of SQLite.
pub(crate) async fn fresh() -> Option<Fresh> {
    if let Some(fresh) = on_postgres().await {
        return Some(fresh);
    }
    let store = SqliteStore::in_memory().await.unwrap();
    Some((Arc::new(store), Box::new(())))
}
