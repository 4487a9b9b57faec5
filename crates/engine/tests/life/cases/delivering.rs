//! Events on their way to the application: in order, again and again, and to whom they are meant for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use idv_core::bytes::Bytes;
use idv_core::{Clock, RequestId, TransportFailure};
use idv_engine::NewEndpoint;
use idv_engine::store::{EventDeliveryState, EventKind};
use idv_testkit::fake::FakeState;
use tokio_util::sync::CancellationToken;

use super::asking;
use crate::world::{Received, Reply, World, endpoint_at};

const HOST: &str = "app.example.com";
const OTHER: &str = "other.example.com";

/// What a request was told, as types.
pub(super) async fn types_told(world: &World, request: RequestId) -> Vec<String> {
    let kinds = world.kinds_told(request).await;
    kinds.iter().map(ToString::to_string).collect()
}

/// A request of a subject that has passed.
pub(super) async fn passed(world: &World, subject: &str) -> RequestId {
    let made = world.request_of(subject).await.request;
    let session = made.sessions[0].session_id.clone().unwrap();
    world.hear_of(&session, FakeState::Approved).await;
    made.request.id
}

#[tokio::test]
async fn every_endpoint_is_told_everything_once_and_in_order() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.endpoint(HOST).await;
    world.endpoint(OTHER).await;
    let mut requests = Vec::new();
    for subject in ["subject-1", "subject-2", "subject-3"] {
        requests.push(passed(&world, subject).await);
    }
    world.engine.settle().await;
    for host in [HOST, OTHER] {
        for request in &requests {
            let told = types_told(&world, *request).await;
            assert!(told.len() > 1, "there is an order to keep");
            assert_eq!(world.application.kinds_received(host, *request), told);
        }
        let received = world.application.received(host);
        let ids: BTreeSet<_> = received.iter().map(Received::id).collect();
        assert_eq!(ids.len(), received.len(), "each once");
    }
}

#[tokio::test]
async fn a_failing_delivery_delays_its_own_request_only_and_keeps_its_order() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let unlucky = world.request_of("subject-1").await.request.request.id;
    let fails = Arc::new(AtomicBool::new(true));
    let is_failing = Arc::clone(&fails);
    world.application.answers(HOST, move |received| {
        let fails = received.is_about(unlucky) && is_failing.load(Ordering::SeqCst);
        Reply::Status(if fails { 500 } else { 200 })
    });
    let lucky = passed(&world, "subject-2").await;
    world.engine.settle().await;
    assert_eq!(
        world.application.kinds_received(HOST, lucky),
        types_told(&world, lucky).await
    );
    let first = ["verification_request.created"];
    assert_eq!(world.application.kinds_received(HOST, unlucky), first);

    // However long it takes, what comes later waits.
    world.clock.advance(Duration::from_secs(6));
    world.engine.settle().await;
    assert_eq!(
        world.application.kinds_received(HOST, unlucky),
        [first, first].concat()
    );
    fails.store(false, Ordering::SeqCst);
    world.clock.advance(Duration::from_secs(331));
    world.engine.settle().await;
    let told = types_told(&world, unlucky).await;
    assert!(told.len() > 1, "there is something that waited");
    let received = world.application.kinds_received(HOST, unlucky);
    assert_eq!(received[2..], told);

    let created = world.event_of(unlucky, 0).await;
    let delivery = world.event_delivery(id, created).await;
    assert_eq!(delivery.state, EventDeliveryState::Delivered);
    let outcomes: Vec<_> = delivery.log.iter().map(|a| a.outcome.as_str()).collect();
    assert_eq!(outcomes, ["status_500", "status_500", "delivered"]);
    let statuses: Vec<_> = delivery.log.iter().map(|a| a.status.unwrap()).collect();
    assert_eq!(statuses, [500, 500, 200]);
}

