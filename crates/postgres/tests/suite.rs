//! The promises every store keeps, kept by Postgres.
#![cfg(test)]

use std::sync::Arc;

use idv_core::Secret;
use idv_engine::store::Store;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_testkit::private_postgres::{self, Database};

async fn open(url: String) -> PostgresStore {
    let settings = PostgresSettings::default();
    PostgresStore::open(&Secret::new(url), &settings)
        .await
        .unwrap()
}

/// A store over a database of its own, copied from one that was migrated once.
async fn fresh() -> Option<(Arc<dyn Store>, Database)> {
    let database =
        private_postgres::copy_of_prepared(|url| async { open(url).await.close().await }).await?;
    let store = open(database.url().to_owned()).await;
    Some((Arc::new(store), database))
}

idv_engine::store_suite!(match fresh().await {
    Some(fresh) => std::future::ready(fresh),
    // Said aloud already.
    None => return,
});
