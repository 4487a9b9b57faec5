//! The store itself: two pools and the schema they must show.

use std::sync::Arc;

use async_trait::async_trait;
use idv_engine::store::{
    ApiKeys, Inbox, Jobs, Outbox, OwnedUnitOfWork, Polls, Reads, Replicas, Store, StoreError,
};
use sqlx::SqlitePool;

use crate::begin::begin_immediate;
use crate::checkpoint::Checkpoints;
use crate::failure::store_error;
use crate::schema::Schema;
use crate::scrub;
use crate::unit_of_work::Owned;

/// One SQLite database as the engine's store. Clones share the same connections.
///
/// There is one connection that writes, one that moves the write-ahead log, and four that only read, so reads never wait
/// for a unit of work. (In memory there is a single connection for everything.)
#[derive(Clone, Debug)]
pub struct SqliteStore {
    /// One connection. SQLite has one writer at a time, so waiting happens here, in order, and not in SQLite.
    pub(crate) writer: SqlitePool,
    /// Connections that cannot write.
    pub(crate) readers: SqlitePool,
    pub(crate) schema: Arc<Schema>,
    /// None in memory, where there is no write-ahead log.
    pub(crate) checkpoints: Option<Arc<Checkpoints>>,
}

impl SqliteStore {
    /// Closes every connection, after what is under way has ended. Whoever asks the store later gets an error.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.ended().await;
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError> {
        let transaction = begin_immediate(&self.writer).await?;
        Ok(Box::new(Owned::new(transaction)))
    }

    fn inbox(&self) -> &dyn Inbox {
        self
    }

    fn jobs(&self) -> &dyn Jobs {
        self
    }

    fn polls(&self) -> &dyn Polls {
        self
    }

    fn replicas(&self) -> &dyn Replicas {
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

    /// Takes and gives back the write lock, so a file that can no longer be written is noticed; nothing is written.
    async fn check(&self) -> Result<(), StoreError> {
        begin_immediate(&self.writer)
            .await?
            .rollback()
            .await
            .map_err(store_error)?;
        let mut connection = self.readers.acquire().await.map_err(store_error)?;
        self.schema.must_be_current(&mut connection).await
    }

    /// Deleted rows are overwritten where they lay as soon as they are deleted. What is left of them is in the
    /// write-ahead log; this empties it.
    async fn scrub(&self) -> Result<(), StoreError> {
        scrub::scrub(&self.writer, self.checkpoints.as_deref()).await
    }
}
