//! Claiming deliveries of events: in order per request, within the rate, and each by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use idv_core::RequestId;
use tokio::task::JoinSet;

use super::endpoints::{
    LEASE, announce, claim, claimed, deliveries, endpoint, event, fan_out, settle, with_endpoint,
    with_request,
};
use super::sample::{at, begin};
use crate::store::{EndpointState, EventDeliveryState, EventSettlement, Store};

pub(super) async fn the_earliest_of_each_request_is_claimed_first(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let (one, two) = (with_request(&store, 1).await, with_request(&store, 2).await);
    for (about, key) in [
        (Some(&one), "one/1"),
        (None, "nobody/1"),
        (Some(&one), "one/2"),
        (Some(&two), "two/1"),
        (None, "nobody/2"),
        (Some(&two), "two/2"),
    ] {
        announce(&store, about, key, 1).await;
    }
    fan_out(&store, id, 5).await;
    assert!(claim(&store, id, 4).await.is_empty(), "not due");
    let first = claim(&store, id, 5).await;
    let keys: Vec<_> = first.iter().map(|row| row.event.key.as_str()).collect();
    assert_eq!(keys, ["one/1", "nobody/1", "two/1", "nobody/2"]);
    assert!(
        first
            .iter()
            .all(|row| row.attempts == 1 && row.endpoint == id)
    );
    assert!(claim(&store, id, 5).await.is_empty(), "the others wait");
    settle(&store, id, first[2].event.id, EventSettlement::Delivered).await;
    assert_eq!(claimed(&store, id, 5).await, ["two/2"]);
    settle(&store, id, first[0].event.id, EventSettlement::Failed).await;
    assert_eq!(claimed(&store, id, 5).await, ["one/2"], "given up is over");
    let limited = with_endpoint(&store, 2).await.id;
    fan_out(&store, limited, 5).await;
    let two_of_them = store
        .outbox()
        .claim(limited, at(5), LEASE, 2)
        .await
        .unwrap();
    assert_eq!(two_of_them.len(), 2);
    assert!(claim(&store, endpoint(9).id, 5).await.is_empty(), "unknown");
}

pub(super) async fn what_waits_for_another_try_holds_back_its_request_only(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let (one, two) = (with_request(&store, 1).await, with_request(&store, 2).await);
    let head = announce(&store, Some(&one), "one/1", 1).await;
    announce(&store, Some(&one), "one/2", 2).await;
    fan_out(&store, id, 5).await;
    assert_eq!(claimed(&store, id, 5).await, ["one/1"]);
    settle(&store, id, head.id, EventSettlement::Again(at(20))).await;
    announce(&store, Some(&one), "one/3", 3).await;
    announce(&store, Some(&two), "two/1", 4).await;
    fan_out(&store, id, 6).await;
    assert_eq!(claimed(&store, id, 19).await, ["two/1"]);
    let again = claim(&store, id, 20).await;
    assert_eq!((again.len(), again[0].attempts), (1, 2));
    assert_eq!(again[0].event.id, head.id);
    settle(&store, id, head.id, EventSettlement::Delivered).await;
    for expected in ["one/2", "one/3"] {
        let next = claim(&store, id, 20).await;
        assert_eq!((next.len(), next[0].event.key.as_str()), (1, expected));
        settle(&store, id, next[0].event.id, EventSettlement::Delivered).await;
    }
}

/// They could be due all the time: then whoever looks for work would look at them all the time.
pub(super) async fn what_waits_behind_a_failing_one_is_not_looked_at_before(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let about = with_request(&store, 1).await;
    let head = announce(&store, Some(&about), "one/1", 1).await;
    announce(&store, Some(&about), "one/2", 2).await;
    announce(&store, None, "nobody/1", 2).await;
    fan_out(&store, id, 5).await;
    assert_eq!(claim(&store, id, 5).await.len(), 2);
    settle(&store, id, head.id, EventSettlement::Again(at(50))).await;
    announce(&store, Some(&about), "one/3", 6).await;
    announce(&store, None, "nobody/2", 6).await;
    fan_out(&store, id, 7).await;
    let due: BTreeMap<_, _> = deliveries(&store, Some(id))
        .await
        .into_iter()
        .map(|row| (row.event.key, row.due_at))
        .collect();
    for (key, secs) in [
        ("one/1", 50),
        ("one/2", 50),
        ("one/3", 50),
        ("nobody/1", 5),
        ("nobody/2", 7),
    ] {
        assert_eq!(due[key], at(secs), "{key}");
    }
}

pub(super) async fn a_delivery_lease_keeps_others_away_until_it_ends(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let row = announce(&store, None, "nobody/1", 0).await;
    fan_out(&store, id, 0).await;
    let outbox = store.outbox();
    outbox.extend(id, row.id, at(500)).await.unwrap();
    for (secs, attempts) in [(0, Some(1)), (29, None), (30, Some(2)), (59, None)] {
        let found = claim(&store, id, secs).await;
        let seen = found.first().map(|row| row.attempts);
        assert_eq!(
            seen, attempts,
            "at {secs} s: nothing was claimed to be kept longer"
        );
    }
    outbox.extend(id, row.id, at(90)).await.unwrap();
    assert!(claim(&store, id, 89).await.is_empty());
    assert_eq!(claim(&store, id, 90).await.len(), 1);
    settle(&store, id, row.id, EventSettlement::Again(at(100))).await;
    outbox.extend(id, row.id, at(500)).await.unwrap();
    assert_eq!(
        claim(&store, id, 100).await.len(),
        1,
        "given back is given back"
    );
    settle(&store, id, row.id, EventSettlement::Delivered).await;
    assert!(claim(&store, id, 9_999).await.is_empty());
}

