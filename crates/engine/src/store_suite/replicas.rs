//! The processes that share the store.

use std::sync::Arc;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::sample::at;
use crate::store::Store;

fn holder(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Says at this second that it is there; who said nothing for 20 seconds is gone.
async fn seen(store: &Arc<dyn Store>, number: u128, secs: i64) -> u64 {
    let replicas = store.replicas();
    let live = replicas.seen(holder(number), at(secs), at(secs - 20)).await;
    live.unwrap()
}

async fn live(store: &Arc<dyn Store>, since: i64) -> u64 {
    store.replicas().live(at(since)).await.unwrap()
}

pub(super) async fn a_replica_counts_from_its_first_word_to_its_last(store: Arc<dyn Store>) {
    assert_eq!(live(&store, 0).await, 0);
    assert_eq!(seen(&store, 1, 0).await, 1);
    assert_eq!(seen(&store, 2, 1).await, 2);
    assert_eq!(seen(&store, 1, 3).await, 2, "the same one again");
    assert_eq!((live(&store, 0).await, live(&store, 3).await), (2, 1));
    for _ in 0..2 {
        store.replicas().leave(holder(1)).await.unwrap();
    }
    assert_eq!(live(&store, 0).await, 1);
    assert_eq!(seen(&store, 2, 4).await, 1);
}

pub(super) async fn a_replica_that_says_nothing_is_forgotten(store: Arc<dyn Store>) {
    seen(&store, 1, 0).await;
    assert_eq!(seen(&store, 2, 20).await, 2, "just in time");
    assert_eq!(seen(&store, 2, 21).await, 1);
    assert_eq!(live(&store, -1000).await, 1, "it is not there any more");
    assert_eq!(seen(&store, 1, 22).await, 2, "and now it is again");
}

pub(super) async fn replicas_that_speak_at_once_are_all_counted(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for number in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            for secs in 0..5 {
                seen(&store, number, secs).await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(live(&store, 0).await, 16);
}
