//! Sessions that nothing is heard of are asked about, and what webhooks have missed is reported.

use std::time::Duration;

use idv_core::webhook::InboundWebhook;
use idv_core::{Attention, Clock as _, ErrorKind, SessionId, Status};
use idv_engine::store::{MissedWebhookFilter, MissedWebhookRow, PageRequest};
use idv_engine::{Bypass, Reconciled, Refresh, Unmatched};
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::{staff, view, words};
use crate::world::{Options, World};

const HOUR: Duration = Duration::from_secs(3600);

async fn reconcile(world: &World) -> Reconciled {
    world.engine.reconcile().await.unwrap()
}

async fn missed(world: &World) -> Vec<MissedWebhookRow> {
    let page = PageRequest {
        after: None,
        limit: 100,
    };
    let filter = MissedWebhookFilter::default();
    let page = world.engine.missed_webhooks(&filter, page).await.unwrap();
    page.rows
}

/// What a round has done, of which nothing else need be said.
fn done(change: impl FnOnce(&mut Reconciled)) -> Reconciled {
    let mut done = Reconciled::default();
    change(&mut done);
    done
}

/// How often the vendor was asked about any session.
fn asked(world: &World) -> usize {
    world.vendor.calls("get_check")
}

#[tokio::test]
async fn a_verdict_whose_webhook_was_lost_is_found_by_asking_and_reported() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.clock.advance(Duration::from_secs(60));
    world.hear_of(&session, FakeState::Begun).await;
    world.vendor.move_to(&session, FakeState::Approved);
    let before = asked(&world);
    world.clock.advance(HOUR / 2);
    assert_eq!(reconcile(&world).await, Reconciled::default());
    assert_eq!(asked(&world), before, "it may be that nothing has happened");

    world.clock.advance(HOUR / 2);
    let found = done(|done| (done.polled, done.changed, done.missed) = (1, 1, 1));
    assert_eq!(reconcile(&world).await, found);
    let request = world.only_request().await;
    assert_eq!(request.request.state.status, Status::Passed);
    let story = world.story(&request).await;
    assert_eq!(story.last().unwrap(), "session_polled", "{story:?}");
    let told = world.told(request.request.id).await;
    assert_eq!(told.last().unwrap().1, "passed/1");

    let missed = missed(&world).await;
    assert_eq!(missed.len(), 1);
    let row = &missed[0];
    assert_eq!(
        (&row.from, &row.to),
        (&Status::AwaitingUser, &Status::Passed)
    );
    assert_eq!(
        (row.session, row.request),
        (request.sessions[0].key, request.request.id)
    );
    assert_eq!((row.quiet_for, row.arrived_at), (HOUR, None));
    let since = row.found_at;
    let counts = world.engine.missed_webhook_counts(since).await.unwrap();
    assert_eq!((counts[0].missed, counts[0].late), (1, 0));

    // It is over: nobody asks any more.
    let before = asked(&world);
    world.clock.advance(HOUR * 100);
    assert_eq!(reconcile(&world).await.polled, 0);
    assert_eq!(asked(&world), before);
}

fn received_now(world: &World, sent: &InboundWebhook) -> InboundWebhook {
    InboundWebhook::new(sent.headers.clone(), sent.body.clone(), world.clock.now())
}

#[tokio::test]
async fn a_webhook_that_comes_after_all_was_late_and_not_lost() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.move_to(&session, FakeState::Checking);
    let earlier = world.vendor.webhook(&session);
    world.vendor.move_to(&session, FakeState::Approved);
    let late = world.vendor.webhook(&session);
    world.clock.advance(HOUR);
    assert_eq!(reconcile(&world).await.missed, 1);
    world.clock.advance(HOUR);
    world.deliver(received_now(&world, &earlier)).await;
    world.engine.settle().await;
    assert_eq!(
        missed(&world).await[0].arrived_at,
        None,
        "it tells of something else"
    );
    world.clock.advance(HOUR);
    let arrived_at = world.clock.now();
    world.deliver(received_now(&world, &late)).await;
    world.engine.settle().await;
    let rows = missed(&world).await;
    assert_eq!((rows.len(), rows[0].arrived_at), (1, Some(arrived_at)));
    let since = rows[0].found_at;
    let counts = world.engine.missed_webhook_counts(since).await.unwrap();
    assert_eq!((counts[0].missed, counts[0].late), (1, 1));
}

#[tokio::test]
async fn what_a_webhook_told_of_or_a_person_asked_for_was_not_missed() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    // The webhook is ahead of what the vendor answers.
    world.vendor.move_to(&session, FakeState::Checking);
    let ahead = world.vendor.webhook(&session);
    world.vendor.move_to(&session, FakeState::Begun);
    world.clock.advance(Duration::from_secs(1));
    world.deliver(ahead).await;
    world.engine.settle().await;
    world.vendor.move_to(&session, FakeState::Checking);
    world.clock.advance(HOUR);
    let found = done(|done| (done.polled, done.changed) = (1, 1));
    assert_eq!(reconcile(&world).await, found);

    world.vendor.move_to(&session, FakeState::Approved);
    let request = world.only_request().await.request.id;
    let refresh = Refresh {
        request,
        actor: staff(),
    };
    world.engine.refresh(refresh).await.unwrap();
    assert_eq!(
        view(&world, request).await.request.state.status,
        Status::Passed
    );
    assert_eq!(missed(&world).await, []);
}

