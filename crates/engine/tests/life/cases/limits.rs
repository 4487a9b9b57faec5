//! The rules of the application's own that end or restart a request.

use std::time::Duration;

use idv_core::{
    Attention, Clock as _, DecisionSource, ErrorKind, OrganizationId, ReasonCode, RequestId,
    RequestState, Status,
};
use idv_engine::store::EventKind;
use idv_engine::{Bypass, Cancel, CommandError, Policy, Reuse, Update};
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::{api_key, asking, staff, view, words};
use crate::world::{Options, World};

async fn under(change: impl FnOnce(&mut Policy)) -> Option<World> {
    let mut policy = Policy::default();
    change(&mut policy);
    World::open(Options {
        policy,
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn a_subject_who_failed_too_many_tries_has_failed_and_the_vendor_is_told() {
    let Some(world) = under(|policy| policy.max_attempts = Some(2)).await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.hear_of(&session, FakeState::Again).await;
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::RetryRequired
    );
    world.hear_of(&session, FakeState::Checking).await;
    // Time passes between the decision and the withdrawal: else nobody could tell which of the two came first.
    let down = Fault::of_kind(&ErrorKind::Unavailable, Effect::None);
    world.vendor.fail_next(down.on("cancel_check"));
    world.hear_of(&session, FakeState::Again).await;
    world.clock.advance(Duration::from_secs(10));
    world.engine.settle().await;
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Failed);
    assert_eq!(after.request.state.source, Some(DecisionSource::Policy));
    let codes: Vec<_> = after
        .request
        .state
        .findings
        .iter()
        .map(|f| f.code.clone())
        .collect();
    assert!(codes.contains(&ReasonCode::AttemptsExhausted), "{codes:?}");
    assert_eq!(world.kinds_told(id).await.last(), Some(&EventKind::Failed));
    assert_eq!(world.vendor.calls("cancel_check"), 2);
    assert_eq!(after.sessions[0].state.status, Status::Cancelled);
    assert_eq!(after.request.state.attention, []);
}

#[tokio::test]
async fn without_a_limit_the_subject_may_try_as_often_as_the_vendor_allows() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    for _ in 0..6 {
        world.hear_of(&session, FakeState::Again).await;
        world.hear_of(&session, FakeState::Checking).await;
    }
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Processing
    );
    assert_eq!(world.vendor.calls("cancel_check"), 0);
}

#[tokio::test]
async fn a_reason_that_no_other_try_can_mend_ends_the_request_where_the_policy_says_so() {
    for ends in [true, false] {
        let Some(world) = under(|policy| policy.end_not_retryable = ends).await else {
            return;
        };
        let session = world.started("subject-1").await;
        let id = world.only_request().await.request.id;
        world.hear_of(&session, FakeState::Again).await;
        let state = view(&world, id).await.request.state;
        assert_eq!(state.status, Status::RetryRequired, "another try may help");
        world.hear_of(&session, FakeState::Checking).await;
        world.hear_of(&session, FakeState::AgainInVain).await;
        let expected = if ends {
            Status::Failed
        } else {
            Status::RetryRequired
        };
        assert_eq!(view(&world, id).await.request.state.status, expected);
    }
}

#[tokio::test]
async fn a_technical_end_is_begun_anew_once_and_then_told() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let first = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.hear_of(&first, FakeState::Broken).await;
    let after = view(&world, id).await;
    assert_eq!(after.sessions.len(), 2);
    assert_eq!(
        after.request.state.status,
        Status::AwaitingUser,
        "the subject goes on"
    );
    assert_eq!(world.vendor.sessions().len(), 2);
    assert!(!world.kinds_told(id).await.contains(&EventKind::Errored));

    let second = world.vendor.sessions()[1].clone();
    world.hear_of(&second, FakeState::Broken).await;
    let after = view(&world, id).await;
    assert_eq!(
        (after.sessions.len(), after.request.state.status),
        (2, Status::Errored)
    );
    assert_eq!(world.kinds_told(id).await.last(), Some(&EventKind::Errored));
    assert_eq!(world.vendor.sessions().len(), 2, "the budget is used up");
}

