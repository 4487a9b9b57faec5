//! Endpoints that fail: they are given a rest, and in the end given up, and neither loses anything.

use std::time::Duration;

use idv_core::bytes::Bytes;
use idv_core::{Clock, EndpointId};
use idv_engine::store::{EndpointState, EventDeliveryState, EventKind};
use idv_engine::{EndpointChanges, EndpointView, NewEndpoint};

use crate::world::{Reply, World, endpoint_at};

const HOST: &str = "app.example.com";
const OTHER: &str = "other.example.com";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// An endpoint that is told of new requests only, so that one request is one event.
async fn told_of_new_requests(world: &World, host: &str) -> EndpointId {
    let new = NewEndpoint {
        kinds: vec![EventKind::Created, EventKind::EndpointDisabled],
        ..endpoint_at(host)
    };
    world.engine.create_endpoint(new).await.unwrap().0.id
}

/// So many new requests, each of a subject of its own.
async fn requests(world: &World, requests: usize) {
    let before = world.requests().await.len();
    for number in before..before + requests {
        world.request_of(&format!("subject-{number}")).await;
    }
}

async fn endpoint(world: &World, id: EndpointId) -> EndpointView {
    world.engine.endpoint(id).await.unwrap()
}

async fn enable(world: &World, id: EndpointId) {
    let changes = EndpointChanges {
        enabled: Some(true),
        ..EndpointChanges::default()
    };
    world.engine.update_endpoint(id, changes).await.unwrap();
}

#[tokio::test]
async fn one_that_is_gone_is_sent_nothing_more_and_others_are_told() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = told_of_new_requests(&world, HOST).await;
    world.application.always(HOST, 410);
    requests(&world, 1).await;
    world.engine.settle().await;
    assert_eq!(endpoint(&world, id).await.state, EndpointState::Gone);
    requests(&world, 1).await;
    world.clock.advance(DAY);
    world.engine.settle().await;
    assert_eq!(world.application.take(HOST).len(), 1);

    told_of_new_requests(&world, OTHER).await;
    world.engine.settle().await;
    let received = world.application.received(OTHER);
    let disabled: Vec<_> = received
        .iter()
        .filter(|r| r.kind() == "endpoint.disabled")
        .collect();
    assert_eq!(disabled.len(), 1);
    let data = &disabled[0].body["data"];
    assert_eq!(data["endpoint_id"], id.to_string());
    assert_eq!(data["reason"], "gone");
    assert!(!disabled[0].body.to_string().contains("s3cret-path"));

    // Whoever has mended it gets all of it, the event that was answered with 410 too.
    world.application.always(HOST, 200);
    enable(&world, id).await;
    world.engine.settle().await;
    let received = world.application.received(HOST);
    let created = received
        .iter()
        .filter(|r| r.kind() == "verification_request.created");
    assert_eq!(created.count(), 2);
}

#[tokio::test]
async fn one_that_asks_for_a_rest_is_given_it_for_an_hour_at_the_most() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = told_of_new_requests(&world, HOST).await;
    for (asked, given) in [("120", 120), ("100000", 3600)] {
        world.application.answers(HOST, move |_| {
            let headers: &[(&str, &str)] = match asked {
                "120" => &[("retry-after", "120")],
                _ => &[("retry-after", "100000")],
            };
            Reply::With(429, headers, Bytes::new())
        });
        requests(&world, 1).await;
        world.engine.settle().await;
        assert_eq!(world.application.take(HOST).len(), 1);
        let until = world.clock.now().plus(Duration::from_secs(given));
        assert_eq!(endpoint(&world, id).await.paused_until, Some(until));
        // Others of its requests wait too: it is the endpoint that rests.
        world.application.always(HOST, 200);
        requests(&world, 1).await;
        world.clock.set(until.minus(Duration::from_micros(1)));
        world.engine.settle().await;
        assert!(world.application.received(HOST).is_empty());
        world.clock.set(until);
        world.engine.settle().await;
        assert!(!world.application.take(HOST).is_empty());
        let view = endpoint(&world, id).await;
        assert_eq!((view.failing_since, view.paused_until), (None, None));
        world.clock.advance(DAY);
        world.engine.settle().await;
        world.application.take(HOST);
    }
}

