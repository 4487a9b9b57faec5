//! Which request that is there is given out again.

use std::time::Duration;

use idv_engine::{CommandError, Policy, Reuse};
use idv_testkit::fake::FakeState;

use super::{asking, view};
use crate::world::{Options, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_pass_is_given_out_again_only_where_asked_for_and_while_it_is_young() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Approved).await;
    let passed = world.only_request().await.request.id;
    world.clock.advance(DAY);

    let mut command = asking("subject-1");
    command.reuse = Reuse::PendingOrPassed { max_age: 2 * DAY };
    let again = world.engine.get_or_request(command.clone()).await.unwrap();
    assert_eq!((again.request.request.id, again.created), (passed, false));
    assert!(
        again.link.is_none(),
        "there is nothing to do for the subject"
    );

    command.reuse = Reuse::PendingOrPassed { max_age: DAY / 2 };
    let new = world.engine.get_or_request(command).await.unwrap();
    assert!(new.created, "the pass is too old");
    assert_ne!(new.request.request.id, passed);
}

#[tokio::test]
async fn by_default_a_pass_is_not_given_out_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Approved).await;
    assert!(world.request_of("subject-1").await.created);
}

#[tokio::test]
async fn no_subject_is_asked_more_often_than_the_policy_allows() {
    let mut policy = Policy::default();
    policy.max_requests = Some((2, DAY));
    let options = Options {
        policy,
        ..Options::default()
    };
    let Some(world) = World::open(options).await else {
        return;
    };
    for number in 0..2 {
        let made = world.request_of("subject-1").await;
        assert!(made.created);
        let again = world.request_of("subject-1").await;
        assert!(
            !again.created,
            "an open one is given out however many there were"
        );
        world
            .hear_of(&world.vendor.sessions()[number], FakeState::Declined)
            .await;
    }
    let error = world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::TooManyRequests { most: 2, within } if within == DAY),
        "{error:?}"
    );
    assert!(world.request_of("subject-2").await.created);
    assert_eq!(world.requests().await.len(), 3);
    world.clock.advance(DAY);
    assert!(world.request_of("subject-1").await.created);
}

#[tokio::test]
async fn uncompleted_requests_are_found_by_age_and_the_last_active_ones_by_whom_they_concern() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let failed = world.only_request().await.request.id;
    let open = world.request_of("subject-1").await.request.request.id;
    world.clock.advance(DAY);
    let young = world.request_of("subject-2").await.request.request.id;
    let page = idv_engine::store::PageRequest {
        after: None,
        limit: 10,
    };
    let found = world
        .engine
        .find_uncompleted(DAY / 2, None, page)
        .await
        .unwrap()
        .rows;
    let found: Vec<_> = found.iter().map(|view| view.request.id).collect();
    assert_eq!(
        found,
        [open],
        "neither {failed}, which is over, nor {young}, which is young"
    );
    let subject = idv_core::SubjectRef::new("subject-1");
    let active = world
        .engine
        .last_active_for_subject(subject, None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(active.request.id, open);
    assert!(view(&world, failed).await.request.state.status.is_final());
}
