//! Asking for a verification: one open request per subject, one session per intent.
use std::time::Duration;

use crate::world::World;
use idv_core::{
    Actor, ErrorKind, Name, OrganizationId, Person, PersonRecord, Provenance, Purpose, Sourced,
    Status, SubjectRef,
};
use idv_engine::store::DeliveryState;
use idv_engine::{CommandError, GetOrRequest, Unmatched};
use idv_testkit::fake::{Effect, FakeState, Fault};

fn asking(subject: &str) -> GetOrRequest {
    GetOrRequest::new(SubjectRef::new(subject), Actor::ApiKey("test".into()))
}

#[tokio::test]
async fn a_new_request_comes_with_a_link() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let made = world.request_of("subject-1").await;
    assert!(made.created);
    assert!(made.link.unwrap().hosted_url.is_some());
    assert_eq!(made.request.request.state.status, Status::AwaitingUser);
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn an_open_request_is_returned_with_a_fresh_link_and_the_new_organization() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut command = asking("subject-1");
    command.organization = Some(OrganizationId::from("company-1"));
    let first = world.engine.get_or_request(command.clone()).await.unwrap();
    command.organization = Some(OrganizationId::from("company-2"));
    let second = world.engine.get_or_request(command).await.unwrap();
    assert!(!second.created);
    assert_eq!(second.request.request.id, first.request.request.id);
    assert_ne!(second.link, first.link);
    let organizations: Vec<_> = second
        .request
        .request
        .affected_organizations
        .iter()
        .map(OrganizationId::as_str)
        .collect();
    assert_eq!(organizations, ["company-1", "company-2"]);
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn a_final_request_makes_room_for_a_new_one() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let first = world.request_of("subject-1").await;
    world
        .hear_of(&world.vendor.sessions()[0], FakeState::Declined)
        .await;
    let second = world.request_of("subject-1").await;
    assert!(second.created);
    assert_ne!(second.request.request.id, first.request.request.id);
    assert_eq!(world.requests().await.len(), 2);
}

#[tokio::test]
async fn of_64_calls_at_once_one_makes_the_request_and_all_get_it() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let calls: Vec<_> = (0..64)
        .map(|i| {
            let mut command = asking("subject-1");
            command.organization = Some(OrganizationId::new(format!("company-{i}")));
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.get_or_request(command).await.unwrap() })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    let mut made = 0;
    for call in calls {
        let answer = call.await.unwrap();
        ids.insert(answer.request.request.id);
        made += usize::from(answer.created);
    }
    assert_eq!((ids.len(), made), (1, 1));
    assert_eq!(world.vendor.sessions().len(), 1);
    assert_eq!(
        world
            .only_request()
            .await
            .request
            .affected_organizations
            .len(),
        64
    );
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_makes_no_second_session() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.vendor.fail_next(Fault {
        operation: Some("create_check"),
        ..Fault::of_kind(&ErrorKind::Timeout, Effect::Taken)
    });
    let error = world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::Provider(_)), "{error:?}");
    let again = world.request_of("subject-1").await;
    assert!(!again.created);
    assert!(again.link.is_some());
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn a_start_nobody_came_back_for_is_finished_by_a_worker() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    world.vendor.fail_next(Fault {
        operation: Some("create_check"),
        ..Fault::of_kind(&ErrorKind::Timeout, Effect::Taken)
    });
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    world.restart().await;
    world.engine.settle().await;
    assert_eq!(
        world.only_request().await.sessions[0].session_id,
        None,
        "the caller has a head start"
    );
    world.clock.advance(Duration::from_secs(61));
    world.engine.settle().await;
    let view = world.only_request().await;
    assert_eq!(
        view.sessions[0].session_id.as_ref(),
        world.vendor.sessions().first()
    );
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn a_webhook_that_came_before_the_answer_is_worked_on_after_it() {
    let Some(world) = World::new(true, Unmatched::Park).await else {
        return;
    };
    world.vendor.fail_next(Fault {
        operation: Some("create_check"),
        ..Fault::of_kind(&ErrorKind::Timeout, Effect::Taken)
    });
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    let session = world.vendor.sessions()[0].clone();
    world.vendor.move_to(&session, FakeState::Approved);
    let id = world.news(&session).await;
    world.engine.settle().await;
    world.clock.advance(Duration::from_secs(61));
    world.engine.settle().await;
    assert_eq!(world.delivery(id).await.state, DeliveryState::Done);
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Passed
    );
}

