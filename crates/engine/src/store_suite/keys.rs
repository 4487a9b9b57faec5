//! Values of the installation, data keys and subjects.

use std::sync::Arc;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::sample::{account, at, begin, index, sealed, subject, with_subject};
use crate::store::{DataKeyId, KeyOwner, Store, SubjectId, WrappedKey};

pub(super) async fn the_first_value_of_a_name_stays(store: Arc<dyn Store>) {
    let mut unit = begin(&store).await;
    assert_eq!(unit.meta("fingerprint").await.unwrap(), None);
    let first = unit.meta_or_insert("fingerprint", b"one").await.unwrap();
    assert_eq!(first, b"one");
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    let second = unit.meta_or_insert("fingerprint", b"two").await.unwrap();
    assert_eq!(second, b"one");
    assert_eq!(unit.meta_or_insert("other", b"").await.unwrap(), b"");
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(unit.meta("fingerprint").await.unwrap().unwrap(), b"one");
    assert_eq!(unit.meta("other").await.unwrap().unwrap(), b"");
}

pub(super) async fn an_owner_has_one_data_key(store: Arc<dyn Store>) {
    let key = |number, owner: &KeyOwner| WrappedKey {
        id: DataKeyId(Uuid::from_u128(number)),
        owner: owner.clone(),
        master_key_id: "master-1".to_owned(),
        wrapped: vec![0, 159, 146, 150],
        created_at: at(3),
    };
    let owners = [
        KeyOwner::Account(account()),
        KeyOwner::Subject(SubjectId(Uuid::from_u128(9))),
        KeyOwner::Subject(SubjectId(Uuid::from_u128(10))),
        KeyOwner::Installation,
    ];
    for (number, owner) in (1..).zip(&owners) {
        let mut unit = begin(&store).await;
        assert!(unit.data_key_of(owner).await.unwrap().is_none());
        assert!(unit.insert_data_key(&key(number, owner)).await.unwrap());
        assert!(
            !unit
                .insert_data_key(&key(number + 100, owner))
                .await
                .unwrap()
        );
        unit.commit().await.unwrap();
    }
    let mut unit = begin(&store).await;
    for (number, owner) in (1..).zip(&owners) {
        let id = DataKeyId(Uuid::from_u128(number));
        let by_owner = unit.data_key_of(owner).await.unwrap().unwrap();
        let by_id = unit.data_key(id).await.unwrap().unwrap();
        for found in [by_owner, by_id] {
            assert_eq!((found.id, &found.owner), (id, owner));
            assert_eq!(found.master_key_id, "master-1");
            assert_eq!(found.wrapped, [0, 159, 146, 150]);
            assert_eq!(found.created_at, at(3));
        }
        let refused = DataKeyId(Uuid::from_u128(number + 100));
        assert!(unit.data_key(refused).await.unwrap().is_none());
    }
    drop(unit);
    let first = DataKeyId(Uuid::from_u128(1));
    let read = store.reads().data_key(first).await.unwrap().unwrap();
    assert_eq!(read.owner, owners[0]);
}

pub(super) async fn a_subject_is_found_by_its_blind_index(store: Arc<dyn Store>) {
    let row = subject(1);
    let mut unit = begin(&store).await;
    assert!(unit.lock_subject(&index(1)).await.unwrap().is_none());
    assert!(unit.insert_subject(&row).await.unwrap());
    let mut again = subject(1);
    again.id = SubjectId(Uuid::from_u128(77));
    assert!(!unit.insert_subject(&again).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    let found = unit.lock_subject(&index(1)).await.unwrap().unwrap();
    assert_eq!(found.id, row.id);
    assert_eq!(found.blind_index, row.blind_index);
    assert_eq!(found.reference, sealed("the reference"));
    assert_eq!(found.created_at, row.created_at);
    assert!(unit.lock_subject(&index(2)).await.unwrap().is_none());
    assert!(unit.subject(again.id).await.unwrap().is_none());
}

pub(super) async fn one_of_many_who_insert_a_subject_wins(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for number in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut row = subject(1);
            row.id = SubjectId(Uuid::from_u128(1_000 + number));
            let mut unit = begin(&store).await;
            let won = unit.insert_subject(&row).await.unwrap();
            let locked = unit.lock_subject(&index(1)).await.unwrap().unwrap();
            assert_eq!(won, locked.id == row.id);
            unit.commit().await.unwrap();
            won
        });
    }
    let winners = tasks.join_all().await.into_iter().filter(|won| *won);
    assert_eq!(winners.count(), 1);
}

/// By id or by reference: it is the same lock.
pub(super) async fn a_subject_locked_by_its_id_is_locked(store: Arc<dyn Store>) {
    const TASKS: usize = 32;
    let id = with_subject(&store, 1).await;
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            let locked = if number % 2 == 0 {
                unit.lock_subject_by_id(id).await
            } else {
                unit.lock_subject(&index(1)).await
            };
            assert_eq!(locked.unwrap().unwrap().id, id);
            let so_far = unit.meta("counter").await.unwrap();
            let next = so_far.map_or(1, |bytes| bytes[0] + 1);
            unit.replace_meta("counter", &[next]).await.unwrap();
            unit.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    let mut unit = begin(&store).await;
    let counted = unit.meta("counter").await.unwrap().unwrap();
    assert_eq!(usize::from(counted[0]), TASKS);
    let nobody = SubjectId(Uuid::from_u128(77));
    assert!(unit.lock_subject_by_id(nobody).await.unwrap().is_none());
}