#[tokio::test]
async fn tries_follow_the_schedule_with_the_same_id_and_body_and_then_the_next_event_goes() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    world.application.always(HOST, 500);
    let request = world.request_of("subject-1").await.request.request.id;
    let created = world.event_of(request, 0).await;
    world.engine.settle().await;
    let pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for (index, pause) in pauses.into_iter().enumerate() {
        let delivery = world.event_delivery(id, created).await;
        assert_eq!(delivery.state, EventDeliveryState::Pending);
        let waits = delivery.due_at.since(world.clock.now());
        let pause = Duration::from_secs(pause);
        assert!(waits >= pause && waits <= pause.mul_f64(1.1), "{waits:?}");

        world
            .clock
            .set(delivery.due_at.minus(Duration::from_micros(1)));
        world.engine.settle().await;
        assert_eq!(world.application.received(HOST).len(), index + 1, "not yet");
        world.clock.advance(Duration::from_micros(1));
        if index == pauses.len() - 1 {
            break;
        }
        world.engine.settle().await;
    }
    assert_eq!(world.application.received(HOST).len(), pauses.len());
    let tries = world.application.take(HOST);
    let bodies: BTreeSet<_> = tries.iter().map(|r| r.bytes.clone()).collect();
    assert_eq!(bodies.len(), 1);
    let times: BTreeSet<_> = tries
        .iter()
        .map(|r| r.header("webhook-timestamp"))
        .collect();
    assert_eq!(times.len(), tries.len(), "each has its own");
    let signatures: BTreeSet<_> = tries.iter().map(Received::signatures).collect();
    assert_eq!(signatures.len(), tries.len());
    assert!(tries.iter().all(|r| r.id() == created));

    // The last try, and what waited for it.
    world.engine.settle().await;
    let delivery = world.event_delivery(id, created).await;
    assert_eq!(delivery.state, EventDeliveryState::Failed);
    assert_eq!(delivery.log.len(), 10);
    world.clock.advance(Duration::from_secs(300));
    world.engine.settle().await;
    let received = world.application.kinds_received(HOST, request);
    let told = types_told(&world, request).await;
    assert_eq!(received, told[..2], "one try each");
    world.clock.advance(Duration::from_secs(4));
    world.engine.settle().await;
    assert_eq!(
        world.application.received(HOST).len(),
        2,
        "given up is given up"
    );
}

#[tokio::test]
async fn a_redirection_is_a_failure_and_is_not_followed() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    world.application.answers(HOST, |_| {
        Reply::With(
            307,
            &[("location", "https://other.example.com/")],
            Bytes::new(),
        )
    });
    let request = world.request_of("subject-1").await.request.request.id;
    world.engine.settle().await;
    assert_eq!(world.application.received(HOST).len(), 1);
    assert!(world.application.received(OTHER).is_empty());
    let delivery = world
        .event_delivery(id, world.event_of(request, 0).await)
        .await;
    assert_eq!(delivery.state, EventDeliveryState::Pending);
    let attempt = &delivery.log[0];
    assert_eq!(
        (attempt.outcome.as_str(), attempt.status),
        ("redirected", Some(307))
    );
}

#[tokio::test]
async fn the_log_has_the_words_of_failures_and_the_first_bytes_of_answers() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    world
        .application
        .answers(HOST, |_| Reply::Fail(TransportFailure::RefusedAddress));
    let request = world.request_of("subject-1").await.request.request.id;
    world.engine.settle().await;
    world.application.answers(HOST, |_| {
        let body = Bytes::from(["no\x1b[31m\nsuch thing ", &"x".repeat(100_000)].concat());
        Reply::With(404, &[], body)
    });
    world.clock.advance(Duration::from_secs(6));
    world.engine.settle().await;
    let delivery = world
        .event_delivery(id, world.event_of(request, 0).await)
        .await;
    let [refused, answered] = delivery.log.as_slice() else {
        panic!("two attempts");
    };
    assert_eq!(refused.outcome, "refused_address");
    assert_eq!((refused.status, refused.answer.as_deref()), (None, None));
    assert_eq!(answered.outcome, "status_404");
    let answer = answered.answer.as_deref().unwrap();
    assert!(answer.starts_with("no[31msuch thing xxx"), "{answer}");
    assert!(answer.len() <= 1024);
}

#[tokio::test]
async fn an_endpoint_is_told_what_it_wants_and_what_is_meant_for_it() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let new = NewEndpoint {
        kinds: vec![EventKind::Passed],
        ..endpoint_at(HOST)
    };
    let (picky, _) = world.engine.create_endpoint(new).await.unwrap();
    world.endpoint(OTHER).await;
    passed(&world, "subject-1").await;
    let test = world.engine.test_endpoint(picky.id).await.unwrap();
    world.engine.settle().await;
    let received = world.application.received(HOST);
    let kinds: Vec<_> = received.iter().map(Received::kind).collect();
    assert_eq!(kinds, ["verification_request.passed", "endpoint.test"]);
    assert_eq!(received[1].id(), test);
    assert_eq!(
        received[1].body["data"]["endpoint_id"],
        picky.id.to_string()
    );
    let elsewhere = world.application.received(OTHER);
    assert!(elsewhere.len() > 1);
    assert!(elsewhere.iter().all(|r| r.kind() != "endpoint.test"));
}

