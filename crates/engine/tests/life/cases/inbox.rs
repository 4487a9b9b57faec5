//! Webhooks of one session that wait together.

use std::time::Duration;

use idv_core::{ErrorKind, SessionId, Status};
use idv_engine::Accepted;
use idv_engine::store::DeliveryState;
use idv_testkit::fake::{Effect, FakeState, Fault};

use crate::world::World;

#[tokio::test]
async fn webhooks_of_a_session_that_wait_together_cost_one_question() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let made = world.request_of("subject-1").await.request;
    let session = made.sessions[0].session_id.clone().unwrap();
    let other = world.started("subject-2").await;
    world.engine.settle().await;
    let mut ids = Vec::new();
    for state in [FakeState::Begun, FakeState::Checking, FakeState::Approved] {
        world.clock.advance(Duration::from_secs(1));
        world.vendor.move_to(&session, state);
        ids.push(world.news(&session).await);
        world.news(&other).await;
    }
    let before = world.vendor.calls("get_check");
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("get_check"), before + 2, "one each");
    for id in ids {
        let row = world.delivery(id).await;
        assert_eq!((row.state, row.attempts), (DeliveryState::Done, 1));
    }
    let view = super::view(&world, made.request.id).await;
    assert_eq!(view.request.state.status, Status::Passed);
    let story = world.story(&view).await;
    let heard = story.iter().filter(|what| *what == "check.changed");
    assert_eq!(heard.count(), 3, "{story:?}");
    let fetched = story.iter().filter(|what| *what == "session_fetched");
    assert_eq!(fetched.count(), 1, "{story:?}");
}

#[tokio::test]
async fn the_session_of_a_webhook_is_known_before_the_work_on_it() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut webhook = world.vendor.webhook(&session);
    let header = trace.parse().unwrap();
    webhook.headers.insert("traceparent", header);
    let Accepted::Stored(id) = world.deliver(webhook).await else {
        panic!("it is new");
    };
    let row = world.delivery(id).await;
    assert_eq!(row.session, Some(session));
    assert_eq!(row.trace.as_deref(), Some(trace));

    let unreadable = world.deliver(world.vendor.signed("no JSON at all")).await;
    let Accepted::Stored(id) = unreadable else {
        panic!("what is genuine is taken in");
    };
    let row = world.delivery(id).await;
    assert_eq!((row.session, row.trace), (None, None));
}

/// Longer than any index takes: it must not keep others from being stored in the same write.
#[tokio::test]
async fn a_session_id_of_any_length_is_taken_in() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id: String = (0..9000_u32)
        .map(|n| char::from(b'a' + u8::try_from(n * n % 26).unwrap()))
        .collect();
    let event = format!(
        r#"{{"object":"event","id":"ev_long","type":"check.changed","at":"2026-11-20T12:00:00Z","live":false,"check_id":"{id}"}}"#
    );
    let accepted = world.deliver(world.vendor.signed(event)).await;
    let Accepted::Stored(id) = accepted else {
        panic!("it is new");
    };
    assert_eq!(world.delivery(id).await.session, None);
}

fn of_the_other_environment(session: &SessionId) -> String {
    format!(
        r#"{{"object":"event","id":"ev_live","type":"check.changed","at":"2026-11-20T12:00:00Z","live":true,"check_id":"{session}"}}"#
    )
}

#[tokio::test]
async fn one_that_cannot_be_worked_on_does_not_hurt_the_others_of_its_session() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.move_to(&session, FakeState::Approved);
    let event = world.vendor.signed(of_the_other_environment(&session));
    let Accepted::Stored(wrong) = world.deliver(event).await else {
        panic!("it is new");
    };
    let good = world.news(&session).await;
    assert_eq!(world.delivery(wrong).await.session, Some(session));
    world.engine.settle().await;
    assert_eq!(world.delivery(wrong).await.state, DeliveryState::Dead);
    assert_eq!(world.delivery(good).await.state, DeliveryState::Done);
    let state = world.only_request().await.request.state;
    assert_eq!(state.status, Status::Passed);
}

#[tokio::test]
async fn what_failed_together_is_done_by_the_first_answer_there_is() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.move_to(&session, FakeState::Approved);
    let down = || Fault::of_kind(&ErrorKind::Unavailable, Effect::None);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.news(&session).await);
    }
    world.vendor.fail_next(down());
    let before = world.vendor.calls("get_check");
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("get_check"), before + 1);
    for id in &ids {
        let row = world.delivery(*id).await;
        assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 1));
        assert!(row.reason.is_some());
    }
    // Nothing of it is due, but news comes.
    ids.push(world.news(&session).await);
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("get_check"), before + 2);
    for (id, attempts) in ids.into_iter().zip([1, 1, 1, 1]) {
        let row = world.delivery(id).await;
        assert_eq!((row.state, row.attempts), (DeliveryState::Done, attempts));
    }
}

#[tokio::test]
async fn news_of_a_session_costs_the_older_ones_no_try() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    for _ in 0..100 {
        let down = Fault::of_kind(&ErrorKind::Unavailable, Effect::None);
        world.vendor.fail_next(down);
    }
    let first = world.news(&session).await;
    world.engine.settle().await;
    let due_at = world.delivery(first).await.due_at;
    for _ in 0..90 {
        world.news(&session).await;
        world.engine.settle().await;
    }
    let row = world.delivery(first).await;
    assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 1));
    assert_eq!(row.due_at, due_at);
}
