//! The inbox, but for duplicates and claims.

use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use idv_core::webhook::DeduplicationKey;
use idv_core::{AccountId, DeliveryId, SessionId};

use super::claims::claim_each;
use super::sample::{account, at, begin, delivery, sealed};
use crate::store::{
    Appended, DeliveryFilter, DeliveryRow, DeliveryState, InboxCounts, NewDelivery, PageRequest,
    Sealed, Settlement, Store,
};

pub(super) async fn found(store: &Arc<dyn Store>, id: DeliveryId) -> DeliveryRow {
    store.inbox().delivery(id).await.unwrap().unwrap()
}

/// Stores new deliveries, none of which may be a duplicate.
pub(super) async fn append(store: &Arc<dyn Store>, deliveries: &[NewDelivery]) {
    let appended = store.inbox().append(deliveries).await.unwrap();
    assert_eq!(appended, vec![Appended::Stored; deliveries.len()]);
}

pub(super) fn settlement(id: DeliveryId, state: DeliveryState) -> Settlement {
    Settlement {
        id,
        state,
        session: None,
        resealed_body: None,
        reason: None,
    }
}

pub(super) async fn settle(store: &Arc<dyn Store>, settlement: &Settlement) {
    let mut unit = begin(store).await;
    unit.settle_delivery(settlement).await.unwrap();
    unit.commit().await.unwrap();
}

pub(super) async fn an_appended_delivery_reads_back_as_written(store: Arc<dyn Store>) {
    assert_eq!(store.inbox().append(&[]).await.unwrap(), []);
    let mut new = delivery("evt_1", 7);
    new.session = Some(SessionId::from("vs_1"));
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    new.trace = Some(trace.to_owned());
    append(&store, &[new.clone(), delivery("evt_2", 8)]).await;
    let row = found(&store, new.id).await;
    assert_eq!((row.id, &row.account), (new.id, &new.account));
    assert_eq!((&row.receipt, &row.body), (&new.receipt, &new.body));
    assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 0));
    assert_eq!(row.due_at, at(7), "at once");
    assert_eq!((row.session, row.trace), (new.session, new.trace));
    assert_eq!(row.reason, None);
    let other = DeliveryId::new(at(7));
    assert!(store.inbox().delivery(other).await.unwrap().is_none());
}

pub(super) async fn a_failed_append_stores_nothing(store: Arc<dyn Store>) {
    let first = delivery("evt_1", 0);
    let mut clash = delivery("evt_3", 2);
    clash.id = first.id;
    let outcome = store
        .inbox()
        .append(&[first.clone(), delivery("evt_2", 1), clash])
        .await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(
        store.inbox().counts().await.unwrap(),
        InboxCounts::default()
    );
    append(&store, &[first]).await;
}

pub(super) async fn any_text_and_any_bytes_survive(store: Arc<dyn Store>) {
    let texts = [
        "a\"b\\c",
        "d'e--;",
        "zoë 🎈",
        "\u{fffd}\n\t",
        "{}[]",
        "%_*?",
    ];
    let mut all = Vec::new();
    for (secs, text) in (0..).zip(texts) {
        let mut new = delivery(text, secs);
        new.account = AccountId::from(text);
        new.session = Some(SessionId::from(text));
        new.body = Sealed::from_bytes((0..=255).cycle().take(1_000).collect());
        all.push(new);
    }
    let mut empty = delivery("empty", 90);
    empty.body = Sealed::from_bytes(Vec::new());
    all.push(empty);
    let mut large = delivery("large", 91);
    large.body = Sealed::from_bytes(vec![0xA5; 3 << 20]);
    all.push(large);
    append(&store, &all).await;
    for new in &all {
        let row = found(&store, new.id).await;
        assert_eq!((&row.account, &row.receipt), (&new.account, &new.receipt));
        assert_eq!(row.session, new.session);
        assert!(row.body == new.body, "{:?}", new.receipt.deduplication_key);
    }
}

