//! The stream of events as it is read, sent again, and forgotten; and what the logs say of all that.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use idv_engine::store::{EventDeliveryFilter, EventDeliveryState, EventPosition, PageRequest};
use idv_engine::{EndpointError, Erase, NewEndpoint, Whom};

use super::delivering::passed;
use super::staff;
use crate::world::{Reply, World, endpoint_at};

const HOST: &str = "app.example.com";

#[tokio::test]
async fn whoever_reads_on_from_the_last_place_misses_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    assert_eq!(
        world.engine.last_event_position().await.unwrap(),
        EventPosition(0)
    );
    let (mut read, mut at) = (Vec::new(), EventPosition(0));
    let mut requests = Vec::new();
    for number in 0..6 {
        requests.push(passed(&world, &format!("subject-{number}")).await);
        let events = world.engine.events_after(at, 3).await.unwrap();
        assert_eq!(events.len(), 3, "there is more than fits");
        at = events[2].position;
        read.extend(events);
    }
    loop {
        let events = world.engine.events_after(at, 3).await.unwrap();
        let Some(last) = events.last() else { break };
        at = last.position;
        read.extend(events);
    }
    assert_eq!(world.engine.last_event_position().await.unwrap(), at);
    let places: Vec<_> = read.iter().map(|event| event.position.0).collect();
    let gapless: Vec<_> = (1..=at.0).collect();
    assert_eq!(places, gapless);
    for request in requests {
        let events = read.iter().filter(|event| event.request == Some(request));
        let kinds: Vec<_> = events.clone().map(|event| event.kind).collect();
        assert_eq!(kinds, world.kinds_told(request).await);
        for event in events {
            let data = event.data.as_ref().unwrap().get();
            assert!(data.contains(&request.to_string()));
        }
    }
}

#[tokio::test]
async fn an_erased_person_leaves_places_without_data() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let request = passed(&world, "subject-1").await;
    let erase = Erase {
        whom: Whom::SubjectOf(request),
        actor: staff(),
        idempotency_key: None,
    };
    world.engine.erase(erase).await.unwrap();
    let events = world.engine.events_after(EventPosition(0), 100).await;
    let events = events.unwrap();
    assert_eq!(events.len(), world.told(request).await.len());
    assert!(events.iter().all(|event| event.data.is_none()));
}

#[tokio::test]
async fn whoever_waits_is_woken_when_an_event_has_its_place() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let arrived = world.engine.event_arrived();
    world.request_of("subject-1").await;
    world.engine.settle().await;
    arrived.await;
    let mut later = Box::pin(world.engine.event_arrived());
    let next = tokio::time::timeout(Duration::ZERO, &mut later).await;
    assert!(next.is_err(), "nothing has come since");
}

#[tokio::test]
async fn one_event_is_sent_again_as_often_as_somebody_wants() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let request = passed(&world, "subject-1").await;
    world.engine.settle().await;
    let event = world.event_of(request, 0).await;
    let first = world.application.take(HOST).remove(0);
    for _ in 0..2 {
        world.engine.resend_event(id, event).await.unwrap();
        world.engine.settle().await;
        let received = world.application.take(HOST);
        assert_eq!(received.len(), 1);
        assert_eq!(
            (received[0].id(), &received[0].bytes),
            (event, &first.bytes)
        );
    }
    assert_eq!(world.event_delivery(id, event).await.log.len(), 3);

    let other = world.endpoint("other.example.com").await;
    let test = world.engine.test_endpoint(other).await.unwrap();
    let not_theirs = world.engine.resend_event(id, test).await;
    assert!(matches!(not_theirs, Err(EndpointError::UnknownEvent)));
    let never_sent = world.engine.event_delivery(id, test).await;
    assert!(matches!(never_sent, Err(EndpointError::UnknownEvent)));
    world.engine.delete_endpoint(other).await.unwrap();
    for gone in [
        world.engine.resend_event(other, event).await,
        world.engine.event_delivery(other, event).await.map(drop),
        world.engine.test_endpoint(other).await.map(drop),
        world
            .engine
            .replay_events(other, EventPosition(0))
            .await
            .map(drop),
    ] {
        assert!(matches!(gone, Err(EndpointError::NotFound)));
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_with_all_its_tries() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    world.application.always(HOST, 500);
    let request = world.request_of("subject-1").await.request.request.id;
    let event = world.event_of(request, 0).await;
    while world.event_delivery_state(id, event).await != Some(EventDeliveryState::Failed) {
        world.engine.settle().await;
        world.clock.advance(Duration::from_secs(2 * 3600));
    }
    world.application.take(HOST);
    world.engine.resend_event(id, event).await.unwrap();
    world.clock.advance(Duration::from_secs(3600));
    world.engine.settle().await;
    let delivery = world.event_delivery(id, event).await;
    assert_eq!(delivery.state, EventDeliveryState::Pending);
    assert_eq!((delivery.attempts, delivery.log.len()), (1, 11));
}

