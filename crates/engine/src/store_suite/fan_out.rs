//! Events become deliveries.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::endpoints::{
    announce, claimed, deliveries, endpoint, event, fan_out, with_endpoint, with_request, write,
};
use super::sample::{at, begin};
use crate::store::{
    EndpointRow, EndpointState, EventDeliveryState, EventKind, EventPosition, Store,
};

/// The keys of the deliveries to an endpoint, oldest first.
async fn keys(store: &Arc<dyn Store>, endpoint: &EndpointRow) -> Vec<String> {
    let found = deliveries(store, Some(endpoint.id)).await;
    found.into_iter().rev().map(|row| row.event.key).collect()
}

pub(super) async fn an_event_becomes_a_delivery_for_each_endpoint_that_wants_it(
    store: Arc<dyn Store>,
) {
    let every = with_endpoint(&store, 1).await;
    let mut some = endpoint(2);
    some.kinds = vec![EventKind::Passed, EventKind::Failed];
    store.outbox().insert_endpoint(&some).await.unwrap();
    let about = with_request(&store, 1).await;
    let kinds = [
        EventKind::Created,
        EventKind::Passed,
        EventKind::Errored,
        EventKind::Failed,
    ];
    let mut written = Vec::new();
    for (secs, kind) in (1..).zip(kinds) {
        let mut row = event(Some(&about), kind.as_word(), secs);
        row.kind = kind;
        write(&store, &row).await;
        written.push(row);
    }
    assert_eq!(fan_out(&store, every.id, 70).await, 4);
    assert_eq!(
        fan_out(&store, some.id, 70).await,
        4,
        "looked at, not wanted"
    );
    assert_eq!(keys(&store, &some).await, ["passed", "failed"]);
    let mut found = deliveries(&store, Some(every.id)).await;
    found.reverse();
    assert_eq!(found.len(), 4);
    for ((number, row), event) in (1..).zip(&found).zip(&written) {
        assert_eq!(format!("{:?}", row.event), format!("{event:?}"));
        assert!(row.event.payload == event.payload);
        assert_eq!(row.position, EventPosition(number));
        assert_eq!((row.state, row.attempts), (EventDeliveryState::Pending, 0));
        assert_eq!(row.due_at, at(70));
    }
    for id in [every.id, some.id] {
        assert_eq!(fan_out(&store, id, 80).await, 0, "once");
        let row = store.outbox().endpoint(id).await.unwrap().unwrap();
        assert_eq!(row.fanned_out_to, EventPosition(4));
    }
    let unknown = endpoint(9).id;
    assert_eq!(fan_out(&store, unknown, 80).await, 0);
}

pub(super) async fn what_is_addressed_to_an_endpoint_is_for_nobody_else(store: Arc<dyn Store>) {
    let other = with_endpoint(&store, 1).await;
    let mut meant = endpoint(2);
    meant.kinds = vec![EventKind::Passed];
    store.outbox().insert_endpoint(&meant).await.unwrap();
    let mut row = event(None, "test", 1);
    row.kind = EventKind::EndpointTest;
    row.addressed_to = Some(meant.id);
    write(&store, &row).await;
    announce(&store, None, "all", 2).await;
    for id in [other.id, meant.id] {
        assert_eq!(fan_out(&store, id, 3).await, 2);
    }
    assert_eq!(keys(&store, &other).await, ["all"]);
    assert_eq!(
        keys(&store, &meant).await,
        ["test"],
        "though it wants others"
    );
}

pub(super) async fn an_endpoint_is_given_what_comes_after_its_place(store: Arc<dyn Store>) {
    for secs in 1..=7 {
        announce(&store, None, &format!("number/{secs}"), secs).await;
    }
    let outbox = store.outbox();
    outbox.place_events(6).await.unwrap();
    let mut row = endpoint(1);
    row.fanned_out_to = EventPosition(2);
    outbox.insert_endpoint(&row).await.unwrap();
    for (looked_at, place) in [(3, 5), (1, 6), (0, 6)] {
        let number = outbox.fan_out(row.id, at(9), 3).await.unwrap();
        assert_eq!(number, looked_at, "the last event has no place yet");
        let found = outbox.endpoint(row.id).await.unwrap().unwrap();
        assert_eq!(found.fanned_out_to, EventPosition(place));
    }
    let expected = ["number/3", "number/4", "number/5", "number/6"];
    assert_eq!(keys(&store, &row).await, expected);
    let mut ahead = endpoint(2);
    ahead.fanned_out_to = EventPosition(99);
    outbox.insert_endpoint(&ahead).await.unwrap();
    assert_eq!(outbox.fan_out(ahead.id, at(9), 3).await.unwrap(), 0);
    assert!(keys(&store, &ahead).await.is_empty());
}

pub(super) async fn an_endpoint_that_was_off_goes_on_where_it_stopped(store: Arc<dyn Store>) {
    let mut row = with_endpoint(&store, 1).await;
    announce(&store, None, "before", 1).await;
    assert_eq!(fan_out(&store, row.id, 1).await, 1);
    row.fanned_out_to = EventPosition(1);
    let off = [
        EndpointState::SwitchedOff,
        EndpointState::Failing,
        EndpointState::Gone,
    ];
    for (secs, state) in (2..).zip(off) {
        row.state = state;
        let mut unit = begin(&store).await;
        assert!(unit.update_endpoint(&row).await.unwrap());
        unit.commit().await.unwrap();
        announce(&store, None, &format!("meanwhile/{secs}"), secs).await;
        assert_eq!(fan_out(&store, row.id, secs).await, 0, "{state:?}");
        assert!(claimed(&store, row.id, secs).await.is_empty());
    }
    row.state = EndpointState::Enabled;
    let mut unit = begin(&store).await;
    assert!(unit.update_endpoint(&row).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(fan_out(&store, row.id, 9).await, 3);
    let expected = ["before", "meanwhile/2", "meanwhile/3", "meanwhile/4"];
    assert_eq!(claimed(&store, row.id, 9).await, expected);
}

pub(super) async fn many_who_fan_out_make_each_delivery_once(store: Arc<dyn Store>) {
    const EVENTS: u64 = 60;
    let row = with_endpoint(&store, 1).await;
    let mut unit = begin(&store).await;
    for number in 0..EVENTS {
        let row = event(None, &format!("number/{number}"), 1);
        assert!(unit.append_event(&row).await.unwrap());
    }
    unit.commit().await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let (mut mine, outbox) = (0, store.outbox());
            loop {
                let placed = outbox.place_events(11).await.unwrap();
                let looked_at = outbox.fan_out(row.id, at(5), 7).await.unwrap();
                mine += looked_at;
                if placed == 0 && looked_at == 0 {
                    return mine;
                }
            }
        });
    }
    let looked_at: u64 = tasks.join_all().await.into_iter().sum();
    // Somebody may have stopped before the last were placed by another one, who then fanned them out.
    assert_eq!(looked_at, EVENTS);
    let found = deliveries(&store, Some(row.id)).await;
    let places: Vec<_> = found.iter().rev().map(|row| row.position.0).collect();
    assert_eq!(places, (1..=EVENTS).collect::<Vec<_>>());
}
