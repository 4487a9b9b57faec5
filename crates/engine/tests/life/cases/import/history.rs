//! What becomes of the sessions of the past, and of those that are open.

use idv_core::{AccountId, ErrorKind, Status};
use idv_engine::fold::CommandFact;
use idv_engine::store::{EventKind, ObservationSource, PageRequest};
use idv_engine::{Erase, Import, Whom};
use idv_testkit::ManualClock;
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::super::{asking, staff};
use super::{DAY, history, imported, order, request_of, watcher};
use crate::world::World;

#[tokio::test]
async fn every_session_becomes_a_request_made_when_the_vendor_made_it() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let begun_at = ManualClock::NOON;
    let states = [
        FakeState::Approved,
        FakeState::Declined,
        FakeState::Lapsed,
        FakeState::Begun,
        FakeState::Review,
    ];
    let sessions = history(&world, &states);
    let report = imported(&world, &order()).await;
    assert_eq!((report.sessions, report.imported), (5, 5), "{report:?}");
    assert_eq!(report.pages, 2);

    let expected = [
        Status::Passed,
        Status::Failed,
        Status::Expired,
        Status::AwaitingUser,
        Status::InReview,
    ];
    let mut ids = Vec::new();
    let mut made_at = begun_at;
    for (session, status) in sessions.iter().zip(expected) {
        let view = request_of(&world, session).await;
        assert_eq!(view.request.state.status, status);
        assert_eq!(view.request.created_at, made_at);
        assert_eq!(view.sessions.len(), 1);
        assert_eq!(
            world.story(&view).await,
            ["session_imported", "history_imported"]
        );
        ids.push(view.request.id);
        made_at = made_at.plus(DAY);
    }
    assert!(ids.is_sorted(), "their ids sort by when they were made");
}

#[tokio::test]
async fn what_is_imported_is_not_announced_and_what_changes_later_is() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved, FakeState::Begun]);
    imported(&world, &order()).await;
    for session in &sessions {
        let request = request_of(&world, session).await.request.id;
        assert_eq!(world.told(request).await, []);
    }
    let open = request_of(&world, &sessions[1]).await.request.id;
    world.hear_of(&sessions[1], FakeState::Approved).await;
    assert_eq!(world.kinds_told(open).await, [EventKind::Passed]);

    // A fold for another reason brings nothing of it back.
    let past = request_of(&world, &sessions[0]).await.request.id;
    world.news(&sessions[0]).await;
    world.engine.settle().await;
    assert_eq!(world.told(past).await, []);
}

#[tokio::test]
async fn an_import_that_announces_tells_the_same_story_as_webhooks_would_have() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved]);
    let mut order = order();
    order.announce = true;
    imported(&world, &order).await;
    let request = request_of(&world, &sessions[0]).await.request.id;
    let told = world.told(request).await;
    assert_eq!(
        told,
        [
            (EventKind::Created, "created/1".to_owned()),
            (EventKind::Passed, "passed/1".to_owned())
        ]
    );
    imported(&world, &order).await;
    assert_eq!(world.told(request).await, told, "and only once");
}

#[tokio::test]
async fn a_session_that_is_known_is_left_alone() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let ours = world.started("subject-1").await;
    let before = world.only_request().await;
    let story = world.story(&before).await;
    world.vendor.move_to(&ours, FakeState::Declined);
    let report = imported(&world, &order()).await;
    assert_eq!((report.known, report.imported), (1, 0), "{report:?}");
    let after = world.only_request().await;
    assert_eq!(world.story(&after).await, story);
    assert_eq!(
        after.request.state.status, before.request.state.status,
        "a webhook, or a poll, tells that"
    );
}

#[tokio::test]
async fn an_open_session_joins_the_open_request_of_its_subject_and_a_past_one_does_not() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let past = world.vendor.make_check("subject-1", FakeState::Declined);
    let open = world.vendor.make_check("subject-1", FakeState::Begun);
    world.clock.advance(DAY);
    let ours = world.started("subject-1").await;
    let told = world.told(request_of(&world, &ours).await.request.id).await;
    let report = imported(&world, &order()).await;
    assert_eq!((report.imported, report.joined, report.known), (1, 1, 1));
    let view = request_of(&world, &ours).await;
    assert_eq!(view.request.id, request_of(&world, &open).await.request.id);
    let current = view.sessions.iter().find(|s| s.is_current);
    assert_eq!(
        current.and_then(|s| s.session_id.clone()),
        Some(ours),
        "the newer one counts"
    );
    assert_eq!(world.told(view.request.id).await, told);
    let past = request_of(&world, &past).await;
    assert_ne!(past.request.id, view.request.id);
    assert_eq!(past.request.state.status, Status::Failed);
}

