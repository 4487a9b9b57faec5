//! Correcting what the application has said.

use idv_core::{DocumentKind, ErrorKind, ObservationId, RequestId};
use idv_core::{Name, OrganizationId, Person, PersonRecord, Provenance, Purpose, Sourced, Status};
use idv_engine::store::PageRequest;
use idv_engine::{CancelAndRecreate, CommandError, Update};
use idv_testkit::fake::{Effect, FakeState, Fault};

use super::{ada, api_key, asking, staff, view, words};
use crate::world::World;

#[tokio::test]
async fn an_update_replaces_what_it_names_and_nothing_else() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut asked = asking("subject-1");
    asked.person = ada();
    asked.reason = Some("onboarding_company".to_owned());
    let id = world
        .engine
        .get_or_request(asked)
        .await
        .unwrap()
        .request
        .request
        .id;
    let mut name = Name::default();
    name.given_name = Some("Augusta".to_owned());
    let mut record = PersonRecord::default();
    record.names = vec![Sourced::present(name, Provenance::Claimed)];
    let mut update = Update::new(id, api_key());
    update.person = Some(Person::new(record));
    update.reason = Some("onboarding_tns".to_owned());
    update.organization = Some(OrganizationId::new("company-2"));
    let done = world.engine.update(update).await.unwrap().request.request;
    assert_eq!(done.reason.as_deref(), Some("onboarding_tns"));
    assert_eq!(
        done.affected_organizations,
        [OrganizationId::new("company-2")]
    );
    let person = done.person.expose(Purpose::Test);
    let given = &person.names[0].value.as_present().unwrap().given_name;
    assert_eq!(given.as_deref(), Some("Augusta"));
    assert!(
        person.emails == ada().expose(Purpose::Test).emails,
        "what it does not name stays"
    );
    assert_eq!(person.language.as_deref(), Some("fr"));
}

#[tokio::test]
async fn of_what_is_over_only_the_organizations_grow() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    world.hear_of(&session, FakeState::Approved).await;
    let id = world.only_request().await.request.id;
    let mut update = Update::new(id, api_key());
    update.reason = Some("onboarding_tns".to_owned());
    let error = world.engine.update(update).await.unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::AlreadyEnded {
                status: Status::Passed
            }
        ),
        "{error:?}"
    );
    for _ in 0..2 {
        let mut update = Update::new(id, api_key());
        update.organization = Some(OrganizationId::new("company-2"));
        world.engine.update(update).await.unwrap();
    }
    let affected = view(&world, id).await.request.affected_organizations;
    assert_eq!(
        affected,
        [OrganizationId::new("company-2")],
        "once, however often it is said"
    );
}

fn named(request: RequestId, given_name: &str) -> Update {
    let mut name = Name::default();
    name.given_name = Some(given_name.to_owned());
    let mut record = PersonRecord::default();
    record.names = vec![Sourced::present(name, Provenance::Claimed)];
    let mut update = Update::new(request, api_key());
    update.person = Some(Person::new(record));
    update
}

/// What the vendor was given as the name, call by call.
fn names_received(world: &World) -> Vec<String> {
    let names = world.vendor.given_names().into_iter();
    names.map(Option::unwrap_or_default).collect()
}

#[tokio::test]
async fn a_session_that_is_started_again_is_about_the_person_as_corrected() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut asked = asking("subject-1");
    asked.person = ada();
    let id = world.engine.get_or_request(asked).await.unwrap();
    let id = id.request.request.id;
    world.engine.update(named(id, "Augusta")).await.unwrap();
    world
        .hear_of(&world.vendor.sessions()[0], FakeState::Broken)
        .await;
    assert_eq!(names_received(&world), ["Ada", "Augusta"], "restarted");

    world.engine.update(named(id, "Byron")).await.unwrap();
    world
        .hear_of(&world.vendor.sessions()[1], FakeState::Declined)
        .await;
    let recreate = CancelAndRecreate {
        request: id,
        actor: staff(),
        comment: words("once more"),
        again: idv_core::RetryScope::Everything,
        idempotency_key: None,
    };
    world.engine.cancel_and_recreate(recreate).await.unwrap();
    world.engine.settle().await;
    assert_eq!(names_received(&world), ["Ada", "Augusta", "Byron"]);
}