#[tokio::test]
async fn a_refused_start_ends_the_request_without_blaming_the_person() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let refused = ErrorKind::InvalidInput {
        field: Some("email".into()),
    };
    world
        .vendor
        .fail_next(Fault::of_kind(&refused, Effect::None));
    let error = world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    let CommandError::Provider(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.kind, refused);
    assert_eq!(
        world.only_request().await.request.state.status,
        Status::Errored
    );
    assert!(
        world.request_of("subject-1").await.created,
        "a corrected call makes a new request"
    );
}

#[tokio::test]
async fn a_session_of_another_intent_is_never_taken_over() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let theirs = world.vendor.make_check("subject-1", FakeState::Approved);
    world.vendor.give_back(&theirs);
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    let view = world.only_request().await;
    assert_ne!(view.request.state.status, Status::Passed);
    assert_eq!(view.sessions[0].session_id, None);
}

#[tokio::test]
async fn bad_input_is_named_and_changes_nothing() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for subject in ["", "  ", "a\nb", &"x".repeat(201)] {
        let error = world
            .engine
            .get_or_request(asking(subject))
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                CommandError::InvalidInput {
                    field: "subject",
                    ..
                }
            ),
            "{error:?}"
        );
    }
    let mut command = asking("subject-1");
    command.account = Some("nobody".into());
    let error = world.engine.get_or_request(command).await.unwrap_err();
    assert!(matches!(error, CommandError::UnknownAccount(_)));
    assert!(world.requests().await.is_empty());
    assert_eq!(world.vendor.all_calls(), 0);
}

#[tokio::test]
async fn an_account_that_only_receives_starts_nothing() {
    let Some(world) = World::receiving().await else {
        return;
    };
    let error = world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::AccountCannotStart(_)));
    assert!(world.requests().await.is_empty());
}

#[tokio::test]
async fn a_link_is_renewed_only_while_the_subject_must_act() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let made = world.request_of("subject-1").await;
    let id = made.request.request.id;
    let actor = || Actor::ApiKey("test".into());
    let link = world.engine.renew_link(id, actor()).await.unwrap();
    assert_ne!(Some(&link), made.link.as_ref());
    world
        .hear_of(&world.vendor.sessions()[0], FakeState::Approved)
        .await;
    let error = world.engine.renew_link(id, actor()).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::NotAwaitingSubject {
                status: Status::Passed
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_was_said_of_the_person_comes_back_to_the_application() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut record = PersonRecord::default();
    let mut name = Name::default();
    name.given_name = Some("Ada".into());
    record.names = vec![Sourced::present(name, Provenance::Claimed)];
    let mut command = asking("subject-1");
    command.person = Person::new(record.clone());
    let made = world.engine.get_or_request(command).await.unwrap();
    assert!(*made.request.request.person.expose(Purpose::Test) == record);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_does_not_deny_the_session_there_is() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.vendor.fail_next(Fault {
        operation: Some("create_check"),
        ..Fault::of_kind(&ErrorKind::Timeout, Effect::Taken)
    });
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    // The key has been revoked since. That says nothing about what the first call has done.
    world
        .vendor
        .fail_next(Fault::of_kind(&ErrorKind::InvalidCredentials, Effect::None));
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    assert!(!world.only_request().await.request.state.status.is_final());
    let again = world.request_of("subject-1").await;
    assert!(!again.created);
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn a_start_that_never_works_is_given_up_and_its_subject_is_free() {
    let Some(world) = World::with_api().await else {
        return;
    };
    for _ in 0..90 {
        world
            .vendor
            .fail_next(Fault::of_kind(&ErrorKind::Unavailable, Effect::None));
    }
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    for _ in 0..85 {
        world.clock.advance(Duration::from_secs(3600));
        world.engine.settle().await;
    }
    let state = world.only_request().await.request.state;
    assert_eq!(state.status, Status::Errored);
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_start_that_a_webhook_has_finished_asks_the_vendor_nothing_more() {
    let Some(world) = World::with_api().await else {
        return;
    };
    world.vendor.fail_next(Fault {
        operation: Some("create_check"),
        ..Fault::of_kind(&ErrorKind::Timeout, Effect::Taken)
    });
    world
        .engine
        .get_or_request(asking("subject-1"))
        .await
        .unwrap_err();
    let session = world.vendor.sessions()[0].clone();
    world.hear_of(&session, FakeState::Begun).await;
    let view = world.only_request().await;
    assert_eq!(view.sessions[0].session_id, Some(session));
    let calls = world.vendor.calls("create_check");
    world.clock.advance(Duration::from_secs(61));
    world.engine.settle().await;
    assert_eq!(world.vendor.calls("create_check"), calls);
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}
