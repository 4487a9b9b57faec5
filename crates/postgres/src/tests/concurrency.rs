//! Units of work side by side: what SQLite rules out, the locks must rule out here.

use std::collections::BTreeMap;
use std::time::Duration;

use idv_core::{SessionId, Status};
use idv_engine::store::{
    Appended, CommandKey, CommandKeyRow, DataKeyId, DeliveryState, Inbox as _, InboxCounts,
    KeyOwner, NewDelivery, Settlement, StoreError, StoreErrorKind, UnitOfWork, WrappedKey,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::rows::{account, at, begin, delivery, request, session, subject, with_session};
use super::{fresh, open};
use crate::PostgresStore;

/// Long enough for a statement that does not wait, however busy the machine is.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_64_who_open_a_request_at_two_replicas_wins() {
    let Some((store, database)) = fresh().await else {
        return;
    };
    let mut unit = begin(&store).await;
    unit.insert_subject(&subject(1)).await.unwrap();
    unit.commit().await.unwrap();
    let replicas = [store, open(database.url()).await];
    let mut tasks = JoinSet::new();
    for (secs, store) in (0..64).zip(replicas.iter().cycle()) {
        let store = store.clone();
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            let row = request(subject(1).id, secs);
            let won = unit.insert_request(&row).await.unwrap();
            let open = unit.open_request_of(subject(1).id).await.unwrap().unwrap();
            assert_eq!(won, open.id == row.id);
            unit.commit().await.unwrap();
            won
        });
    }
    let winners = tasks.join_all().await.into_iter().filter(|won| *won);
    assert_eq!(winners.count(), 1);
}

/// By whatever path a unit of work gets to a person's things, it waits for the one that is there already, and then
/// sees what that one wrote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_belongs_to_one_subject_has_one_lock() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut row = with_session(&store, 1).await;
    row.session_id = Some(SessionId::from("vs_1"));
    for number in 0..6 {
        let mut holder = begin(&store).await;
        holder.request(row.request).await.unwrap().unwrap();
        row.updated_at = at(number + 1);
        row.state.status = Status::Processing;
        // The first one gives it the vendor id that the others look for.
        assert!(holder.update_session(&row).await.unwrap());
        if number == 0 {
            holder.commit().await.unwrap();
            continue;
        }
        let (task_store, expected) = (store.clone(), row.clone());
        let mut waiting = tokio::spawn(async move {
            let mut unit = begin(&task_store).await;
            let found = by_path(unit.as_unit_of_work(), number, &expected).await;
            unit.commit().await.unwrap();
            found
        });
        let early = tokio::time::timeout(A_WHILE, &mut waiting).await;
        assert!(early.is_err(), "path {number} does not wait");
        holder.commit().await.unwrap();
        let found = waiting.await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{row:?}"), "path {number}");
    }
}

