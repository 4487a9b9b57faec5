//! The application's endpoints: made, changed, switched, removed, and their secrets.

use std::sync::Arc;
use std::time::Duration;

use idv_core::Clock;
use idv_engine::store::{EndpointState, EventKind, EventPosition, PayloadForm};
use idv_engine::{EndpointChanges, EndpointError, EndpointSecret, EndpointUrlProblem, NewEndpoint};

use crate::world::{World, endpoint_at};

const HOST: &str = "app.example.com";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn complaint<T>(answer: Result<T, EndpointError>) -> String {
    match answer {
        Ok(_) => panic!("it was taken"),
        Err(error) => {
            assert!(matches!(error, EndpointError::Invalid { .. }), "{error}");
            error.to_string()
        }
    }
}

#[tokio::test]
async fn an_endpoint_is_kept_as_it_was_made_and_its_secret_is_shown_once() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let new = NewEndpoint {
        kinds: vec![EventKind::Passed, EventKind::Failed, EventKind::Passed],
        payload: PayloadForm::Full,
        rate_per_sec: Some(5),
        headers: vec![("Authorization".to_owned(), "Bearer hush".into())],
        ..endpoint_at(HOST)
    };
    let (made, secret) = world.engine.create_endpoint(new.clone()).await.unwrap();
    let read = world.engine.endpoint(made.id).await.unwrap();
    assert_eq!(format!("{read:?}"), format!("{made:?}"));
    assert_eq!(read.url, new.url);
    assert_eq!(read.description, new.description);
    assert_eq!(read.kinds, [EventKind::Passed, EventKind::Failed]);
    assert_eq!(read.header_names, ["authorization"]);
    assert_eq!(
        (read.payload, read.rate_per_sec, read.state),
        (PayloadForm::Full, Some(5), EndpointState::Enabled)
    );
    assert_eq!(read.secrets.len(), 1);
    assert_eq!(read.secrets[0].key_id, secret.key_id());
    let shown = format!("{read:?}");
    assert!(!shown.contains("hush") && !shown.contains(secret.expose().expose()));
    let stored = world.store.outbox().endpoint(made.id).await.unwrap();
    let stored = String::from_utf8_lossy(stored.unwrap().address.as_bytes()).into_owned();
    assert!(!stored.contains(HOST) && !stored.contains("hush"));
    assert_eq!(world.engine.endpoints().await.unwrap().len(), 1);

    world.engine.delete_endpoint(made.id).await.unwrap();
    assert!(world.engine.endpoints().await.unwrap().is_empty());
    let gone = world.engine.delete_endpoint(made.id).await;
    assert!(matches!(gone, Err(EndpointError::NotFound)));
    let gone = world.engine.endpoint(made.id).await;
    assert!(matches!(gone, Err(EndpointError::NotFound)));
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_the_field_and_changes_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.request_of("subject-1").await;
    let id = world.endpoint(HOST).await;
    let before = format!("{:?}", world.engine.endpoint(id).await.unwrap());
    for url in [
        "",
        "app",
        "/hooks",
        "ftp://a.example",
        "https://",
        "https:///x",
    ] {
        let new = NewEndpoint {
            url: url.to_owned(),
            ..endpoint_at(HOST)
        };
        let said = complaint(world.engine.create_endpoint(new).await);
        assert!(said.starts_with("url: "), "{url}: {said}");
        let changes = EndpointChanges {
            url: Some(url.to_owned()),
            ..EndpointChanges::default()
        };
        let said = complaint(world.engine.update_endpoint(id, changes).await);
        assert!(said.starts_with("url: "), "{url}: {said}");
    }
    let bad: [(&str, NewEndpoint); 6] = [
        (
            "url",
            NewEndpoint {
                url: format!("https://{HOST}/{}", "x".repeat(2_048)),
                ..endpoint_at(HOST)
            },
        ),
        (
            "description",
            NewEndpoint {
                description: "x".repeat(201),
                ..endpoint_at(HOST)
            },
        ),
        (
            "description",
            NewEndpoint {
                description: "a\nb".to_owned(),
                ..endpoint_at(HOST)
            },
        ),
        (
            "rate_per_sec",
            NewEndpoint {
                rate_per_sec: Some(0),
                ..endpoint_at(HOST)
            },
        ),
        (
            "headers",
            NewEndpoint {
                headers: vec![("Webhook-Id".to_owned(), "x".into())],
                ..endpoint_at(HOST)
            },
        ),
        (
            "from",
            NewEndpoint {
                from: Some(EventPosition(1_000)),
                ..endpoint_at(HOST)
            },
        ),
    ];
    for (field, new) in bad {
        let said = complaint(world.engine.create_endpoint(new).await);
        assert!(said.starts_with(&format!("{field}: ")), "{said}");
    }
    assert_eq!(world.engine.endpoints().await.unwrap().len(), 1);
    let after = format!("{:?}", world.engine.endpoint(id).await.unwrap());
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_embedder_has_a_say_in_urls() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    world.engine = world.engine.with_endpoint_check(Arc::new(|url| {
        if url.starts_with("https://") {
            Ok(())
        } else {
            Err(EndpointUrlProblem("must begin with https://".to_owned()))
        }
    }));
    let new = NewEndpoint {
        url: format!("http://{HOST}/"),
        ..endpoint_at(HOST)
    };
    let said = complaint(world.engine.create_endpoint(new).await);
    assert_eq!(said, "url: must begin with https://");
    world.endpoint(HOST).await;
}