pub(super) async fn settling_says_what_became_of_it(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, &[new.clone(), delivery("evt_2", 0)]).await;
    let mut done = settlement(new.id, DeliveryState::Done);
    done.session = Some(SessionId::from("vs_1"));
    done.resealed_body = Some(sealed("under the subject's key"));
    done.reason = Some("as said".to_owned());
    settle(&store, &done).await;
    let row = found(&store, new.id).await;
    assert_eq!(row.state, DeliveryState::Done);
    assert_eq!(row.session, done.session);
    assert_eq!(row.body, sealed("under the subject's key"));
    assert_eq!(row.reason, done.reason);
    let claimed = claim_each(&store, at(60), Duration::from_secs(1)).await;
    assert_eq!(claimed.len(), 1, "only the other one is left");
    assert_eq!(claimed[0].body, sealed("evt_2"));
}

pub(super) async fn settling_in_a_dropped_unit_is_undone(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let mut unit = begin(&store).await;
    let dead = settlement(new.id, DeliveryState::Dead);
    unit.settle_delivery(&dead).await.unwrap();
    drop(unit);
    assert_eq!(found(&store, new.id).await.state, DeliveryState::Pending);
}

pub(super) async fn the_first_to_settle_is_right(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    settle(&store, &settlement(new.id, DeliveryState::Done)).await;
    // Somebody whose lease ran out long ago.
    let mut late = settlement(new.id, DeliveryState::Dead);
    late.resealed_body = Some(sealed("late"));
    settle(&store, &late).await;
    let row = found(&store, new.id).await;
    assert_eq!((row.state, row.body), (DeliveryState::Done, new.body));
}

pub(super) async fn requeue_brings_back_what_is_dead_ignored_or_unmatched(store: Arc<dyn Store>) {
    for (number, state) in (0..).zip(DeliveryState::ALL) {
        let new = delivery(state.as_word(), number);
        append(&store, from_ref(&new)).await;
        let claimed = claim_each(&store, at(50), Duration::from_secs(1)).await;
        assert!(!claimed.is_empty());
        let mut end = settlement(new.id, state);
        end.reason = Some("a reason".to_owned());
        if state != DeliveryState::Pending {
            settle(&store, &end).await;
        }
        let back = store.inbox().requeue(new.id, at(100)).await.unwrap();
        let comes_back = !matches!(state, DeliveryState::Pending | DeliveryState::Done);
        assert_eq!(back, comes_back, "{state:?}");
        if back {
            let row = found(&store, new.id).await;
            assert_eq!((row.state, row.attempts), (DeliveryState::Pending, 0));
            assert_eq!((row.due_at, row.reason), (at(100), None));
        }
    }
    let unknown = DeliveryId::new(at(0));
    assert!(!store.inbox().requeue(unknown, at(100)).await.unwrap());
}

pub(super) async fn unmatched_deliveries_wake_up_for_their_session_only(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for (number, (at_account, session, state)) in (0..).zip([
        ("acme-eu", "vs_1", DeliveryState::Unmatched),
        ("acme-eu", "vs_1", DeliveryState::Unmatched),
        ("acme-eu", "vs_2", DeliveryState::Unmatched),
        ("acme-us", "vs_1", DeliveryState::Unmatched),
        ("acme-eu", "vs_1", DeliveryState::Dead),
    ]) {
        let mut new = delivery(&format!("evt_{number}"), number);
        new.account = AccountId::from(at_account);
        append(&store, from_ref(&new)).await;
        let mut end = settlement(new.id, state);
        end.session = Some(SessionId::from(session));
        settle(&store, &end).await;
        ids.push(new.id);
    }
    let mut unit = begin(&store).await;
    let session = SessionId::from("vs_1");
    let woken = unit.requeue_unmatched(&account(), &session, at(100)).await;
    assert_eq!(woken.unwrap(), 2);
    unit.commit().await.unwrap();
    let claimed = claim_each(&store, at(99), Duration::from_secs(1)).await;
    assert!(claimed.is_empty(), "not before it was said");
    let inbox = store.inbox();
    let claimed = inbox.claim(at(100), Duration::from_secs(1), &[]).await;
    let claimed: Vec<_> = claimed.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(claimed, ids[..2]);
}

