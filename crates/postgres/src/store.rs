//! The store itself: a pool.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use async_trait::async_trait;
use idv_engine::store::{ApiKeys, Inbox, Jobs, Outbox, OwnedUnitOfWork, Reads, Store, StoreError};
use sqlx::PgPool;

use crate::begin::begin;
use crate::failure::store_error;
use crate::rollbacks::{OwnTransaction, Rollbacks};
use crate::schema;
use crate::scrub;
use crate::unit_of_work::Owned;

/// One Postgres database as the engine's store. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    /// How often deliveries were claimed: every so often, the counts are added together.
    pub(crate) claims: Arc<AtomicU32>,
    pub(crate) rollbacks: Arc<Rollbacks>,
}

impl PostgresStore {
    /// Closes every connection, after what is under way has ended. Whoever asks the store later gets an error.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError> {
        self.rollbacks.wait().await;
        let transaction = begin(&self.pool).await?;
        let transaction = OwnTransaction::new(transaction, Arc::clone(&self.rollbacks));
        Ok(Box::new(Owned::own(transaction)))
    }

    fn inbox(&self) -> &dyn Inbox {
        self
    }

    fn jobs(&self) -> &dyn Jobs {
        self
    }

    fn outbox(&self) -> &dyn Outbox {
        self
    }

    fn reads(&self) -> &dyn Reads {
        self
    }

    fn api_keys(&self) -> &dyn ApiKeys {
        self
    }

    /// Begins a transaction that could write, so a server that has become a standby is noticed; nothing is written.
    async fn check(&self) -> Result<(), StoreError> {
        let mut transaction = begin(&self.pool).await?;
        schema::must_be_current(&mut transaction).await?;
        transaction.rollback().await.map_err(store_error)
    }

    /// Removes deleted rows and old versions of rows from the tables of keys and subjects. What Postgres keeps beside
    /// its tables is out of reach: see "Erasure" in the documentation of this crate.
    async fn scrub(&self) -> Result<(), StoreError> {
        scrub::scrub(&self.pool).await
    }
}
