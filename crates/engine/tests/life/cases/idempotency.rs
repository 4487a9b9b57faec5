//! A command that is given again with the same key.

use std::collections::BTreeSet;
use std::time::Duration;

use idv_core::{Actor, OrganizationId};
use idv_engine::{
    Cancel, CancelAndRecreate, CommandError, Erase, IdempotencyKey, Remind, Update, Whom,
};
use idv_testkit::fake::FakeState;

use super::{api_key, asking, key, staff, words};
use crate::world::{Options, World};

#[tokio::test]
async fn the_same_key_with_the_same_command_is_answered_again() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut command = asking("subject-1");
    command.idempotency_key = key("one");
    let first = world.engine.get_or_request(command.clone()).await.unwrap();
    let session = world.vendor.sessions()[0].clone();
    world.hear_of(&session, FakeState::Declined).await;
    let again = world.engine.get_or_request(command).await.unwrap();
    assert!(
        again.replayed && again.created,
        "as it was answered at first"
    );
    assert_eq!(again.request.request.id, first.request.request.id);
    assert_eq!(
        world.requests().await.len(),
        1,
        "without the key it would be a new one by now"
    );
}

#[tokio::test]
async fn the_same_key_with_another_command_is_a_mistake() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut command = asking("subject-1");
    command.idempotency_key = key("one");
    world.engine.get_or_request(command.clone()).await.unwrap();
    command.organization = Some(OrganizationId::new("company-1"));
    let error = world.engine.get_or_request(command).await.unwrap_err();
    assert!(matches!(error, CommandError::KeyReused), "{error:?}");
    assert!(
        world
            .only_request()
            .await
            .request
            .affected_organizations
            .is_empty()
    );
}

#[tokio::test]
async fn a_command_that_failed_may_be_tried_again_with_its_key() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    let command = CancelAndRecreate {
        request: id,
        actor: staff(),
        comment: words("once more"),
        again: idv_core::RetryScope::Everything,
        idempotency_key: key("one"),
    };
    world
        .engine
        .cancel_and_recreate(command.clone())
        .await
        .unwrap_err();
    world.hear_of(&session, FakeState::Declined).await;
    let done = world.engine.cancel_and_recreate(command).await.unwrap();
    assert!(!done.replayed);
    assert_ne!(done.request.request.id, id);
}

#[tokio::test]
async fn two_callers_may_use_the_same_key() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for (scope, subject) in [("a", "subject-1"), ("b", "subject-2")] {
        let mut command = asking(subject);
        command.actor = Actor::ApiKey(scope.to_owned());
        command.idempotency_key = Some(IdempotencyKey {
            scope: scope.to_owned(),
            key: "one".to_owned(),
        });
        assert!(world.engine.get_or_request(command).await.unwrap().created);
    }
}

#[tokio::test]
async fn a_key_that_is_empty_or_too_long_is_refused() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for bad in ["", &"k".repeat(256)] {
        let mut command = asking("subject-1");
        command.idempotency_key = key(bad);
        let error = world.engine.get_or_request(command).await.unwrap_err();
        assert!(
            matches!(
                error,
                CommandError::InvalidInput {
                    field: "Idempotency-Key",
                    ..
                }
            ),
            "{error:?}"
        );
    }
    assert!(world.requests().await.is_empty());
}

#[tokio::test]
async fn of_many_with_one_key_at_once_one_is_carried_out() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let mut command = asking("subject-1");
            command.idempotency_key = key("one");
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.get_or_request(command).await.unwrap() })
        })
        .collect();
    let (mut ids, mut carried_out) = (BTreeSet::new(), 0);
    for call in calls {
        let answer = call.await.unwrap();
        ids.insert(answer.request.request.id);
        carried_out += usize::from(!answer.replayed);
    }
    assert_eq!((ids.len(), carried_out), (1, 1));
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_actor_is_a_mistake() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    let remind = |actor: Actor| Remind {
        request: id,
        actor,
        idempotency_key: key("remind"),
    };
    let update = |actor: Actor| {
        let mut update = Update::new(id, actor);
        update.reason = Some("onboarding".to_owned());
        update.idempotency_key = key("update");
        update
    };
    let cancel = |actor: Actor| Cancel {
        request: id,
        actor,
        reason: words("not wanted"),
        idempotency_key: key("cancel"),
    };
    let erase = |actor: Actor| Erase {
        whom: Whom::SubjectOf(id),
        actor,
        idempotency_key: key("erase"),
    };
    let engine = &world.engine;
    engine.remind(remind(staff())).await.unwrap();
    engine.update(update(staff())).await.unwrap();
    engine.cancel(cancel(staff())).await.unwrap();
    engine.erase(erase(staff())).await.unwrap();

    let errors = [
        engine.remind(remind(api_key())).await.unwrap_err(),
        engine.update(update(api_key())).await.unwrap_err(),
        engine.cancel(cancel(api_key())).await.unwrap_err(),
        engine.erase(erase(api_key())).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, CommandError::KeyReused), "{error:?}");
    }
}

#[tokio::test]
async fn a_key_that_was_claimed_in_vain_is_free_for_the_same_command() {
    let day = Duration::from_secs(86_400);
    let mut options = Options::default();
    options.policy.max_requests = Some((1, day));
    let Some(world) = World::open(options).await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Declined).await;
    let first = world.only_request().await.request.id;
    let mut command = asking("subject-1");
    command.idempotency_key = key("one");
    let mut unit = world.store.begin().await.unwrap();
    let error = world
        .engine
        .get_or_request_in(unit.as_unit_of_work(), &command)
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::TooManyRequests { .. }),
        "{error:?}"
    );
    // The caller has more to write in the same unit, and commits all the same.
    unit.commit().await.unwrap();

    world.clock.advance(day);
    let done = world.engine.get_or_request(command.clone()).await.unwrap();
    assert!(done.created && !done.replayed);
    assert_ne!(done.request.request.id, first);
    let again = world.engine.get_or_request(command).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.request.request.id, done.request.request.id);
}
