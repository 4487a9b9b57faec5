//! Several gateways over one database: they are one gateway.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use idv_core::{Actor, OrganizationId, Status, SubjectRef};
use idv_engine::store::InboxCounts;
use idv_engine::{Engine, GetOrRequest};
use idv_testkit::fake::FakeState;
use idv_testkit::private_postgres::Database;

use crate::store_under_test;
use crate::world::{Options, World};

/// Two engines over the same database, each with connections of its own: that of the world, and another one.
async fn two_replicas() -> Option<(World, Engine)> {
    let (store, kept) = store_under_test::fresh().await?;
    let url = kept.downcast_ref::<Database>().unwrap().url().to_owned();
    let mut world = World::over((store, kept), Options::default()).await;
    let first = world.engine.clone();
    world.store = Arc::new(store_under_test::open(url).await);
    world.restart().await;
    Some((world, first))
}

fn asking(subject: &str) -> GetOrRequest {
    GetOrRequest::new(SubjectRef::new(subject), Actor::ApiKey("test".into()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_calls_at_two_replicas_one_makes_the_request_and_all_get_it() {
    let Some((world, other)) = two_replicas().await else {
        return;
    };
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let engine = if number % 2 == 0 {
                &world.engine
            } else {
                &other
            };
            let engine = engine.clone();
            let mut command = asking("subject-1");
            command.organization = Some(OrganizationId::new(format!("company-{number}")));
            tokio::spawn(async move { engine.get_or_request(command).await.unwrap() })
        })
        .collect();
    let (mut ids, mut made) = (BTreeSet::new(), 0);
    for call in calls {
        let answer = call.await.unwrap();
        ids.insert(answer.request.request.id);
        made += usize::from(answer.created);
    }
    assert_eq!((ids.len(), made), (1, 1));
    let request = world.only_request().await.request;
    assert_eq!(request.affected_organizations.len(), 64);
}

/// Webhooks come to one replica while the other still waits for the vendor's answer to the start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_at_one_replica_and_starts_at_the_other_end_in_the_same_state() {
    const SUBJECTS: usize = 24;
    let Some((world, other)) = two_replicas().await else {
        return;
    };
    let starts: Vec<_> = (0..SUBJECTS)
        .map(|number| {
            let engine = world.engine.clone();
            let command = asking(&format!("subject-{number}"));
            tokio::spawn(async move { engine.get_or_request(command).await.map(drop) })
        })
        .collect();
    // As soon as the vendor has a session, it is decided and announced, to the other replica.
    let mut announced = BTreeSet::new();
    while announced.len() < SUBJECTS {
        let sessions = world.vendor.sessions();
        for session in sessions {
            if announced.insert(session.clone()) {
                world.vendor.move_to(&session, FakeState::Approved);
                let webhook = world.vendor.webhook(&session);
                let accepted = other.accept_webhook(&world.account(), webhook).await;
                accepted.unwrap();
            }
        }
        other.settle().await;
        tokio::task::yield_now().await;
    }
    for start in starts {
        start.await.unwrap().unwrap();
    }
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(600));
        tokio::join!(world.engine.settle(), other.settle());
    }
    let done = InboxCounts {
        done: SUBJECTS as u64,
        ..InboxCounts::default()
    };
    assert_eq!(world.store.inbox().counts().await.unwrap(), done);
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
    let requests = world.requests().await;
    assert_eq!(requests.len(), SUBJECTS);
    assert_eq!(world.vendor.sessions().len(), SUBJECTS, "one each");
    for view in requests {
        assert_eq!(view.request.state.status, Status::Passed);
        assert_eq!(view.sessions.len(), 1);
        let passes = world.told(view.request.id).await;
        let passes = passes.iter().filter(|(_, key)| key.starts_with("passed"));
        assert_eq!(passes.count(), 1, "told once");
    }
}
