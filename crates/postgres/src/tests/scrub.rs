//! What was deleted is not left in the tables' files, as far as that is in our hands.

use idv_engine::store::{DataKeyId, KeyOwner, Store as _, StoreErrorKind, SubjectId, WrappedKey};
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::fresh;
use super::rows::{at, begin};
use crate::PostgresStore;

/// Stands for a wrapped key: long enough to be found by its bytes.
const WRAPPED: [u8; 60] = [0xC7; 60];

/// Whether the bytes are in the file of the table of keys, as the server reads it from the disk.
async fn is_in_the_file(store: &PostgresStore) -> bool {
    store.pool.execute("CHECKPOINT").await.unwrap();
    let file: Vec<u8> =
        sqlx::query_scalar("SELECT pg_read_binary_file(pg_relation_filepath('idv.data_keys'))")
            .fetch_one(&store.pool)
            .await
            .unwrap();
    file.windows(16).any(|window| window == [0xC7; 16])
}

async fn with_keys(store: &PostgresStore) {
    let mut unit = begin(store).await;
    for number in 1..=40 {
        let wrapped: &[u8] = if number == 20 { &WRAPPED } else { &[1; 60] };
        let key = WrappedKey {
            id: DataKeyId(Uuid::from_u128(number)),
            owner: KeyOwner::Subject(SubjectId(Uuid::from_u128(number))),
            master_key_id: "master-1".to_owned(),
            wrapped: wrapped.to_vec(),
            created_at: at(0),
        };
        assert!(unit.insert_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
}

async fn destroy(store: &PostgresStore) {
    let mut unit = begin(store).await;
    let owner = KeyOwner::Subject(SubjectId(Uuid::from_u128(20)));
    assert!(unit.delete_data_key_of(&owner).await.unwrap());
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn after_a_scrub_a_destroyed_key_is_not_in_the_file_of_its_table() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    with_keys(&store).await;
    assert!(is_in_the_file(&store).await);
    destroy(&store).await;
    store.scrub().await.unwrap();
    assert!(!is_in_the_file(&store).await);
    let mut unit = begin(&store).await;
    let other = unit.data_key(DataKeyId(Uuid::from_u128(19))).await.unwrap();
    assert!(other.is_some());
}

#[tokio::test]
async fn a_scrub_that_a_reader_holds_up_says_so_and_works_once_that_has_ended() {
    let Some((store, database)) = fresh().await else {
        return;
    };
    with_keys(&store).await;
    let mut backup = PgConnection::connect(database.url()).await.unwrap();
    for statement in [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SELECT 1 FROM idv.subjects",
    ] {
        backup.execute(statement).await.unwrap();
    }
    destroy(&store).await;
    let error = store.scrub().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("older"), "{error}");
    backup.execute("COMMIT").await.unwrap();
    store.scrub().await.unwrap();
    assert!(!is_in_the_file(&store).await);
}
