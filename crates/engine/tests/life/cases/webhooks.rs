//! What becomes of webhooks, on an account that only receives and on one that can ask.
use std::time::Duration;

use crate::world::World;
use idv_core::webhook::Refusal;
use idv_core::{AccountId, Actor, Attention, ErrorKind, Purpose, Status, SubjectRef};
use idv_engine::store::DeliveryState;
use idv_engine::{AcceptError, Accepted, Environment, GetOrRequest, RequestQuery, Unmatched};
use idv_testkit::fake::{Effect, FakeState, Fault};

#[tokio::test]
async fn an_adopted_session_becomes_a_request_of_its_subject() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    world.hear_of(&session, FakeState::Begun).await;
    let view = world.only_request().await;
    assert_eq!(view.request.state.status, Status::AwaitingUser);
    assert!(view.request.state.unconfirmed);
    assert_eq!(view.request.subject.expose(Purpose::Test), "subject-1");
    assert_eq!(view.sessions[0].session_id.as_ref(), Some(&session));
    assert_eq!(world.vendor.all_calls(), 0, "a receiver calls nobody");
}

#[tokio::test]
async fn a_whole_life_is_followed_and_told() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    for state in [
        FakeState::Open,
        FakeState::Checking,
        FakeState::Again,
        FakeState::Checking,
        FakeState::Approved,
    ] {
        world.hear_of(&session, state).await;
    }
    let view = world.only_request().await;
    assert_eq!(view.request.state.status, Status::Passed);
    assert_eq!(view.request.state.findings, []);
    let story = world.story(&view).await;
    assert_eq!(story.len(), 6, "{story:?}");
    assert_eq!(story[0], "request_adopted");
}

#[tokio::test]
async fn the_same_webhook_twice_changes_nothing() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Checking);
    let webhook = world.vendor.webhook(&session);
    let first = world.deliver(webhook.clone()).await;
    world.engine.settle().await;
    let before = (
        world.only_request().await.request,
        world.story(&world.only_request().await).await,
    );
    world.clock.advance(Duration::from_secs(60));
    let second = world.deliver(webhook).await;
    world.engine.settle().await;
    let Accepted::Stored(id) = first else {
        panic!("{first:?}")
    };
    assert_eq!(second, Accepted::Duplicate(id));
    assert_eq!(
        (
            world.only_request().await.request,
            world.story(&world.only_request().await).await
        ),
        before
    );
}

#[tokio::test]
async fn webhooks_in_the_wrong_order_end_in_the_right_state() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    let mut webhooks = Vec::new();
    for state in [FakeState::Open, FakeState::Checking, FakeState::Approved] {
        world.clock.advance(Duration::from_secs(1));
        world.vendor.move_to(&session, state);
        webhooks.push(world.vendor.webhook(&session));
    }
    for webhook in webhooks.into_iter().rev() {
        world.deliver(webhook).await;
        world.engine.settle().await;
    }
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Passed
    );
}

#[tokio::test]
async fn a_refused_webhook_leaves_no_trace() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Approved);
    let mut webhook = world.vendor.webhook(&session);
    let mut body = webhook.body.to_vec();
    body[10] ^= 1;
    webhook.body = body.into();
    let error = world
        .engine
        .accept_webhook(&world.account(), webhook)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AcceptError::Refused(Refusal::NoMatchingKey)),
        "{error:?}"
    );
    world.engine.settle().await;
    assert_eq!(
        world.engine.inbox_counts().await.unwrap(),
        Default::default()
    );
    assert!(world.requests().await.is_empty());
}

#[tokio::test]
async fn a_webhook_for_no_account_is_refused_as_such() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Approved);
    let nobody = AccountId::from("nobody");
    let error = world
        .engine
        .accept_webhook(&nobody, world.vendor.webhook(&session))
        .await
        .unwrap_err();
    assert!(matches!(error, AcceptError::UnknownAccount));
}

#[tokio::test]
async fn a_genuine_webhook_that_cannot_be_read_is_kept_for_the_operator() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let Accepted::Stored(id) = world.deliver(world.vendor.signed("no JSON at all")).await else {
        panic!()
    };
    world.engine.settle().await;
    let row = world.delivery(id).await;
    assert_eq!(row.state, DeliveryState::Dead);
    assert!(row.reason.unwrap().contains("unreadable"));
    assert!(world.requests().await.is_empty());
}

#[tokio::test]
async fn an_unknown_session_is_kept_until_somebody_claims_it() {
    let Some(world) = World::new(false, Unmatched::Park).await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Approved);
    let id = world.news(&session).await;
    world.engine.settle().await;
    let row = world.delivery(id).await;
    assert_eq!(
        (row.state, row.session),
        (DeliveryState::Unmatched, Some(session))
    );
    assert!(world.requests().await.is_empty());
}