#[tokio::test]
async fn a_dead_endpoint_with_much_to_be_told_costs_one_try_at_a_time() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = told_of_new_requests(&world, HOST).await;
    world.application.always(HOST, 500);
    requests(&world, 40).await;
    world.engine.settle().await;
    let first = world.application.take(HOST).len();
    assert!((5..=8).contains(&first), "{first} were under way");
    for rest in [5, 10, 20, 40, 80, 160, 300, 300] {
        let until = endpoint(&world, id).await.paused_until.unwrap();
        assert_eq!(until.since(world.clock.now()).as_secs(), rest);
        world.clock.set(until.minus(Duration::from_micros(1)));
        world.engine.settle().await;
        assert!(world.application.received(HOST).is_empty(), "it rests");
        world.clock.set(until);
        world.engine.settle().await;
        assert_eq!(world.application.take(HOST).len(), 1, "one try");
    }
    world.application.always(HOST, 200);
    world.clock.advance(DAY);
    world.engine.settle().await;
    assert_eq!(world.application.take(HOST).len(), 40, "none is lost");
    let view = endpoint(&world, id).await;
    assert_eq!((view.failing_since, view.failures_in_a_row), (None, 0));
    assert_eq!(world.count(id, EventDeliveryState::Pending).await, 0);
}

#[tokio::test]
async fn one_that_failed_for_days_is_switched_off_told_of_and_can_be_enabled() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = told_of_new_requests(&world, HOST).await;
    told_of_new_requests(&world, OTHER).await;
    world.application.always(HOST, 503);
    requests(&world, 1).await;
    world.engine.settle().await;
    let since = endpoint(&world, id).await.failing_since.unwrap();
    assert_eq!(since, world.clock.now());
    world
        .clock
        .set(since.plus(5 * DAY).minus(Duration::from_micros(1)));
    requests(&world, 1).await;
    world.engine.settle().await;
    let view = endpoint(&world, id).await;
    assert_eq!(view.state, EndpointState::Enabled, "a little is left");
    assert_eq!(view.failing_since, Some(since));
    world.clock.advance(DAY);
    world.engine.settle().await;
    let view = endpoint(&world, id).await;
    assert_eq!(view.state, EndpointState::Failing);

    world.engine.settle().await;
    let received = world.application.received(OTHER);
    let disabled = received.iter().filter(|r| r.kind() == "endpoint.disabled");
    let disabled: Vec<_> = disabled.collect();
    assert_eq!(disabled.len(), 1, "once");
    let data = &disabled[0].body["data"];
    assert_eq!(data["reason"], "failing");
    assert_eq!(data["failing_since"], since.to_string());
    assert_eq!(data["description"], view.description);

    world.application.take(HOST);
    world.application.always(HOST, 200);
    requests(&world, 1).await;
    world.clock.advance(30 * DAY);
    world.engine.settle().await;
    assert!(world.application.received(HOST).is_empty(), "it is off");
    enable(&world, id).await;
    world.engine.settle().await;
    let received = world.application.received(HOST);
    let created = received
        .iter()
        .filter(|r| r.kind() == "verification_request.created");
    assert_eq!(created.count(), 3, "it goes on where it stopped");
    let view = endpoint(&world, id).await;
    assert_eq!(
        (view.state, view.failing_since),
        (EndpointState::Enabled, None)
    );
}

#[tokio::test]
async fn one_success_is_enough_to_begin_the_days_anew() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = told_of_new_requests(&world, HOST).await;
    for _ in 0..3 {
        world.application.always(HOST, 500);
        requests(&world, 1).await;
        world.engine.settle().await;
        assert!(endpoint(&world, id).await.failing_since.is_some());
        world.application.always(HOST, 200);
        world.clock.advance(4 * DAY);
        world.engine.settle().await;
        assert_eq!(endpoint(&world, id).await.failing_since, None);
    }
    assert_eq!(endpoint(&world, id).await.state, EndpointState::Enabled);
}