#[tokio::test]
async fn what_is_over_is_not_begun_anew_when_the_policy_grows_more_generous() {
    let Some(mut world) = under(|policy| policy.errored_restarts = 0).await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.hear_of(&session, FakeState::Broken).await;
    assert_eq!(view(&world, id).await.request.state.status, Status::Errored);
    world.options.policy.errored_restarts = 1;
    world.restart().await;
    world.hear_of(&session, FakeState::Broken).await;
    let after = view(&world, id).await;
    assert_eq!(
        (after.sessions.len(), after.request.state.status),
        (1, Status::Errored)
    );
}

#[tokio::test]
async fn a_start_the_vendor_refused_is_not_begun_anew() {
    let Some(world) = under(|policy| policy.errored_restarts = 5).await else {
        return;
    };
    let refused = ErrorKind::InvalidInput {
        field: Some("email".into()),
    };
    world
        .vendor
        .fail_next(Fault::of_kind(&refused, Effect::None));
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    world.engine.settle().await;
    let after = world.only_request().await;
    assert_eq!(
        (after.sessions.len(), after.request.state.status),
        (1, Status::Errored)
    );
    assert_eq!(world.vendor.sessions().len(), 0);
}

#[tokio::test]
async fn news_of_a_superseded_session_is_kept_and_moves_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let first = world.started("subject-1").await;
    world.hear_of(&first, FakeState::Broken).await;
    // A vendor that should not: what it had ended passes after all.
    let id = world.only_request().await.request.id;
    world.hear_of(&first, FakeState::Approved).await;
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::AwaitingUser);
    assert_eq!(
        after.sessions[0].state.status,
        Status::Errored,
        "a final status is not left"
    );
    assert_eq!(after.sessions[0].state.attention, [Attention::Conflict]);
}

#[tokio::test]
async fn what_is_open_for_too_long_expires_and_the_vendor_is_told() {
    let limit = Duration::from_secs(3600);
    let Some(world) = under(|policy| policy.expires_after = Some(limit)).await else {
        return;
    };
    world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.clock.advance(limit);
    assert_eq!(
        world.engine.sweep().await.unwrap().expired,
        0,
        "not a moment too early"
    );
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.engine.sweep().await.unwrap().expired, 1);
    assert_eq!(world.engine.sweep().await.unwrap().expired, 0, "once");
    world.clock.advance(Duration::from_secs(1));
    world.engine.settle().await;
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Expired);
    assert_eq!(after.sessions[0].state.status, Status::Cancelled);
    assert_eq!(world.kinds_told(id).await.last(), Some(&EventKind::Expired));
}

#[tokio::test]
async fn a_status_nobody_knows_runs_out_of_time_too() {
    let limit = Duration::from_secs(3600);
    let Some(world) = under(|policy| policy.expires_after = Some(limit)).await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Unheard("limbo")).await;
    world.clock.advance(limit * 2);
    assert_eq!(world.engine.sweep().await.unwrap().expired, 1);
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Expired
    );
}

#[tokio::test]
async fn somebody_who_began_and_left_has_abandoned_and_somebody_who_never_came_has_not() {
    let limit = Duration::from_secs(3600);
    let Some(world) = under(|policy| policy.abandoned_after = Some(limit)).await else {
        return;
    };
    let first = world.request_of("subject-1").await.request;
    let second = world.request_of("subject-2").await.request;
    let begun = first.sessions[0].session_id.clone().unwrap();
    world.hear_of(&begun, FakeState::Begun).await;
    world.clock.advance(limit * 2);
    assert_eq!(world.engine.sweep().await.unwrap().abandoned, 1);
    let left = view(&world, first.request.id).await.request.state.status;
    let never_came = view(&world, second.request.id).await.request.state.status;
    assert_eq!(
        (left, never_came),
        (Status::Abandoned, Status::AwaitingUser)
    );
}

#[tokio::test]
async fn news_that_changes_nothing_is_a_sign_of_life() {
    let limit = Duration::from_secs(3600);
    let Some(world) = under(|policy| policy.abandoned_after = Some(limit)).await else {
        return;
    };
    let made = world.request_of("subject-1").await.request;
    let session = made.sessions[0].session_id.clone().unwrap();
    world.hear_of(&session, FakeState::Begun).await;
    world.clock.advance(limit * 2 / 3);
    world.hear_of(&session, FakeState::Begun).await;
    world.clock.advance(limit * 2 / 3);
    assert_eq!(world.engine.sweep().await.unwrap().abandoned, 0);
    world.clock.advance(limit * 2 / 3);
    assert_eq!(world.engine.sweep().await.unwrap().abandoned, 1);
}

