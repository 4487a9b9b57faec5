//! The same delivery, delivered again.

use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use idv_core::{AccountId, DeliveryId};

use super::claims::claim_each;
use super::deliveries::{append, found, settle, settlement};
use super::sample::{at, delivery};
use crate::store::{Appended, DeliveryState, NewDelivery, Store};

const LEASE: Duration = Duration::from_secs(30);

fn waking(event: &str, secs: i64) -> NewDelivery {
    NewDelivery {
        wake_on_duplicate: true,
        ..delivery(event, secs)
    }
}

async fn again(store: &Arc<dyn Store>, new: NewDelivery) -> DeliveryId {
    match store.inbox().append(&[new]).await.unwrap()[..] {
        [Appended::Duplicate(id)] => id,
        ref other => panic!("not a duplicate: {other:?}"),
    }
}

async fn claim(store: &Arc<dyn Store>, secs: i64) -> Vec<DeliveryId> {
    let claimed = claim_each(store, at(secs), LEASE).await;
    claimed.iter().map(|row| row.id).collect()
}

pub(super) async fn a_duplicate_names_the_first(store: Arc<dyn Store>) {
    let first = delivery("evt_1", 0);
    append(&store, from_ref(&first)).await;
    let second = delivery("evt_1", 5);
    assert_eq!(again(&store, second.clone()).await, first.id);
    assert!(store.inbox().delivery(second.id).await.unwrap().is_none());
    assert_eq!(found(&store, first.id).await.receipt, first.receipt);
    assert_eq!(store.inbox().counts().await.unwrap().pending, 1);
}

/// Whoever does not know whether a write came through may simply repeat it.
pub(super) async fn the_same_delivery_again_is_stored(store: Arc<dyn Store>) {
    let new = waking("evt_1", 0);
    append(&store, from_ref(&new)).await;
    append(&store, from_ref(&new)).await;
    assert_eq!(claim(&store, 0).await, [new.id]);
    settle(&store, &settlement(new.id, DeliveryState::Done)).await;
    append(&store, from_ref(&new)).await;
    assert_eq!(found(&store, new.id).await.state, DeliveryState::Done);
}

pub(super) async fn duplicates_within_one_call_are_found(store: Arc<dyn Store>) {
    let old = delivery("evt_old", 0);
    append(&store, from_ref(&old)).await;
    let (a, b) = (delivery("evt_a", 1), delivery("evt_b", 2));
    let batch = [
        a.clone(),
        delivery("evt_old", 1),
        delivery("evt_a", 2),
        b.clone(),
        delivery("evt_a", 3),
        delivery("evt_b", 3),
    ];
    let appended = store.inbox().append(&batch).await.unwrap();
    let expected = [
        Appended::Stored,
        Appended::Duplicate(old.id),
        Appended::Duplicate(a.id),
        Appended::Stored,
        Appended::Duplicate(a.id),
        Appended::Duplicate(b.id),
    ];
    assert_eq!(appended, expected);
    assert_eq!(store.inbox().counts().await.unwrap().pending, 3);
}

pub(super) async fn a_large_batch_is_answered_in_its_order(store: Arc<dyn Store>) {
    // Every third repeats the one two places before it.
    let batch: Vec<_> = (0..1_000)
        .map(|number| {
            let event = if number % 3 == 2 { number - 2 } else { number };
            delivery(&format!("evt_{event}"), number)
        })
        .collect();
    let appended = store.inbox().append(&batch).await.unwrap();
    assert_eq!(appended.len(), batch.len());
    for (place, answer) in appended.iter().enumerate() {
        let expected = if place % 3 == 2 {
            Appended::Duplicate(batch[place - 2].id)
        } else {
            Appended::Stored
        };
        assert_eq!(*answer, expected, "at {place}");
    }
    let claimed = claim_each(&store, at(2_000), LEASE).await;
    let in_order = batch.iter().filter(|new| {
        let place = batch.iter().position(|other| other.id == new.id);
        place.is_some_and(|place| place % 3 != 2)
    });
    assert!(
        claimed
            .iter()
            .map(|row| row.id)
            .eq(in_order.map(|new| new.id))
    );
    assert!(claimed.iter().all(|row| {
        batch
            .iter()
            .any(|new| new.id == row.id && new.body == row.body && new.receipt == row.receipt)
    }));
}

