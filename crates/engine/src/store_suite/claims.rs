//! Claiming deliveries, and giving them back.

use std::collections::{BTreeMap, HashSet};
use std::slice::from_ref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use idv_core::{AccountId, SessionId, Timestamp};
use tokio::task::JoinSet;

use super::deliveries::{append, found, settle, settlement};
use super::sample::{about, account, at, delivery};
use crate::store::{
    CLAIMED_AT_MOST, CLAIMED_BYTES_AT_MOST, DeliveryRow, DeliveryState, GivenBack, NewDelivery,
    Sealed, Store,
};

const LEASE: Duration = Duration::from_secs(30);
const MANY: usize = 200;

pub(super) async fn claim(store: &Arc<dyn Store>, secs: i64) -> Vec<DeliveryRow> {
    store.inbox().claim(at(secs), LEASE, &[]).await.unwrap()
}

/// Claims until nothing is due.
pub(super) async fn claim_each(
    store: &Arc<dyn Store>,
    now: Timestamp,
    lease: Duration,
) -> Vec<DeliveryRow> {
    let mut all = Vec::new();
    // A store that hands out the same for ever must not keep the test for ever.
    for _ in 0..2_000 {
        let mut claimed = store.inbox().claim(now, lease, &[]).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        all.append(&mut claimed);
    }
    all
}

fn events(rows: &[DeliveryRow]) -> Vec<String> {
    let event = |row: &DeliveryRow| String::from_utf8(row.body.as_bytes().to_vec()).unwrap();
    rows.iter().map(event).collect()
}

fn back(row: &DeliveryRow, secs: i64) -> GivenBack {
    GivenBack {
        id: row.id,
        attempts: row.attempts,
        counted_as: row.attempts,
        due_at: at(secs),
    }
}

async fn give_back(store: &Arc<dyn Store>, rows: &[DeliveryRow], secs: i64) {
    let given: Vec<_> = rows.iter().map(|row| back(row, secs)).collect();
    let inbox = store.inbox();
    let given = inbox.give_back(&given, "the vendor did not answer").await;
    given.unwrap();
}

pub(super) async fn due_deliveries_are_claimed_oldest_first(store: Arc<dyn Store>) {
    let batch: Vec<_> = [2, 0, 1, 3, 100]
        .map(|secs| delivery(&format!("evt_{secs}"), secs))
        .into();
    append(&store, &batch).await;
    assert!(claim(&store, -1).await.is_empty());
    let claimed = claim_each(&store, at(10), LEASE).await;
    let expected = ["evt_0", "evt_1", "evt_2", "evt_3"];
    assert_eq!(events(&claimed), expected, "and the last one is not due");
    for row in &claimed {
        let new = batch.iter().find(|new| new.id == row.id).unwrap();
        assert_eq!((row.attempts, row.state), (1, DeliveryState::Pending));
        assert_eq!((&row.body, &row.receipt), (&new.body, &new.receipt));
    }
}

pub(super) async fn what_waits_of_a_session_is_claimed_together(store: Arc<dyn Store>) {
    let mut elsewhere = about("vs_1", "elsewhere", 1);
    elsewhere.account = AccountId::from("acme-us");
    let batch = [
        about("vs_2", "other", 1),
        about("vs_1", "first", 0),
        elsewhere,
        about("vs_1", "second", 5),
        about("vs_1", "not due yet", 50),
        delivery("of nobody", 2),
        delivery("of nobody either", 2),
    ];
    append(&store, &batch).await;
    settle(&store, &settlement(batch[3].id, DeliveryState::Done)).await;
    append(&store, &[about("vs_1", "third", 6)]).await;
    let claimed = claim(&store, 10).await;
    assert_eq!(events(&claimed), ["first", "third", "not due yet"]);
    let attempts: Vec<_> = claimed.iter().map(|row| row.attempts).collect();
    assert_eq!(attempts, [1, 1, 0], "what only came along was not tried");
    let session = SessionId::from("vs_1");
    assert!(
        claimed
            .iter()
            .all(|row| row.session.as_ref() == Some(&session))
    );
    let (second, third) = (claim(&store, 10).await, claim(&store, 10).await);
    assert_eq!(events(&second), ["other"]);
    assert_eq!(events(&third), ["elsewhere"], "another account");
    assert_eq!(events(&claim(&store, 10).await), ["of nobody"]);
    assert_eq!(events(&claim(&store, 10).await), ["of nobody either"]);
    assert!(claim(&store, 10).await.is_empty());
}