#[tokio::test]
async fn a_replay_sends_everything_after_a_place_again_and_in_order() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let first = passed(&world, "subject-1").await;
    let from = world.engine.last_event_position().await.unwrap();
    let second = passed(&world, "subject-2").await;
    world.engine.settle().await;
    world.application.take(HOST);
    let looked_at = world.engine.replay_events(id, from).await.unwrap();
    assert_eq!(looked_at, world.told(second).await.len() as u64);
    world.engine.settle().await;
    let told: Vec<_> = world.kinds_told(second).await;
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert_eq!(world.application.kinds_received(HOST, second), told);
    assert!(world.application.kinds_received(HOST, first).is_empty());
    let last = world.engine.last_event_position().await.unwrap();
    assert_eq!(world.engine.replay_events(id, last).await.unwrap(), 0);
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_and_forgotten_when_they_are_old() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let request = passed(&world, "subject-1").await;
    world.engine.settle().await;
    let filter = EventDeliveryFilter {
        endpoint: Some(id),
        request: Some(request),
        ..EventDeliveryFilter::default()
    };
    let (mut places, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { after, limit: 1 };
        let page = world.engine.event_deliveries(&filter, page).await.unwrap();
        places.extend(page.rows.iter().map(|row| row.position.0));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let events = world.told(request).await.len() as u64;
    assert_eq!(places, (1..=events).rev().collect::<Vec<_>>());

    let day = Duration::from_secs(24 * 3600);
    world.clock.advance(89 * day);
    assert_eq!(world.engine.sweep().await.unwrap().forgotten_deliveries, 0);
    world.clock.advance(2 * day);
    let swept = world.engine.sweep().await.unwrap();
    assert_eq!(swept.forgotten_deliveries, events);
    let event = world.event_of(request, 0).await;
    let gone = world.engine.event_delivery(id, event).await;
    assert!(matches!(gone, Err(EndpointError::UnknownEvent)));
    assert_eq!(
        world.engine.last_event_position().await.unwrap(),
        EventPosition(events),
        "the events stay"
    );
}

/// Keeps what is logged on this thread.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_logs_name_events_and_endpoints_and_no_url_secret_header_or_body() {
    let logged = Logged::default();
    let sink = logged.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || sink.clone())
        .finish();
    // With one subscriber alone, whether a line is logged would be asked of the thread that comes to it first: that of
    // another test. With two, both are asked.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _kept = tracing::subscriber::set_default(subscriber);
    let Some(world) = World::with_api().await else {
        return;
    };
    let new = NewEndpoint {
        headers: vec![("X-Key".to_owned(), "h3ader-value".into())],
        ..endpoint_at(HOST)
    };
    let (view, secret) = world.engine.create_endpoint(new).await.unwrap();
    let request = passed(&world, "subject-mark").await;
    for status in [500, 307, 410, 200] {
        world.application.answers(HOST, move |_| {
            Reply::With(status, &[], "answer-mark".into())
        });
        let changes = idv_engine::EndpointChanges {
            enabled: Some(true),
            ..Default::default()
        };
        world
            .engine
            .update_endpoint(view.id, changes)
            .await
            .unwrap();
        world
            .engine
            .replay_events(view.id, EventPosition(0))
            .await
            .unwrap();
        world.engine.settle().await;
        world.clock.advance(Duration::from_secs(3 * 24 * 3600));
    }
    let new_secret = world
        .engine
        .rotate_endpoint_secret(view.id, None, Duration::ZERO)
        .await
        .unwrap();
    world.engine.delete_endpoint(view.id).await.unwrap();

    let text = String::from_utf8(logged.0.lock().unwrap().clone()).unwrap();
    let event = world.event_of(request, 0).await;
    for named in [event.to_string(), request.to_string(), view.id.to_string()] {
        assert!(text.contains(&named), "{named}");
    }
    for word in ["an event was delivered", "status_500", "redirected", "gone"] {
        assert!(text.contains(word), "{word}");
    }
    for secret in [
        HOST,
        "s3cret-path",
        "h3ader-value",
        "subject-mark",
        "answer-mark",
        "whsec_",
        secret.expose().expose(),
        new_secret.expose().expose(),
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}
