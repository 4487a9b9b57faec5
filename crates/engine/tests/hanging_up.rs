//! A caller who does not wait for the answer.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, Actor, Call, SubjectRef, Transport, TransportError, bytes, http};
use idv_engine::crypt::MasterKey;
use idv_engine::store::Store;
use idv_engine::{Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, Unmatched};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeVendor};
use tokio::sync::Semaphore;

/// The way to the vendor, closed to the call that makes a session until the test opens it.
#[derive(Debug)]
struct Gate {
    vendor: Arc<FakeVendor>,
    reached: Semaphore,
    open: Semaphore,
}

#[async_trait]
impl Transport for Gate {
    async fn send(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, TransportError> {
        if Call::of(&request).operation == "create_check" {
            self.reached.add_permits(1);
            let _open = self.open.acquire().await;
        }
        self.vendor.send(request).await
    }

    async fn open(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_cut_a_start_off() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let gate = Arc::new(Gate {
        vendor: vendor.clone(),
        reached: Semaphore::new(0),
        open: Semaphore::new(0),
    });
    let account = Account {
        id: AccountId::from("a"),
        provider: Arc::new(FakeProvider::new(FakeOptions::default(), gate.clone())),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let accounts = Accounts::new(vec![account], Some(AccountId::from("a")));
    let (master, settings) = (MasterKey::generate().unwrap(), EngineSettings::default());
    let engine = Engine::open(store, accounts, master, clock, settings)
        .await
        .unwrap();

    let command = GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
    let calling = engine.clone();
    let caller = tokio::spawn(async move { calling.get_or_request(command).await });
    let patience = Duration::from_secs(10);
    let reached = tokio::time::timeout(patience, gate.reached.acquire());
    reached
        .await
        .expect("the call is on its way")
        .unwrap()
        .forget();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());

    gate.open.add_permits(1);
    let made = async {
        while vendor.sessions().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let made = tokio::time::timeout(patience, made).await;
    made.expect("the start goes on without its caller");
}
