//! One person founds two companies: one verification unblocks both.

use std::time::Duration;

use idv_core::{AccountId, Actor, OrganizationId, RequestId, Status, SubjectRef};
use idv_engine::store::{EventKind, PageRequest};
use idv_engine::{
    Bypass, Engine, Environment, GetOrRequest, GetOrRequested, RequestQuery, Reuse, Update,
};
use idv_testkit::fake::FakeState;

use super::{api_key, asking, staff, words};
use crate::world::World;

/// A person signs up and founds a company: their identity must be verified before the company's policies start.
async fn onboards(world: &World, user: &str, company: &str) -> GetOrRequested {
    let mut command = GetOrRequest::new(SubjectRef::new(user), Actor::ApiKey("onboarding".into()));
    command.organization = Some(OrganizationId::new(company));
    command.reason = Some("onboarding_company".to_owned());
    world.engine.get_or_request(command).await.unwrap()
}

/// Policies of a company start once the verification that counts for it has passed.
async fn is_unblocked(world: &World, company: &str) -> bool {
    let company = OrganizationId::new(company);
    let counts = world
        .engine
        .last_active_for_organization(&company, None)
        .await
        .unwrap();
    counts.is_some_and(|view| view.request.state.status == Status::Passed)
}

#[tokio::test]
async fn one_pass_of_user_1_unblocks_company_1_and_company_2() {
    let Some(world) = World::with_api().await else {
        return;
    };

    // user_1 signs up and onboards company_1: request_1 is made, and new policies of company_1 are blocked.
    let request_1 = onboards(&world, "user_1", "company_1").await;
    assert!(request_1.created && request_1.link.is_some());
    assert!(!is_unblocked(&world, "company_1").await);

    // user_1 onboards company_2 as well, and is still asked to complete request_1.
    let still = onboards(&world, "user_1", "company_2").await;
    assert!(!still.created);
    assert_eq!(still.request.request.id, request_1.request.request.id);
    assert!(still.link.is_some());
    assert!(
        !is_unblocked(&world, "company_2").await,
        "company_2 is mapped to request_1"
    );

    // request_1 passes: both companies are unblocked, by one event that names both.
    let session = world.vendor.sessions()[0].clone();
    world.hear_of(&session, FakeState::Approved).await;
    assert!(is_unblocked(&world, "company_1").await);
    assert!(is_unblocked(&world, "company_2").await);
    assert!(!is_unblocked(&world, "company_3").await);
    let id = request_1.request.request.id;
    let events = world.store.reads().events_of(id).await.unwrap();
    let passed: Vec<_> = events
        .iter()
        .filter(|e| e.kind == EventKind::Passed)
        .collect();
    assert_eq!(passed.len(), 1);
    let payload = world
        .engine
        .event_payload(passed[0])
        .await
        .unwrap()
        .unwrap();
    let payload: serde_json::Value = idv_core::json::decode(payload.get().as_bytes()).unwrap();
    assert_eq!(
        payload["affected_organizations"],
        serde_json::json!(["company_1", "company_2"])
    );
}

#[tokio::test]
async fn for_a_company_a_pass_counts_whenever_it_happened() {
    let Some(world) = World::with_api().await else {
        return;
    };
    onboards(&world, "user_1", "company_1").await;
    world
        .hear_of(&world.vendor.sessions()[0], FakeState::Approved)
        .await;
    // Another founder of the same company fails later, and a third has only begun.
    onboards(&world, "user_2", "company_1").await;
    world
        .hear_of(&world.vendor.sessions()[1], FakeState::Declined)
        .await;
    onboards(&world, "user_3", "company_1").await;
    assert!(is_unblocked(&world, "company_1").await);
}

/// Which request counts for the company in an environment, and all that concern it there.
async fn counts_in(
    engine: &Engine,
    environment: Option<Environment>,
) -> (Option<RequestId>, Vec<RequestId>) {
    let company = OrganizationId::new("company_1");
    let counts = engine.last_active_for_organization(&company, environment);
    let counts = counts.await.unwrap();
    let query = RequestQuery {
        organization: Some(company),
        environment,
        limit: 9,
        ..RequestQuery::default()
    };
    let listed = engine.requests(query).await.unwrap().rows;
    let listed = listed.iter().map(|view| view.request.id).collect();
    (counts.map(|view| view.request.id), listed)
}

