//! Correcting what the application has said.

use idv_core::{Name, OrganizationId, Person, PersonRecord, Provenance, Purpose, Sourced, Status};
use idv_engine::{CommandError, Update};
use idv_testkit::fake::FakeState;

use super::{ada, api_key, asking, view};
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