#[tokio::test]
async fn a_session_without_a_subject_is_counted_and_not_imported() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved, FakeState::Approved]);
    world.vendor.set_data(&sessions[0], "erased");
    let report = imported(&world, &order()).await;
    assert_eq!((report.without_subject, report.imported), (1, 1));
    assert_eq!(report.sessions, 2);
    assert_eq!(world.requests().await.len(), 1);
}

#[tokio::test]
async fn a_session_of_the_other_environment_is_refused() {
    let Some(world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved]);
    let live = world.live_twin().await;
    let order = Import::new(AccountId::from("fake-live"));
    let report = live.import(&order, &mut watcher(&world)).await.unwrap();
    assert_eq!((report.other_environment, report.imported), (1, 0));
    let order = Import::new(AccountId::from("fake-sandbox-with-key"));
    let report = live.import(&order, &mut watcher(&world)).await.unwrap();
    assert_eq!((report.other_environment, report.imported), (0, 1));
}

#[tokio::test]
async fn a_person_who_was_erased_stays_erased() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved]);
    imported(&world, &order()).await;
    let erase = Erase {
        whom: Whom::SubjectOf(world.only_request().await.request.id),
        actor: staff(),
        idempotency_key: None,
    };
    world.engine.erase(erase).await.unwrap();
    let report = imported(&world, &order()).await;
    assert_eq!((report.known, report.imported), (1, 0), "{report:?}");
    assert!(request_of(&world, &sessions[0]).await.erased_at.is_some());
}

#[tokio::test]
async fn an_open_session_does_not_come_between_a_person_and_the_vendor_they_are_with() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Begun);
    let engine = world.live_twin().await;
    let receiver = AccountId::from("fake-sandbox");
    let webhook = world.vendor.webhook(&session);
    engine.accept_webhook(&receiver, webhook).await.unwrap();
    engine.settle().await;
    let order = Import::new(AccountId::from("fake-sandbox-with-key"));
    for _ in 0..2 {
        let report = engine.import(&order, &mut watcher(&world)).await.unwrap();
        assert_eq!((report.open_elsewhere, report.imported), (1, 0));
    }
    // Once it has ended, it is the past.
    world.vendor.move_to(&session, FakeState::Declined);
    let report = engine.import(&order, &mut watcher(&world)).await.unwrap();
    assert_eq!((report.open_elsewhere, report.imported), (0, 1));
}

#[tokio::test]
async fn the_answer_to_a_start_that_was_lost_is_found_and_the_application_hears_of_it() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut lost = Fault::of_kind(&ErrorKind::Timeout, Effect::Taken);
    lost.operation = Some("create_check");
    world.vendor.fail_next(lost);
    let asked = world.engine.get_or_request(asking("subject-1")).await;
    assert!(asked.is_err(), "the answer was lost");
    let session = world.vendor.sessions().remove(0);
    world.clock.advance(DAY);
    let report = imported(&world, &order()).await;
    assert_eq!((report.joined, report.imported), (1, 0), "{report:?}");
    let view = request_of(&world, &session).await;
    assert_eq!(view.sessions.len(), 1);
    assert_eq!(view.request.state.status, Status::AwaitingUser);
    let told = world.kinds_told(view.request.id).await;
    assert_eq!(told, [EventKind::Created, EventKind::Updated]);
    world.engine.settle().await;
    assert_eq!(
        world.vendor.sessions().len(),
        1,
        "and nothing is started twice"
    );
    assert_eq!(request_of(&world, &session).await.sessions.len(), 1);
}

#[tokio::test]
async fn what_the_list_showed_is_kept_and_can_be_mapped_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved]);
    imported(&world, &order()).await;
    let request = request_of(&world, &sessions[0]).await.request.id;
    let page = PageRequest {
        after: None,
        limit: 10,
    };
    let reads = world.store.reads();
    let learned = reads.observations_of(request, page).await.unwrap().rows;
    let shown = learned.iter().find(|row| row.what == "session_imported");
    let shown = shown.unwrap();
    assert_eq!(shown.source, ObservationSource::Fetch);
    assert!(reads.raw_of(shown.id).await.unwrap().is_some());
    let fact = learned.iter().find_map(|row| row.command.clone());
    let unannounced = ["created/1", "passed/1"].map(str::to_owned).to_vec();
    assert_eq!(fact, Some(CommandFact::Imported { unannounced }));
}