async fn by_path(
    unit: &mut dyn UnitOfWork,
    number: i64,
    row: &idv_engine::store::SessionRow,
) -> Result<idv_engine::store::SessionRow, StoreError> {
    let vendor_id = SessionId::from("vs_1");
    match number {
        1 => return Ok(unit.session(row.key).await?.unwrap()),
        2 => {
            let found = unit.session_by_vendor_id(&account(), &vendor_id).await?;
            return Ok(found.unwrap());
        }
        3 => {
            unit.lock_subject(&subject(1).blind_index).await?.unwrap();
        }
        4 => {
            unit.open_request_of(subject(1).id).await?.unwrap();
        }
        _ => {}
    }
    Ok(unit.sessions_of(row.request).await?.remove(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_wait_for_each_other_are_parted_and_the_loser_succeeds_when_it_tries_again() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    for number in [1, 2] {
        let mut unit = begin(&store).await;
        unit.insert_subject(&subject(number)).await.unwrap();
        unit.commit().await.unwrap();
    }
    let both_have_one = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let mut tasks = JoinSet::new();
    for order in [[1, 2], [2, 1]] {
        let (store, both_have_one) = (store.clone(), both_have_one.clone());
        tasks.spawn(async move {
            let mut lost = 0;
            loop {
                let mut unit = begin(&store).await;
                unit.lock_subject_by_id(subject(order[0]).id)
                    .await
                    .unwrap()
                    .unwrap();
                if lost == 0 {
                    both_have_one.wait().await;
                }
                match unit.lock_subject_by_id(subject(order[1]).id).await {
                    Ok(found) => {
                        assert!(found.is_some());
                        unit.commit().await.unwrap();
                        return lost;
                    }
                    Err(error) => {
                        assert_eq!(error.kind, StoreErrorKind::Conflict, "{error}");
                        lost += 1;
                    }
                }
            }
        });
    }
    // Whoever begins again at once may get in the way once more.
    let lost: usize = tasks.join_all().await.into_iter().sum();
    assert!(lost >= 1, "they never waited for each other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_sessions_that_get_one_vendor_id_at_once_one_does() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut rows = [with_session(&store, 1).await, with_session(&store, 2).await];
    for row in &mut rows {
        row.session_id = Some(SessionId::from("vs_same"));
    }
    let mut first = begin(&store).await;
    assert!(first.update_session(&rows[0]).await.unwrap());
    let (task_store, second) = (store.clone(), rows[1].clone());
    let second = tokio::spawn(async move {
        let mut unit = begin(&task_store).await;
        let error = unit.update_session(&second).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Conflict, "{error}");
        drop(unit);
        let mut unit = begin(&task_store).await;
        unit.update_session(&second).await.unwrap()
    });
    tokio::task::yield_now().await;
    first.commit().await.unwrap();
    // Had it come later, it would have been told at once.
    match second.await {
        Ok(taken) => assert!(!taken),
        Err(_) => {
            let mut unit = begin(&store).await;
            assert!(!unit.update_session(&rows[1]).await.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_with_the_same_deliveries_in_other_orders_store_each_once() {
    const BATCH: usize = 40;
    let Some((store, database)) = fresh().await else {
        return;
    };
    let replicas = [store.clone(), open(database.url()).await];
    for round in 0..10 {
        let mut tasks = JoinSet::new();
        for (number, replica) in (0..4).zip(replicas.iter().cycle()) {
            let replica = replica.clone();
            tasks.spawn(async move {
                let mut batch: Vec<NewDelivery> = (0..BATCH)
                    .map(|event| NewDelivery {
                        session: None,
                        trace: None,
                        wake_on_duplicate: true,
                        ..delivery(&format!("evt_{round}_{event}"))
                    })
                    .collect();
                if number % 2 == 1 {
                    batch.reverse();
                }
                let answers = replica.append(&batch).await.unwrap();
                let keys = batch
                    .into_iter()
                    .map(|new| (new.receipt.deduplication_key, new.id));
                keys.zip(answers).collect::<Vec<_>>()
            });
        }
        let mut by_key: BTreeMap<String, (usize, Vec<_>)> = BTreeMap::new();
        for ((key, id), answer) in tasks.join_all().await.into_iter().flatten() {
            let entry = by_key.entry(key.as_str().to_owned()).or_default();
            match answer {
                Appended::Stored => {
                    entry.0 += 1;
                    entry.1.push(id);
                }
                Appended::Duplicate(first) => entry.1.push(first),
            }
        }
        assert_eq!(by_key.len(), BATCH);
        for (key, (stored, mut ids)) in by_key {
            ids.dedup();
            assert_eq!((stored, ids.len()), (1, 1), "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_exact_while_everybody_counts_and_adds_up() {
    const EACH: usize = 25;
    let Some((store, database)) = fresh().await else {
        return;
    };
    let replicas = [store.clone(), open(database.url()).await];
    let mut tasks = JoinSet::new();
    for (number, replica) in (0..6).zip(replicas.iter().cycle()) {
        let replica = replica.clone();
        tasks.spawn(async move {
            for event in 0..EACH {
                let new = delivery(&format!("evt_{number}_{event}"));
                replica.append(std::slice::from_ref(&new)).await.unwrap();
                let mut unit = begin(&replica).await;
                let settlement = Settlement {
                    id: new.id,
                    state: DeliveryState::Done,
                    session: None,
                    resealed_body: None,
                    reason: None,
                };
                unit.settle_delivery(&settlement).await.unwrap();
                if event % 2 == 0 {
                    unit.commit().await.unwrap();
                }
                crate::inbox::counts::add_together(&replica.pool)
                    .await
                    .unwrap();
                let counts = replica.counts().await.unwrap();
                assert!(counts.pending + counts.done <= 6 * EACH as u64);
            }
        });
    }
    tasks.join_all().await;
    let expected = InboxCounts {
        pending: 6 * 12,
        done: 6 * 13,
        ..InboxCounts::default()
    };
    assert_eq!(store.counts().await.unwrap(), expected);
    crate::inbox::counts::add_together(&store.pool)
        .await
        .unwrap();
    assert_eq!(store.counts().await.unwrap(), expected);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM idv.delivery_counts")
        .fetch_one(&store.pool)
        .await
        .unwrap();
    assert_eq!(rows, 2, "one per state that occurs");
}

#[tokio::test]
async fn workers_that_only_ask_for_work_add_the_counts_up() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    for number in 0..70 {
        let new = delivery(&format!("evt_{number}"));
        store.append(std::slice::from_ref(&new)).await.unwrap();
        let claimed = store.claim(at(-1), A_WHILE, &[]).await.unwrap();
        assert!(claimed.is_empty(), "nothing is due");
    }
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM idv.delivery_counts")
        .fetch_one(&store.pool)
        .await
        .unwrap();
    assert!(rows < 20, "{rows}");
    assert_eq!(store.counts().await.unwrap().pending, 70);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_given_twice_at_once_is_carried_out_once() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let row = CommandKeyRow {
        key: CommandKey([7; 32]),
        fingerprint: [8; 32],
        request: None,
        outcome: None,
        created_at: at(0),
    };
    let mut first = begin(&store).await;
    assert_eq!(first.claim_command_key(&row).await.unwrap(), None);
    let (task_store, again) = (store.clone(), row.clone());
    let mut second = tokio::spawn(async move {
        let mut unit = begin(&task_store).await;
        unit.claim_command_key(&again).await.unwrap()
    });
    let early = tokio::time::timeout(A_WHILE, &mut second).await;
    assert!(early.is_err(), "it waits for the end of the first");
    first.finish_command(&row.key, "cancelled").await.unwrap();
    first.commit().await.unwrap();
    let known = second.await.unwrap().unwrap();
    assert_eq!(known.outcome.as_deref(), Some("cancelled"));
}

#[tokio::test]
async fn two_who_wrap_keys_anew_share_the_work() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut unit = begin(&store).await;
    for number in 0..10 {
        let key = WrappedKey {
            id: DataKeyId(Uuid::from_u128(number)),
            owner: KeyOwner::Account(format!("account-{number}").as_str().into()),
            master_key_id: "old".to_owned(),
            wrapped: vec![1; 60],
            created_at: at(0),
        };
        assert!(unit.insert_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
    let (mut first, mut second) = (begin(&store).await, begin(&store).await);
    let mine = first.data_keys_not_wrapped_by("new", 6).await.unwrap();
    let yours = second.data_keys_not_wrapped_by("new", 6).await.unwrap();
    assert_eq!((mine.len(), yours.len()), (6, 4));
    for mut key in mine {
        key.master_key_id = "new".to_owned();
        assert!(first.rewrap_data_key(&key).await.unwrap());
    }
    first.commit().await.unwrap();
    // Dropped, it would keep its locks until its connection is given back.
    second.commit().await.unwrap();
    let mut third = begin(&store).await;
    let left = third.data_keys_not_wrapped_by("new", 9).await.unwrap();
    assert_eq!(left.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_dropped_is_undone_before_the_next_one_looks_for_work() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let new = delivery("evt_1");
    store.append(std::slice::from_ref(&new)).await.unwrap();
    for round in 1..=50 {
        let mut unit = begin(&store).await;
        let settlement = Settlement {
            id: new.id,
            state: DeliveryState::Done,
            session: None,
            resealed_body: None,
            reason: None,
        };
        unit.settle_delivery(&settlement).await.unwrap();
        drop(unit);
        let claimed = store.claim(at(round), Duration::ZERO, &[]).await.unwrap();
        assert_eq!(claimed.len(), 1, "in round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_delivery_is_claimed_by_two_replicas() {
    let Some((store, database)) = fresh().await else {
        return;
    };
    let all: Vec<_> = (0..120)
        .map(|number| delivery(&format!("evt_{number}")))
        .collect();
    store.append(&all).await.unwrap();
    let replicas = [store, open(database.url()).await];
    let mut tasks = JoinSet::new();
    for (_, replica) in (0..12).zip(replicas.iter().cycle()) {
        let replica: PostgresStore = replica.clone();
        tasks.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = replica
                    .claim(at(1), Duration::from_secs(60), &[])
                    .await
                    .unwrap();
                if claimed.is_empty() || mine.len() > 120 {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|row| row.id));
            }
        });
    }
    let mut claimed: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), 120);
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!(claimed.len(), 120);
}

/// A session that refers to a request does not keep away whoever changes that request's subject, and the other way.
#[tokio::test]
async fn whoever_only_refers_to_a_row_does_not_wait_for_its_lock() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let row = with_session(&store, 1).await;
    let mut holder = begin(&store).await;
    holder.session(row.key).await.unwrap().unwrap();
    let mut update = row.clone();
    update.session_id = Some(SessionId::from("vs_1"));
    assert!(holder.update_session(&update).await.unwrap());
    let mut other = begin(&store).await;
    let insertion = session(row.request, None);
    let written = tokio::time::timeout(A_WHILE * 10, other.insert_session(&insertion)).await;
    assert!(written.unwrap().unwrap());
}
