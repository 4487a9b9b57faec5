//! Deliveries that an operator puts back to work.

use std::sync::Arc;

use idv_core::{EndpointId, EventId};

use super::endpoints::{
    announce, claim, claimed, deliveries, endpoint, event, fan_out, settle, with_endpoint,
    with_request, write,
};
use super::sample::at;
use crate::store::{EventDeliveryState, EventKind, EventPosition, EventSettlement, Store};

async fn resend(store: &Arc<dyn Store>, endpoint: EndpointId, event: EventId, secs: i64) -> bool {
    let outbox = store.outbox();
    outbox.resend(endpoint, event, at(secs)).await.unwrap()
}

pub(super) async fn a_resent_delivery_begins_anew(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let row = announce(&store, None, "nobody/1", 1).await;
    fan_out(&store, id, 1).await;
    for (secs, settlement) in [
        (10, EventSettlement::Delivered),
        (20, EventSettlement::Failed),
        (30, EventSettlement::Again(at(9_999))),
    ] {
        assert_eq!(claim(&store, id, secs).await[0].attempts, 1);
        settle(&store, id, row.id, settlement).await;
        assert!(resend(&store, id, row.id, secs + 5).await);
        let found = deliveries(&store, Some(id)).await;
        assert_eq!(found.len(), 1);
        let (state, attempts) = (found[0].state, found[0].attempts);
        assert_eq!((state, attempts), (EventDeliveryState::Pending, 0));
        assert_eq!(found[0].due_at, at(secs + 5));
    }
    let log = store.outbox().attempts_of(id, row.id).await.unwrap();
    assert_eq!(log.len(), 3, "what was tried stays in the log");
}

pub(super) async fn an_event_is_sent_by_hand_to_whom_it_may_go(store: Arc<dyn Store>) {
    let other = with_endpoint(&store, 1).await.id;
    let mut picky = endpoint(2);
    picky.kinds = vec![EventKind::Passed];
    store.outbox().insert_endpoint(&picky).await.unwrap();
    let mut addressed = event(None, "test", 1);
    addressed.addressed_to = Some(picky.id);
    write(&store, &addressed).await;
    // It has no place yet, and the endpoint wants no such kind.
    let row = announce(&store, None, "all", 2).await;
    assert!(resend(&store, picky.id, row.id, 5).await);
    assert!(resend(&store, picky.id, addressed.id, 6).await);
    assert!(!resend(&store, other, addressed.id, 5).await);
    assert!(!resend(&store, other, EventId::new(at(7)), 5).await);
    assert!(!resend(&store, endpoint(9).id, row.id, 5).await);
    assert!(deliveries(&store, Some(other)).await.is_empty());
    assert_eq!(claimed(&store, picky.id, 9).await, ["all", "test"]);
    // What was sent by hand is not made again.
    assert_eq!(fan_out(&store, picky.id, 9).await, 2);
    assert!(claim(&store, picky.id, 9).await.is_empty());
    assert_eq!(deliveries(&store, Some(picky.id)).await.len(), 2);
}

pub(super) async fn a_delivery_resent_while_under_way_is_not_given_up(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    for (number, settlement, left) in [
        (1, EventSettlement::Failed, 1),
        (2, EventSettlement::Again(at(9_999)), 1),
        (3, EventSettlement::Delivered, 0),
    ] {
        let row = announce(&store, None, &format!("nobody/{number}"), 1).await;
        fan_out(&store, id, 1).await;
        assert_eq!(claim(&store, id, 10).await.len(), 1);
        assert!(resend(&store, id, row.id, 11).await);
        assert!(claim(&store, id, 12).await.is_empty(), "it is under way");
        settle(&store, id, row.id, settlement).await;
        let again = claim(&store, id, 12).await;
        assert_eq!(again.len(), left, "{settlement:?}");
        assert!(again.iter().all(|row| row.attempts == 1));
        settle(&store, id, row.id, EventSettlement::Delivered).await;
    }
}

pub(super) async fn a_resent_delivery_is_not_under_way_beside_a_later_one(store: Arc<dyn Store>) {
    let id = with_endpoint(&store, 1).await.id;
    let about = with_request(&store, 1).await;
    let first = announce(&store, Some(&about), "one/1", 1).await;
    let second = announce(&store, Some(&about), "one/2", 2).await;
    announce(&store, Some(&about), "one/3", 3).await;
    fan_out(&store, id, 5).await;
    assert_eq!(claimed(&store, id, 5).await, ["one/1"]);
    settle(&store, id, first.id, EventSettlement::Delivered).await;
    assert_eq!(claimed(&store, id, 5).await, ["one/2"]);
    assert!(resend(&store, id, first.id, 6).await);
    assert!(claim(&store, id, 6).await.is_empty());
    settle(&store, id, second.id, EventSettlement::Delivered).await;
    assert_eq!(claimed(&store, id, 6).await, ["one/1"]);
    settle(&store, id, first.id, EventSettlement::Delivered).await;
    assert_eq!(claimed(&store, id, 6).await, ["one/3"]);
}

pub(super) async fn a_replay_puts_back_what_the_endpoint_wants(store: Arc<dyn Store>) {
    let mut picky = endpoint(1);
    picky.kinds = vec![EventKind::Passed];
    picky.fanned_out_to = EventPosition(4);
    store.outbox().insert_endpoint(&picky).await.unwrap();
    let outbox = store.outbox();
    let replay = async |after, limit| {
        let after = EventPosition(after);
        let went_to = outbox.replay(picky.id, after, at(20), limit).await.unwrap();
        went_to.map(|position| position.0)
    };
    assert_eq!(replay(0, 9).await, None, "there is nothing");
    for number in 1..=8 {
        let mut row = event(None, &format!("number/{number}"), number);
        if number % 2 == 0 {
            row.kind = EventKind::Passed;
        }
        if number == 2 {
            row.addressed_to = Some(EndpointId::new(at(1)));
        }
        if number == 3 {
            row.addressed_to = Some(picky.id);
        }
        write(&store, &row).await;
    }
    fan_out(&store, picky.id, 5).await;
    let claimed_now = claim(&store, picky.id, 5).await;
    assert_eq!(claimed_now.len(), 2, "6 and 8");
    settle(
        &store,
        picky.id,
        claimed_now[0].event.id,
        EventSettlement::Failed,
    )
    .await;
    assert_eq!(replay(0, 5).await, Some(5));
    assert_eq!(replay(5, 2).await, Some(7));
    assert_eq!(replay(7, 5).await, Some(8));
    assert_eq!(replay(8, 5).await, None);
    assert_eq!(replay(u64::MAX, 5).await, None);
    let unknown = endpoint(9).id;
    let went_to = outbox.replay(unknown, EventPosition(0), at(20), 5).await;
    assert_eq!(went_to.unwrap(), None);
    let found = claimed(&store, picky.id, 20).await;
    assert_eq!(
        found,
        ["number/3", "number/4", "number/6"],
        "8 is under way"
    );
    let last = claimed_now[1].event.id;
    settle(&store, picky.id, last, EventSettlement::Failed).await;
    assert_eq!(claimed(&store, picky.id, 20).await, ["number/8"]);
}
