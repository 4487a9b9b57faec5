//! Claiming deliveries, and giving them back.

use std::collections::HashSet;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::deliveries::{append, found, settle, settlement};
use super::sample::{at, delivery};
use crate::store::{DeliveryState, Store};

const LEASE: Duration = Duration::from_secs(30);
const MANY: usize = 200;

pub(super) async fn due_deliveries_are_claimed_oldest_first(store: Arc<dyn Store>) {
    let batch: Vec<_> = [0, 1, 2, 3, 100]
        .map(|secs| delivery(&format!("evt_{secs}"), secs))
        .into();
    append(&store, &batch).await;
    let inbox = store.inbox();
    assert!(inbox.claim(at(-1), LEASE, 9).await.unwrap().is_empty());
    let first = inbox.claim(at(10), LEASE, 3).await.unwrap();
    let second = inbox.claim(at(10), LEASE, 3).await.unwrap();
    let ids: Vec<_> = first.iter().chain(&second).map(|row| row.id).collect();
    let expected: Vec<_> = batch.iter().take(4).map(|new| new.id).collect();
    assert_eq!(ids, expected, "and the last one is not due");
    assert_eq!(first.len(), 3);
    for (row, new) in first.iter().zip(&batch) {
        assert_eq!((row.attempts, row.state), (1, DeliveryState::Pending));
        assert_eq!((&row.body, &row.receipt), (&new.body, &new.receipt));
    }
}

pub(super) async fn a_lease_keeps_others_away_until_it_ends(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let inbox = store.inbox();
    for (secs, attempts) in [(0, Some(1)), (29, None), (30, Some(2)), (59, None)] {
        let claimed = inbox.claim(at(secs), LEASE, 9).await.unwrap();
        let seen = claimed.first().map(|row| row.attempts);
        assert_eq!(seen, attempts, "at {secs} s");
    }
}

pub(super) async fn a_renewed_lease_keeps_others_away_for_longer(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let inbox = store.inbox();
    inbox.extend(new.id, at(500)).await.unwrap();
    assert_eq!(
        inbox.claim(at(0), LEASE, 9).await.unwrap().len(),
        1,
        "nothing to renew yet"
    );
    inbox.extend(new.id, at(50)).await.unwrap();
    assert!(inbox.claim(at(49), LEASE, 9).await.unwrap().is_empty());
    assert_eq!(inbox.claim(at(50), LEASE, 9).await.unwrap().len(), 1);
    // Whoever lost it and gave it up does not take it from the queue again.
    inbox
        .give_back(new.id, at(60), "the vendor did not answer")
        .await
        .unwrap();
    inbox.extend(new.id, at(500)).await.unwrap();
    assert_eq!(inbox.claim(at(60), LEASE, 9).await.unwrap().len(), 1);
}

pub(super) async fn no_delivery_is_claimed_by_two(store: Arc<dyn Store>) {
    let batch: Vec<_> = (0..)
        .map(|number| delivery(&format!("evt_{number}"), number))
        .take(MANY)
        .collect();
    append(&store, &batch).await;
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store.inbox().claim(at(500), LEASE, 7).await.unwrap();
                // A store that hands out the same for ever must not keep the test for ever.
                if claimed.is_empty() || mine.len() > MANY {
                    return mine;
                }
                mine.extend(claimed.iter().map(|row| row.id));
            }
        });
    }
    let all: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(all.len(), batch.len());
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), batch.len());
}

pub(super) async fn a_delivery_given_back_waits_until_it_is_due(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let inbox = store.inbox();
    assert_eq!(inbox.claim(at(0), LEASE, 9).await.unwrap().len(), 1);
    let reason = "the vendor did not answer";
    inbox.give_back(new.id, at(5), reason).await.unwrap();
    let row = found(&store, new.id).await;
    assert_eq!((row.state, row.due_at), (DeliveryState::Pending, at(5)));
    assert_eq!(row.reason.as_deref(), Some(reason));
    assert!(inbox.claim(at(4), LEASE, 9).await.unwrap().is_empty());
    let claimed = inbox.claim(at(5), LEASE, 9).await.unwrap();
    assert_eq!(
        claimed[0].attempts, 2,
        "the lease is gone, the count is not"
    );
}

pub(super) async fn giving_back_what_was_settled_changes_nothing(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let inbox = store.inbox();
    inbox.claim(at(0), LEASE, 9).await.unwrap();
    settle(&store, &settlement(new.id, DeliveryState::Done)).await;
    inbox.give_back(new.id, at(5), "too late").await.unwrap();
    let row = found(&store, new.id).await;
    assert_eq!((row.state, row.reason), (DeliveryState::Done, None));
    assert!(inbox.claim(at(90), LEASE, 9).await.unwrap().is_empty());
}
