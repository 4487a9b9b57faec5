//! The engine over a database in a file, where more than one may be open at the same time, and one may be killed.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use idv_core::{AccountId, Actor, Name, Person, PersonRecord, Provenance, Sourced, SubjectRef};
use idv_engine::crypt::MasterKeys;
use idv_engine::store::{
    ApiKeys, Inbox, Jobs, Outbox, OwnedUnitOfWork, Reads, Store, StoreError, StoreErrorKind,
};
use idv_engine::{
    Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, OpenError, Unmatched,
};
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeVendor};

pub(crate) const ACCOUNT: &str = "fake-eu";

/// An engine with one account that has API credentials.
pub(crate) async fn open(
    store: Arc<dyn Store>,
    vendor: &Arc<FakeVendor>,
    clock: &Arc<ManualClock>,
    keys: impl Into<MasterKeys>,
) -> Result<Engine, OpenError> {
    let provider = FakeProvider::new(FakeOptions::default(), vendor.clone());
    open_with(store, provider, clock, keys, EngineSettings::default()).await
}

/// The same, with another provider and other settings.
pub(crate) async fn open_with(
    store: Arc<dyn Store>,
    provider: FakeProvider,
    clock: &Arc<ManualClock>,
    keys: impl Into<MasterKeys>,
    settings: EngineSettings,
) -> Result<Engine, OpenError> {
    let account = Account {
        id: AccountId::from(ACCOUNT),
        provider: Arc::new(provider),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let accounts = Accounts::new(vec![account], Some(AccountId::from(ACCOUNT)));
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

/// A store that is gone after a number of transactions, or cannot clean up after itself.
#[derive(Debug)]
pub(crate) struct Mortal {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) transactions_left: AtomicU32,
    pub(crate) failing_scrubs: AtomicU32,
}

impl Mortal {
    pub(crate) fn with(
        store: &Arc<dyn Store>,
        transactions_left: u32,
        failing_scrubs: u32,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            transactions_left: AtomicU32::new(transactions_left),
            failing_scrubs: AtomicU32::new(failing_scrubs),
        })
    }
}

/// Takes one off. False if there was none left.
fn take_one(left: &AtomicU32) -> bool {
    let order = Ordering::Relaxed;
    left.fetch_update(order, order, |left| left.checked_sub(1))
        .is_ok()
}

fn killed() -> StoreError {
    StoreError::new(StoreErrorKind::Failed, "killed")
}

#[async_trait]
impl Store for Mortal {
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError> {
        if !take_one(&self.transactions_left) {
            return Err(killed());
        }
        self.store.begin().await
    }

    fn inbox(&self) -> &dyn Inbox {
        self.store.inbox()
    }

    fn jobs(&self) -> &dyn Jobs {
        self.store.jobs()
    }

    fn outbox(&self) -> &dyn Outbox {
        self.store.outbox()
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
        if take_one(&self.failing_scrubs) {
            return Err(killed());
        }
        self.store.scrub().await
    }
}
