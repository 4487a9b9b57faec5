//! Units of work as such.

use std::slice::from_ref;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::sample::{begin, delivery, request, subject, with_session, with_subject};
use crate::store::{DeliveryState, Settlement, Store};

pub(super) async fn a_sound_store_says_so(store: Arc<dyn Store>) {
    store.check().await.unwrap();
}

pub(super) async fn what_was_committed_is_there(store: Arc<dyn Store>) {
    let mut unit = begin(&store).await;
    unit.insert_subject(&subject(1)).await.unwrap();
    let row = request(subject(1).id, 0);
    assert!(unit.insert_request(&row).await.unwrap());
    assert!(
        unit.request(row.id).await.unwrap().is_some(),
        "its own write"
    );
    unit.commit().await.unwrap();
    assert!(store.reads().request(row.id).await.unwrap().is_some());
}

pub(super) async fn a_dropped_unit_of_work_leaves_nothing(store: Arc<dyn Store>) {
    let arrived = delivery("evt_1", 0);
    store.inbox().append(from_ref(&arrived)).await.unwrap();
    let row = request(subject(1).id, 0);
    for _ in 0..3 {
        let mut unit = begin(&store).await;
        assert!(unit.insert_subject(&subject(1)).await.unwrap());
        assert!(unit.insert_request(&row).await.unwrap());
        unit.meta_or_insert("name", b"value").await.unwrap();
        let settlement = Settlement {
            id: arrived.id,
            state: DeliveryState::Done,
            session: None,
            resealed_body: None,
            reason: None,
        };
        unit.settle_delivery(&settlement).await.unwrap();
        drop(unit);
    }
    let mut unit = begin(&store).await;
    assert!(unit.subject(subject(1).id).await.unwrap().is_none());
    assert!(unit.request(row.id).await.unwrap().is_none());
    assert!(unit.meta("name").await.unwrap().is_none());
    drop(unit);
    let found = store.inbox().delivery(arrived.id).await.unwrap().unwrap();
    assert_eq!(found.state, DeliveryState::Pending);
}

pub(super) async fn nobody_sees_a_unit_of_work_before_its_commit(store: Arc<dyn Store>) {
    let mut unit = begin(&store).await;
    unit.insert_subject(&subject(1)).await.unwrap();
    assert!(
        store
            .reads()
            .subject(subject(1).id)
            .await
            .unwrap()
            .is_none()
    );
    unit.commit().await.unwrap();
    assert!(
        store
            .reads()
            .subject(subject(1).id)
            .await
            .unwrap()
            .is_some()
    );
}

pub(super) async fn a_refused_row_does_not_spoil_the_unit_of_work(store: Arc<dyn Store>) {
    let owner = with_subject(&store, 1).await;
    let (first, second) = (request(owner, 0), request(owner, 1));
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&first).await.unwrap());
    assert!(!unit.insert_request(&second).await.unwrap());
    assert!(!unit.insert_subject(&subject(1)).await.unwrap());
    assert!(unit.insert_subject(&subject(2)).await.unwrap());
    unit.commit().await.unwrap();
    let reads = store.reads();
    assert!(reads.request(first.id).await.unwrap().is_some());
    assert!(reads.request(second.id).await.unwrap().is_none());
    assert!(reads.subject(subject(2).id).await.unwrap().is_some());
}

pub(super) async fn read_decide_write_loses_no_update(store: Arc<dyn Store>) {
    const TASKS: usize = 64;
    let key = with_session(&store, "vs_1").await.key;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            unit.session(key).await.unwrap().unwrap();
            let saved = unit.checkpoints_of(key).await.unwrap();
            let so_far: usize = saved.first().map_or(0, |(_, value)| value.parse().unwrap());
            let next = (so_far + 1).to_string();
            unit.save_checkpoint(key, "counter", &next).await.unwrap();
            unit.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    let mut unit = begin(&store).await;
    let saved = unit.checkpoints_of(key).await.unwrap();
    assert_eq!(saved, [("counter".to_owned(), TASKS.to_string())]);
}
