//! A vendor that is down, and known to be.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use idv_core::{
    AccountHealth, Circuit, Clock as _, ErrorKind, HealthSnapshot, Sent, Status, Timestamp,
    TransportFailure,
};
use idv_engine::store::DeliveryState;
use idv_testkit::fake::{Effect, FakeState, Fault, Outcome};

use crate::world::{Options, World};

/// A circuit that the test opens and closes.
#[derive(Debug, Default)]
struct Switch(Mutex<Option<Timestamp>>);

impl AccountHealth for Switch {
    fn snapshot(&self) -> HealthSnapshot {
        let mut snapshot = HealthSnapshot::unknown(1.0);
        if self.open_until().is_some() {
            snapshot.circuit = Circuit::Open;
        }
        snapshot
    }

    fn open_until(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap()
    }

    fn set_share(&self, _live_replicas: u32) {}
}

async fn with_switch() -> Option<(World, Arc<Switch>)> {
    let switch = Arc::new(Switch::default());
    let options = Options {
        health: Some(switch.clone()),
        ..Options::default()
    };
    Some((World::open(options).await?, switch))
}

impl Switch {
    fn open(&self, world: &World) {
        let until = world.clock.now().plus(Duration::from_secs(3600));
        *self.0.lock().unwrap() = Some(until);
    }

    fn close(&self) {
        *self.0.lock().unwrap() = None;
    }
}

#[tokio::test]
async fn a_vendor_that_is_down_is_not_asked_and_costs_no_try() {
    let Some((world, switch)) = with_switch().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.engine.settle().await;
    world.vendor.move_to(&session, FakeState::Approved);
    let before = world.vendor.all_calls();
    switch.open(&world);
    let id = world.news(&session).await;
    for _ in 0..100 {
        world.engine.settle().await;
        world.clock.advance(Duration::from_secs(1));
    }
    let row = world.delivery(id).await;
    assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 0));
    assert_eq!(world.vendor.all_calls(), before);
    switch.close();
    world.engine.settle().await;
    assert_eq!(world.delivery(id).await.state, DeliveryState::Done);
    let state = world.only_request().await.request.state;
    assert_eq!(state.status, Status::Passed);
}

#[tokio::test]
async fn when_a_vendor_is_back_everything_that_waited_for_it_is_due() {
    let Some((world, switch)) = with_switch().await else {
        return;
    };
    let mut ids = Vec::new();
    for number in 0..5 {
        let session = world.started(&format!("subject-{number}")).await;
        world.engine.settle().await;
        world.vendor.move_to(&session, FakeState::Approved);
        ids.push(world.news(&session).await);
    }
    for _ in 0..5 {
        world.vendor.fail_next(Fault {
            operation: Some("get_check"),
            ..Fault::of_kind(&ErrorKind::Unavailable, Effect::None)
        });
    }
    world.engine.settle().await;
    switch.open(&world);
    world.engine.settle().await;
    let pending = world.engine.inbox_counts().await.unwrap().pending;
    assert_eq!(pending, 5);

    switch.close();
    world.engine.settle().await;
    for id in ids {
        assert_eq!(world.delivery(id).await.state, DeliveryState::Done);
    }
}

#[tokio::test]
async fn a_call_that_was_held_back_is_no_try() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.engine.settle().await;
    let retry_after = Duration::from_secs(7);
    let id = world.news(&session).await;
    for reason in [
        TransportFailure::CircuitOpen { retry_after },
        TransportFailure::HeldBack { retry_after },
    ]
    .into_iter()
    .cycle()
    .take(200)
    {
        world.vendor.fail_next(Fault {
            operation: Some("get_check"),
            effect: Effect::None,
            outcome: Outcome::NoAnswer(Sent::No, reason),
        });
        world.engine.settle().await;
        let row = world.delivery(id).await;
        assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 0));
        assert_eq!(row.due_at, world.clock.now().plus(retry_after));
        world.clock.advance(retry_after);
    }
    world.engine.settle().await;
    let row = world.delivery(id).await;
    assert_eq!((row.state, row.attempts), (DeliveryState::Done, 1));
}