#[tokio::test]
async fn a_change_replaces_what_it_names_and_nothing_else() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let before = world.engine.endpoint(id).await.unwrap();
    world.clock.advance(DAY);
    let changes = EndpointChanges {
        url: Some("https://new.example.com/".to_owned()),
        kinds: Some(vec![EventKind::Created]),
        rate_per_sec: Some(Some(9)),
        headers: Some(vec![("X-A".to_owned(), "1".into())]),
        ..EndpointChanges::default()
    };
    let changed = world.engine.update_endpoint(id, changes).await.unwrap();
    assert_eq!(changed.url, "https://new.example.com/");
    assert_eq!(changed.kinds, [EventKind::Created]);
    assert_eq!(changed.rate_per_sec, Some(9));
    assert_eq!(changed.header_names, ["x-a"]);
    assert_eq!(changed.description, before.description);
    assert_eq!(changed.secrets, before.secrets);
    assert_eq!(changed.created_at, before.created_at);
    assert_eq!(changed.updated_at, world.clock.now());
    let lifted = EndpointChanges {
        rate_per_sec: Some(None),
        ..EndpointChanges::default()
    };
    let lifted = world.engine.update_endpoint(id, lifted).await.unwrap();
    assert_eq!((lifted.rate_per_sec, lifted.url), (None, changed.url));
    world.request_of("subject-1").await;
    world.engine.settle().await;
    assert_eq!(world.application.received("new.example.com").len(), 1);
    assert!(world.application.received(HOST).is_empty());
}

#[tokio::test]
async fn one_that_was_switched_off_goes_on_where_it_stopped() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.endpoint(HOST).await;
    let switch = |enabled| EndpointChanges {
        enabled: Some(enabled),
        ..EndpointChanges::default()
    };
    let first = world.request_of("subject-1").await.request.request.id;
    world.engine.settle().await;
    let off = world.engine.update_endpoint(id, switch(false)).await;
    assert_eq!(off.unwrap().state, EndpointState::SwitchedOff);
    let sent = world.application.received(HOST).len();
    let second = world.request_of("subject-2").await.request.request.id;
    world.engine.settle().await;
    assert_eq!(world.application.received(HOST).len(), sent);
    let test = world.engine.test_endpoint(id).await;
    assert!(matches!(
        test,
        Err(EndpointError::NotEnabled {
            state: EndpointState::SwitchedOff
        })
    ));

    world.clock.advance(30 * DAY);
    let on = world.engine.update_endpoint(id, switch(true)).await;
    assert_eq!(on.unwrap().state, EndpointState::Enabled);
    world.engine.settle().await;
    for request in [first, second] {
        let told = world.kinds_told(request).await;
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        assert_eq!(world.application.kinds_received(HOST, request), told);
    }
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_until_the_overlap_is_over() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (id, old) = world.endpoint_with_secret(HOST).await;
    let request = world.request_of("subject-1").await.request.request.id;
    let event = world.event_of(request, 0).await;
    world.engine.settle().await;
    let by_old = world.application.take(HOST).remove(0).signatures();

    let new = world.engine.rotate_endpoint_secret(id, None, DAY).await;
    let new = new.unwrap();
    let secrets = world.engine.endpoint(id).await.unwrap().secrets;
    let keys: Vec<_> = secrets.iter().map(|s| s.key_id.clone()).collect();
    assert_eq!(keys, [new.key_id(), old.key_id()]);
    let until = world.clock.now().plus(DAY);
    assert_eq!(secrets[0].expires_at, None);
    assert_eq!(secrets[1].expires_at, Some(until));
    // At the same second, the same event has the same signature by the same secret.
    world.engine.resend_event(id, event).await.unwrap();
    world.engine.settle().await;
    let by_both = world.application.take(HOST).remove(0).signatures();
    assert_eq!(by_both.len(), 2);
    assert_eq!(by_both[1], by_old[0]);

    world.clock.set(until.minus(Duration::from_micros(1)));
    world.engine.resend_event(id, event).await.unwrap();
    world.engine.settle().await;
    let still = world.application.take(HOST).remove(0).signatures();
    assert_eq!(still.len(), 2);
    world.clock.set(until);
    world.engine.resend_event(id, event).await.unwrap();
    world.engine.settle().await;
    let by_new = world.application.take(HOST).remove(0).signatures();
    assert_eq!(by_new.len(), 1);
    let secrets = world.engine.endpoint(id).await.unwrap().secrets;
    assert_eq!(secrets.len(), 1);
}

#[tokio::test]
async fn no_more_than_five_secrets_sign_and_without_an_overlap_one_does() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (id, first) = world.endpoint_with_secret(HOST).await;
    let engine = &world.engine;
    let rotate =
        |new: Option<EndpointSecret>, overlap| engine.rotate_endpoint_secret(id, new, overlap);
    let again = rotate(Some(first), DAY).await;
    assert_eq!(complaint(again), "secret: is in use already");
    assert!(complaint(rotate(None, 31 * DAY).await).starts_with("overlap: "));
    for _ in 0..4 {
        rotate(None, DAY).await.unwrap();
    }
    let sixth = rotate(None, DAY).await;
    assert!(matches!(
        sixth,
        Err(EndpointError::TooManySecrets { most: 5 })
    ));
    assert_eq!(engine.endpoint(id).await.unwrap().secrets.len(), 5);
    let only = rotate(None, Duration::ZERO).await.unwrap();
    let secrets = engine.endpoint(id).await.unwrap().secrets;
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].key_id, only.key_id());
}