#[tokio::test]
async fn the_longer_a_session_is_quiet_the_less_it_is_asked_about() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.started("subject-1").await;
    let before = asked(&world);
    let mut per_day = Vec::new();
    for _ in 0..5 {
        let morning = asked(&world);
        for _ in 0..48 {
            world.clock.advance(HOUR / 2);
            reconcile(&world).await;
        }
        per_day.push(asked(&world) - morning);
    }
    // After one, two and four hours, and then every six, each up to a quarter earlier.
    assert!((4..=7).contains(&per_day[0]), "{per_day:?}");
    assert!(
        per_day[1..].iter().all(|calls| (4..=6).contains(calls)),
        "{per_day:?}"
    );
    assert!(asked(&world) - before <= 30);
}

#[tokio::test]
async fn a_round_asks_about_so_many_sessions_and_begins_with_the_quietest() {
    let options = Options {
        adjust: |settings| settings.polls_per_round = 2,
        ..Options::default()
    };
    let Some(world) = World::open(options).await else {
        return;
    };
    let mut sessions = Vec::new();
    for number in 0..5 {
        sessions.push(world.started(&format!("subject-{number}")).await);
        world.clock.advance(HOUR / 2);
    }
    for session in &sessions {
        world.vendor.move_to(session, FakeState::Approved);
    }
    world.clock.advance(HOUR);
    let mut passed = Vec::new();
    for polled in [2, 2, 1, 0] {
        assert_eq!(reconcile(&world).await.polled, polled);
        let mut now = 0;
        for request in world.requests().await {
            now += usize::from(request.request.state.status == Status::Passed);
        }
        passed.push(now);
    }
    assert_eq!(passed, [2, 4, 5, 5]);
    // Newest first: the two that were quiet for longest were asked about first.
    let found: Vec<SessionId> = {
        let rows = missed(&world).await;
        let requests = world.requests().await;
        rows.iter()
            .map(|row| {
                let of = requests.iter().find(|view| view.request.id == row.request);
                of.unwrap().sessions[0].session_id.clone().unwrap()
            })
            .collect()
    };
    assert_eq!(found.last(), sessions.first());
}

#[tokio::test]
async fn what_nobody_waits_for_is_not_asked_about() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.started("subject-1").await;
    let request = world.only_request().await.request.id;
    let bypass = Bypass {
        request,
        actor: staff(),
        comment: words("seen in person"),
        idempotency_key: None,
    };
    world.engine.bypass(bypass).await.unwrap();
    world.engine.settle().await;
    let before = world.vendor.calls("get_check");
    world.clock.advance(HOUR * 10);
    let over = done(|done| done.over = 1);
    let first = reconcile(&world).await;
    // Where the session was withdrawn with the bypass, it is over already.
    assert!(first == over || first == Reconciled::default(), "{first:?}");
    world.clock.advance(HOUR * 10);
    assert_eq!(reconcile(&world).await, Reconciled::default());
    assert_eq!(world.vendor.calls("get_check"), before);
}

#[tokio::test]
async fn an_account_that_only_receives_is_not_polled() {
    let Some(world) = World::new(false, Unmatched::Adopt).await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    world.hear_of(&session, FakeState::Begun).await;
    world.clock.advance(HOUR * 10);
    assert_eq!(reconcile(&world).await, Reconciled::default());
    assert_eq!(world.vendor.all_calls(), 0);
}

#[tokio::test]
async fn a_vendor_that_is_down_is_left_alone_for_a_while_and_then_everything_is_asked() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for number in 0..3 {
        world.started(&format!("subject-{number}")).await;
    }
    for kind in [
        ErrorKind::Unavailable,
        ErrorKind::Timeout,
        ErrorKind::RateLimited {
            retry_after_secs: Some(120),
        },
        ErrorKind::InvalidCredentials,
    ] {
        world.clock.advance(HOUR * 6);
        let before = asked(&world);
        world
            .vendor
            .fail_next(Fault::of_kind(&kind, Effect::None).on("get_check"));
        let failed = done(|done| done.failed = 1);
        assert_eq!(reconcile(&world).await, failed, "{kind:?}");
        assert_eq!(reconcile(&world).await, Reconciled::default(), "{kind:?}");
        assert_eq!(asked(&world), before + 1, "one call shows it: {kind:?}");
        world.clock.advance(Duration::from_secs(600));
        assert_eq!(reconcile(&world).await.polled, 3, "{kind:?}");
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_read_holds_up_no_other() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for number in 0..3 {
        world.started(&format!("subject-{number}")).await;
    }
    world.clock.advance(HOUR);
    let unreadable = || Fault::of_kind(&ErrorKind::BadResponse, Effect::None).on("get_check");
    world.vendor.fail_next(unreadable());
    let mostly = done(|done| (done.polled, done.failed) = (2, 1));
    assert_eq!(reconcile(&world).await, mostly);
    // The pauses between the tries grow.
    let mut tries = 0;
    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(10));
        world.vendor.fail_next(unreadable());
        tries += reconcile(&world).await.failed;
    }
    assert!((3..=10).contains(&tries), "{tries} in ten minutes");
}

#[tokio::test]
async fn a_session_the_vendor_does_not_know_any_more_is_raised_and_then_left_alone() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.vendor.forget(&session);
    let before = asked(&world);
    for _ in 0..20 {
        world.clock.advance(HOUR * 6);
        reconcile(&world).await;
    }
    assert_eq!(asked(&world), before + 3);
    let request = world.only_request().await;
    assert_eq!(request.request.state.status, Status::AwaitingUser);
    let attention = &request.request.state.attention;
    assert_eq!(attention, &[Attention::SessionMissing]);
    assert_eq!(missed(&world).await, []);
}
