//! The outbox.

use std::sync::Arc;

use idv_core::{EventId, RequestId, Status};
use tokio::task::JoinSet;

use super::sample::{at, begin, request, sealed, state, with_subject};
use crate::store::{EventKind, EventRow, RequestRow, Store};

/// Stores a subject with a closed request and an open one.
async fn two_requests(store: &Arc<dyn Store>) -> (RequestRow, RequestRow) {
    let subject = with_subject(store, 1).await;
    let (mut first, second) = (request(subject, 0), request(subject, 1));
    first.state = state(Status::Failed);
    let mut unit = begin(store).await;
    assert!(unit.insert_request(&first).await.unwrap());
    assert!(unit.insert_request(&second).await.unwrap());
    unit.commit().await.unwrap();
    (first, second)
}

fn event(about: &RequestRow, key: &str, secs: i64) -> EventRow {
    EventRow {
        id: EventId::new(at(secs)),
        request: Some(about.id),
        subject: Some(about.subject),
        addressed_to: None,
        trace: None,
        kind: EventKind::Updated,
        key: key.to_owned(),
        created_at: at(secs),
        payload: sealed(key),
    }
}

async fn keys(store: &Arc<dyn Store>, request: RequestId) -> Vec<String> {
    let found = store.reads().events_of(request).await.unwrap();
    found.into_iter().map(|event| event.key).collect()
}

pub(super) async fn an_event_reads_back_as_written(store: Arc<dyn Store>) {
    let (about, other) = two_requests(&store).await;
    let mut written = Vec::new();
    let mut unit = begin(&store).await;
    for (secs, kind) in (0..).zip(EventKind::ALL) {
        let mut row = event(&about, &format!("{}/1", kind.as_word()), secs);
        row.kind = kind;
        assert!(unit.append_event(&row).await.unwrap());
        written.push(row);
    }
    unit.commit().await.unwrap();
    let found = store.reads().events_of(about.id).await.unwrap();
    assert_eq!(format!("{found:?}"), format!("{written:?}"));
    for (found, written) in found.iter().zip(&written) {
        assert!(found.payload == written.payload);
    }
    assert!(keys(&store, other.id).await.is_empty());
}

pub(super) async fn a_request_announces_each_key_once(store: Arc<dyn Store>) {
    let (about, other) = two_requests(&store).await;
    let mut unit = begin(&store).await;
    let first = event(&about, "passed/1", 0);
    assert!(unit.append_event(&first).await.unwrap());
    assert!(
        !unit
            .append_event(&event(&about, "passed/1", 1))
            .await
            .unwrap()
    );
    assert!(
        unit.append_event(&event(&about, "passed/2", 2))
            .await
            .unwrap()
    );
    assert!(
        unit.append_event(&event(&other, "passed/1", 3))
            .await
            .unwrap()
    );
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert!(
        !unit
            .append_event(&event(&about, "passed/2", 4))
            .await
            .unwrap()
    );
    unit.commit().await.unwrap();
    let found = store.reads().events_of(about.id).await.unwrap();
    let ids: Vec<_> = found.iter().map(|event| event.created_at).collect();
    assert_eq!(ids, [at(0), at(2)], "the first of each key stays");
    assert_eq!(keys(&store, other.id).await, ["passed/1"]);
}

pub(super) async fn an_event_of_a_dropped_unit_was_never_announced(store: Arc<dyn Store>) {
    let (about, _) = two_requests(&store).await;
    let mut unit = begin(&store).await;
    assert!(
        unit.append_event(&event(&about, "passed/1", 0))
            .await
            .unwrap()
    );
    drop(unit);
    assert!(keys(&store, about.id).await.is_empty());
    let mut unit = begin(&store).await;
    assert!(
        unit.append_event(&event(&about, "passed/1", 1))
            .await
            .unwrap()
    );
    unit.commit().await.unwrap();
    assert_eq!(keys(&store, about.id).await, ["passed/1"]);
}

pub(super) async fn one_of_many_who_announce_a_key_does(store: Arc<dyn Store>) {
    let (about, _) = two_requests(&store).await;
    let mut tasks = JoinSet::new();
    for secs in 0..32 {
        let (store, row) = (store.clone(), event(&about, "passed/1", secs));
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            let announced = unit.append_event(&row).await.unwrap();
            unit.commit().await.unwrap();
            announced
        });
    }
    let announced = tasks.join_all().await.into_iter().filter(|is_new| *is_new);
    assert_eq!(announced.count(), 1);
    assert_eq!(keys(&store, about.id).await, ["passed/1"]);
}

/// Neither the id nor the time says so: clocks differ.
pub(super) async fn events_come_in_the_order_in_which_they_were_written(store: Arc<dyn Store>) {
    let (about, other) = two_requests(&store).await;
    let mut expected = Vec::new();
    for secs in [5, 3, 9, 1, 7] {
        let key = format!("updated/{secs}");
        let mut unit = begin(&store).await;
        assert!(unit.append_event(&event(&about, &key, secs)).await.unwrap());
        assert!(unit.append_event(&event(&other, &key, secs)).await.unwrap());
        unit.commit().await.unwrap();
        expected.push(key);
    }
    assert_eq!(keys(&store, about.id).await, expected);
    assert_eq!(keys(&store, other.id).await, expected);
}

pub(super) async fn a_unit_of_work_sees_what_was_announced(store: Arc<dyn Store>) {
    let (about, other) = two_requests(&store).await;
    let mut unit = begin(&store).await;
    assert!(unit.event_keys_of(about.id).await.unwrap().is_empty());
    for (row, key) in [
        (&about, "passed/1"),
        (&about, "created"),
        (&other, "failed/1"),
    ] {
        assert!(unit.append_event(&event(row, key, 0)).await.unwrap());
    }
    for _ in 0..2 {
        let mut found = unit.event_keys_of(about.id).await.unwrap();
        found.sort();
        assert_eq!(found, ["created", "passed/1"]);
        assert_eq!(unit.event_keys_of(other.id).await.unwrap(), ["failed/1"]);
        // Its own at first, and what others have committed.
        unit.commit().await.unwrap();
        unit = begin(&store).await;
    }
}
