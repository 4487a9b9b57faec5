//! The life of a request over Postgres: the engine's own cases, and what only several replicas can show.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "the engine's cases read JSON directly"
)]

#[path = "../../../engine/tests/life/cases/mod.rs"]
mod cases;
mod replicas;
#[path = "../../../engine/tests/world/mod.rs"]
mod world;

mod store_under_test {
    //! Postgres, a database of its own for each world.

    use std::sync::Arc;

    use idv_core::Secret;
    use idv_postgres::{PostgresSettings, PostgresStore};
    use idv_testkit::private_postgres;

    use crate::world::Fresh;

    /// What the store is called.
    pub(crate) const NAME: &str = "Postgres";

    pub(crate) async fn open(url: String) -> PostgresStore {
        let settings = PostgresSettings::default();
        PostgresStore::open(&Secret::new(url), &settings)
            .await
            .unwrap()
    }

    /// A database of its own; none where there is no Postgres, which was said aloud then.
    pub(crate) async fn fresh() -> Option<Fresh> {
        let database =
            private_postgres::copy_of_prepared(|url| async { open(url).await.close().await })
                .await?;
        let store = open(database.url().to_owned()).await;
        Some((Arc::new(store), Box::new(database)))
    }
}
