//! Deciding a review that waits for us.

use idv_core::{DecisionSource, RequestId, Status};
use idv_engine::store::EventKind;
use idv_engine::{CommandError, ResolveReview};
use idv_testkit::fake::FakeState;

use super::{api_key, staff, view, words};
use crate::world::World;

fn resolve(request: RequestId, passed: bool) -> ResolveReview {
    ResolveReview {
        request,
        actor: staff(),
        passed,
        comment: words("looked at twice"),
        idempotency_key: None,
    }
}

#[tokio::test]
async fn a_review_of_ours_is_decided_either_way() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for (subject, passed, status, kind) in [
        ("subject-1", true, Status::Passed, EventKind::Passed),
        ("subject-2", false, Status::Failed, EventKind::Failed),
    ] {
        let made = world.request_of(subject).await.request;
        let session = made.sessions[0].session_id.clone().unwrap();
        world.hear_of(&session, FakeState::ReviewByClient).await;
        let id = made.request.id;
        let done = world
            .engine
            .resolve_review(resolve(id, passed))
            .await
            .unwrap();
        let state = done.request.request.state;
        assert_eq!(state.status, status);
        assert_eq!(state.source, Some(DecisionSource::ClientReviewer));
        assert_eq!(world.kinds_told(id).await.last(), Some(&kind));
        let error = world
            .engine
            .resolve_review(resolve(id, passed))
            .await
            .unwrap_err();
        assert!(
            matches!(error, CommandError::NotInReview { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_review_of_the_vendors_is_not_ours_to_decide() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Review).await;
    let id = world.only_request().await.request.id;
    let error = world
        .engine
        .resolve_review(resolve(id, true))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::ReviewIsTheVendors),
        "{error:?}"
    );
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::InReview
    );
}

#[tokio::test]
async fn a_status_nobody_knows_may_be_decided() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Unheard("limbo")).await;
    let id = world.only_request().await.request.id;
    let done = world
        .engine
        .resolve_review(resolve(id, false))
        .await
        .unwrap();
    assert_eq!(done.request.request.state.status, Status::Failed);
}

#[tokio::test]
async fn where_there_is_no_review_none_is_decided() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    let error = world
        .engine
        .resolve_review(resolve(id, true))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::NotInReview {
                status: Status::AwaitingUser
            }
        ),
        "{error:?}"
    );
    let mut command = resolve(id, true);
    command.actor = api_key();
    let error = world.engine.resolve_review(command).await.unwrap_err();
    assert!(matches!(error, CommandError::PersonRequired), "{error:?}");
}