/// A request of the company that passed, with this account.
async fn passed_with(engine: &Engine, user: &str, account: &str) -> RequestId {
    let mut command = GetOrRequest::new(SubjectRef::new(user), Actor::ApiKey("onboarding".into()));
    command.organization = Some(OrganizationId::new("company_1"));
    command.account = Some(AccountId::from(account));
    let request = engine.get_or_request(command).await.unwrap().request;
    let pass = Bypass {
        request: request.request.id,
        actor: staff(),
        comment: words("seen in person"),
        idempotency_key: None,
    };
    engine.bypass(pass).await.unwrap();
    request.request.id
}

#[tokio::test]
async fn a_pass_counts_for_a_company_in_its_own_environment_only() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (sandbox, live) = (Some(Environment::Sandbox), Some(Environment::Live));
    // Asked without an environment, live is meant: there are live accounts.
    let engine = world.live_twin().await;
    let of_test = passed_with(&engine, "user_1", "fake-sandbox-with-key").await;
    assert_eq!(counts_in(&engine, None).await, (None, vec![]));
    assert_eq!(counts_in(&engine, live).await, (None, vec![]));
    let seen = (Some(of_test), vec![of_test]);
    assert_eq!(counts_in(&engine, sandbox).await, seen);
    let shown = engine.request(of_test).await.unwrap().unwrap();
    assert_eq!(shown.environment, sandbox, "by its id it is always found");

    let engine = world.live_twin().await;
    let of_real = passed_with(&engine, "user_2", "fake-live").await;
    assert_eq!(counts_in(&engine, sandbox).await, (None, vec![]));
    let seen = (Some(of_real), vec![of_real]);
    assert_eq!(counts_in(&engine, live).await, seen);
    assert_eq!(counts_in(&engine, None).await, seen);
}

#[tokio::test]
async fn uncompleted_requests_are_those_of_one_environment() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let engine = world.live_twin().await;
    let mut made = Vec::new();
    for account in ["fake-live", "fake-sandbox-with-key"] {
        let mut command = GetOrRequest::new(SubjectRef::new("user_1"), Actor::System);
        command.account = Some(AccountId::from(account));
        let request = engine.get_or_request(command).await.unwrap().request;
        made.push(request.request.id);
    }
    world.clock.advance(Duration::from_secs(60));
    let page = PageRequest {
        after: None,
        limit: 9,
    };
    let least = Duration::from_secs(30);
    for (environment, expected) in [
        (None, made[0]),
        (Some(Environment::Live), made[0]),
        (Some(Environment::Sandbox), made[1]),
    ] {
        let found = engine.find_uncompleted(least, environment, page).await;
        let found = found.unwrap().rows;
        let found: Vec<_> = found.iter().map(|view| view.request.id).collect();
        assert_eq!(found, [expected], "{environment:?}");
    }
}

#[tokio::test]
async fn a_company_that_comes_after_the_pass_is_announced_too() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let made = onboards(&world, "user_1", "company_1").await;
    let id = made.request.request.id;
    world
        .hear_of(&world.vendor.sessions()[0], FakeState::Approved)
        .await;
    let told = world.told(id).await.len();

    // By another onboarding that the pass counts for, and by a correction; each said twice.
    for _ in 0..2 {
        let mut command = asking("user_1");
        command.organization = Some(OrganizationId::new("company_2"));
        command.reuse = Reuse::PendingOrPassed {
            max_age: Duration::from_secs(86_400),
        };
        assert!(!world.engine.get_or_request(command).await.unwrap().created);
        let mut update = Update::new(id, api_key());
        update.organization = Some(OrganizationId::new("company_3"));
        world.engine.update(update).await.unwrap();
    }
    let events = world.store.reads().events_of(id).await.unwrap();
    let new: Vec<_> = events.iter().skip(told).collect();
    let keys: Vec<_> = new.iter().map(|e| (e.kind, e.key.as_str())).collect();
    assert_eq!(
        keys,
        [
            (EventKind::Updated, "organization/2"),
            (EventKind::Updated, "organization/3")
        ]
    );
    let payload = world.engine.event_payload(new[1]).await.unwrap().unwrap();
    let payload: serde_json::Value = idv_core::json::decode(payload.get().as_bytes()).unwrap();
    assert_eq!(
        payload["affected_organizations"],
        serde_json::json!(["company_1", "company_2", "company_3"])
    );
    assert_eq!(payload["status"], "passed");
}