pub(super) async fn a_claim_is_bounded_and_has_what_is_due_first(store: Arc<dyn Store>) {
    let most = i64::from(CLAIMED_AT_MOST);
    let late = (0..most).map(|number| about("vs_1", &format!("late_{number}"), 900));
    let due = [about("vs_1", "due", 1)];
    append(&store, &late.chain(due).collect::<Vec<_>>()).await;
    let claimed = claim(&store, 1).await;
    assert_eq!(claimed.len(), usize::try_from(most).unwrap());
    assert_eq!(events(&claimed)[0], "due", "or it would come again at once");

    let third = usize::try_from(CLAIMED_BYTES_AT_MOST).unwrap() / 3;
    let large: Vec<_> = [third, third, 2 * third, 4 * third, 1]
        .into_iter()
        .zip(0..)
        .map(|(length, secs)| NewDelivery {
            body: Sealed::from_bytes(vec![7; length]),
            ..about("vs_2", &format!("large_{secs}"), secs)
        })
        .collect();
    append(&store, &large).await;
    for expected in [2, 1, 1, 1] {
        let claimed = claim(&store, 9).await;
        assert_eq!(claimed.len(), expected);
        for row in claimed {
            settle(&store, &settlement(row.id, DeliveryState::Done)).await;
        }
    }
}

pub(super) async fn a_session_at_work_is_given_to_nobody_else(store: Arc<dyn Store>) {
    append(&store, &[about("vs_1", "first", 0)]).await;
    assert_eq!(claim(&store, 0).await.len(), 1);
    append(
        &store,
        &[about("vs_1", "second", 1), about("vs_2", "other", 2)],
    )
    .await;
    assert_eq!(events(&claim(&store, 9).await), ["other"]);
    assert!(claim(&store, 29).await.is_empty());
    // The lease has run out: somebody else takes all of it over.
    let all = claim(&store, 30).await;
    assert_eq!(events(&all), ["first", "second"]);
    settle(&store, &settlement(all[0].id, DeliveryState::Done)).await;
    append(&store, &[about("vs_1", "third", 31)]).await;
    assert!(
        claim(&store, 31)
            .await
            .iter()
            .all(|row| row.session != all[0].session)
    );
    settle(&store, &settlement(all[1].id, DeliveryState::Done)).await;
    assert_eq!(events(&claim(&store, 31).await), ["third"]);
}

pub(super) async fn accounts_left_out_are_passed_over(store: Arc<dyn Store>) {
    let accounts = ["acme-eu", "a'b\"c", "zoë"].map(AccountId::from);
    for (secs, at_account) in (0..).zip(&accounts) {
        let mut new = about("vs_1", at_account.as_str(), secs);
        new.account = at_account.clone();
        append(&store, &[new]).await;
    }
    let inbox = store.inbox();
    assert!(
        inbox
            .claim(at(9), LEASE, &accounts)
            .await
            .unwrap()
            .is_empty()
    );
    let claimed = inbox.claim(at(9), LEASE, &accounts[..2]).await.unwrap();
    assert_eq!(events(&claimed), ["zoë"]);
    let claimed = inbox.claim(at(9), LEASE, &accounts[..1]).await.unwrap();
    assert_eq!(events(&claimed), ["a'b\"c"]);
    assert_eq!(events(&claim(&store, 9).await), ["acme-eu"]);
}

