//! What is slow: a vendor, or the disk. It keeps nobody else waiting, and nothing grows without end.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, Actor, Call, SubjectRef, Transport, TransportError, bytes, http};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{
    ApiKeys, Appended, DeliveryFilter, DeliveryRow, GivenBack, Inbox, InboxCounts, Jobs,
    NewDelivery, Outbox, OwnedUnitOfWork, Page, PageRequest, Polls, Reads, Replicas, Store,
    StoreError,
};
use idv_engine::{
    AcceptError, Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, Unmatched,
};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

/// The way to a vendor, closed to questions about a session until the test opens it.
#[derive(Debug)]
struct Gate {
    vendor: Arc<FakeVendor>,
    open: Semaphore,
}

impl Gate {
    fn to(vendor: &Arc<FakeVendor>, open: usize) -> Arc<Self> {
        Arc::new(Self {
            vendor: vendor.clone(),
            open: Semaphore::new(open),
        })
    }
}

#[async_trait]
impl Transport for Gate {
    async fn send(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, TransportError> {
        if Call::of(&request).operation == "get_check" {
            let answer = self.vendor.send(request).await;
            let _open = self.open.acquire().await;
            return answer;
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

struct World {
    engine: Engine,
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
}

async fn world(
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    gates: &[(&str, &Arc<Gate>)],
    settings: EngineSettings,
) -> World {
    let accounts = gates.iter().map(|(id, gate)| Account {
        id: AccountId::from(*id),
        provider: Arc::new(FakeProvider::new(
            FakeOptions::default(),
            Arc::clone(*gate) as Arc<dyn Transport>,
        )),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    });
    let accounts = Accounts::new(accounts.collect(), None);
    let master = MasterKey::generate().unwrap();
    let engine = Engine::open(store.clone(), accounts, master, clock.clone(), settings);
    World {
        engine: engine.await.unwrap(),
        store,
        clock,
    }
}

impl World {
    async fn started(&self, account: &str, subject: &str) -> idv_core::SessionId {
        let mut command = GetOrRequest::new(SubjectRef::new(subject), Actor::ApiKey("test".into()));
        command.account = Some(AccountId::from(account));
        let made = self.engine.get_or_request(command).await.unwrap();
        made.request.sessions[0].session_id.clone().unwrap()
    }

    async fn news(&self, account: &str, vendor: &FakeVendor, session: &idv_core::SessionId) {
        let (account, webhook) = (AccountId::from(account), vendor.webhook(session));
        let accepted = self.engine.accept_webhook(&account, webhook);
        accepted.await.unwrap();
    }

    async fn done(&self) -> u64 {
        self.store.inbox().counts().await.unwrap().done
    }
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, wait).await;
    in_time.unwrap_or_else(|_| panic!("{what} did not happen"));
}

#[tokio::test]
async fn a_vendor_that_never_answers_leaves_a_worker_for_the_others() {
    let clock = ManualClock::noon();
    let (slow, quick) = (
        FakeVendor::new(clock.clone()),
        FakeVendor::new(clock.clone()),
    );
    let (closed, open) = (Gate::to(&slow, 0), Gate::to(&quick, 9));
    let gates = [("slow", &closed), ("quick", &open)];
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let world = world(store, clock, &gates, EngineSettings::default()).await;
    for number in 0..8 {
        let session = world.started("slow", &format!("slow-{number}")).await;
        world.news("slow", &slow, &session).await;
    }
    world.clock.advance(Duration::from_secs(1));
    let session = world.started("quick", "quick").await;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(world.engine.clone().run(shutdown.clone()));
    until("three questions", async || slow.calls("get_check") == 3).await;
    for number in 1..=4 {
        quick.move_to(&session, FakeState::Checking);
        world.news("quick", &quick, &session).await;
        until("an answer", async || world.done().await == number).await;
    }
    assert_eq!(slow.calls("get_check"), 3, "one worker was left");
    closed.open.add_permits(9);
    until("the rest", async || world.done().await == 12).await;
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn news_that_comes_while_the_vendor_is_asked_is_a_round_of_its_own() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let gate = Gate::to(&vendor, 0);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let gates = [("only", &gate)];
    let world = world(store, clock, &gates, EngineSettings::default()).await;
    let session = world.started("only", "subject-1").await;
    world.news("only", &vendor, &session).await;
    let working = world.engine.clone();
    let working = tokio::spawn(async move { working.settle().await });
    until("a question", async || vendor.calls("get_check") == 1).await;

    // The answer is under way. It does not know of this any more.
    vendor.move_to(&session, FakeState::Approved);
    world.news("only", &vendor, &session).await;
    world.engine.settle().await;
    assert_eq!(vendor.calls("get_check"), 1, "one at a time");
    assert_eq!(world.done().await, 0);
    gate.open.add_permits(9);
    working.await.unwrap();
    assert_eq!((vendor.calls("get_check"), world.done().await), (2, 2));
}

/// A disk that never answers.
#[derive(Debug)]
struct Stuck(Arc<dyn Store>);

#[async_trait]
impl Inbox for Stuck {
    async fn append(&self, _: &[NewDelivery]) -> Result<Vec<Appended>, StoreError> {
        std::future::pending().await
    }
    async fn claim(
        &self,
        now: idv_core::Timestamp,
        lease: Duration,
        leave_out: &[AccountId],
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        self.0.inbox().claim(now, lease, leave_out).await
    }
    async fn extend(
        &self,
        _: &[idv_core::DeliveryId],
        _: idv_core::Timestamp,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    async fn give_back(&self, _: &[GivenBack], _: &str) -> Result<(), StoreError> {
        Ok(())
    }
    async fn make_due(
        &self,
        _: &AccountId,
        _: idv_core::Timestamp,
        _: u32,
    ) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn requeue(
        &self,
        _: idv_core::DeliveryId,
        _: idv_core::Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn requeue_all(
        &self,
        _: &DeliveryFilter,
        _: idv_core::Timestamp,
        _: u32,
    ) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn requeue_matched(&self, _: idv_core::Timestamp, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn ignore_unmatched_before(
        &self,
        _: idv_core::Timestamp,
        _: &str,
        _: u32,
    ) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn ignore_unmatched_beyond(&self, _: u32, _: &str, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn empty_dead_before(&self, _: idv_core::Timestamp, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn delivery(&self, id: idv_core::DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        self.0.inbox().delivery(id).await
    }
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest<idv_core::DeliveryId>,
    ) -> Result<Page<DeliveryRow, idv_core::DeliveryId>, StoreError> {
        self.0.inbox().deliveries(filter, page).await
    }
    async fn counts(&self) -> Result<InboxCounts, StoreError> {
        self.0.inbox().counts().await
    }
}

#[async_trait]
impl Store for Stuck {
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError> {
        self.0.begin().await
    }
    fn inbox(&self) -> &dyn Inbox {
        self
    }
    fn jobs(&self) -> &dyn Jobs {
        self.0.jobs()
    }
    fn outbox(&self) -> &dyn Outbox {
        self.0.outbox()
    }
    fn polls(&self) -> &dyn Polls {
        self.0.polls()
    }
    fn replicas(&self) -> &dyn Replicas {
        self.0.replicas()
    }
    fn reads(&self) -> &dyn Reads {
        self.0.reads()
    }
    fn api_keys(&self) -> &dyn ApiKeys {
        self.0.api_keys()
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
    async fn scrub(&self) -> Result<(), StoreError> {
        self.0.scrub().await
    }
}

#[tokio::test]
async fn a_disk_that_hangs_fills_the_queue_and_nothing_more() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let gate = Gate::to(&vendor, 9);
    let store = Arc::new(Stuck(Arc::new(SqliteStore::in_memory().await.unwrap())));
    let mut settings = EngineSettings::default();
    (settings.inbox_queue, settings.inbox_batch) = (5, 2);
    let world = world(store, clock, &[("only", &gate)], settings).await;
    let session = vendor.make_check("subject-1", FakeState::Open);
    let account = AccountId::from("only");
    let mut waiting = Vec::new();
    let mut turned_away = 0;
    for _ in 0..50 {
        let engine = world.engine.clone();
        let (account, webhook) = (account.clone(), vendor.webhook(&session));
        let mut accepting =
            tokio::spawn(async move { engine.accept_webhook(&account, webhook).await });
        // As often as it takes for whatever can go on to go on.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        if accepting.is_finished() {
            let outcome = (&mut accepting).await.unwrap();
            assert!(
                matches!(outcome, Err(AcceptError::Overloaded)),
                "{outcome:?}"
            );
            turned_away += 1;
        } else {
            waiting.push(accepting);
        }
    }
    // What the queue holds, and what is being written.
    assert!((5..=7).contains(&waiting.len()), "{}", waiting.len());
    assert_eq!(turned_away + waiting.len(), 50);
    for accepting in waiting {
        assert!(!accepting.is_finished(), "nobody is told that it is stored");
        accepting.abort();
    }
}
