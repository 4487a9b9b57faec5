//! What was deleted is not left in the tables' files, as far as that is in our hands.

use idv_engine::store::{DataKeyId, KeyOwner, Store as _, SubjectId, WrappedKey};
use sqlx::Executor as _;
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

#[tokio::test]
async fn after_a_scrub_a_destroyed_key_is_not_in_the_file_of_its_table() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut unit = begin(&store).await;
    for number in 1..=40 {
        let key = WrappedKey {
            id: DataKeyId(Uuid::from_u128(number)),
            owner: KeyOwner::Subject(SubjectId(Uuid::from_u128(number))),
            master_key_id: "master-1".to_owned(),
            wrapped: if number == 20 {
                WRAPPED.to_vec()
            } else {
                vec![1; 60]
            },
            created_at: at(0),
        };
        assert!(unit.insert_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
    assert!(is_in_the_file(&store).await);
    let mut unit = begin(&store).await;
    let owner = KeyOwner::Subject(SubjectId(Uuid::from_u128(20)));
    assert!(unit.delete_data_key_of(&owner).await.unwrap());
    unit.commit().await.unwrap();
    // The server keeps what a connection that is just being made, by anybody, could still see. Other tests make many.
    let mut is_there = true;
    for _ in 0..50 {
        store.scrub().await.unwrap();
        is_there = is_in_the_file(&store).await;
        if !is_there {
            break;
        }
    }
    assert!(!is_there);
    let mut unit = begin(&store).await;
    let other = unit.data_key(DataKeyId(Uuid::from_u128(19))).await.unwrap();
    assert!(other.is_some());
}
