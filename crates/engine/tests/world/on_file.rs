//! The engine over a database in a file, where more than one may be open at the same time, and one may be killed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use idv_core::{AccountId, Actor, Name, Person, PersonRecord, Provenance, Sourced, SubjectRef};
use idv_engine::crypt::MasterKeys;
use idv_engine::store::{
    ApiKeys, Inbox, Jobs, OwnedUnitOfWork, Reads, Store, StoreError, StoreErrorKind,
};
use idv_engine::{
    Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, OpenError, Unmatched,
};
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeVendor};

use super::ACCOUNT;

/// An engine with one account that has API credentials.
pub(crate) async fn open(
    store: Arc<dyn Store>,
    vendor: &Arc<FakeVendor>,
    clock: &Arc<ManualClock>,
    keys: impl Into<MasterKeys>,
) -> Result<Engine, OpenError> {
    let account = Account {
        id: AccountId::from(ACCOUNT),
        provider: Arc::new(FakeProvider::new(FakeOptions::default(), vendor.clone())),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
    };
    let accounts = Accounts::new(vec![account], Some(AccountId::from(ACCOUNT)));
    let settings = EngineSettings::default();
    Engine::open(store, accounts, keys, clock.clone(), settings).await
}

/// A request about somebody of this name.
pub(crate) fn about(subject: &str, given_name: &str) -> GetOrRequest {
    let mut command = GetOrRequest::new(SubjectRef::new(subject), Actor::ApiKey("test".into()));
    let mut name = Name::default();
    name.given_name = Some(given_name.to_owned());
    let mut record = PersonRecord::default();
    record
        .names
        .push(Sourced::present(name, Provenance::Claimed));
    command.person = Person::new(record);
    command
}

/// True if these bytes are in one of the files of the folder.
pub(crate) fn is_in_files(folder: &Path, bytes: &[u8]) -> bool {
    assert!(!bytes.is_empty(), "there is something to look for");
    let mut searched = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        searched += content.len();
        if content.windows(bytes.len()).any(|window| window == bytes) {
            return true;
        }
    }
    assert!(searched > 0, "there are files to search");
    false
}

/// A store that is gone after a number of transactions.
#[derive(Debug)]
pub(crate) struct Mortal {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) transactions_left: AtomicU32,
}

#[async_trait]
impl Store for Mortal {
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError> {
        let left = |left: u32| left.checked_sub(1);
        let order = Ordering::Relaxed;
        if self
            .transactions_left
            .fetch_update(order, order, left)
            .is_err()
        {
            return Err(StoreError::new(StoreErrorKind::Failed, "killed"));
        }
        self.store.begin().await
    }

    fn inbox(&self) -> &dyn Inbox {
        self.store.inbox()
    }

    fn jobs(&self) -> &dyn Jobs {
        self.store.jobs()
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
        self.store.scrub().await
    }
}
