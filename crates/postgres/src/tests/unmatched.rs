//! A webhook that is set aside because nobody knows its session, while somebody writes that session down.

use std::time::Duration;

use idv_core::{DeliveryId, SessionId};
use idv_engine::store::{DeliveryState, Inbox as _, SessionRow, Settlement, UnitOfWork};

use super::fresh;
use super::rows::{account, at, begin, delivery, with_session};
use crate::PostgresStore;

const A_WHILE: Duration = Duration::from_millis(300);

fn vendor_id() -> SessionId {
    SessionId::from("vs_1")
}

/// A delivery about a session whose start is under way.
async fn overtaken(store: &PostgresStore, number: u8) -> (DeliveryId, SessionRow) {
    let new = delivery(&format!("evt_{number}"));
    store.append(std::slice::from_ref(&new)).await.unwrap();
    let mut row = with_session(store, number).await;
    row.session_id = Some(vendor_id());
    (new.id, row)
}

async fn looks(unit: &mut dyn UnitOfWork) -> bool {
    let found = unit.session_by_vendor_id(&account(), &vendor_id()).await;
    found.unwrap().is_some()
}

async fn sets_aside(unit: &mut dyn UnitOfWork, id: DeliveryId) {
    let settlement = Settlement {
        id,
        state: DeliveryState::Unmatched,
        session: Some(vendor_id()),
        resealed_body: None,
        reason: Some("the session is unknown here".to_owned()),
    };
    unit.settle_delivery(&settlement).await.unwrap();
}

async fn learns_the_id(unit: &mut dyn UnitOfWork, row: &SessionRow) -> u64 {
    unit.session(row.key).await.unwrap().unwrap();
    assert!(unit.update_session(row).await.unwrap());
    unit.requeue_unmatched(&account(), &vendor_id(), at(5))
        .await
        .unwrap()
}

async fn state(store: &PostgresStore, id: DeliveryId) -> DeliveryState {
    store.delivery(id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_start_that_commits_between_the_look_and_the_end_is_noticed() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let (id, row) = overtaken(&store, 1).await;
    let mut work = begin(&store).await;
    assert!(!looks(work.as_unit_of_work()).await);
    let mut start = begin(&store).await;
    assert_eq!(learns_the_id(start.as_unit_of_work(), &row).await, 0);
    start.commit().await.unwrap();
    sets_aside(work.as_unit_of_work(), id).await;
    work.commit().await.unwrap();
    assert_eq!(state(&store, id).await, DeliveryState::Pending);
    let claimed = store.claim(at(5), A_WHILE, &[]).await.unwrap();
    assert_eq!(claimed.len(), 1, "at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_work_waits_for_a_start_that_has_not_committed_yet() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let (id, row) = overtaken(&store, 1).await;
    let mut start = begin(&store).await;
    assert_eq!(learns_the_id(start.as_unit_of_work(), &row).await, 0);
    let task_store = store.clone();
    let mut work = tokio::spawn(async move {
        let mut unit = begin(&task_store).await;
        assert!(!looks(unit.as_unit_of_work()).await);
        sets_aside(unit.as_unit_of_work(), id).await;
        unit.commit().await.unwrap();
    });
    let early = tokio::time::timeout(A_WHILE, &mut work).await;
    assert!(early.is_err(), "it waits");
    start.commit().await.unwrap();
    work.await.unwrap();
    assert_eq!(state(&store, id).await, DeliveryState::Pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_the_end_of_work_that_sets_aside_and_brings_it_back() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let (id, row) = overtaken(&store, 1).await;
    let mut work = begin(&store).await;
    assert!(!looks(work.as_unit_of_work()).await);
    sets_aside(work.as_unit_of_work(), id).await;
    let task_store = store.clone();
    let mut start = tokio::spawn(async move {
        let mut unit = begin(&task_store).await;
        let brought_back = learns_the_id(unit.as_unit_of_work(), &row).await;
        unit.commit().await.unwrap();
        brought_back
    });
    let early = tokio::time::timeout(A_WHILE, &mut start).await;
    assert!(early.is_err(), "it waits");
    work.commit().await.unwrap();
    assert_eq!(start.await.unwrap(), 1);
    assert_eq!(state(&store, id).await, DeliveryState::Pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_the_two_meet_no_delivery_is_left_aside() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    for number in 1..=60 {
        let new = delivery(&format!("evt_{number}"));
        store.append(std::slice::from_ref(&new)).await.unwrap();
        let mut row = with_session(&store, number).await;
        let id = SessionId::new(format!("vs_{number}"));
        row.session_id = Some(id.clone());
        let (a, b) = (store.clone(), store.clone());
        let start = tokio::spawn(async move {
            let mut unit = begin(&a).await;
            unit.session(row.key).await.unwrap().unwrap();
            assert!(unit.update_session(&row).await.unwrap());
            let brought_back = unit.requeue_unmatched(&account(), &id, at(5)).await;
            brought_back.unwrap();
            unit.commit().await.unwrap();
        });
        let work = tokio::spawn(async move {
            let id = SessionId::new(format!("vs_{number}"));
            let mut unit = begin(&b).await;
            let found = unit.session_by_vendor_id(&account(), &id).await.unwrap();
            let settlement = Settlement {
                id: new.id,
                state: match found {
                    Some(_) => DeliveryState::Done,
                    None => DeliveryState::Unmatched,
                },
                session: Some(id),
                resealed_body: None,
                reason: None,
            };
            unit.settle_delivery(&settlement).await.unwrap();
            unit.commit().await.unwrap();
        });
        start.await.unwrap();
        work.await.unwrap();
    }
    assert_eq!(store.counts().await.unwrap().unmatched, 0);
}