/// A request without a session: nothing of the engine's makes one, and nothing of it can work with one.
async fn insert_unusable(world: &World, like: RequestId) -> RequestId {
    let reads = world.store.reads();
    let mut row = reads.request(like).await.unwrap().unwrap();
    row.id = RequestId::new(world.clock.now());
    row.state = RequestState::created();
    row.current_session = None;
    row.person = None;
    row.created_at = world.clock.now();
    row.updated_at = world.clock.now();
    let mut unit = world.store.begin().await.unwrap();
    assert!(unit.insert_request(&row).await.unwrap());
    unit.commit().await.unwrap();
    row.id
}

#[tokio::test]
async fn one_request_that_cannot_be_ended_does_not_stop_the_sweep() {
    let limit = Duration::from_secs(3600);
    let Some(world) = under(|policy| policy.expires_after = Some(limit)).await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let ended = world.only_request().await.request.id;
    let before = world.request_of("subject-2").await.request.request.id;
    world.clock.advance(Duration::from_secs(1));
    insert_unusable(&world, ended).await;
    world.clock.advance(Duration::from_secs(1));
    let after = world.request_of("subject-3").await.request.request.id;
    world.clock.advance(limit * 2);
    let error = world.engine.sweep().await.unwrap_err();
    assert!(matches!(error, CommandError::Store(_)), "{error:?}");
    for id in [before, after] {
        let status = view(&world, id).await.request.state.status;
        assert_eq!(status, Status::Expired);
    }
}

#[tokio::test]
async fn who_cannot_be_erased_yet_does_not_keep_others_from_being_erased() {
    let week = Duration::from_secs(7 * 86_400);
    let Some(world) = under(|policy| policy.erase_after = Some(week)).await else {
        return;
    };
    // The vendor may have made the session, so that nobody knows yet what there is to erase.
    let lost = Fault::of_kind(&ErrorKind::Unavailable, Effect::Taken);
    world.vendor.fail_next(lost.on("create_check"));
    let asked = world.engine.get_or_request(asking("subject-1")).await;
    asked.unwrap_err();
    let unsure = world.only_request().await.request.id;
    let cancel = Cancel {
        request: unsure,
        actor: staff(),
        reason: words("not wanted"),
        idempotency_key: None,
    };
    world.engine.cancel(cancel).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    let session = world.started("subject-2").await;
    world.vendor.move_to(&session, FakeState::Declined);
    let done = world.request_of("subject-2").await.request.request.id;
    let bypass = Bypass {
        request: done,
        actor: staff(),
        comment: words("seen in person"),
        idempotency_key: None,
    };
    world.engine.bypass(bypass).await.unwrap();

    world.clock.advance(week * 2);
    assert_eq!(world.engine.erase_at_rest(1).await.unwrap(), 1);
    assert!(view(&world, done).await.erased_at.is_some());
    assert!(view(&world, unsure).await.erased_at.is_none());
}

#[tokio::test]
async fn a_person_somebody_relies_on_is_not_forgotten() {
    let week = Duration::from_secs(7 * 86_400);
    let Some(world) = under(|policy| policy.erase_after = Some(week)).await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Approved).await;
    let id = world.only_request().await.request.id;
    let step = week * 2 / 3;

    world.clock.advance(step);
    let mut command = asking("subject-1");
    command.reuse = Reuse::PendingOrPassed { max_age: week };
    assert!(!world.engine.get_or_request(command).await.unwrap().created);
    world.clock.advance(step);
    assert_eq!(
        world.engine.sweep().await.unwrap().erased,
        0,
        "it was reused"
    );
    let mut update = Update::new(id, api_key());
    update.organization = Some(OrganizationId::new("company-2"));
    world.engine.update(update).await.unwrap();
    world.clock.advance(step);
    assert_eq!(
        world.engine.sweep().await.unwrap().erased,
        0,
        "it was corrected"
    );
    world.clock.advance(step);
    assert_eq!(world.engine.sweep().await.unwrap().erased, 1);
}
