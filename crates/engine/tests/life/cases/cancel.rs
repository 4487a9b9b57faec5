//! Withdrawing a request.

use std::time::Duration;

use idv_core::{AccountId, Attention, ErrorKind, Purpose, RequestId, SessionId, Status};
use idv_engine::store::EventKind;
use idv_engine::{Cancel, CancelBySession, CommandError};
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::{asking, key, staff, view, words};
use crate::world::World;

fn cancel(request: RequestId) -> Cancel {
    Cancel {
        request,
        actor: staff(),
        reason: words("the company withdrew"),
        idempotency_key: None,
    }
}

fn cancel_run(world: &World, session: &SessionId) -> CancelBySession {
    CancelBySession {
        account: world.account(),
        session: session.clone(),
        actor: staff(),
        reason: words("the run is not wanted"),
    }
}

#[tokio::test]
async fn an_open_request_is_cancelled_and_its_session_withdrawn_at_the_vendor() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let made = world.request_of("subject-1").await;
    let id = made.request.request.id;
    let done = world.engine.cancel(cancel(id)).await.unwrap();
    assert!(!done.replayed);
    assert_eq!(done.request.request.state.status, Status::Cancelled);
    let cancellation = done.request.request.cancellation.unwrap();
    assert_eq!(cancellation.actor, staff());
    assert_eq!(
        cancellation.reason.expose(Purpose::Test),
        "the company withdrew"
    );
    assert_eq!(
        world.vendor.calls("cancel_check"),
        0,
        "no command waits for a vendor"
    );

    world.clock.advance(Duration::from_secs(1));
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("cancel_check"), 1);
    let after = view(&world, id).await;
    assert_eq!(after.sessions[0].state.status, Status::Cancelled);
    assert_eq!(after.request.state.attention, []);
    assert_eq!(
        world.kinds_told(id).await.last(),
        Some(&EventKind::Cancelled)
    );
    assert!(
        world
            .story(&after)
            .await
            .contains(&"request_cancelled".to_owned())
    );
    assert!(
        world.request_of("subject-1").await.created,
        "the subject is free"
    );
}

#[tokio::test]
async fn a_finished_request_is_not_cancelled() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let id = world.only_request().await.request.id;
    let told = world.told(id).await;
    let error = world.engine.cancel(cancel(id)).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::AlreadyEnded {
                status: Status::Failed
            }
        ),
        "{error:?}"
    );
    assert_eq!(view(&world, id).await.request.state.status, Status::Failed);
    assert_eq!(world.told(id).await, told);
}

#[tokio::test]
async fn a_cancellation_counts_once_and_its_key_is_answered_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    let mut command = cancel(id);
    command.idempotency_key = key("cancel-1");
    assert!(!world.engine.cancel(command.clone()).await.unwrap().replayed);
    let told = world.told(id).await;
    let again = world.engine.cancel(command).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.request.request.id, id);
    let error = world.engine.cancel(cancel(id)).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::AlreadyEnded {
                status: Status::Cancelled
            }
        ),
        "{error:?}"
    );
    assert_eq!(world.told(id).await, told);
}

#[tokio::test]
async fn a_cancellation_without_a_reason_is_refused() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    let mut command = cancel(id);
    command.reason = words("  ");
    let error = world.engine.cancel(command).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::InvalidInput {
                field: "reason",
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!view(&world, id).await.request.state.status.is_final());
}

#[tokio::test]
async fn what_is_cancelled_before_the_vendor_was_asked_never_reaches_it() {
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
    world.engine.cancel(cancel(made.request)).await.unwrap();
    world.engine.settle().await;
    world.clock.advance(Duration::from_secs(3600));
    world.engine.settle().await;
    assert_eq!(world.vendor.all_calls(), 0);
    let after = view(&world, made.request).await;
    assert_eq!(after.sessions[0].state.status, Status::Cancelled);
    assert!(
        world
            .story(&after)
            .await
            .contains(&"session_withdrawn".to_owned())
    );
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_cancelled_while_its_start_is_unsure_is_found_out_about_and_withdrawn() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world
        .vendor
        .fail_next(Fault::of_kind(&ErrorKind::Timeout, Effect::Taken).on("create_check"));
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    let id = world.only_request().await.request.id;
    world.engine.cancel(cancel(id)).await.unwrap();
    // Time passes between the start and the withdrawal: else nobody could tell which of the two came first.
    let down = Fault::of_kind(&ErrorKind::Unavailable, Effect::None);
    world.vendor.fail_next(down.on("cancel_check"));
    world.engine.settle().await;
    world.clock.advance(Duration::from_secs(10));
    world.engine.settle().await;
    assert_eq!(world.vendor.sessions().len(), 1, "no second session");
    assert_eq!(world.vendor.calls("cancel_check"), 2);
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Cancelled);
    assert_eq!(after.sessions[0].state.status, Status::Cancelled);
    assert_eq!(
        after.sessions[0].session_id.as_ref(),
        world.vendor.sessions().first()
    );
    assert_eq!(after.request.state.attention, []);
}

