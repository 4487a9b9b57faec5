//! The log of attempts, and what an attempt means for its delivery.

use std::sync::Arc;
use std::time::Duration;

use super::endpoints::{
    announce, attempt, claim, deliveries, endpoint, fan_out, settle, with_endpoint,
};
use super::sample::{at, begin, sealed};
use crate::store::{EventDeliveryState, EventSettlement, Store};

pub(super) async fn an_attempt_reads_back_as_written(store: Arc<dyn Store>) {
    let (id, other) = (
        with_endpoint(&store, 1).await.id,
        with_endpoint(&store, 2).await.id,
    );
    let row = announce(&store, None, "nobody/1", 1).await;
    for id in [id, other] {
        fan_out(&store, id, 1).await;
    }
    assert!(
        store
            .outbox()
            .attempts_of(id, row.id)
            .await
            .unwrap()
            .is_empty()
    );
    let mut unanswered = attempt(id, row.id, 9);
    unanswered.status = None;
    unanswered.took = Duration::ZERO;
    unanswered.outcome = "timeout".to_owned();
    unanswered.answer = sealed("");
    let mut taken = attempt(id, row.id, 3);
    taken.status = Some(599);
    taken.answer = sealed("thank you");
    let written = [unanswered, attempt(id, row.id, 6), taken];
    let settlements = [
        EventSettlement::Again(at(4)),
        EventSettlement::Again(at(5)),
        EventSettlement::Delivered,
    ];
    for (written, settlement) in written.iter().zip(settlements) {
        claim(&store, id, 5).await;
        let mut unit = begin(&store).await;
        unit.settle_event_delivery(written, settlement)
            .await
            .unwrap();
        unit.commit().await.unwrap();
    }
    let log = store.outbox().attempts_of(id, row.id).await.unwrap();
    assert_eq!(
        format!("{log:?}"),
        format!("{written:?}"),
        "as they were logged"
    );
    for (found, written) in log.iter().zip(&written) {
        assert!(found.answer == written.answer);
    }
    let state = |rows: Vec<crate::store::EventDeliveryRow>| rows[0].state;
    let settled = state(deliveries(&store, Some(id)).await);
    assert_eq!(settled, EventDeliveryState::Delivered);
    let untouched = state(deliveries(&store, Some(other)).await);
    assert_eq!(untouched, EventDeliveryState::Pending);
    assert!(
        store
            .outbox()
            .attempts_of(other, row.id)
            .await
            .unwrap()
            .is_empty()
    );
}

/// A lease ran out, and somebody else has ended the work.
pub(super) async fn the_first_to_settle_a_delivery_is_right(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let about = super::endpoints::with_request(&store, 1).await;
    for (number, first) in [EventSettlement::Delivered, EventSettlement::Failed]
        .into_iter()
        .enumerate()
    {
        let row = announce(&store, Some(&about), &format!("updated/{number}"), 1).await;
        fan_out(&store, id, 1).await;
        assert_eq!(claim(&store, id, 1).await.len(), 1);
        settle(&store, id, row.id, first).await;
        let later = announce(&store, Some(&about), &format!("passed/{number}"), 1).await;
        fan_out(&store, id, 1).await;
        let before = format!("{:?}", deliveries(&store, Some(id)).await);
        for late in [
            EventSettlement::Again(at(70)),
            EventSettlement::Delivered,
            EventSettlement::Failed,
        ] {
            settle(&store, id, row.id, late).await;
            let after = format!("{:?}", deliveries(&store, Some(id)).await);
            assert_eq!(after, before, "{late:?} after {first:?}");
        }
        let log = store.outbox().attempts_of(id, row.id).await.unwrap();
        assert_eq!(log.len(), 4, "all are logged");
        assert_eq!(claim(&store, id, 1).await.len(), 1);
        settle(&store, id, later.id, EventSettlement::Delivered).await;
    }
}

pub(super) async fn an_attempt_of_a_dropped_unit_was_never_made(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let row = announce(&store, None, "nobody/1", 1).await;
    fan_out(&store, id, 1).await;
    assert_eq!(claim(&store, id, 1).await.len(), 1);
    let mut unit = begin(&store).await;
    let attempt = attempt(id, row.id, 1);
    let delivered = EventSettlement::Delivered;
    unit.settle_event_delivery(&attempt, delivered)
        .await
        .unwrap();
    drop(unit);
    assert!(claim(&store, id, 30).await.is_empty(), "still leased");
    assert_eq!(claim(&store, id, 31).await.len(), 1);
    assert!(
        store
            .outbox()
            .attempts_of(id, row.id)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(super) async fn an_attempt_at_what_is_gone_is_nothing(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let row = announce(&store, None, "nobody/1", 1).await;
    fan_out(&store, id, 1).await;
    assert_eq!(claim(&store, id, 1).await.len(), 1);
    assert!(store.outbox().delete_endpoint(id).await.unwrap());
    settle(&store, id, row.id, EventSettlement::Again(at(5))).await;
    settle(&store, endpoint(9).id, row.id, EventSettlement::Delivered).await;
    assert!(deliveries(&store, None).await.is_empty());
    assert!(
        store
            .outbox()
            .attempts_of(id, row.id)
            .await
            .unwrap()
            .is_empty()
    );
}
