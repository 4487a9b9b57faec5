//! Walking through what a vendor holds, and taking it in.

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, ErrorKind, Sent, SessionId, Status, SubjectRef, TransportFailure};
use idv_engine::fold::CommandFact;
use idv_engine::store::{EventKind, ObservationSource, PageRequest};
use idv_engine::{Erase, Import, ImportError, ImportReport, ImportWatcher, RequestView, Whom};
use idv_testkit::ManualClock;
use idv_testkit::fake::{Effect, FakeState, FakeVendor, Fault, Outcome};

use super::staff;
use crate::world::{ACCOUNT, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Keeps what it hears, and waits by putting the clock forward.
struct Watcher<'a> {
    world: &'a World,
    /// After this many pages the vendor refuses.
    stop_after: usize,
    pages: Vec<ImportReport>,
    waited: Vec<Duration>,
}

#[async_trait]
impl ImportWatcher for Watcher<'_> {
    fn page_done(&mut self, report: &ImportReport) {
        self.pages.push(*report);
        if self.pages.len() == self.stop_after {
            refuse_the_next_page(&self.world.vendor);
        }
    }

    async fn wait(&mut self, pause: Duration) {
        self.world.clock.advance(pause);
        self.waited.push(pause);
    }
}

fn watcher(world: &World) -> Watcher<'_> {
    Watcher {
        world,
        stop_after: 0,
        pages: Vec::new(),
        waited: Vec::new(),
    }
}

fn order() -> Import {
    Import::new(AccountId::from(ACCOUNT))
}

async fn import(world: &World, order: &Import) -> Result<ImportReport, ImportError> {
    world.engine.import(order, &mut watcher(world)).await
}

async fn imported(world: &World, order: &Import) -> ImportReport {
    import(world, order).await.unwrap()
}

/// A vendor with one session a day, each of a subject of its own; then a day passes.
fn history(world: &World, states: &[FakeState]) -> Vec<SessionId> {
    let made = states.iter().enumerate().map(|(number, state)| {
        let subject = format!("subject-{number}");
        let session = world.vendor.make_check(&subject, *state);
        world.clock.advance(DAY);
        session
    });
    made.collect()
}

async fn request_of(world: &World, session: &SessionId) -> RequestView {
    let of = |view: &RequestView| {
        let mut sessions = view.sessions.iter();
        sessions.any(|s| s.session_id.as_ref() == Some(session))
    };
    let mut found: Vec<_> = world.requests().await.into_iter().filter(of).collect();
    assert_eq!(found.len(), 1, "one request for {session}");
    found.remove(0)
}

/// The next page cannot be read.
fn refuse_the_next_page(vendor: &FakeVendor) {
    let mut fault = Fault::of_kind(&ErrorKind::InvalidCredentials, Effect::None);
    fault.operation = Some("list_checks");
    vendor.fail_next(fault);
}

/// A walk that is interrupted after so many pages.
async fn interrupted(world: &World, order: &Import, pages: usize) {
    if pages == 0 {
        refuse_the_next_page(&world.vendor);
    }
    let mut watcher = watcher(world);
    watcher.stop_after = pages;
    let ended = world.engine.import(order, &mut watcher).await;
    assert!(matches!(ended, Err(ImportError::Provider(_))), "{ended:?}");
}

/// How far the walk has come, as it is kept.
async fn position(world: &World) -> Option<Vec<u8>> {
    let mut unit = world.store.begin().await.unwrap();
    unit.meta(&format!("import/{ACCOUNT}")).await.unwrap()
}

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
async fn an_object_that_cannot_be_read_is_counted_and_hides_no_others() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved, FakeState::Approved]);
    world.vendor.garble(&sessions[0]);
    let report = imported(&world, &order()).await;
    assert_eq!((report.unreadable, report.imported), (1, 1), "{report:?}");
    assert_eq!(report.sessions, 2);
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
async fn an_interrupted_walk_goes_on_where_it_stopped_and_a_finished_one_begins_anew() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved; 8]);
    interrupted(&world, &order(), 0).await;
    interrupted(&world, &order(), 1).await;
    interrupted(&world, &order(), 1).await;
    world.restart().await;
    let before = world.vendor.calls("list_checks");
    let report = imported(&world, &order()).await;
    assert_eq!((report.imported, report.known), (8, 0), "{report:?}");
    assert_eq!(report.pages, 3);
    assert_eq!(
        world.vendor.calls("list_checks") - before,
        1,
        "the last one"
    );

    let again = imported(&world, &order()).await;
    assert_eq!((again.imported, again.known), (0, 8));
    assert_eq!(again.pages, 3);
}