#[tokio::test]
async fn a_session_the_vendor_was_not_asked_for_is_about_the_person_as_corrected() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut asked = asking("subject-1");
    asked.person = ada();
    let mut unit = world.store.begin().await.unwrap();
    let made = world
        .engine
        .get_or_request_in(unit.as_unit_of_work(), &asked)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let id = made.request;
    world.engine.update(named(id, "Augusta")).await.unwrap();

    // The vendor takes the call, and its answer is lost: from now on the words may not change.
    let lost = Fault::of_kind(&ErrorKind::Unavailable, Effect::Taken);
    world.vendor.fail_next(lost.on("create_check"));
    world.engine.renew_link(id, api_key()).await.unwrap_err();
    world.engine.update(named(id, "Byron")).await.unwrap();
    world.engine.renew_link(id, api_key()).await.unwrap();
    assert_eq!(names_received(&world), ["Augusta", "Augusta"]);
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn limits_are_in_characters() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let mut asked = asking("subject-1");
    asked.reason = Some("é".repeat(200));
    asked.organization = Some(OrganizationId::new("é".repeat(200)));
    let made = world.engine.get_or_request(asked.clone()).await.unwrap();
    assert_eq!(made.request.request.reason, asked.reason);
    asked.reason = Some("é".repeat(201));
    let error = world.engine.get_or_request(asked).await.unwrap_err();
    let field = "reason";
    assert!(
        matches!(error, CommandError::InvalidInput { field: named, .. } if named == field),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_vendor_of_an_open_session_is_told_of_the_last_correction() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    for given in ["Adda", "Ada"] {
        let mut name = Name::default();
        name.given_name = Some(given.to_owned());
        let mut record = PersonRecord::default();
        record.names = vec![Sourced::present(name, Provenance::Claimed)];
        let mut update = Update::new(id, api_key());
        update.document_type = Some(DocumentKind::Passport);
        update.person = Some(Person::new(record));
        world.engine.update(update).await.unwrap();
    }
    world.engine.settle().await;
    let changes = world.vendor.changes(&session);
    let last = changes.last().expect("the vendor was told").to_string();
    assert!(last.contains("\"Ada\""), "the last one counts: {last}");
    assert!(
        !last.contains("passport"),
        "which documents are accepted stays: {last}"
    );
    let timeline = world.engine.timeline(id, whole()).await.unwrap().unwrap();
    let told = timeline
        .rows
        .iter()
        .find(|entry| entry.what == "session_updated");
    assert_eq!(
        told.expect("it is on the timeline").session_id,
        Some(session)
    );
}

#[tokio::test]
async fn a_session_that_takes_no_change_is_left_alone() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("subject-1").await;
    let id = world.only_request().await.request.id;
    // The vendor knows already, and we do not yet.
    world.vendor.move_to(&session, FakeState::Checking);
    let mut update = Update::new(id, api_key());
    update.document_type = Some(DocumentKind::Passport);
    world.engine.update(update.clone()).await.unwrap();
    world.engine.settle().await;
    assert_eq!(
        world.vendor.calls("update_check"),
        0,
        "nothing about the person"
    );
    update.person = Some(ada());
    world.engine.update(update).await.unwrap();
    world.engine.settle().await;
    assert_eq!(
        world.vendor.calls("update_check"),
        1,
        "it is not asked again"
    );
    let timeline = world.engine.timeline(id, whole()).await.unwrap().unwrap();
    assert!(
        timeline
            .rows
            .iter()
            .all(|entry| entry.what != "session_updated")
    );
    let request = world.only_request().await.request;
    assert_eq!(
        request.document_type,
        Some(DocumentKind::Passport),
        "here it is kept"
    );

    // One that has come to its end is not even asked about.
    world.hear_of(&session, FakeState::Approved).await;
    assert_eq!(world.vendor.calls("update_check"), 1);
}

const fn whole() -> PageRequest<ObservationId> {
    PageRequest {
        after: None,
        limit: 100,
    }
}
