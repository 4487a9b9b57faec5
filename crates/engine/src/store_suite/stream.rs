//! The places of events in the stream.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use idv_core::{EndpointId, EventId, RequestId};
use tokio::task::JoinSet;

use super::endpoints::{announce, event, with_request};
use super::sample::{at, begin};
use crate::store::{EventKind, EventPosition, PlacedEvent, Store};

async fn all(store: &Arc<dyn Store>) -> Vec<PlacedEvent> {
    let outbox = store.outbox();
    outbox.events_after(EventPosition(0), 999).await.unwrap()
}

pub(super) async fn an_event_about_nobody_reads_back_as_written(store: Arc<dyn Store>) {
    let mut written = Vec::new();
    let mut unit = begin(&store).await;
    for secs in 0..3 {
        let mut row = event(None, "the same key", secs);
        row.kind = EventKind::EndpointTest;
        row.addressed_to = (secs > 0).then(|| EndpointId::new(at(secs)));
        row.trace = (secs > 1)
            .then(|| "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
        assert!(
            unit.append_event(&row).await.unwrap(),
            "nobody's are not counted"
        );
        written.push(row);
    }
    unit.commit().await.unwrap();
    for row in &written {
        let found = store.outbox().event(row.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{row:?}"));
        assert!(found.payload == row.payload);
    }
    let unknown = store.outbox().event(EventId::new(at(9))).await.unwrap();
    assert!(unknown.is_none());
    assert_eq!(store.outbox().place_events(9).await.unwrap(), 3);
    let placed = all(&store).await;
    let placed: Vec<_> = placed.into_iter().map(|placed| placed.event).collect();
    assert_eq!(format!("{placed:?}"), format!("{written:?}"));
}

pub(super) async fn events_get_places_without_gaps_in_the_order_of_their_request(
    store: Arc<dyn Store>,
) {
    let outbox = store.outbox();
    assert_eq!(outbox.place_events(9).await.unwrap(), 0);
    assert_eq!(outbox.last_position().await.unwrap(), EventPosition(0));
    let (first, second) = (with_request(&store, 1).await, with_request(&store, 2).await);
    let mut written: BTreeMap<RequestId, Vec<EventId>> = BTreeMap::new();
    // Neither the id nor the time says in which order they were written.
    for secs in [9, 2, 7, 1, 5] {
        for about in [&first, &second] {
            let row = announce(&store, Some(about), &format!("updated/{secs}"), secs).await;
            written.entry(about.id).or_default().push(row.id);
        }
        if secs == 7 {
            assert_eq!(outbox.place_events(4).await.unwrap(), 4);
        }
    }
    assert!(all(&store).await.len() == 4, "the others have no place yet");
    assert_eq!(outbox.place_events(99).await.unwrap(), 6);
    assert_eq!(outbox.place_events(99).await.unwrap(), 0);
    assert_eq!(outbox.last_position().await.unwrap(), EventPosition(10));
    let mut found: BTreeMap<RequestId, Vec<EventId>> = BTreeMap::new();
    for (number, placed) in (1..).zip(all(&store).await) {
        assert_eq!(placed.position, EventPosition(number));
        let request = placed.event.request.unwrap();
        found.entry(request).or_default().push(placed.event.id);
    }
    assert_eq!(found, written);
    let two = outbox.events_after(EventPosition(7), 2).await.unwrap();
    let places: Vec<_> = two.iter().map(|placed| placed.position.0).collect();
    assert_eq!(places, [8, 9]);
    let beyond = EventPosition(u64::MAX);
    assert!(outbox.events_after(beyond, 2).await.unwrap().is_empty());
}

pub(super) async fn an_event_of_a_dropped_unit_leaves_no_gap(store: Arc<dyn Store>) {
    let about = with_request(&store, 1).await;
    announce(&store, Some(&about), "created/1", 1).await;
    let mut unit = begin(&store).await;
    let dropped = event(Some(&about), "passed/1", 2);
    assert!(unit.append_event(&dropped).await.unwrap());
    drop(unit);
    announce(&store, Some(&about), "failed/1", 3).await;
    assert_eq!(store.outbox().place_events(9).await.unwrap(), 2);
    let places: Vec<_> = all(&store)
        .await
        .iter()
        .map(|placed| placed.position.0)
        .collect();
    assert_eq!(places, [1, 2]);
}

/// With several units of work open at once, commits that come in another order than the events were written in, and
/// several who give places.
pub(super) async fn a_reader_who_reads_on_while_many_write_misses_nothing(store: Arc<dyn Store>) {
    const WRITERS: u8 = 6;
    const EACH: i64 = 12;
    let writing = Arc::new(AtomicUsize::new(usize::from(WRITERS)));
    let mut tasks = JoinSet::new();
    for number in 1..=WRITERS {
        let about = with_request(&store, number).await;
        let (store, writing) = (store.clone(), writing.clone());
        tasks.spawn(async move {
            for secs in 0..EACH {
                let mut unit = begin(&store).await;
                // As every command does: then the order of a request's events is that of their commits.
                unit.request(about.id).await.unwrap().unwrap();
                let row = event(Some(&about), &format!("updated/{secs}"), secs);
                assert!(unit.append_event(&row).await.unwrap());
                for _ in 0..(i64::from(number) * 7 + secs * 3) % 11 {
                    unit.event_keys_of(about.id).await.unwrap();
                }
                if secs % 5 == 4 {
                    drop(unit);
                } else {
                    unit.commit().await.unwrap();
                }
            }
            writing.fetch_sub(1, Ordering::SeqCst);
        });
    }
    for limit in [1, 3, 100] {
        let (store, writing) = (store.clone(), writing.clone());
        tasks.spawn(async move {
            loop {
                let all_are_done = writing.load(Ordering::SeqCst) == 0;
                let placed = store.outbox().place_events(limit).await.unwrap();
                if placed == 0 && all_are_done {
                    break;
                }
            }
        });
    }
    let mut read: Vec<PlacedEvent> = Vec::new();
    loop {
        let all_are_done = tasks.is_empty();
        let after = EventPosition(u64::try_from(read.len()).unwrap());
        let next = store.outbox().events_after(after, 5).await.unwrap();
        if next.is_empty() && all_are_done {
            break;
        }
        read.extend(next);
        while let Some(ended) = tasks.try_join_next() {
            ended.unwrap();
        }
        tokio::task::yield_now().await;
    }
    let mut seen: BTreeMap<RequestId, Vec<String>> = BTreeMap::new();
    for (number, placed) in (1..).zip(read) {
        assert_eq!(placed.position, EventPosition(number));
        let request = placed.event.request.unwrap();
        seen.entry(request).or_default().push(placed.event.key);
    }
    assert_eq!(seen.len(), usize::from(WRITERS));
    for (request, seen) in seen {
        let written = store.reads().events_of(request).await.unwrap();
        let written: Vec<_> = written.into_iter().map(|event| event.key).collect();
        assert_eq!(seen, written);
        let committed = (0..EACH).filter(|secs| secs % 5 != 4);
        let committed: Vec<_> = committed.map(|secs| format!("updated/{secs}")).collect();
        assert_eq!(seen, committed);
    }
}