#[tokio::test]
async fn a_page_that_was_interrupted_is_repeated_and_counted_once() {
    let Some(world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved; 5]);
    let order = order();
    interrupted(&world, &order, 0).await;
    let before_the_page = position(&world).await.unwrap();
    interrupted(&world, &order, 1).await;
    // Killed when everything on the page was in, and before that was written down.
    let mut unit = world.store.begin().await.unwrap();
    let name = format!("import/{ACCOUNT}");
    unit.replace_meta(&name, &before_the_page).await.unwrap();
    unit.commit().await.unwrap();
    let report = imported(&world, &order).await;
    assert_eq!((report.imported, report.known), (5, 0), "{report:?}");
    assert_eq!(world.requests().await.len(), 5);
}

#[tokio::test]
async fn another_order_does_not_go_on_with_an_interrupted_walk_unless_it_begins_anew() {
    let Some(world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved; 4]);
    interrupted(&world, &order(), 0).await;
    let mut other = order();
    other.created_since = Some(ManualClock::NOON.plus(2 * DAY));
    let refused = import(&world, &other).await;
    assert!(matches!(refused, Err(ImportError::AnotherIsInterrupted(_))));
    assert_eq!(world.requests().await.len(), 0);
    other.restart = true;
    let report = imported(&world, &other).await;
    assert_eq!(report.imported, 2, "those made since");
}

#[tokio::test]
async fn a_dry_run_counts_and_writes_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved, FakeState::Begun]);
    let mut order = order();
    order.dry_run = true;
    for _ in 0..2 {
        let report = imported(&world, &order).await;
        assert_eq!((report.imported, report.known), (2, 0), "{report:?}");
    }
    assert_eq!(world.requests().await.len(), 0);
    assert_eq!(position(&world).await, None);
    order.dry_run = false;
    assert_eq!(imported(&world, &order).await.imported, 2);
    request_of(&world, &sessions[0]).await;
}

#[tokio::test]
async fn subjects_are_walked_through_one_by_one_and_nobody_else_is_taken_in() {
    let Some(world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved; 4]);
    let mut order = order();
    order.subjects = ["subject-3", "nobody", "subject-1"]
        .map(SubjectRef::new)
        .to_vec();
    interrupted(&world, &order, 1).await;
    let mut watcher = watcher(&world);
    let report = world.engine.import(&order, &mut watcher).await.unwrap();
    assert_eq!((report.imported, report.pages), (2, 3), "{report:?}");
    assert_eq!(watcher.pages.len(), 2, "the first was done before");
    assert_eq!(world.requests().await.len(), 2);
    let kept = String::from_utf8(position(&world).await.unwrap()).unwrap();
    assert!(
        !kept.contains("subject-"),
        "no subject is named in it: {kept}"
    );
}

#[tokio::test]
async fn a_vendor_that_wants_a_pause_gets_it_and_the_walk_goes_on() {
    let Some(world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved; 2]);
    let secs = Duration::from_secs;
    for reason in [
        TransportFailure::HeldBack {
            retry_after: secs(2),
        },
        TransportFailure::CircuitOpen {
            retry_after: secs(30),
        },
    ] {
        let mut fault = Fault::of_kind(&ErrorKind::Unavailable, Effect::None);
        fault.outcome = Outcome::NoAnswer(Sent::No, reason);
        world.vendor.fail_next(fault);
    }
    for retry_after_secs in [Some(7), None] {
        let kind = ErrorKind::RateLimited { retry_after_secs };
        world.vendor.fail_next(Fault::of_kind(&kind, Effect::None));
    }
    let mut watcher = watcher(&world);
    let report = world.engine.import(&order(), &mut watcher).await.unwrap();
    assert_eq!(report.imported, 2);
    assert_eq!(watcher.waited, [secs(2), secs(30), secs(7), secs(1)]);
}

#[tokio::test]
async fn read_in_full_everything_that_explains_a_session_is_kept() {
    let Some(world) = World::with_api().await else {
        return;
    };
    history(&world, &[FakeState::Approved; 2]);
    imported(&world, &order()).await;
    assert_eq!(world.vendor.calls("get_details"), 0);
    let Some(world) = World::with_api().await else {
        return;
    };
    let sessions = history(&world, &[FakeState::Approved; 2]);
    let mut order = order();
    order.full = true;
    imported(&world, &order).await;
    assert_eq!(world.vendor.calls("get_details"), 2);
    let view = request_of(&world, &sessions[1]).await;
    assert_eq!(view.request.state.status, Status::Passed);
}

#[tokio::test]
async fn an_account_that_cannot_ask_is_told_apart_from_one_that_is_not_there() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let refused = import(&world, &order()).await;
    assert!(matches!(refused, Err(ImportError::CannotFetch(_))));
    let unknown = Import::new(AccountId::from("nobody"));
    let refused = import(&world, &unknown).await;
    assert!(matches!(refused, Err(ImportError::UnknownAccount(_))));
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
    let asked = world
        .engine
        .get_or_request(super::asking("subject-1"))
        .await;
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