pub(super) async fn lists_of_deliveries_are_newest_first_and_filtered(store: Arc<dyn Store>) {
    let accounts = [AccountId::from("acme-eu"), AccountId::from("acme-us")];
    let sessions = ["vs_1", "vs_2", "vs_3"].map(SessionId::from);
    let mut written = Vec::new();
    for number in 0..20_i64 {
        let place = usize::try_from(number).unwrap();
        let mut new = delivery(&format!("evt_{number}"), number);
        new.account = accounts[place % 2].clone();
        new.session = sessions.get(place % 4).cloned();
        append(&store, from_ref(&new)).await;
        let state = DeliveryState::ALL[place % 5];
        if state != DeliveryState::Pending {
            let mut end = settlement(new.id, state);
            end.reason = Some(format!("it ended {} 100%", state.as_word()));
            settle(&store, &end).await;
        }
        written.push((new.id, new.account, state, new.session));
    }
    written.reverse();
    let listed = |filter: DeliveryFilter| ids_of(&store, filter, 100);
    let expected = |passes: fn(usize) -> bool| -> Vec<_> {
        let places = (0..20).rev().zip(&written);
        let passing = places.filter(|(place, _)| passes(*place));
        passing.map(|(_, row)| row.0).collect()
    };
    let filter = DeliveryFilter {
        session: Some(sessions[1].clone()),
        ..DeliveryFilter::default()
    };
    assert_eq!(listed(filter).await, expected(|place| place % 4 == 1));
    let filter = DeliveryFilter {
        reason_contains: Some("ended dead 100%".to_owned()),
        ..DeliveryFilter::default()
    };
    assert_eq!(listed(filter).await, expected(|place| place % 5 == 4));
    let filter = DeliveryFilter {
        received_after: Some(at(5)),
        received_before: Some(at(9)),
        ..DeliveryFilter::default()
    };
    assert_eq!(
        listed(filter).await,
        expected(|place| (5..9).contains(&place))
    );
    let states = DeliveryState::ALL.map(Some).into_iter().chain([None]);
    let accounts = [None, Some(&accounts[0]), Some(&accounts[1])];
    let sessions = [None, Some(&sessions[0]), Some(&sessions[2])];
    for state in states {
        for (account, session) in accounts.iter().flat_map(|a| sessions.map(|s| (*a, s))) {
            let expected: Vec<_> = written
                .iter()
                .filter(|row| state.is_none_or(|state| row.2 == state))
                .filter(|row| account.is_none_or(|account| row.1 == *account))
                .filter(|row| session.is_none() || session == row.3.as_ref())
                .map(|row| row.0)
                .collect();
            let filter = DeliveryFilter {
                state,
                account: account.cloned(),
                session: session.cloned(),
                ..DeliveryFilter::default()
            };
            for limit in [1, 3, 100] {
                let seen = ids_of(&store, filter.clone(), limit).await;
                assert_eq!(seen, expected, "{filter:?} in pages of {limit}");
            }
        }
    }
}

/// Everything that passes a filter, read in pages of this many.
async fn ids_of(store: &Arc<dyn Store>, filter: DeliveryFilter, limit: u32) -> Vec<DeliveryId> {
    let mut page = PageRequest { after: None, limit };
    let mut seen = Vec::new();
    loop {
        let found = store.inbox().deliveries(&filter, page).await.unwrap();
        seen.extend(found.rows.iter().map(|row| row.id));
        page.after = found.next;
        if page.after.is_none() {
            return seen;
        }
    }
}

pub(super) async fn counts_follow_every_change(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for number in 0..9 {
        let new = delivery(&format!("evt_{number}"), number);
        append(&store, from_ref(&new)).await;
        ids.push(new.id);
    }
    for (id, state) in ids.iter().zip([
        DeliveryState::Done,
        DeliveryState::Done,
        DeliveryState::Done,
        DeliveryState::Ignored,
        DeliveryState::Ignored,
        DeliveryState::Unmatched,
        DeliveryState::Dead,
    ]) {
        settle(&store, &settlement(*id, state)).await;
    }
    let mut counts = InboxCounts {
        pending: 2,
        done: 3,
        ignored: 2,
        unmatched: 1,
        dead: 1,
    };
    assert_eq!(store.inbox().counts().await.unwrap(), counts);
    let again = NewDelivery {
        receipt: idv_core::webhook::Receipt {
            deduplication_key: DeduplicationKey::event_id("evt_0"),
            ..delivery("evt_0", 20).receipt
        },
        ..delivery("evt_0", 20)
    };
    store.inbox().append(&[again]).await.unwrap();
    store.inbox().requeue(ids[6], at(30)).await.unwrap();
    counts.pending += 1;
    counts.dead -= 1;
    assert_eq!(store.inbox().counts().await.unwrap(), counts);
}