pub(super) async fn accounts_do_not_share_deduplication_keys(store: Arc<dyn Store>) {
    let here = delivery("evt_1", 0);
    let mut there = delivery("evt_1", 0);
    there.account = AccountId::from("acme-us");
    append(&store, &[here.clone(), there.clone()]).await;
    let mut repeated = delivery("evt_1", 1);
    repeated.account = AccountId::from("acme-us");
    assert_eq!(again(&store, repeated).await, there.id);
}

pub(super) async fn a_duplicate_wakes_what_is_done_or_unmatched(store: Arc<dyn Store>) {
    for state in [DeliveryState::Done, DeliveryState::Unmatched] {
        let first = waking(state.as_word(), 0);
        append(&store, from_ref(&first)).await;
        assert_eq!(claim(&store, 0).await, [first.id]);
        let mut end = settlement(first.id, state);
        end.reason = Some("a reason".to_owned());
        settle(&store, &end).await;
        assert_eq!(again(&store, waking(state.as_word(), 40)).await, first.id);
        let row = found(&store, first.id).await;
        assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 0));
        assert_eq!((row.due_at, row.reason), (at(40), None));
        assert_eq!(claim(&store, 40).await, [first.id]);
        settle(&store, &settlement(first.id, state)).await;
        assert_eq!(found(&store, first.id).await.state, state, "one round");
    }
}

/// The same bytes would be ignored again; and what is dead waits for an operator.
pub(super) async fn a_duplicate_leaves_what_is_dead_or_ignored(store: Arc<dyn Store>) {
    for state in [DeliveryState::Dead, DeliveryState::Ignored] {
        let first = waking(state.as_word(), 0);
        append(&store, from_ref(&first)).await;
        settle(&store, &settlement(first.id, state)).await;
        assert_eq!(again(&store, waking(state.as_word(), 40)).await, first.id);
        assert_eq!(found(&store, first.id).await.state, state);
    }
    assert!(claim(&store, 100).await.is_empty());
}

pub(super) async fn a_duplicate_that_does_not_ask_wakes_nothing(store: Arc<dyn Store>) {
    let first = waking("evt_1", 0);
    append(&store, from_ref(&first)).await;
    settle(&store, &settlement(first.id, DeliveryState::Done)).await;
    assert_eq!(again(&store, delivery("evt_1", 40)).await, first.id);
    assert_eq!(found(&store, first.id).await.state, DeliveryState::Done);
}

/// The vendor may have been asked before the change this duplicate tells of.
pub(super) async fn a_duplicate_during_the_work_makes_another_round(store: Arc<dyn Store>) {
    for state in [DeliveryState::Done, DeliveryState::Unmatched] {
        let first = waking(state.as_word(), 0);
        append(&store, from_ref(&first)).await;
        assert_eq!(claim(&store, 0).await, [first.id]);
        assert_eq!(again(&store, waking(state.as_word(), 2)).await, first.id);
        assert!(claim(&store, 3).await.is_empty(), "the lease still holds");
        settle(&store, &settlement(first.id, state)).await;
        let row = found(&store, first.id).await;
        assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 0));
        assert_eq!(claim(&store, 4).await, [first.id]);
        settle(&store, &settlement(first.id, state)).await;
        assert_eq!(found(&store, first.id).await.state, state, "one more round");
    }
}

pub(super) async fn a_duplicate_before_the_work_makes_no_extra_round(store: Arc<dyn Store>) {
    let first = waking("evt_1", 0);
    let both = [first.clone(), waking("evt_1", 1)];
    let appended = store.inbox().append(&both).await.unwrap();
    assert_eq!(appended[1], Appended::Duplicate(first.id));
    assert_eq!(again(&store, waking("evt_1", 2)).await, first.id);
    assert_eq!(found(&store, first.id).await.due_at, at(0));
    assert_eq!(claim(&store, 2).await, [first.id]);
    settle(&store, &settlement(first.id, DeliveryState::Done)).await;
    assert_eq!(found(&store, first.id).await.state, DeliveryState::Done);
}
