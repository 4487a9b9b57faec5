//! Lists and counts of deliveries, and forgetting them.

use std::sync::Arc;

use idv_core::RequestId;

use super::endpoints::{
    announce, claim, deliveries, endpoint, fan_out, settle, with_endpoint, with_request,
};
use super::sample::{at, begin};
use crate::store::{
    EndpointState, EventDeliveryFilter, EventDeliveryState, EventPosition, EventSettlement,
    OutboxCounts, PageRequest, Store,
};

pub(super) async fn deliveries_of_events_are_listed_newest_first_and_filtered(
    store: Arc<dyn Store>,
) {
    let (a, b) = (
        with_endpoint(&store, 1).await.id,
        with_endpoint(&store, 2).await.id,
    );
    let (one, two) = (with_request(&store, 1).await, with_request(&store, 2).await);
    let mut rows = Vec::new();
    for number in 1..=8 {
        let about = [None, Some(&one), Some(&two)][number % 3];
        let key = format!("number/{number}");
        rows.push(announce(&store, about, &key, 1).await);
    }
    for (id, done) in [
        (a, EventSettlement::Delivered),
        (b, EventSettlement::Failed),
    ] {
        fan_out(&store, id, 1).await;
        for _ in 0..2 {
            for row in claim(&store, id, 1).await {
                if row.position.0 <= 5 {
                    settle(&store, id, row.event.id, done).await;
                }
            }
        }
    }
    let all = deliveries(&store, None).await;
    assert_eq!(all.len(), 16);
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse(row.position)));
    let unknown = RequestId::new(at(7));
    for endpoint in [None, Some(a), Some(b), Some(endpoint(9).id)] {
        for state in [
            None,
            Some(EventDeliveryState::Pending),
            Some(EventDeliveryState::Delivered),
            Some(EventDeliveryState::Failed),
        ] {
            for request in [None, Some(one.id), Some(two.id), Some(unknown)] {
                let filter = EventDeliveryFilter {
                    endpoint,
                    state,
                    request,
                };
                let page = PageRequest {
                    after: None,
                    limit: 99,
                };
                let found = store.outbox().deliveries(&filter, page).await.unwrap();
                let expected: Vec<_> = all
                    .iter()
                    .filter(|row| endpoint.is_none_or(|id| row.endpoint == id))
                    .filter(|row| state.is_none_or(|state| row.state == state))
                    .filter(|row| request.is_none_or(|id| row.event.request == Some(id)))
                    .collect();
                assert_eq!(
                    format!("{:?}", found.rows),
                    format!("{expected:?}"),
                    "{filter:?}"
                );
                assert!(found.next.is_none());
            }
        }
    }
}

pub(super) async fn a_page_of_deliveries_ends_with_an_event(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for secs in 1..=3 {
        ids.push(with_endpoint(&store, secs).await.id);
    }
    for number in 1..=5 {
        announce(&store, None, &format!("number/{number}"), 1).await;
    }
    for id in &ids {
        fan_out(&store, *id, 1).await;
    }
    for endpoint in [None, Some(ids[1])] {
        let all = deliveries(&store, endpoint).await;
        let filter = EventDeliveryFilter {
            endpoint,
            ..EventDeliveryFilter::default()
        };
        for limit in 1..=16 {
            let (mut read, mut after) = (Vec::new(), None);
            loop {
                let page = PageRequest { after, limit };
                let page = store.outbox().deliveries(&filter, page).await.unwrap();
                let last = page.rows.last().map(|row| row.position);
                assert!(!page.rows.is_empty(), "{limit}: a page was promised");
                assert!(page.rows.len() < usize::try_from(limit).unwrap() + ids.len());
                read.extend(page.rows);
                if page.next.is_none() {
                    break;
                }
                assert_eq!(page.next, last);
                after = page.next;
            }
            assert_eq!(format!("{read:?}"), format!("{all:?}"), "{limit}");
        }
    }
}

pub(super) async fn deliveries_that_are_done_are_forgotten_by_their_age(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let mut rows = Vec::new();
    for (number, secs) in [50, 10, 30, 20, 40].into_iter().enumerate() {
        rows.push(announce(&store, None, &format!("number/{number}"), secs).await);
    }
    fan_out(&store, id, 60).await;
    claim(&store, id, 60).await;
    for (row, settlement) in rows.iter().zip([
        EventSettlement::Delivered,
        EventSettlement::Failed,
        EventSettlement::Delivered,
        EventSettlement::Again(at(99)),
        EventSettlement::Delivered,
    ]) {
        settle(&store, id, row.id, settlement).await;
    }
    let outbox = store.outbox();
    let forget = async |secs, limit| outbox.forget_deliveries(at(secs), limit).await.unwrap();
    assert_eq!(forget(10, 9).await, 0);
    assert_eq!(forget(41, 1).await, 1);
    assert_eq!(forget(41, 9).await, 2, "what is pending stays");
    assert_eq!(forget(41, 9).await, 0);
    let left = deliveries(&store, Some(id)).await;
    let left: Vec<_> = left.iter().map(|row| row.event.id).collect();
    assert_eq!(left, [rows[3].id, rows[0].id]);
    assert!(outbox.attempts_of(id, rows[1].id).await.unwrap().is_empty());
    assert_eq!(outbox.attempts_of(id, rows[0].id).await.unwrap().len(), 1);
    for row in &rows {
        assert!(outbox.event(row.id).await.unwrap().is_some(), "events stay");
    }
}

pub(super) async fn counts_of_the_outbox_follow_every_change(store: Arc<dyn Store>) {
    let outbox = store.outbox();
    let counts = async |pending, failed, oldest: Option<i64>| {
        let expected = OutboxCounts {
            pending,
            failed,
            oldest_pending: oldest.map(at),
        };
        assert_eq!(outbox.counts().await.unwrap(), expected);
    };
    counts(0, 0, None).await;
    let (a, b) = (
        with_endpoint(&store, 1).await,
        with_endpoint(&store, 2).await,
    );
    counts(0, 0, None).await;
    let first = announce(&store, None, "number/1", 11).await;
    let second = announce(&store, None, "number/2", 12).await;
    counts(0, 0, None).await;
    fan_out(&store, a.id, 20).await;
    counts(2, 0, Some(11)).await;
    fan_out(&store, b.id, 20).await;
    counts(4, 0, Some(11)).await;
    claim(&store, a.id, 20).await;
    settle(&store, a.id, first.id, EventSettlement::Delivered).await;
    settle(&store, a.id, second.id, EventSettlement::Again(at(70))).await;
    counts(3, 0, Some(11)).await;
    claim(&store, b.id, 20).await;
    settle(&store, b.id, first.id, EventSettlement::Failed).await;
    counts(2, 1, Some(12)).await;
    let mut off = a.clone();
    off.state = EndpointState::Failing;
    off.fanned_out_to = EventPosition(2);
    let mut unit = begin(&store).await;
    assert!(unit.update_endpoint(&off).await.unwrap());
    unit.commit().await.unwrap();
    settle(&store, b.id, second.id, EventSettlement::Delivered).await;
    counts(0, 1, None).await;
    assert!(outbox.resend(b.id, first.id, at(30)).await.unwrap());
    counts(1, 0, Some(11)).await;
    assert!(outbox.delete_endpoint(b.id).await.unwrap());
    counts(0, 0, None).await;
}
