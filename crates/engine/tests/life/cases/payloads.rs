//! What an event says on its way out, and what it does not say any more once its person was erased.

use std::sync::Arc;
use std::time::Duration;

use idv_core::Clock;
use idv_core::bytes::Bytes;
use idv_engine::store::{EventDeliveryState, EventPosition, KeyOwner};
use idv_engine::{Erase, EventDeliveryView, NewEndpoint, Whom};

use super::delivering::{passed, types_told};
use super::staff;
use crate::world::{Options, Reply, World, endpoint_at};

const HOST: &str = "app.example.com";
const OTHER: &str = "other.example.com";

#[tokio::test]
async fn what_is_sent_is_an_event_of_the_standard() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let new = NewEndpoint {
        headers: vec![("X-Tenant".to_owned(), "tenant-7".into())],
        ..endpoint_at(HOST)
    };
    world.engine.create_endpoint(new).await.unwrap();
    let made = world.request_of("subject-1").await.request.request;
    world.engine.settle().await;
    let received = &world.application.received(HOST)[0];
    assert_eq!(received.id(), world.event_of(made.id, 0).await);
    assert_eq!(received.kind(), "verification_request.created");
    let now = world.clock.now();
    assert_eq!(received.body["timestamp"], now.to_string());
    assert_eq!(received.body["data"]["subject"], "subject-1");
    let members = received.body.as_object().unwrap();
    assert_eq!(members.len(), 3, "type, timestamp, data");
    assert_eq!(
        received.header("webhook-timestamp"),
        now.as_unix_secs().to_string()
    );
    assert_eq!(received.signatures().len(), 1);
    assert!(received.signatures()[0].starts_with("v1,"));
    assert_eq!(received.header("content-type"), "application/json");
    assert!(received.header("user-agent").starts_with("idv-gateway/"));
    assert_eq!(received.header("x-tenant"), "tenant-7");
    assert!(received.bytes.len() < 20_000);
}

#[tokio::test]
async fn of_an_erased_person_only_that_they_were_erased_is_sent() {
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
    world.application.answers(HOST, |_| {
        Reply::With(200, &[], Bytes::from_static(b"thank you"))
    });
    let id = world.endpoint(HOST).await;
    world.engine.settle().await;
    let received = world.application.received(HOST);
    assert_eq!(
        world.application.kinds_received(HOST, request),
        types_told(&world, request).await
    );
    for received in &received {
        let data = serde_json::json!({ "request_id": request, "erased": true });
        assert_eq!(received.body["data"], data);
        let delivery = world.event_delivery(id, received.id()).await;
        assert_eq!(delivery.log[0].answer, None, "nothing is kept");
    }
}

#[tokio::test]
async fn what_an_endpoint_answered_is_unreadable_once_the_person_is_erased() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.application.answers(HOST, |_| {
        Reply::With(200, &[], Bytes::from_static(b"thank you"))
    });
    let id = world.endpoint(HOST).await;
    let request = passed(&world, "subject-1").await;
    let event = world.event_of(request, 0).await;
    let answer = |delivery: EventDeliveryView| delivery.log[0].answer.clone();
    let before = answer(world.event_delivery(id, event).await);
    assert_eq!(before.as_deref(), Some("thank you"));
    let erase = Erase {
        whom: Whom::SubjectOf(request),
        actor: staff(),
        idempotency_key: None,
    };
    world.engine.erase(erase).await.unwrap();
    assert_eq!(answer(world.event_delivery(id, event).await), None);
}

#[tokio::test]
async fn a_payload_that_does_not_open_is_given_up_and_holds_nobody_up() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    let request = world.request_of("subject-1").await.request.request.id;
    let mut unit = world.store.begin().await.unwrap();
    let subject = unit.request(request).await.unwrap().unwrap().subject;
    let owner = KeyOwner::Subject(subject);
    assert!(unit.delete_data_key_of(&owner).await.unwrap());
    unit.commit().await.unwrap();
    world.restart().await;

    let id = world.endpoint(HOST).await;
    let other = world.request_of("subject-2").await.request.request.id;
    world.engine.settle().await;
    assert_eq!(
        world.application.kinds_received(HOST, other),
        types_told(&world, other).await
    );
    assert!(world.application.kinds_received(HOST, request).is_empty());
    let delivery = world
        .event_delivery(id, world.event_of(request, 0).await)
        .await;
    assert_eq!(delivery.state, EventDeliveryState::Failed);
    assert_eq!(delivery.log[0].outcome, "unreadable");
    let view = world.engine.endpoint(id).await.unwrap();
    assert_eq!(view.failing_since, None, "it is not the endpoint's fault");
    let feed = world.engine.events_after(EventPosition(0), 500).await;
    let data: Vec<_> = feed.unwrap().into_iter().map(|e| e.data).collect();
    let unreadable = data[0].as_ref().unwrap().get();
    assert!(unreadable.contains("\"unreadable\":true"), "{unreadable}");
    assert!(data.len() > 2 && data[2].is_some(), "the feed goes on");
}

/// What a request is told with, where an endpoint wants all of it.
mod full {
    use idv_core::Purpose;
    use idv_engine::store::PayloadForm;
    use idv_engine::{DescribeRequest, RequestView};
    use serde_json::value::{RawValue, to_raw_value};

    use super::*;

    #[derive(Debug)]
    struct Describe {
        padding: usize,
    }

    impl DescribeRequest for Describe {
        fn describe(&self, view: &RequestView) -> Box<RawValue> {
            let status = view.request.state.status.as_word();
            let subject = view.request.subject.expose(Purpose::Test);
            let padding = "x".repeat(self.padding);
            let value =
                serde_json::json!({ "status": status, "subject": subject, "padding": padding });
            to_raw_value(&value).unwrap()
        }
    }

    async fn world(padding: usize) -> Option<World> {
        let mut world = World::open(Options::default()).await?;
        world.engine = world
            .engine
            .with_full_payload(Arc::new(Describe { padding }));
        let new = NewEndpoint {
            payload: PayloadForm::Full,
            ..endpoint_at(HOST)
        };
        world.engine.create_endpoint(new).await.unwrap();
        world.endpoint(OTHER).await;
        Some(world)
    }

    #[tokio::test]
    async fn an_endpoint_that_wants_it_is_told_the_request_as_it_is_when_it_is_sent() {
        let Some(world) = world(0).await else {
            return;
        };
        world.application.always(HOST, 500);
        let request = passed(&world, "subject-1").await;
        let first = world.application.take(HOST).remove(0);
        assert_eq!(first.body["data"]["request_id"], request.to_string());
        world.application.always(HOST, 200);
        world.clock.advance(Duration::from_secs(6));
        world.engine.settle().await;
        let again = world.application.received(HOST).remove(0);
        assert_eq!(again.id(), first.id());
        assert_eq!(again.body["data"]["request"]["status"], "passed");
        assert_eq!(again.body["data"]["request"]["subject"], "subject-1");
        let thin = world.application.received(OTHER).remove(0);
        assert!(thin.body["data"].get("request").is_none());
    }

    #[tokio::test]
    async fn a_request_that_is_too_long_is_left_out_and_can_be_read_by_its_id() {
        let Some(world) = world(300_000).await else {
            return;
        };
        let request = passed(&world, "subject-1").await;
        let received = world.application.received(HOST).remove(0);
        assert_eq!(received.body["data"]["request_id"], request.to_string());
        assert!(received.body["data"]["request"].is_null());
        assert!(received.body["data"].get("request").is_some());
        assert!(received.bytes.len() < 20_000);
    }
}