#[tokio::test]
async fn an_unknown_status_is_kept_and_raised_and_grants_nothing() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    world.hear_of(&session, FakeState::Unheard("passed")).await;
    let state = world.only_request().await.request.state;
    assert_eq!(state.status, Status::Unknown("passed".into()));
    assert_eq!(state.attention, [Attention::UnknownValue]);
    assert_eq!(world.engine.inbox_counts().await.unwrap().done, 1);
}

#[tokio::test]
async fn an_account_that_can_ask_believes_the_answer_and_not_the_payload() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.move_to(&session, FakeState::Approved);
    let approved = world.vendor.webhook(&session);
    world.vendor.move_to(&session, FakeState::Declined);
    world.deliver(approved).await;
    world.engine.settle().await;
    let state = world.only_request().await.request.state;
    assert_eq!(
        state.status,
        Status::Failed,
        "the payload said passed, the vendor says failed"
    );
    assert!(!state.unconfirmed);
}

#[tokio::test]
async fn a_notification_without_state_leads_to_a_question() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.vendor.notify_only();
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Approved).await;
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Passed
    );
}

#[tokio::test]
async fn a_duplicate_makes_an_account_that_can_ask_look_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let webhook = world.vendor.webhook(&session);
    world.deliver(webhook.clone()).await;
    world.engine.settle().await;
    world.vendor.move_to(&session, FakeState::Approved);
    world.clock.advance(Duration::from_secs(1));
    assert!(matches!(
        world.deliver(webhook).await,
        Accepted::Duplicate(_)
    ));
    world.engine.settle().await;
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Passed
    );
}

#[tokio::test]
async fn a_vendor_that_is_down_is_asked_again_later_and_in_the_end_the_operator() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.move_to(&session, FakeState::Approved);
    world
        .vendor
        .fail_next(Fault::of_kind(&ErrorKind::Unavailable, Effect::None));
    let id = world.news(&session).await;
    world.engine.settle().await;
    let row = world.delivery(id).await;
    assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 1));
    assert!(row.due_at > idv_core::Clock::now(&*world.clock));
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::AwaitingUser
    );

    world.clock.advance(Duration::from_secs(10));
    world.engine.settle().await;
    assert_eq!(world.delivery(id).await.state, DeliveryState::Done);
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Passed
    );

    for _ in 0..90 {
        world
            .vendor
            .fail_next(Fault::of_kind(&ErrorKind::InvalidCredentials, Effect::None));
    }
    let id = world.news(&session).await;
    for _ in 0..90 {
        world.engine.settle().await;
        world.clock.advance(Duration::from_secs(3600));
    }
    let row = world.delivery(id).await;
    assert_eq!(row.state, DeliveryState::Dead, "{row:?}");
    assert!(row.reason.unwrap().contains("invalid_credentials"));
}

#[tokio::test]
async fn a_session_the_vendor_lost_is_raised_and_moves_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let webhook = world.vendor.webhook(&session);
    world.vendor.forget(&session);
    world.deliver(webhook).await;
    world.engine.settle().await;
    let state = world.only_request().await.request.state;
    assert_eq!(state.attention, [Attention::SessionMissing]);
    assert_eq!(state.status, Status::AwaitingUser);
}

#[tokio::test]
async fn what_was_taken_in_before_a_crash_is_worked_on_after_it() {
    let Some(mut world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Approved);
    world.news(&session).await;
    world.restart().await;
    world.engine.settle().await;
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Passed
    );
}

#[tokio::test]
async fn a_second_session_of_an_open_request_joins_it() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let first = world.vendor.make_check("subject-1", FakeState::Open);
    world.clock.advance(Duration::from_secs(5));
    let second = world.vendor.make_check("subject-1", FakeState::Open);
    world.hear_of(&second, FakeState::Begun).await;
    world.hear_of(&first, FakeState::Approved).await;
    let view = world.only_request().await;
    assert_eq!(view.sessions.len(), 2);
    assert_eq!(
        view.request.state.status,
        Status::AwaitingUser,
        "the newer session counts"
    );
    assert_eq!(view.request.state.attention, [Attention::LatePass]);
}

