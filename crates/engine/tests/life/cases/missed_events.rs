//! A vendor that can say which webhooks it could not deliver is asked for them.

use std::time::Duration;

use idv_core::{ErrorKind, SessionId, Status};
use idv_engine::{Reconciled, Unmatched};
use idv_testkit::fake::{Effect, FakeState, Fault};

use crate::world::World;

const HOUR: Duration = Duration::from_secs(3600);

async fn reconcile(world: &World) -> Reconciled {
    world.engine.reconcile().await.unwrap()
}

fn lists(world: &World) -> usize {
    world.vendor.calls("list_undelivered")
}

/// A session that was declined, and that nobody polls any more.
async fn declined(world: &World) -> SessionId {
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let status = world.only_request().await.request.state.status;
    assert_eq!(status, Status::Failed);
    // The first round only writes down where the account begins.
    assert_eq!(reconcile(world).await, Reconciled::default());
    assert_eq!(lists(world), 0);
    session
}

#[tokio::test]
async fn a_session_that_the_vendor_could_not_tell_us_about_is_read_even_if_it_had_ended() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = declined(&world).await;
    world.clock.advance(HOUR / 2);
    world.vendor.move_to(&session, FakeState::Review);
    world.vendor.lose_webhook(&session);
    assert_eq!(reconcile(&world).await, Reconciled::default(), "not yet");
    world.clock.advance(HOUR / 2);
    let done = reconcile(&world).await;
    assert_eq!((done.polled, done.changed, done.missed), (1, 1, 1));
    let status = world.only_request().await.request.state.status;
    assert_eq!(status, Status::InReview, "the vendor looks at it again");

    // It stays on the vendor's list, and is not read again for that.
    let before = world.vendor.calls("get_check");
    for hours in 2..5 {
        world.clock.advance(HOUR);
        reconcile(&world).await;
        assert_eq!(lists(&world), hours, "once an hour");
    }
    assert!(
        world.vendor.calls("get_check") <= before + 1,
        "as a quiet one"
    );
}

#[tokio::test]
async fn a_list_of_several_pages_is_read_to_its_end_whoever_goes_on_with_it() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    let session = declined(&world).await;
    world.options.adjust = |settings| settings.polls_per_round = 1;
    world.restart().await;
    let strangers: Vec<_> = (0..5)
        .map(|number| {
            world
                .vendor
                .make_check(&format!("stranger-{number}"), FakeState::Begun)
        })
        .collect();
    world.clock.advance(HOUR);
    for stranger in &strangers {
        world.vendor.lose_webhook(stranger);
    }
    world.vendor.move_to(&session, FakeState::Review);
    world.vendor.lose_webhook(&session);
    let done = reconcile(&world).await;
    assert_eq!((done.unknown, done.polled), (5, 1), "{done:?}");
    assert_eq!(lists(&world), 3, "two on a page");
}

#[tokio::test]
async fn what_a_round_has_no_room_for_is_for_the_next_one_of_any_process() {
    let Some(mut world) = World::new(true, Unmatched::Adopt).await else {
        return;
    };
    world.options.adjust = |settings| settings.polls_per_round = 2;
    world.restart().await;
    assert_eq!(reconcile(&world).await, Reconciled::default());
    world.clock.advance(HOUR);
    for number in 0..5 {
        let stranger = world
            .vendor
            .make_check(&format!("subject-{number}"), FakeState::Begun);
        world.vendor.lose_webhook(&stranger);
    }
    let mut adopted = Vec::new();
    for _ in 0..4 {
        adopted.push(reconcile(&world).await.adopted);
        world.clock.advance(Duration::from_secs(30));
        world.engine = world.another_process().await;
    }
    assert_eq!(adopted, [2, 2, 1, 0]);
    assert_eq!(world.requests().await.len(), 5);
}

#[tokio::test]
async fn a_session_nobody_here_knows_follows_the_rule_of_the_account() {
    for (unmatched, expected) in [(Unmatched::Park, (0, 1)), (Unmatched::Adopt, (1, 0))] {
        let Some(world) = World::new(true, unmatched).await else {
            return;
        };
        assert_eq!(reconcile(&world).await, Reconciled::default());
        world.clock.advance(HOUR);
        let stranger = world.vendor.make_check("subject-1", FakeState::Approved);
        world.vendor.lose_webhook(&stranger);
        let done = reconcile(&world).await;
        assert_eq!((done.adopted, done.unknown), expected, "{unmatched:?}");
        let requests = world.requests().await;
        assert_eq!(requests.len() as u64, expected.0);
        for request in requests {
            assert_eq!(request.request.state.status, Status::Passed);
        }
    }
}

#[tokio::test]
async fn a_key_that_may_not_ask_is_left_alone_for_a_day_and_disturbs_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.started("subject-1").await;
    reconcile(&world).await;
    world.clock.advance(HOUR);
    let forbidden = Fault::of_kind(&ErrorKind::InvalidCredentials, Effect::None);
    world.vendor.fail_next(forbidden.on("list_undelivered"));
    let done = reconcile(&world).await;
    assert_eq!(
        (done.polled, done.failed),
        (1, 0),
        "sessions are polled all the same"
    );
    for _ in 0..23 {
        world.clock.advance(HOUR);
        let done = reconcile(&world).await;
        assert_eq!(done.failed, 0);
    }
    assert_eq!(lists(&world), 1);
    world.clock.advance(HOUR);
    reconcile(&world).await;
    assert_eq!(lists(&world), 2);
}

#[tokio::test]
async fn a_list_that_was_not_answered_is_asked_for_again_and_nothing_is_skipped() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = declined(&world).await;
    world.vendor.move_to(&session, FakeState::Review);
    world.clock.advance(HOUR);
    world.vendor.lose_webhook(&session);
    let down = || Fault::of_kind(&ErrorKind::Unavailable, Effect::None).on("list_undelivered");
    world.vendor.fail_next(down());
    assert_eq!(reconcile(&world).await.failed, 1);
    assert_eq!(
        reconcile(&world).await,
        Reconciled::default(),
        "not at once"
    );
    world.clock.advance(HOUR);
    assert_eq!(reconcile(&world).await.changed, 1);
    // A vendor that is down for a day loses nothing either.
    world.vendor.move_to(&session, FakeState::Approved);
    world.vendor.lose_webhook(&session);
    for _ in 0..24 {
        world.clock.advance(HOUR);
        for operation in ["list_undelivered", "get_check"] {
            let down = Fault::of_kind(&ErrorKind::Unavailable, Effect::None);
            world.vendor.fail_next(down.on(operation));
        }
        reconcile(&world).await;
    }
    world.clock.advance(HOUR * 7);
    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(600));
        reconcile(&world).await;
    }
    let status = world.only_request().await.request.state.status;
    assert_eq!(status, Status::Passed);
}

#[tokio::test]
async fn of_two_processes_one_asks() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = declined(&world).await;
    world.clock.advance(HOUR);
    world.vendor.move_to(&session, FakeState::Review);
    world.vendor.lose_webhook(&session);
    let other = world.another_process().await;
    let (one, two) = tokio::join!(world.engine.reconcile(), other.reconcile());
    assert_eq!(one.unwrap().polled + two.unwrap().polled, 1);
    assert_eq!(lists(&world), 1);
}
