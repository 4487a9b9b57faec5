//! Fault points around the database as a whole.

use std::sync::Arc;

use idv_engine::store::{ApiKeys, Inbox, Jobs, Outbox, OwnedUnitOfWork, Reads, Store, StoreError};

use super::pass;
use super::queues::{FaultyInbox, FaultyJobs, FaultyOutbox};
use super::unit_of_work::FaultyUnit;

/// The calls of a store that have fault points. To look whether it is well changes nothing.
pub(super) const CALLS: &[&str] = &["begin", "scrub"];

/// A database that comes past fault points. Reads outside a transaction, and the keys applications call with, do not.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    store: Arc<dyn Store>,
    inbox: FaultyInbox,
    jobs: FaultyJobs,
    outbox: FaultyOutbox,
}

impl FaultyStore {
    /// The same database, with fault points.
    pub(crate) fn around(store: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(Self {
            inbox: FaultyInbox(Arc::clone(&store)),
            jobs: FaultyJobs(Arc::clone(&store)),
            outbox: FaultyOutbox(Arc::clone(&store)),
            store,
        })
    }
}

#[async_trait::async_trait]
impl Store for FaultyStore {
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError> {
        pass("store.begin", "before");
        let unit = self.store.begin().await;
        pass("store.begin", "after");
        Ok(Box::new(FaultyUnit(unit?)))
    }

    fn inbox(&self) -> &dyn Inbox {
        &self.inbox
    }

    fn jobs(&self) -> &dyn Jobs {
        &self.jobs
    }

    fn outbox(&self) -> &dyn Outbox {
        &self.outbox
    }

    fn reads(&self) -> &dyn Reads {
        self.store.reads()
    }

    fn api_keys(&self) -> &dyn ApiKeys {
        self.store.api_keys()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        pass("store.scrub", "before");
        let scrubbed = self.store.scrub().await;
        pass("store.scrub", "after");
        scrubbed
    }
}