#[tokio::test]
async fn nothing_of_a_sandbox_touches_a_live_request_of_the_same_reference() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let live = world.live_twin().await;
    let command = GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
    let made = live.get_or_request(command).await.unwrap();
    assert!(made.created);

    let test_session = world.vendor.make_check("subject-1", FakeState::Approved);
    let webhook = world.vendor.webhook(&test_session);
    let sandbox = AccountId::from("fake-sandbox");
    live.accept_webhook(&sandbox, webhook).await.unwrap();
    live.settle().await;
    let request = live
        .request(made.request.request.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(request.request.state.status, Status::AwaitingUser);
    assert_eq!(request.sessions.len(), 1);
    let query = |environment| RequestQuery {
        subject: Some(SubjectRef::new("subject-1")),
        environment,
        limit: 9,
        ..RequestQuery::default()
    };
    let found = live.requests(query(None)).await.unwrap().rows;
    assert_eq!(
        found.len(),
        1,
        "asked without an environment, live is meant"
    );
    assert_eq!(found[0].request.id, request.request.id);
    let found = live
        .requests(query(Some(Environment::Sandbox)))
        .await
        .unwrap()
        .rows;
    assert_eq!(
        found[0].request.state.status,
        Status::Passed,
        "a request of its own"
    );
}

#[tokio::test]
async fn a_session_of_another_account_does_not_answer_for_an_open_request() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let live = world.live_twin().await;
    let command = GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
    let made = live.get_or_request(command).await.unwrap();
    let theirs = world.vendor.make_check("subject-1", FakeState::Approved);
    let receiver = AccountId::from("fake-receiver");
    let mut webhook = world.vendor.webhook(&theirs);
    webhook.body = String::from_utf8(webhook.body.to_vec())
        .unwrap()
        .replace("\"live\":false", "\"live\":true")
        .into();
    let webhook = world.vendor.signed(webhook.body);
    let Accepted::Stored(id) = live.accept_webhook(&receiver, webhook).await.unwrap() else {
        panic!()
    };
    live.settle().await;
    assert_eq!(
        live.inbox_delivery(id).await.unwrap().unwrap().state,
        DeliveryState::Unmatched
    );
    let request = live
        .request(made.request.request.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(request.request.state.status, Status::AwaitingUser);
}

#[tokio::test]
async fn a_session_that_was_followed_with_a_key_is_not_moved_without_one() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.lose_the_api_key().await;
    world.vendor.move_to(&session, FakeState::Approved);
    let id = world.news(&session).await;
    world.engine.settle().await;
    let row = world.delivery(id).await;
    assert_eq!(
        row.state,
        DeliveryState::Pending,
        "kept until there is a key again"
    );
    assert!(row.reason.unwrap().contains("no API key any more"));
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::AwaitingUser
    );
}

#[tokio::test]
async fn what_the_vendor_denies_makes_no_request() {
    let Some(world) = World::new(true, Unmatched::Adopt).await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Approved);
    let webhook = world.vendor.webhook(&session);
    world.vendor.forget(&session);
    world.deliver(webhook).await;
    world.engine.settle().await;
    assert!(world.requests().await.is_empty());
}

#[tokio::test]
async fn no_vendor_puts_a_webhook_off_for_ever() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let slow = ErrorKind::RateLimited {
        retry_after_secs: Some(9_999_999_999),
    };
    world.vendor.fail_next(Fault::of_kind(&slow, Effect::None));
    let id = world.news(&session).await;
    world.engine.settle().await;
    let due_at = world.delivery(id).await.due_at;
    assert_eq!(
        due_at.since(idv_core::Clock::now(&*world.clock)),
        Duration::from_secs(3600)
    );
}

#[tokio::test]
async fn a_session_that_may_be_the_one_being_started_is_not_adopted() {
    let Some(world) = World::new(true, Unmatched::Adopt).await else {
        return;
    };
    // Written down, and the vendor not asked yet.
    let mut unit = world.store.begin().await.unwrap();
    let asked = super::asking("subject-1");
    let engine = &world.engine;
    let made = engine
        .get_or_request_in(unit.as_unit_of_work(), &asked)
        .await;
    unit.commit().await.unwrap();
    let request = made.unwrap().request;

    // The vendor tells of a session of the same person, which names no request of ours.
    let other = world.vendor.make_check("subject-1", FakeState::Begun);
    let delivery = world.news(&other).await;
    world.engine.settle().await;
    assert_eq!(super::view(&world, request).await.sessions.len(), 1);
    let row = world
        .store
        .inbox()
        .delivery(delivery)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.state, DeliveryState::Unmatched);

    // The start goes on undisturbed.
    world.clock.advance(Duration::from_secs(3600));
    world.engine.settle().await;
    let after = super::view(&world, request).await;
    assert_eq!(after.sessions.len(), 1);
    assert!(after.sessions[0].session_id.is_some());
    assert_ne!(after.sessions[0].session_id.as_ref(), Some(&other));
}