/// Whoever is at work on a session is alone with it, however many claim, settle and give back at the same time while
/// more arrives.
pub(super) async fn no_session_is_claimed_by_two(store: Arc<dyn Store>) {
    const SESSIONS: usize = 7;
    let name = |number: usize| format!("vs_{}", number % SESSIONS);
    let half = MANY / 2;
    let first: Vec<_> = (0..half)
        .map(|number| about(&name(number), &format!("evt_{number}"), 0))
        .collect();
    append(&store, &first).await;
    let held = Arc::new(Mutex::new(HashSet::new()));
    let mut tasks = JoinSet::new();
    for worker in 0..8 {
        let (store, held) = (Arc::clone(&store), Arc::clone(&held));
        tasks.spawn(async move {
            let mut done = Vec::new();
            for round in 0..2 * MANY {
                if worker < 2 && round < half / 2 {
                    let number = half + worker * half / 2 + round;
                    append(&store, &[about(&name(number), &format!("evt_{number}"), 0)]).await;
                }
                let claimed = claim(&store, 1).await;
                let Some(first) = claimed.first() else {
                    if round > half {
                        break;
                    }
                    tokio::task::yield_now().await;
                    continue;
                };
                let session = first.session.clone().unwrap();
                assert!(
                    claimed
                        .iter()
                        .all(|row| row.session.as_ref() == Some(&session))
                );
                let is_alone = held.lock().unwrap().insert(session.clone());
                assert!(is_alone, "{session:?} is with two workers");
                tokio::task::yield_now().await;
                // Let go of before it is given out again.
                held.lock().unwrap().remove(&session);
                if round % 3 == 0 {
                    give_back(&store, &claimed, 1).await;
                    continue;
                }
                for row in claimed {
                    settle(&store, &settlement(row.id, DeliveryState::Done)).await;
                    done.push(row.id);
                }
            }
            done
        });
    }
    tasks.join_all().await;
    for row in claim_each(&store, at(1), LEASE).await {
        settle(&store, &settlement(row.id, DeliveryState::Done)).await;
    }
    let counts = store.inbox().counts().await.unwrap();
    assert_eq!((counts.pending, counts.done), (0, MANY as u64));
}

pub(super) async fn a_lease_keeps_others_away_until_it_ends(store: Arc<dyn Store>) {
    for new in [delivery("evt_1", 0), about("vs_1", "evt_2", 0)] {
        append(&store, from_ref(&new)).await;
        for (secs, attempts) in [(0, Some(1)), (29, None), (30, Some(2)), (59, None)] {
            let claimed = claim(&store, secs).await;
            let seen = claimed.first().map(|row| row.attempts);
            assert_eq!(seen, attempts, "at {secs} s");
        }
        settle(&store, &settlement(new.id, DeliveryState::Done)).await;
    }
}

pub(super) async fn a_renewed_lease_keeps_others_away_for_longer(store: Arc<dyn Store>) {
    let batch = [about("vs_1", "evt_1", 0), about("vs_1", "evt_2", 0)];
    let ids = [batch[0].id, batch[1].id];
    append(&store, &batch).await;
    let inbox = store.inbox();
    inbox.extend(&ids, at(500)).await.unwrap();
    assert_eq!(claim(&store, 0).await.len(), 2, "nothing to renew yet");
    inbox.extend(&ids, at(50)).await.unwrap();
    assert!(claim(&store, 49).await.is_empty());
    let claimed = claim(&store, 50).await;
    assert_eq!(claimed.len(), 2);
    // Whoever lost it and gave it up does not take it from the queue again.
    give_back(&store, &claimed, 60).await;
    inbox.extend(&ids, at(500)).await.unwrap();
    assert_eq!(claim(&store, 60).await.len(), 2);
}

pub(super) async fn no_delivery_is_claimed_by_two(store: Arc<dyn Store>) {
    let batch: Vec<_> = (0..)
        .map(|number| match number % 2 {
            0 => delivery(&format!("evt_{number}"), number),
            _ => about(
                &format!("vs_{}", number % 40),
                &format!("evt_{number}"),
                number,
            ),
        })
        .take(MANY)
        .collect();
    append(&store, &batch).await;
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = claim(&store, 500).await;
                // A store that hands out the same for ever must not keep the test for ever.
                if claimed.is_empty() || mine.len() > MANY {
                    return mine;
                }
                mine.extend(claimed.iter().map(|row| row.id));
            }
        });
    }
    let mut all: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    all.extend(
        claim_each(&store, at(500), LEASE)
            .await
            .iter()
            .map(|row| row.id),
    );
    assert_eq!(all.len(), batch.len());
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), batch.len());
}

