//! Several gateways that want to start the same session, at a vendor that takes no notice of idempotency keys.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{Call, RequestId, Status, Transport, TransportError, bytes, http};
use idv_engine::{Account, Accounts, Cancel, Engine, EngineSettings, Environment, Unmatched};
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeVendor};
use tokio::sync::Semaphore;

use super::{asking, staff, view, words};
use crate::world::World;

/// The way to the vendor: it loses the keys, and holds every call that makes a session until the test lets it pass.
#[derive(Debug)]
struct Keyless {
    vendor: Arc<FakeVendor>,
    reached: Semaphore,
    open: Semaphore,
}

impl Keyless {
    fn to(vendor: &Arc<FakeVendor>) -> Arc<Self> {
        Arc::new(Self {
            vendor: vendor.clone(),
            reached: Semaphore::new(0),
            open: Semaphore::new(0),
        })
    }

    /// Waits until a call that makes a session is on its way.
    async fn is_reached(&self) {
        let reached = tokio::time::timeout(Duration::from_secs(10), self.reached.acquire());
        reached.await.unwrap().unwrap().forget();
    }

    /// True if there is no other such call.
    async fn is_not_reached_again(&self) -> bool {
        let reached = tokio::time::timeout(Duration::from_millis(300), self.reached.acquire());
        reached.await.is_err()
    }

    fn let_pass(&self) {
        self.open.add_permits(1000);
    }
}

#[async_trait]
impl Transport for Keyless {
    async fn send(
        &self,
        mut request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, TransportError> {
        request.headers_mut().remove("idempotency-key");
        if Call::of(&request).operation == "create_check" {
            self.reached.add_permits(1);
            self.open.acquire().await.unwrap().forget();
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

/// Another gateway over the database of the world.
async fn replica(world: &World, way: &Arc<Keyless>, settings: EngineSettings) -> Engine {
    let account = Account {
        id: world.account(),
        provider: Arc::new(FakeProvider::new(FakeOptions::default(), way.clone())),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let accounts = Accounts::new(vec![account], Some(world.account()));
    let (store, master) = (world.store.clone(), world.master.clone());
    Engine::open(store, accounts, master, world.clock.clone(), settings)
        .await
        .unwrap()
}

/// With leases that let nobody wait long.
fn impatient() -> EngineSettings {
    let mut settings = EngineSettings::default();
    settings.lease = Duration::from_millis(200);
    settings
}

fn cancel(request: RequestId) -> Cancel {
    Cancel {
        request,
        actor: staff(),
        reason: words("the company withdrew"),
        idempotency_key: None,
    }
}

#[tokio::test]
async fn of_many_calls_at_two_gateways_one_makes_the_session_without_any_key() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let way = Keyless::to(&world.vendor);
    let one = replica(&world, &way, EngineSettings::default()).await;
    let other = replica(&world, &way, EngineSettings::default()).await;
    let calls: Vec<_> = (0..16)
        .map(|number| {
            let engine = if number % 2 == 0 { &one } else { &other }.clone();
            tokio::spawn(async move { engine.get_or_request(asking("subject-1")).await.unwrap() })
        })
        .collect();
    way.is_reached().await;
    assert!(
        way.is_not_reached_again().await,
        "two asked the vendor for one session"
    );
    way.let_pass();
    let mut requests = BTreeSet::new();
    for call in calls {
        let answer = call.await.unwrap();
        assert!(answer.link.is_some(), "who waited gets a link too");
        requests.insert(answer.request.request.id);
    }
    assert_eq!(requests.len(), 1);
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn who_cannot_wait_gets_no_link_and_a_claim_that_ran_out_is_taken_over() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let way = Keyless::to(&world.vendor);
    let dying = replica(&world, &way, EngineSettings::default()).await;
    let other = replica(&world, &way, impatient()).await;
    tokio::spawn(async move { dying.get_or_request(asking("subject-1")).await });
    way.is_reached().await;
    let answer = other.get_or_request(asking("subject-1")).await.unwrap();
    assert!(answer.link.is_none());
    assert!(!answer.created);
    assert!(way.is_not_reached_again().await);

    // What the first one has asked for never arrives, and it does not renew its claim any more.
    world.clock.advance(EngineSettings::default().lease);
    tokio::spawn(async move { other.get_or_request(asking("subject-1")).await });
    way.is_reached().await;
}

#[tokio::test]
async fn what_is_cancelled_while_another_gateway_starts_it_is_withdrawn_and_not_made_twice() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let way = Keyless::to(&world.vendor);
    let one = replica(&world, &way, EngineSettings::default()).await;
    let other = replica(&world, &way, EngineSettings::default()).await;
    let starting = tokio::spawn(async move { one.get_or_request(asking("subject-1")).await });
    way.is_reached().await;
    let id = world.only_request().await.request.id;
    other.cancel(cancel(id)).await.unwrap();
    let working = other.clone();
    let work = tokio::spawn(async move { working.settle().await });
    assert!(
        way.is_not_reached_again().await,
        "the withdrawal asked for a second session"
    );
    work.await.unwrap();
    way.let_pass();
    let answer = starting.await.unwrap().unwrap();
    assert!(answer.link.is_none(), "nobody is sent there any more");
    world.clock.advance(Duration::from_secs(10));
    other.settle().await;
    assert_eq!(world.vendor.sessions().len(), 1);
    assert_eq!(world.vendor.calls("cancel_check"), 1);
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Cancelled);
    assert_eq!(after.sessions[0].state.status, Status::Cancelled);
}

#[tokio::test]
async fn a_session_made_after_its_start_was_given_up_is_withdrawn_at_the_vendor() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let way = Keyless::to(&world.vendor);
    let slow = replica(&world, &way, EngineSettings::default()).await;
    let mut settings = EngineSettings::default();
    settings.max_attempts = 0;
    let other = replica(&world, &way, settings).await;
    let worker = slow.clone();
    let starting = tokio::spawn(async move { slow.get_or_request(asking("subject-1")).await });
    way.is_reached().await;
    world.clock.advance(Duration::from_secs(3600));
    other.settle().await;
    let ended = world.only_request().await.request;
    assert_eq!(ended.state.status, Status::Errored);

    way.let_pass();
    let answer = starting.await.unwrap().unwrap();
    assert!(answer.link.is_none());
    world.clock.advance(Duration::from_secs(3600));
    worker.settle().await;
    assert_eq!(world.vendor.calls("cancel_check"), 1);
    assert!(world.only_request().await.request.state.status.is_final());
}

#[tokio::test]
async fn a_start_whose_account_was_taken_out_of_the_configuration_comes_to_an_end() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut unit = world.store.begin().await.unwrap();
    let asked = asking("subject-1");
    let made = world
        .engine
        .get_or_request_in(unit.as_unit_of_work(), &asked)
        .await;
    unit.commit().await.unwrap();
    let request = made.unwrap().request;

    let settings = EngineSettings::default();
    let tries = settings.max_attempts + 2;
    let (store, master) = (world.store.clone(), world.master.clone());
    let (accounts, clock) = (Accounts::new(Vec::new(), None), world.clock.clone());
    let without = Engine::open(store, accounts, master, clock, settings).await;
    let without = without.unwrap();
    for _ in 0..tries {
        world.clock.advance(Duration::from_secs(3600));
        without.settle().await;
    }
    let ended = without.request(request).await.unwrap().unwrap();
    assert_eq!(ended.request.state.status, Status::Errored);
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
    assert_eq!(world.vendor.all_calls(), 0);
    // The person is free for another one.
    assert!(world.request_of("subject-1").await.created);
}