pub(super) async fn nothing_is_claimed_for_an_endpoint_that_is_off_or_rests(store: Arc<dyn Store>) {
    let mut row = with_endpoint(&store, 1).await;
    announce(&store, None, "nobody/1", 1).await;
    fan_out(&store, row.id, 5).await;
    for (state, rests, number) in [
        (EndpointState::SwitchedOff, None, 0),
        (EndpointState::Failing, None, 0),
        (EndpointState::Gone, None, 0),
        (EndpointState::Enabled, Some(11), 0),
        (EndpointState::Enabled, Some(10), 1),
    ] {
        row.state = state;
        row.paused_until = rests.map(at);
        let mut unit = begin(&store).await;
        assert!(unit.update_endpoint(&row).await.unwrap());
        unit.commit().await.unwrap();
        let found = claim(&store, row.id, 10).await;
        assert_eq!(found.len(), number, "{state:?} {rests:?}");
    }
}

/// However many ask at once, and whatever else is changed of the endpoint.
pub(super) async fn no_more_are_claimed_than_the_rate_allows(store: Arc<dyn Store>) {
    let mut row = endpoint(1);
    row.rate_per_sec = Some(7);
    store.outbox().insert_endpoint(&row).await.unwrap();
    let mut unit = begin(&store).await;
    for number in 0..40 {
        let row = event(None, &format!("nobody/{number}"), 1);
        assert!(unit.append_event(&row).await.unwrap());
    }
    unit.commit().await.unwrap();
    fan_out(&store, row.id, 1).await;
    let mut given_out = BTreeSet::new();
    for secs in [10, 11, 12] {
        let mut tasks = JoinSet::new();
        for _ in 0..6 {
            let store = store.clone();
            tasks.spawn(async move {
                let outbox = store.outbox();
                let found = outbox.claim(row.id, at(secs), LEASE, 3).await.unwrap();
                found
                    .into_iter()
                    .map(|row| row.position)
                    .collect::<Vec<_>>()
            });
        }
        let before = given_out.len();
        for found in tasks.join_all().await {
            given_out.extend(found);
        }
        let now = given_out.len() - before;
        assert!(now <= 7, "{now} at {secs} s");
        assert!(now >= 6, "{now} at {secs} s: less than a slice is lost");
        let mut unit = begin(&store).await;
        let mut row = unit.endpoint(row.id).await.unwrap().unwrap();
        row.failures_in_a_row += 1;
        assert!(unit.update_endpoint(&row).await.unwrap());
        unit.commit().await.unwrap();
        assert!(claim(&store, row.id, secs).await.is_empty());
    }
}

/// Many workers, who fail now and then. Each request's events arrive in their order, one after the other.
pub(super) async fn no_two_deliveries_of_a_request_are_under_way(store: Arc<dyn Store>) {
    const REQUESTS: u8 = 5;
    const EACH: i64 = 6;
    let id = with_endpoint(&store, 1).await.id;
    let mut unit_of_all = Vec::new();
    for number in 1..=REQUESTS {
        unit_of_all.push(with_request(&store, number).await);
    }
    for secs in 0..EACH {
        let mut unit = begin(&store).await;
        for about in &unit_of_all {
            let row = event(Some(about), &format!("updated/{secs}"), secs);
            assert!(unit.append_event(&row).await.unwrap());
        }
        unit.commit().await.unwrap();
    }
    fan_out(&store, id, 5).await;
    let under_way: Arc<Mutex<BTreeSet<RequestId>>> = Arc::default();
    let arrived: Arc<Mutex<BTreeMap<RequestId, Vec<String>>>> = Arc::default();
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let (store, under_way, arrived) = (store.clone(), under_way.clone(), arrived.clone());
        tasks.spawn(async move {
            let outbox = store.outbox();
            while outbox.counts().await.unwrap().pending > 0 {
                let day = Duration::from_secs(86_400);
                for row in outbox.claim(id, at(9), day, 2).await.unwrap() {
                    let request = row.event.request.unwrap();
                    assert!(under_way.lock().unwrap().insert(request), "two at once");
                    tokio::task::yield_now().await;
                    assert!(under_way.lock().unwrap().remove(&request));
                    let fails = row.attempts == 1 && row.position.0 % 3 == 0;
                    let settlement = if fails {
                        EventSettlement::Again(at(9))
                    } else {
                        let mut arrived = arrived.lock().unwrap();
                        arrived.entry(request).or_default().push(row.event.key);
                        EventSettlement::Delivered
                    };
                    settle(&store, id, row.event.id, settlement).await;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    tasks.join_all().await;
    let left = deliveries(&store, Some(id)).await;
    assert!(
        left.iter()
            .all(|row| row.state == EventDeliveryState::Delivered)
    );
    let arrived = arrived.lock().unwrap();
    assert_eq!(arrived.len(), usize::from(REQUESTS));
    let expected: Vec<_> = (0..EACH).map(|secs| format!("updated/{secs}")).collect();
    assert!(
        arrived.values().all(|keys| *keys == expected),
        "{arrived:#?}"
    );
}