#[tokio::test]
async fn a_withdrawal_waits_until_the_vendor_is_back() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    world.engine.cancel(cancel(id)).await.unwrap();
    world
        .vendor
        .fail_next(Fault::of_kind(&ErrorKind::Unavailable, Effect::None).on("cancel_check"));
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("cancel_check"), 1);
    assert!(!view(&world, id).await.sessions[0].state.status.is_final());
    world.clock.advance(Duration::from_secs(10));
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("cancel_check"), 2);
    assert_eq!(
        view(&world, id).await.sessions[0].state.status,
        Status::Cancelled
    );
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_pass_after_a_cancellation_moves_nothing_and_asks_for_attention() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    // The subject had just finished when we withdrew the request: the vendor has nothing to withdraw any more.
    world.vendor.move_to(&session, FakeState::Approved);
    world.engine.cancel(cancel(id)).await.unwrap();
    world.engine.settle().await;
    world.clock.advance(Duration::from_secs(1));
    world.news(&session).await;
    world.engine.settle().await;
    let after = view(&world, id).await;
    assert_eq!(after.request.state.status, Status::Cancelled);
    assert_eq!(after.request.state.attention, [Attention::LatePass]);
    assert_eq!(after.sessions[0].state.status, Status::Passed);
    let told = world.told(id).await;
    assert!(told.contains(&(EventKind::Attention, "attention/late_pass".to_owned())));
    assert!(
        told.iter().all(|(kind, _)| *kind != EventKind::Passed),
        "{told:?}"
    );
}

#[tokio::test]
async fn cancelling_by_session_joins_the_callers_unit_and_does_not_commit() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;

    let mut unit = world.store.begin().await.unwrap();
    let command = cancel_run(&world, &session);
    let found = world
        .engine
        .cancel_by_session(unit.as_unit_of_work(), command.clone())
        .await
        .unwrap();
    assert_eq!(found, id);
    drop(unit);
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::AwaitingUser
    );
    world.engine.settle().await;
    assert_eq!(
        world.vendor.calls("cancel_check"),
        0,
        "what was rolled back asks no vendor"
    );

    let mut unit = world.store.begin().await.unwrap();
    world
        .engine
        .cancel_by_session(unit.as_unit_of_work(), command)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::Cancelled
    );
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("cancel_check"), 1);
}

#[tokio::test]
async fn cancelling_by_session_needs_a_reason_and_a_session_there_is() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let mut unit = world.store.begin().await.unwrap();
    let mut command = cancel_run(&world, &session);
    command.reason = words("");
    let error = world
        .engine
        .cancel_by_session(unit.as_unit_of_work(), command)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::InvalidInput {
                field: "reason",
                ..
            }
        ),
        "{error:?}"
    );
    for (account, session) in [
        (world.account(), SessionId::new("chk_9999")),
        (AccountId::from("another"), session),
    ] {
        let mut command = cancel_run(&world, &session);
        command.account = account;
        let error = world
            .engine
            .cancel_by_session(unit.as_unit_of_work(), command)
            .await
            .unwrap_err();
        assert!(matches!(error, CommandError::NotFound), "{error:?}");
    }
}

#[tokio::test]
async fn a_status_nobody_knows_may_be_cancelled() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Unheard("limbo")).await;
    let id = world.only_request().await.request.id;
    let done = world.engine.cancel(cancel(id)).await.unwrap();
    assert_eq!(done.request.request.state.status, Status::Cancelled);
}
