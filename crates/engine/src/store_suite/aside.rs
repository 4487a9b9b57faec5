//! What was set aside: back to work, or given up.

use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use idv_core::{AccountId, DeliveryId, SessionId};

use super::claims::claim_each;
use super::deliveries::{append, found, settle, settlement};
use super::sample::{about, account, at, delivery, with_session};
use crate::store::{DeliveryFilter, DeliveryState, Sealed, Store};

/// Stores a delivery that ended like this.
async fn ended(store: &Arc<dyn Store>, event: &str, secs: i64, state: DeliveryState) -> DeliveryId {
    let new = about("vs_1", event, secs);
    append(store, from_ref(&new)).await;
    let mut end = settlement(new.id, state);
    end.reason = Some(format!("{event}, it is said"));
    settle(store, &end).await;
    new.id
}

async fn states(store: &Arc<dyn Store>, ids: &[DeliveryId]) -> Vec<&'static str> {
    let mut states = Vec::new();
    for id in ids {
        states.push(found(store, *id).await.state.as_word());
    }
    states
}

pub(super) async fn all_that_pass_a_filter_go_back_to_work(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for (secs, state) in (0..).zip([
        DeliveryState::Dead,
        DeliveryState::Ignored,
        DeliveryState::Done,
        DeliveryState::Unmatched,
        DeliveryState::Dead,
    ]) {
        ids.push(ended(&store, &format!("evt_{secs}"), secs, state).await);
    }
    let filters = [
        (
            DeliveryFilter {
                state: Some(DeliveryState::Done),
                ..DeliveryFilter::default()
            },
            0,
        ),
        (
            DeliveryFilter {
                account: Some(AccountId::from("acme-us")),
                ..DeliveryFilter::default()
            },
            0,
        ),
        (
            DeliveryFilter {
                session: Some(SessionId::from("vs_2")),
                ..DeliveryFilter::default()
            },
            0,
        ),
        (
            DeliveryFilter {
                received_before: Some(at(4)),
                received_after: Some(at(2)),
                state: Some(DeliveryState::Dead),
                ..DeliveryFilter::default()
            },
            0,
        ),
        (
            DeliveryFilter {
                state: Some(DeliveryState::Dead),
                account: Some(account()),
                session: Some(SessionId::from("vs_1")),
                reason_contains: Some("evt_4, it".to_owned()),
                received_before: Some(at(5)),
                received_after: Some(at(4)),
            },
            1,
        ),
    ];
    let inbox = store.inbox();
    for (filter, expected) in filters {
        let back = inbox.requeue_all(&filter, at(100), 9).await.unwrap();
        assert_eq!(back, expected, "{filter:?}");
    }
    let expected = ["dead", "ignored", "done", "unmatched", "pending"];
    assert_eq!(states(&store, &ids).await, expected);
    let row = found(&store, ids[4]).await;
    assert_eq!((row.attempts, row.due_at, row.reason), (0, at(100), None));
    let all = DeliveryFilter::default();
    assert_eq!(inbox.requeue_all(&all, at(100), 2).await.unwrap(), 2);
    let expected = ["pending", "pending", "done", "unmatched", "pending"];
    assert_eq!(states(&store, &ids).await, expected, "the oldest first");
    assert_eq!(inbox.requeue_all(&all, at(100), 2).await.unwrap(), 1);
    assert_eq!(inbox.requeue_all(&all, at(100), 2).await.unwrap(), 0);
    assert_eq!(inbox.counts().await.unwrap().pending, 4);
}

pub(super) async fn what_is_left_without_a_body_does_not_go_back(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let mut end = settlement(new.id, DeliveryState::Dead);
    end.resealed_body = Some(Sealed::from_bytes(Vec::new()));
    settle(&store, &end).await;
    let inbox = store.inbox();
    assert!(!inbox.requeue(new.id, at(1)).await.unwrap());
    let all = DeliveryFilter::default();
    assert_eq!(inbox.requeue_all(&all, at(1), 9).await.unwrap(), 0);
    assert_eq!(found(&store, new.id).await.state, DeliveryState::Dead);
}

