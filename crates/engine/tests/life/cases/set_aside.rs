//! What was set aside: before an operator's eyes, back to work, or given up in the end.

use std::time::Duration;

use idv_core::{Purpose, SessionId, Status};
use idv_engine::Accepted;
use idv_engine::store::{DeliveryFilter, DeliveryState, PageRequest};
use idv_testkit::fake::FakeState;

use crate::world::{Options, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn dead() -> DeliveryFilter {
    DeliveryFilter {
        state: Some(DeliveryState::Dead),
        ..DeliveryFilter::default()
    }
}

#[tokio::test]
async fn an_operator_sees_what_was_given_up_and_puts_it_back_to_work() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut ids = Vec::new();
    for number in 0..3 {
        let body = format!("no JSON, number {number}");
        let Accepted::Stored(id) = world.deliver(world.vendor.signed(body)).await else {
            panic!("it is new");
        };
        ids.push(id);
    }
    world.engine.settle().await;
    let engine = &world.engine;
    let page = PageRequest {
        after: None,
        limit: 2,
    };
    let listed = engine.inbox(&dead(), page).await.unwrap();
    let seen: Vec<_> = listed.rows.iter().map(|row| row.id).collect();
    assert_eq!(seen, [ids[2], ids[1]], "newest first");
    assert_eq!(listed.next, Some(ids[1]));
    let body = engine.delivery_body(ids[1]).await.unwrap().unwrap();
    assert_eq!(body.expose(Purpose::Test), b"no JSON, number 1");
    let row = engine.inbox_delivery(ids[1]).await.unwrap().unwrap();
    assert!(row.reason.unwrap().contains("unreadable"));

    assert!(engine.requeue(ids[0]).await.unwrap());
    assert!(!engine.requeue(ids[0]).await.unwrap(), "it is back already");
    assert_eq!(world.delivery(ids[0]).await.attempts, 0);
    assert_eq!(engine.requeue_all(&dead()).await.unwrap(), 2);
    assert_eq!(engine.inbox_counts().await.unwrap().pending, 3);
    engine.settle().await;
    assert_eq!(engine.inbox_counts().await.unwrap().dead, 3, "no better");
}

#[tokio::test]
async fn the_body_of_what_was_given_up_is_kept_for_a_time_and_its_row_for_ever() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let Accepted::Stored(id) = world.deliver(world.vendor.signed("no JSON")).await else {
        panic!("it is new");
    };
    world.engine.settle().await;
    world.clock.advance(89 * DAY);
    assert_eq!(world.engine.sweep().await.unwrap().emptied, 0);
    world.clock.advance(2 * DAY);
    assert_eq!(world.engine.sweep().await.unwrap().emptied, 1);
    assert_eq!(world.engine.sweep().await.unwrap().emptied, 0);
    assert!(world.engine.delivery_body(id).await.unwrap().is_none());
    let row = world.delivery(id).await;
    assert_eq!(row.state, DeliveryState::Dead);
    assert!(row.reason.unwrap().contains("unreadable"));
    assert!(!world.engine.requeue(id).await.unwrap(), "nothing is left");
}

async fn unknown_session(world: &World) -> (idv_core::DeliveryId, SessionId) {
    let session = world.vendor.make_check("somebody", FakeState::Approved);
    let id = world.news(&session).await;
    world.engine.settle().await;
    assert_eq!(world.delivery(id).await.state, DeliveryState::Unmatched);
    (id, session)
}

#[tokio::test]
async fn a_webhook_nobody_claims_is_given_up_in_the_end() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (id, _) = unknown_session(&world).await;
    world.clock.advance(29 * DAY);
    assert_eq!(world.engine.sweep().await.unwrap().ignored, 0);
    world.clock.advance(2 * DAY);
    assert_eq!(world.engine.sweep().await.unwrap().ignored, 1);
    let row = world.delivery(id).await;
    assert_eq!(row.state, DeliveryState::Ignored);
    assert!(row.reason.unwrap().contains("nobody claimed it in 30 days"));
    assert!(row.body.as_bytes().is_empty());
}

#[tokio::test]
async fn of_webhooks_nobody_claims_the_newest_are_kept() {
    let mut options = Options::default();
    options.settings.unmatched_cap = 2;
    let Some(world) = World::open(options).await else {
        return;
    };
    let mut ids = Vec::new();
    for _ in 0..4 {
        world.clock.advance(Duration::from_secs(1));
        ids.push(unknown_session(&world).await.0);
    }
    assert_eq!(world.engine.sweep().await.unwrap().ignored, 2);
    assert_eq!(world.engine.sweep().await.unwrap().ignored, 0);
    for (id, kept) in ids.into_iter().zip([false, false, true, true]) {
        let is_kept = world.delivery(id).await.state == DeliveryState::Unmatched;
        assert_eq!(is_kept, kept);
    }
}

#[tokio::test]
async fn the_sweeper_brings_back_what_has_become_known() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (id, session) = unknown_session(&world).await;
    // Somebody writes the session down and says nothing to the inbox.
    let made = world.request_of("somebody").await;
    let mut unit = world.store.begin().await.unwrap();
    let mut row = unit
        .session(made.request.sessions[0].key)
        .await
        .unwrap()
        .unwrap();
    row.session_id = Some(session);
    assert!(unit.update_session(&row).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(world.delivery(id).await.state, DeliveryState::Unmatched);
    assert_eq!(world.engine.sweep().await.unwrap().matched, 1);
    world.engine.settle().await;
    assert_eq!(world.delivery(id).await.state, DeliveryState::Done);
    let state = world.only_request().await.request.state;
    assert_eq!(state.status, Status::Passed);
}
