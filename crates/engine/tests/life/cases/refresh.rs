//! Asking the vendor how things are.

use std::time::Duration;

use idv_core::{ErrorKind, RequestId, Status};
use idv_engine::{CommandError, Refresh};
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::{asking, staff, view};
use crate::world::World;

fn refresh(request: RequestId) -> Refresh {
    Refresh {
        request,
        actor: staff(),
    }
}

#[tokio::test]
async fn a_refresh_asks_the_vendor_and_folds_the_answer_in() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.clock.advance(Duration::from_secs(1));
    world.vendor.move_to(&session, FakeState::Approved);
    let done = world.engine.refresh(refresh(id)).await.unwrap();
    assert_eq!(done.request.request.state.status, Status::Passed);
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_refresh_of_what_was_not_started_yet_is_refused() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut unit = world.store.begin().await.unwrap();
    let made = world
        .engine
        .get_or_request_in(unit.as_unit_of_work(), &asking("subject-1"))
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let error = world
        .engine
        .refresh(refresh(made.request))
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::NoSession), "{error:?}");
    assert_eq!(world.vendor.all_calls(), 0);
}

#[tokio::test]
async fn an_account_that_only_receives_asks_nobody() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    world.hear_of(&session, FakeState::Begun).await;
    let id = world.only_request().await.request.id;
    let error = world.engine.refresh(refresh(id)).await.unwrap_err();
    assert!(
        matches!(error, CommandError::AccountCannotFetch(_)),
        "{error:?}"
    );
    assert_eq!(world.vendor.all_calls(), 0);
}

#[tokio::test]
async fn a_refresh_the_vendor_did_not_answer_is_done_later() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.vendor.move_to(&session, FakeState::Approved);
    world
        .vendor
        .fail_next(Fault::of_kind(&ErrorKind::Unavailable, Effect::None));
    let error = world.engine.refresh(refresh(id)).await.unwrap_err();
    assert!(matches!(error, CommandError::Provider(_)), "{error:?}");
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::AwaitingUser
    );
    world.clock.advance(Duration::from_secs(61));
    world.engine.settle().await;
    assert_eq!(view(&world, id).await.request.state.status, Status::Passed);
}
