//! What the rotation of the master key needs.

use std::sync::Arc;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::sample::{account, at, begin, data_key};
use crate::store::{DataKeyId, KeyOwner, Store, SubjectId};

pub(super) async fn a_value_of_a_name_can_be_replaced(store: Arc<dyn Store>) {
    let mut unit = begin(&store).await;
    unit.replace_meta("fingerprint", b"one").await.unwrap();
    unit.replace_meta("other", b"other").await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    unit.replace_meta("fingerprint", b"lost").await.unwrap();
    drop(unit);
    let mut unit = begin(&store).await;
    assert_eq!(unit.meta("fingerprint").await.unwrap().unwrap(), b"one");
    unit.replace_meta("fingerprint", b"two").await.unwrap();
    assert_eq!(unit.meta("fingerprint").await.unwrap().unwrap(), b"two");
    let kept = unit.meta_or_insert("fingerprint", b"three").await.unwrap();
    assert_eq!(kept, b"two");
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(unit.meta("fingerprint").await.unwrap().unwrap(), b"two");
    assert_eq!(unit.meta("other").await.unwrap().unwrap(), b"other");
}

fn owner(number: u128) -> KeyOwner {
    match number {
        1 => KeyOwner::Account(account()),
        3 => KeyOwner::Installation,
        _ => KeyOwner::Subject(SubjectId(Uuid::from_u128(number))),
    }
}

/// Stores this many data keys under the first master key.
async fn with_data_keys(store: &Arc<dyn Store>, number: u128) {
    let mut unit = begin(store).await;
    for number in 1..=number {
        let key = data_key(number, &owner(number), "master-1");
        assert!(unit.insert_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
}

async fn counts(store: &Arc<dyn Store>) -> Vec<(String, u64)> {
    let mut counts = store.reads().data_keys_by_master_key().await.unwrap();
    counts.sort();
    counts
}

pub(super) async fn a_rewrapped_key_keeps_its_id_and_owner(store: Arc<dyn Store>) {
    assert!(counts(&store).await.is_empty());
    with_data_keys(&store, 3).await;
    let mut rewrapped = data_key(2, &owner(4), "master-2");
    rewrapped.wrapped = vec![9; 70];
    rewrapped.created_at = at(90);
    let mut unit = begin(&store).await;
    assert!(unit.rewrap_data_key(&rewrapped).await.unwrap());
    let unknown = data_key(9, &owner(9), "master-2");
    assert!(!unit.rewrap_data_key(&unknown).await.unwrap());
    unit.commit().await.unwrap();
    for number in 1..=3 {
        let mut expected = data_key(number, &owner(number), "master-1");
        if number == 2 {
            expected.master_key_id = "master-2".to_owned();
            expected.wrapped = vec![9; 70];
        }
        let id = DataKeyId(Uuid::from_u128(number));
        let found = store.reads().data_key(id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }
    let expected = [("master-1".to_owned(), 2), ("master-2".to_owned(), 1)];
    assert_eq!(counts(&store).await, expected);
}

/// Also after a rotation that was given up half-way: there may be more than two master keys.
pub(super) async fn keys_of_every_other_master_key_are_found(store: Arc<dyn Store>) {
    with_data_keys(&store, 4).await;
    let masters = ["master-0", "master-2", "master-3", "master-2"];
    let mut unit = begin(&store).await;
    for (number, master) in (1..).zip(masters) {
        let key = data_key(number, &owner(number), master);
        assert!(unit.rewrap_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
    for (master, expected) in [
        ("master-0", &[2, 3, 4][..]),
        ("master-2", &[1, 3]),
        ("master-3", &[1, 2, 4]),
        ("master-9", &[1, 2, 3, 4]),
    ] {
        let mut unit = begin(&store).await;
        let found = unit.data_keys_not_wrapped_by(master, 9).await.unwrap();
        let mut ids: Vec<_> = found.iter().map(|key| key.id.0.as_u128()).collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "{master}");
        for found in &found {
            let number = found.id.0.as_u128();
            let written = data_key(number, &owner(number), &found.master_key_id);
            assert_eq!(format!("{found:?}"), format!("{written:?}"));
        }
        let two = unit.data_keys_not_wrapped_by(master, 2).await.unwrap();
        assert_eq!(two.len(), 2, "{master}");
    }
}

pub(super) async fn no_data_key_is_rewrapped_by_two(store: Arc<dyn Store>) {
    const MANY: u128 = 60;
    with_data_keys(&store, MANY).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut mine = 0;
            loop {
                let mut unit = begin(&store).await;
                let found = unit.data_keys_not_wrapped_by("master-2", 7).await.unwrap();
                // A store that hands out the same for ever must not keep the test for ever.
                if found.is_empty() || mine > MANY {
                    return mine;
                }
                for mut key in found {
                    key.master_key_id = "master-2".to_owned();
                    key.wrapped.push(2);
                    assert!(unit.rewrap_data_key(&key).await.unwrap());
                    mine += 1;
                }
                unit.commit().await.unwrap();
            }
        });
    }
    let rewrapped: u128 = tasks.join_all().await.into_iter().sum();
    assert_eq!(rewrapped, MANY);
    for number in 1..=MANY {
        let id = DataKeyId(Uuid::from_u128(number));
        let found = store.reads().data_key(id).await.unwrap().unwrap();
        let mut once = data_key(number, &owner(number), "master-2").wrapped;
        once.push(2);
        assert_eq!(found.wrapped, once, "{number}");
    }
}
