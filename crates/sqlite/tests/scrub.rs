//! What was deleted is not left in the files.
#![cfg(test)]

use std::path::Path;

use idv_core::Timestamp;
use idv_engine::store::{
    BlindIndex, DataKeyId, KeyOwner, Sealed, Store, StoreErrorKind, SubjectId, SubjectRow,
    WrappedKey,
};
use idv_sqlite::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

/// Stands for a wrapped key: long enough to be found by its bytes.
const WRAPPED: [u8; 60] = [0xC7; 60];
/// Stands for the ciphertext of a reference; this one needs pages of its own.
const REFERENCE: [u8; 9_000] = [0xE3; 9_000];

fn subject() -> SubjectRow {
    SubjectRow {
        id: SubjectId(Uuid::from_u128(1)),
        blind_index: BlindIndex([0xD9; 32]),
        reference: Sealed::from_bytes(REFERENCE.to_vec()),
        created_at: Timestamp::UNIX_EPOCH,
        erased_at: None,
    }
}

fn key(number: u128, owner: SubjectId, wrapped: &[u8]) -> WrappedKey {
    WrappedKey {
        id: DataKeyId(Uuid::from_u128(number)),
        owner: KeyOwner::Subject(owner),
        master_key_id: "master-1".to_owned(),
        wrapped: wrapped.to_vec(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

/// A store that holds the subject and its key among others.
async fn with_a_subject(file: &Path) -> SqliteStore {
    let store = SqliteStore::open(file).await.unwrap();
    let mut unit = store.begin().await.unwrap();
    assert!(unit.insert_subject(&subject()).await.unwrap());
    for number in 1..=40 {
        let wrapped: &[u8] = if number == 20 { &WRAPPED } else { &[1; 60] };
        let owner = if number == 20 { 1 } else { 100 + number };
        let key = key(number, SubjectId(Uuid::from_u128(owner)), wrapped);
        assert!(unit.insert_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
    // So that it is in the database itself, not only in its log.
    store.scrub().await.unwrap();
    store
}

async fn erase(store: &SqliteStore) {
    let mut unit = store.begin().await.unwrap();
    let owner = KeyOwner::Subject(subject().id);
    assert!(unit.delete_data_key_of(&owner).await.unwrap());
    let mut erased = subject();
    erased.blind_index = BlindIndex([1; 32]);
    erased.reference = Sealed::from_bytes(Vec::new());
    erased.erased_at = Some(Timestamp::UNIX_EPOCH);
    unit.erase_subject(&erased).await.unwrap();
    unit.commit().await.unwrap();
}

/// Which of the three are still somewhere in the folder.
fn found_in(folder: &Path) -> [bool; 3] {
    let mut found = [false; 3];
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for (found, pattern) in found.iter_mut().zip([0xC7, 0xD9, 0xE3]) {
            *found |= bytes.windows(16).any(|window| window == [pattern; 16]);
        }
    }
    found
}

#[tokio::test]
async fn after_a_scrub_what_was_erased_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_a_subject(&folder.path().join("idv.sqlite")).await;
    assert_eq!(found_in(folder.path()), [true; 3]);
    erase(&store).await;
    store.scrub().await.unwrap();
    assert_eq!(found_in(folder.path()), [false; 3]);
    let mut unit = store.begin().await.unwrap();
    assert!(
        unit.data_key(DataKeyId(Uuid::from_u128(19)))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_wrapping_that_was_replaced_is_in_no_file_after_a_scrub() {
    let folder = tempfile::tempdir().unwrap();
    let store = with_a_subject(&folder.path().join("idv.sqlite")).await;
    let mut unit = store.begin().await.unwrap();
    let rewrapped = key(20, subject().id, &[2; 60]);
    assert!(unit.rewrap_data_key(&rewrapped).await.unwrap());
    unit.commit().await.unwrap();
    store.scrub().await.unwrap();
    assert!(!found_in(folder.path())[0]);
}

#[tokio::test]
async fn a_scrub_that_a_reader_holds_up_says_so_and_works_once_that_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    let store = with_a_subject(&file).await;
    let mut backup = SqliteConnectOptions::new()
        .filename(&file)
        .read_only(true)
        .connect()
        .await
        .unwrap();
    let mut reading = backup.begin().await.unwrap();
    let number: i64 = sqlx::query_scalar("SELECT count(*) FROM data_keys")
        .fetch_one(&mut *reading)
        .await
        .unwrap();
    assert_eq!(number, 40);
    erase(&store).await;
    let error = store.scrub().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("backup"), "{error}");
    reading.rollback().await.unwrap();
    store.scrub().await.unwrap();
    assert_eq!(found_in(folder.path()), [false; 3]);
}

#[tokio::test]
async fn a_database_in_memory_has_nothing_to_scrub() {
    let store = SqliteStore::in_memory().await.unwrap();
    store.scrub().await.unwrap();
    store.check().await.unwrap();
}
