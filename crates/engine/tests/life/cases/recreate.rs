//! Beginning anew after a failure.

use std::sync::Arc;

use idv_core::{OrganizationId, Purpose, RequestId, RestartTrigger, Status};
use idv_engine::store::EventKind;
use idv_engine::{CancelAndRecreate, CommandError, MailKind};
use idv_testkit::fake::FakeState;

use super::remind::RecordingMailer;
use super::{ada, api_key, asking, key, staff, view, words};
use crate::world::{Options, World};

fn recreate(request: RequestId) -> CancelAndRecreate {
    CancelAndRecreate {
        request,
        actor: staff(),
        comment: words("the camera of Ada was broken"),
        again: idv_core::RetryScope::Everything,
        idempotency_key: None,
    }
}

#[tokio::test]
async fn a_failed_request_is_withdrawn_and_made_anew_in_one_step() {
    let mailer = Arc::new(RecordingMailer::default());
    let options = Options {
        mailer: Some(mailer.clone()),
        ..Options::default()
    };
    let Some(world) = World::open(options).await else {
        return;
    };
    let mut command = asking("subject-1");
    command.reason = Some("onboarding_company".to_owned());
    command.person = ada();
    for organization in ["company-1", "company-2"] {
        command.organization = Some(OrganizationId::new(organization));
        world.engine.get_or_request(command.clone()).await.unwrap();
    }
    let failed = world.only_request().await.request.id;
    world
        .hear_of(&world.vendor.sessions()[0], FakeState::Declined)
        .await;

    let done = world
        .engine
        .cancel_and_recreate(recreate(failed))
        .await
        .unwrap();
    let new = done.request.request;
    assert_ne!(new.id, failed);
    assert!(!new.state.status.is_final());
    assert_eq!(new.reason.as_deref(), Some("onboarding_company"));
    assert_eq!(new.organization, Some(OrganizationId::new("company-1")));
    let affected: Vec<_> = new
        .affected_organizations
        .iter()
        .map(OrganizationId::as_str)
        .collect();
    assert_eq!(affected, ["company-1", "company-2"]);
    assert!(new.person.expose(Purpose::Test) == ada().expose(Purpose::Test));
    let restart = new.attempt.restart.unwrap();
    assert_eq!(restart.previous_request_id, failed);
    assert_eq!(restart.trigger, RestartTrigger::Manual);
    assert_eq!(
        restart.comment.expose(Purpose::Test),
        "the camera of Ada was broken"
    );
    assert!(!restart.previous_attempt_was_abandoned);

    let old = view(&world, failed).await;
    assert_eq!(old.request.state.status, Status::Cancelled);
    assert_eq!(old.request.cancellation.unwrap().actor, staff());
    assert_eq!(
        old.sessions[0].state.status,
        Status::Failed,
        "the vendor's result stays"
    );
    assert_eq!(
        world.kinds_told(failed).await.last(),
        Some(&EventKind::Cancelled)
    );
    assert_eq!(world.kinds_told(new.id).await, [EventKind::Created]);

    assert!(
        mailer.sent().is_empty(),
        "no mail before the commit, and none inside the command"
    );
    world.engine.settle().await;
    let mails = mailer.sent();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].kind, mails[0].request),
        (MailKind::Recreated, new.id)
    );
    assert_eq!(mails[0].to.expose(Purpose::Test), "ada@example.com");
    assert_eq!(
        world.vendor.sessions().len(),
        2,
        "a worker starts the new session"
    );
    let again = world.request_of("subject-1").await;
    assert_eq!((again.request.request.id, again.created), (new.id, false));
}

#[tokio::test]
async fn only_a_failed_request_is_made_anew() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    let error = world
        .engine
        .cancel_and_recreate(recreate(id))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::NotFailed {
                status: Status::AwaitingUser
            }
        ),
        "{error:?}"
    );
    world.hear_of(&session, FakeState::Approved).await;
    let error = world
        .engine
        .cancel_and_recreate(recreate(id))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::NotFailed {
                status: Status::Passed
            }
        ),
        "{error:?}"
    );
    assert_eq!(world.requests().await.len(), 1);
    assert_eq!(view(&world, id).await.request.state.status, Status::Passed);
}

#[tokio::test]
async fn a_request_the_subject_has_left_counts_as_failed_and_is_marked_as_abandoned() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    world.hear_of(&session, FakeState::Left).await;
    let done = world
        .engine
        .cancel_and_recreate(recreate(id))
        .await
        .unwrap();
    let restart = done.request.request.attempt.restart.unwrap();
    assert!(restart.previous_attempt_was_abandoned);
}

#[tokio::test]
async fn making_anew_needs_a_person_and_a_comment() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let id = world.only_request().await.request.id;
    let mut command = recreate(id);
    command.actor = api_key();
    let error = world.engine.cancel_and_recreate(command).await.unwrap_err();
    assert!(matches!(error, CommandError::PersonRequired), "{error:?}");
    let mut command = recreate(id);
    command.comment = words(" \n");
    let error = world.engine.cancel_and_recreate(command).await.unwrap_err();
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
        world.only_request().await.request.state.status,
        Status::Failed
    );
}

#[tokio::test]
async fn what_cannot_be_made_anew_is_not_withdrawn_either() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let failed = world.only_request().await.request.id;
    let open = world.request_of("subject-1").await.request.request.id;
    let told = world.told(failed).await;
    let error = world
        .engine
        .cancel_and_recreate(recreate(failed))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::OpenRequest { request } if request == open),
        "{error:?}"
    );
    assert_eq!(
        view(&world, failed).await.request.state.status,
        Status::Failed
    );
    assert_eq!(world.told(failed).await, told);
    assert_eq!(world.requests().await.len(), 2);
}

#[tokio::test]
async fn the_key_of_a_recreation_is_answered_with_the_new_request() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let failed = world.only_request().await.request.id;
    let mut command = recreate(failed);
    command.idempotency_key = key("anew-1");
    let first = world
        .engine
        .cancel_and_recreate(command.clone())
        .await
        .unwrap();
    let again = world
        .engine
        .cancel_and_recreate(command.clone())
        .await
        .unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.request.request.id, first.request.request.id);
    assert_eq!(world.requests().await.len(), 2);
    command.comment = words("another reason");
    let error = world.engine.cancel_and_recreate(command).await.unwrap_err();
    assert!(matches!(error, CommandError::KeyReused), "{error:?}");
}

#[tokio::test]
async fn less_than_everything_is_asked_again_only_where_the_vendor_can_do_that() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let failed = world.only_request().await.request.id;
    let mut command = recreate(failed);
    command.again = idv_core::RetryScope::WhatFailed;
    let refused = world.engine.cancel_and_recreate(command).await;
    let is_said = matches!(
        refused,
        Err(CommandError::InvalidInput { field: "again", .. })
    );
    assert!(is_said, "{refused:?}");
    let request = world.only_request().await.request;
    assert_eq!(request.state.status, Status::Failed, "nothing was changed");
    world
        .engine
        .cancel_and_recreate(recreate(failed))
        .await
        .unwrap();
}
