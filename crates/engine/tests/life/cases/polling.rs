//! The database hands out sessions to be asked about one by one, to whichever process comes.

use std::time::Duration;

use idv_core::{AccountId, Clock as _, RequestId, Status};
use idv_engine::Reconciled;
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::view;
use crate::world::World;

const HOUR: Duration = Duration::from_secs(3600);
const LEASE: Duration = Duration::from_secs(10);

/// How often the vendor was asked about any session.
fn asked(world: &World) -> usize {
    world.vendor.calls("get_check")
}

#[tokio::test]
async fn what_a_killed_process_had_claimed_is_asked_about_by_another_when_the_lease_ends() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.move_to(&session, FakeState::Approved);
    world.clock.advance(HOUR);
    let other = world.another_process().await;
    let account = AccountId::from(crate::world::ACCOUNT);
    // It claims the session, and is never seen again.
    let claimed = world
        .store
        .polls()
        .claim(&account, world.clock.now(), LEASE);
    assert!(claimed.await.unwrap().is_some());
    assert_eq!(other.reconcile().await.unwrap(), Reconciled::default());
    world.clock.advance(LEASE);
    assert_eq!(other.reconcile().await.unwrap().missed, 1);
    let status = world.only_request().await.request.state.status;
    assert_eq!(status, Status::Passed);
}

#[tokio::test]
async fn a_session_whose_polls_never_come_to_an_end_waits_before_it_is_begun_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.started("subject-1").await;
    world.clock.advance(HOUR);
    let account = AccountId::from(crate::world::ACCOUNT);
    // Whoever asks about it dies, eight times.
    for _ in 0..8 {
        let polls = world.store.polls();
        let claimed = polls.claim(&account, world.clock.now(), LEASE).await;
        assert!(claimed.unwrap().is_some());
        world.clock.advance(LEASE);
    }
    // And now it is silent for ever: the time it is put off to is written before.
    let silent = Fault {
        operation: Some("get_check"),
        effect: Effect::None,
        outcome: idv_testkit::fake::Outcome::Silence,
    };
    world.vendor.fail_next(silent);
    let engine = world.engine.clone();
    let asking = tokio::spawn(async move { engine.reconcile().await });
    let before = asked(&world);
    while asked(&world) == before {
        tokio::task::yield_now().await;
    }
    asking.abort();
    world.clock.advance(LEASE * 2);
    assert_eq!(
        world.engine.reconcile().await.unwrap(),
        Reconciled::default()
    );
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.engine.reconcile().await.unwrap().polled, 1);
}

#[tokio::test]
async fn two_processes_ask_about_each_session_once() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut requests: Vec<RequestId> = Vec::new();
    for number in 0..20 {
        let session = world.started(&format!("subject-{number}")).await;
        world.vendor.move_to(&session, FakeState::Declined);
    }
    requests.extend(world.requests().await.iter().map(|view| view.request.id));
    world.clock.advance(HOUR);
    let before = asked(&world);
    let other = world.another_process().await;
    let (one, two) = tokio::join!(world.engine.reconcile(), other.reconcile());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.missed + two.missed, 20, "{one:?} {two:?}");
    assert_eq!(asked(&world) - before, 20);
    for request in requests {
        let status = view(&world, request).await.request.state.status;
        assert_eq!(status, Status::Failed);
    }
}