pub(super) async fn what_has_become_known_goes_back_to_work(store: Arc<dyn Store>) {
    let known = ended(&store, "evt_1", 0, DeliveryState::Unmatched).await;
    let dead = ended(&store, "evt_2", 0, DeliveryState::Dead).await;
    let mut elsewhere = about("vs_1", "evt_3", 0);
    elsewhere.account = AccountId::from("acme-us");
    append(&store, from_ref(&elsewhere)).await;
    settle(&store, &settlement(elsewhere.id, DeliveryState::Unmatched)).await;
    let inbox = store.inbox();
    assert_eq!(inbox.requeue_matched(at(9), 9).await.unwrap(), 0);
    with_session(&store, "vs_1").await;
    assert_eq!(inbox.requeue_matched(at(9), 9).await.unwrap(), 1);
    assert_eq!(inbox.requeue_matched(at(9), 9).await.unwrap(), 0);
    let ids = [known, dead, elsewhere.id];
    assert_eq!(states(&store, &ids).await, ["pending", "dead", "unmatched"]);
    let claimed = claim_each(&store, at(9), Duration::from_secs(1)).await;
    assert_eq!(claimed[0].id, known);
}

pub(super) async fn the_old_among_the_unmatched_are_given_up(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for secs in 0..4 {
        ids.push(
            ended(
                &store,
                &format!("evt_{secs}"),
                secs,
                DeliveryState::Unmatched,
            )
            .await,
        );
    }
    ids.push(ended(&store, "dead", 0, DeliveryState::Dead).await);
    let inbox = store.inbox();
    for (limit, expected) in [(2, 2), (2, 1), (2, 0)] {
        let given_up = inbox.ignore_unmatched_before(at(3), "too old", limit).await;
        assert_eq!(given_up.unwrap(), expected);
    }
    let expected = ["ignored", "ignored", "ignored", "unmatched", "dead"];
    assert_eq!(states(&store, &ids).await, expected);
    let row = found(&store, ids[0]).await;
    assert_eq!(row.reason.as_deref(), Some("too old"));
    assert!(row.body.as_bytes().is_empty());
    assert!(!found(&store, ids[3]).await.body.as_bytes().is_empty());
    let counts = inbox.counts().await.unwrap();
    assert_eq!((counts.ignored, counts.unmatched), (3, 1));
}

pub(super) async fn the_newest_of_the_unmatched_are_kept(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for secs in 0..5 {
        ids.push(
            ended(
                &store,
                &format!("evt_{secs}"),
                secs,
                DeliveryState::Unmatched,
            )
            .await,
        );
    }
    let mut elsewhere = about("vs_1", "evt_3", 0);
    elsewhere.account = AccountId::from("acme-us");
    append(&store, from_ref(&elsewhere)).await;
    settle(&store, &settlement(elsewhere.id, DeliveryState::Unmatched)).await;
    ids.push(elsewhere.id);
    let inbox = store.inbox();
    for (limit, expected) in [(2, 2), (2, 1), (2, 0)] {
        let given_up = inbox.ignore_unmatched_beyond(2, "too many", limit).await;
        assert_eq!(given_up.unwrap(), expected);
    }
    let expected = [
        "ignored",
        "ignored",
        "ignored",
        "unmatched",
        "unmatched",
        "unmatched",
    ];
    assert_eq!(states(&store, &ids).await, expected, "of each account");
    let row = found(&store, ids[0]).await;
    assert_eq!(row.reason.as_deref(), Some("too many"));
    assert!(row.body.as_bytes().is_empty());
}

pub(super) async fn the_bodies_of_the_old_among_the_dead_are_emptied(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for secs in 0..4 {
        ids.push(ended(&store, &format!("evt_{secs}"), secs, DeliveryState::Dead).await);
    }
    ids.push(ended(&store, "done", 0, DeliveryState::Done).await);
    let inbox = store.inbox();
    for (limit, expected) in [(2, 2), (2, 1), (2, 0)] {
        assert_eq!(
            inbox.empty_dead_before(at(3), limit).await.unwrap(),
            expected
        );
    }
    for (id, is_empty) in ids.iter().zip([true, true, true, false, false]) {
        assert_eq!(
            found(&store, *id).await.body.as_bytes().is_empty(),
            is_empty
        );
    }
    let row = found(&store, ids[0]).await;
    assert_eq!(row.state, DeliveryState::Dead, "the row stays");
    assert_eq!(row.reason.as_deref(), Some("evt_0, it is said"));
}