pub(super) async fn a_delivery_given_back_waits_until_it_is_due(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let claimed = claim(&store, 0).await;
    give_back(&store, &claimed, 5).await;
    let row = found(&store, new.id).await;
    assert_eq!((row.state, row.due_at), (DeliveryState::Pending, at(5)));
    assert_eq!(row.reason.as_deref(), Some("the vendor did not answer"));
    assert!(claim(&store, 4).await.is_empty());
    let claimed = claim(&store, 5).await;
    assert_eq!(
        claimed[0].attempts, 2,
        "the lease is gone, the count is not"
    );
}

pub(super) async fn a_try_that_does_not_count_can_be_taken_back(store: Arc<dyn Store>) {
    append(
        &store,
        &[about("vs_1", "evt_1", 0), about("vs_1", "evt_2", 0)],
    )
    .await;
    let claimed = claim(&store, 0).await;
    let mut uncounted = back(&claimed[0], 5);
    uncounted.counted_as = 0;
    let both = [uncounted, back(&claimed[1], 6)];
    store.inbox().give_back(&both, "not called").await.unwrap();
    let rows = [
        found(&store, claimed[0].id).await,
        found(&store, claimed[1].id).await,
    ];
    assert_eq!(rows.each_ref().map(|row| row.attempts), [0, 1]);
    assert_eq!(rows.map(|row| row.due_at), [at(5), at(6)]);
}

pub(super) async fn who_lost_a_lease_gives_nothing_back(store: Arc<dyn Store>) {
    append(&store, &[about("vs_1", "evt_1", 0)]).await;
    let lost = claim(&store, 0).await;
    assert_eq!(claim(&store, 30).await.len(), 1, "somebody else has it now");
    give_back(&store, &lost, 31).await;
    assert!(claim(&store, 59).await.is_empty(), "and keeps it");
}

pub(super) async fn giving_back_what_was_settled_changes_nothing(store: Arc<dyn Store>) {
    let new = delivery("evt_1", 0);
    append(&store, from_ref(&new)).await;
    let claimed = claim(&store, 0).await;
    settle(&store, &settlement(new.id, DeliveryState::Done)).await;
    give_back(&store, &claimed, 5).await;
    let row = found(&store, new.id).await;
    assert_eq!((row.state, row.reason), (DeliveryState::Done, None));
    assert!(claim(&store, 90).await.is_empty());
}

pub(super) async fn what_waits_of_an_account_can_be_made_due(store: Arc<dyn Store>) {
    let mut elsewhere = delivery("elsewhere", 500);
    elsewhere.account = AccountId::from("acme-us");
    let batch = [
        delivery("first", 400),
        elsewhere,
        delivery("second", 300),
        delivery("third", 200),
        about("vs_1", "at work", 0),
        about("vs_1", "with it", 600),
    ];
    append(&store, &batch).await;
    assert_eq!(claim(&store, 0).await.len(), 2);
    let inbox = store.inbox();
    assert_eq!(inbox.make_due(&account(), at(9), 2).await.unwrap(), 2);
    assert_eq!(inbox.make_due(&account(), at(9), 2).await.unwrap(), 1);
    assert_eq!(inbox.make_due(&account(), at(9), 2).await.unwrap(), 0);
    let mut due = BTreeMap::new();
    for new in &batch {
        let row = found(&store, new.id).await;
        due.insert(row.body.as_bytes().to_vec(), row.due_at);
    }
    let due: Vec<_> = due.into_values().collect();
    let expected = [0, 500, 9, 9, 9, 600].map(at);
    assert_eq!(due, expected, "what somebody is at work on is left alone");
    let claimed = claim_each(&store, at(9), LEASE).await;
    assert_eq!(events(&claimed), ["first", "second", "third"]);
}
