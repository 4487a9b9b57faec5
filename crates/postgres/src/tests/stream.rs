//! Places in the stream, while units of work that wrote earlier are still open.

use std::time::Duration;

use idv_core::EventId;
use idv_engine::store::{
    EventKind, EventPosition, EventRow, Outbox as _, RequestRow, Sealed, UnitOfWork,
};

use super::fresh;
use super::rows::{at, begin, request, subject};
use crate::begin::begin as begin_by_hand;
use crate::{PostgresStore, lock};

const A_WHILE: Duration = Duration::from_millis(300);

async fn with_request(store: &PostgresStore, number: u8) -> RequestRow {
    let row = request(subject(number).id, 0);
    let mut unit = begin(store).await;
    assert!(unit.insert_subject(&subject(number)).await.unwrap());
    assert!(unit.insert_request(&row).await.unwrap());
    unit.commit().await.unwrap();
    row
}

async fn announce(unit: &mut dyn UnitOfWork, about: &RequestRow, key: &str) {
    let row = EventRow {
        id: EventId::new(at(0)),
        request: Some(about.id),
        subject: Some(about.subject),
        addressed_to: None,
        trace: None,
        kind: EventKind::Updated,
        key: key.to_owned(),
        created_at: at(0),
        payload: Sealed::from_bytes(Vec::new()),
    };
    assert!(unit.append_event(&row).await.unwrap());
}

async fn keys_after(store: &PostgresStore, place: u64) -> Vec<String> {
    let placed = store.events_after(EventPosition(place), 9).await.unwrap();
    for (number, placed) in (place + 1..).zip(&placed) {
        assert_eq!(placed.position, EventPosition(number), "no gap");
    }
    placed.into_iter().map(|placed| placed.event.key).collect()
}

#[tokio::test]
async fn who_has_read_past_an_open_unit_of_work_finds_its_event_later() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let (one, two) = (with_request(&store, 1).await, with_request(&store, 2).await);
    let mut early = begin(&store).await;
    announce(early.as_unit_of_work(), &one, "early").await;
    let mut late = begin(&store).await;
    announce(late.as_unit_of_work(), &two, "late").await;
    late.commit().await.unwrap();
    assert_eq!(store.place_events(9).await.unwrap(), 1);
    assert_eq!(keys_after(&store, 0).await, ["late"]);
    early.commit().await.unwrap();
    assert!(keys_after(&store, 1).await.is_empty(), "no place yet");
    assert_eq!(store.place_events(9).await.unwrap(), 1);
    assert_eq!(keys_after(&store, 1).await, ["early"]);
}

/// Otherwise two could give the same places, or a later place could be seen before an earlier one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gives_places_waits_for_whoever_gives_places() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let about = with_request(&store, 1).await;
    let mut unit = begin(&store).await;
    announce(unit.as_unit_of_work(), &about, "one").await;
    unit.commit().await.unwrap();
    let mut other = begin_by_hand(&store.pool).await.unwrap();
    lock::stream(&mut other).await.unwrap();
    let task_store = store.clone();
    let mut placing = tokio::spawn(async move { task_store.place_events(9).await.unwrap() });
    let early = tokio::time::timeout(A_WHILE, &mut placing).await;
    assert!(early.is_err(), "it waits");
    other.commit().await.unwrap();
    assert_eq!(placing.await.unwrap(), 1);
    assert_eq!(keys_after(&store, 0).await, ["one"]);
}
