//! Granting a pass in spite of the vendor.

use idv_core::{Attention, DecisionSource, Purpose, RequestId, Status};
use idv_engine::store::EventKind;
use idv_engine::{Bypass, Cancel, CommandError, Erase, ResolveReview, Whom};
use idv_testkit::fake::FakeState;

use super::{api_key, key, staff, view, words};
use crate::world::World;

fn bypass(request: RequestId) -> Bypass {
    Bypass {
        request,
        actor: staff(),
        comment: words("seen in person"),
        idempotency_key: None,
    }
}

#[tokio::test]
async fn a_bypass_passes_the_request_and_the_vendors_result_stays() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let id = world.only_request().await.request.id;
    let done = world.engine.bypass(bypass(id)).await.unwrap().request;
    assert_eq!(done.request.state.status, Status::Passed);
    assert_eq!(done.request.state.source, Some(DecisionSource::Bypass));
    assert_eq!(
        done.request.state.findings,
        [],
        "the vendor's reasons are none for this pass"
    );
    assert_eq!(done.sessions[0].state.status, Status::Failed);
    assert_eq!(done.sessions[0].state.findings.len(), 1);
    let given = done.request.bypass.unwrap();
    assert_eq!(given.actor, staff());
    assert_eq!(given.comment.expose(Purpose::Test), "seen in person");
    assert_eq!(done.request.state.attention, []);
    assert_eq!(world.kinds_told(id).await.last(), Some(&EventKind::Passed));
}

#[tokio::test]
async fn a_vendor_that_fails_the_subject_after_a_bypass_asks_for_attention_and_moves_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Checking).await;
    let id = world.only_request().await.request.id;
    world.engine.bypass(bypass(id)).await.unwrap();
    world.hear_of(&session, FakeState::Declined).await;
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Passed);
    assert_eq!(
        after.request.state.attention,
        [Attention::ChangedAfterOverride]
    );
    assert_eq!(after.sessions[0].state.status, Status::Failed);
    let told = world.told(id).await;
    let attention = "attention/changed_after_override".to_owned();
    assert!(
        told.contains(&(EventKind::Attention, attention)),
        "{told:?}"
    );
    assert!(
        told.iter().all(|(kind, _)| *kind != EventKind::Failed),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_vendor_that_wants_a_look_after_a_bypass_asks_for_attention_too() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Checking).await;
    let id = world.only_request().await.request.id;
    world.engine.bypass(bypass(id)).await.unwrap();
    world.hear_of(&session, FakeState::Review).await;
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Passed);
    assert_eq!(
        after.request.state.attention,
        [Attention::ChangedAfterOverride]
    );
}

#[tokio::test]
async fn a_bypass_is_for_what_has_not_passed_and_was_not_withdrawn() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Approved).await;
    let passed = world.only_request().await.request.id;
    let error = world.engine.bypass(bypass(passed)).await.unwrap_err();
    assert!(matches!(error, CommandError::AlreadyPassed), "{error:?}");

    let cancelled = world.request_of("subject-2").await.request.request.id;
    let cancel = Cancel {
        request: cancelled,
        actor: staff(),
        reason: words("not wanted"),
        idempotency_key: None,
    };
    world.engine.cancel(cancel).await.unwrap();
    let error = world.engine.bypass(bypass(cancelled)).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::AlreadyEnded {
                status: Status::Cancelled
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_bypass_needs_a_person_and_a_comment() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    let mut command = bypass(id);
    command.actor = api_key();
    let error = world.engine.bypass(command).await.unwrap_err();
    assert!(matches!(error, CommandError::PersonRequired), "{error:?}");
    let mut command = bypass(id);
    command.comment = words("");
    let error = world.engine.bypass(command).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::InvalidInput {
                field: "comment",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::AwaitingUser
    );
}

#[tokio::test]
async fn an_actor_that_looks_like_an_address_or_a_name_is_refused() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    for actor in ["ada@example.com", "Ada Lovelace", "", &"7".repeat(65)] {
        let mut command = bypass(id);
        command.actor = idv_core::Actor::Staff(actor.to_owned());
        let error = world.engine.bypass(command).await.unwrap_err();
        assert!(
            matches!(error, CommandError::InvalidInput { field: "actor", .. }),
            "{actor}: {error:?}"
        );
        assert!(!actor.contains('@') || !error.to_string().contains(actor));
    }
    assert!(view(&world, id).await.request.bypass.is_none());
}

#[tokio::test]
async fn the_key_of_a_bypass_is_answered_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    let mut command = bypass(id);
    command.idempotency_key = key("bypass-1");
    world.engine.bypass(command.clone()).await.unwrap();
    let told = world.told(id).await;
    assert!(world.engine.bypass(command).await.unwrap().replayed);
    assert_eq!(world.told(id).await, told);
}

#[tokio::test]
async fn nobody_decides_about_a_person_who_was_erased() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let id = world.only_request().await.request.id;
    let erase = Erase {
        whom: Whom::SubjectOf(id),
        actor: staff(),
        idempotency_key: None,
    };
    world.engine.erase(erase).await.unwrap();
    let error = world.engine.bypass(bypass(id)).await.unwrap_err();
    assert!(matches!(error, CommandError::Erased), "{error:?}");
    let resolve = ResolveReview {
        request: id,
        actor: staff(),
        passed: true,
        comment: words("seen in person"),
        idempotency_key: None,
    };
    let error = world.engine.resolve_review(resolve).await.unwrap_err();
    assert!(matches!(error, CommandError::Erased), "{error:?}");
    assert_eq!(view(&world, id).await.request.state.status, Status::Failed);
}
