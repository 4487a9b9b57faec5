//! What the vendor opens again.

use std::time::Duration;

use idv_core::{Attention, Status};
use idv_engine::store::EventKind;
use idv_testkit::fake::FakeState;

use super::view;
use crate::world::World;

#[tokio::test]
async fn a_listed_reopening_is_followed_and_told() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    world.hear_of(&session, FakeState::Review).await;
    world.hear_of(&session, FakeState::Declined).await;
    let view = world.only_request().await;
    assert_eq!(view.request.state.status, Status::Failed);
    assert_eq!(view.request.state.attention, []);
    let told = world.told(view.request.id).await;
    let failed: Vec<_> = told
        .iter()
        .filter(|(kind, _)| *kind == EventKind::Failed)
        .map(|(_, key)| key.as_str())
        .collect();
    assert_eq!(failed, ["failed/1", "failed/2"]);
}

#[tokio::test]
async fn a_reopening_beside_another_open_request_is_a_conflict() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let first = world.only_request().await.request.id;
    world.hear_of(&session, FakeState::Declined).await;
    world.clock.advance(Duration::from_secs(1));
    let second = world.request_of("subject-1").await;
    assert!(second.created);
    world.hear_of(&session, FakeState::Review).await;
    let reopened = view(&world, first).await;
    assert_eq!(reopened.request.state.status, Status::Failed);
    assert_eq!(reopened.request.state.attention, [Attention::Conflict]);
    assert_eq!(reopened.sessions[0].state.status, Status::InReview);
    let other = view(&world, second.request.request.id).await;
    assert!(!other.request.state.status.is_final());
    let told = world.told(first).await;
    assert!(
        told.iter().all(|(kind, _)| *kind != EventKind::InReview),
        "{told:?}"
    );
}
