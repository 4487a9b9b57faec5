//! The walk itself: pages, pauses, interruptions, and what it is asked for.

use std::time::Duration;

use idv_core::{AccountId, ErrorKind, Sent, Status, SubjectRef, TransportFailure};
use idv_engine::{Import, ImportError};
use idv_testkit::ManualClock;
use idv_testkit::fake::{Effect, FakeState, Fault, Outcome};

use super::{DAY, history, import, imported, interrupted, order, position, request_of, watcher};
use crate::world::{ACCOUNT, World};

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