#[tokio::test]
async fn an_endpoint_without_a_beginning_is_told_what_happens_from_now_on() {
    let Some(world) = World::with_api().await else {
        return;
    };
    // Written, but nobody has given it its place yet.
    world.request_of("subject-1").await;
    let new = NewEndpoint {
        from: None,
        ..endpoint_at(HOST)
    };
    world.engine.create_endpoint(new).await.unwrap();
    world.engine.settle().await;
    assert!(world.application.received(HOST).is_empty());
    let next = world.request_of("subject-2").await.request.request.id;
    world.engine.settle().await;
    assert_eq!(
        world.application.kinds_received(HOST, next),
        types_told(&world, next).await
    );
}

#[tokio::test]
async fn no_more_go_than_the_rate_allows_over_all_gateways() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let new = NewEndpoint {
        rate_per_sec: Some(2),
        kinds: vec![EventKind::Created],
        ..endpoint_at(HOST)
    };
    world.engine.create_endpoint(new).await.unwrap();
    for subject in 0..7 {
        world.request_of(&format!("subject-{subject}")).await;
    }
    let other = world.another_engine().await;
    let mut received = Vec::new();
    for _ in 0..4 {
        tokio::join!(world.engine.settle(), other.settle());
        received.push(world.application.received(HOST).len());
        world.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(received, [2, 4, 6, 7]);
}

#[tokio::test]
async fn two_gateways_send_each_event_once_and_in_order() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.endpoint(HOST).await;
    let other = world.another_engine().await;
    let mut requests = Vec::new();
    for subject in 0..12 {
        requests.push(passed(&world, &format!("subject-{subject}")).await);
    }
    // Nothing was missed by having settled before; now both have all of it to do.
    world.application.take(HOST);
    let id = world.endpoint(OTHER).await;
    tokio::join!(world.engine.settle(), other.settle());
    tokio::join!(world.engine.settle(), other.settle());
    for request in &requests {
        assert_eq!(
            world.application.kinds_received(OTHER, *request),
            types_told(&world, *request).await
        );
    }
    assert!(world.application.received(HOST).is_empty());
    assert_eq!(world.count(id, EventDeliveryState::Pending).await, 0);
}

#[tokio::test]
async fn a_gateway_that_dies_after_sending_sends_again_under_the_same_id() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let request = world.request_of("subject-1").await.request.request.id;
    world.application.answers(HOST, |_| Reply::Hang);
    let engine = world.engine.clone();
    let dying = tokio::spawn(async move { engine.settle().await });
    world.application.until_received(HOST, 1).await;
    dying.abort();
    let _ = dying.await;
    let first = world.application.take(HOST).remove(0);
    world.application.always(HOST, 200);

    world.restart().await;
    world.engine.settle().await;
    assert!(world.application.received(HOST).is_empty(), "still claimed");
    world.clock.advance(Duration::from_secs(11));
    world.engine.settle().await;
    let again = world.application.received(HOST).remove(0);
    assert_eq!(again.id(), first.id());
    assert_eq!(again.bytes, first.bytes);
    assert_ne!(again.signatures(), first.signatures());
    let told = types_told(&world, request).await;
    assert_eq!(world.application.kinds_received(HOST, request), told);
    let delivery = world.event_delivery(id, first.id()).await;
    assert_eq!((delivery.attempts, delivery.log.len()), (2, 1));
}

/// The workers run here as they do in a gateway.
#[tokio::test]
async fn an_endpoint_that_hangs_keeps_nothing_from_the_others() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.endpoint("hanging.example.com").await;
    world
        .application
        .answers("hanging.example.com", |_| Reply::Hang);
    world.endpoint("failing.example.com").await;
    world.application.always("failing.example.com", 500);
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.engine.clone().run(stop.clone()));
    // Made, changed and removed while it runs.
    world.endpoint(OTHER).await;
    let mut requests = Vec::new();
    for subject in 0..20 {
        let made = world.engine.get_or_request(asking(&format!("s-{subject}")));
        requests.push(made.await.unwrap().request.request.id);
    }
    let mut told = 0;
    for request in &requests {
        told += world.told(*request).await.len();
    }
    world.application.until_received(OTHER, told).await;
    world
        .application
        .until_received("hanging.example.com", 8)
        .await;
    let hanging = world.application.received("hanging.example.com").len();
    assert_eq!(hanging, 8, "no more are under way than may be");
    for request in requests {
        assert_eq!(
            world.application.kinds_received(OTHER, request),
            types_told(&world, request).await
        );
    }
    running.abort();
    let _ = running.await;
}
