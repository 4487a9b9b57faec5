//! The connections, and what a failure leaves of them.

use std::time::Duration;

use idv_core::Timestamp;
use idv_engine::store::{Inbox as _, OwnedUnitOfWork, Reads as _, Store as _, StoreErrorKind};
use sqlx::Executor as _;

use crate::SqliteStore;

async fn in_a_file() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    (SqliteStore::open(&file).await.unwrap(), folder)
}

async fn pragma(pool: &sqlx::SqlitePool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn every_commit_is_synced_to_disk() {
    let (store, _folder) = in_a_file().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&store.writer)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    assert_eq!(pragma(&store.writer, "PRAGMA synchronous").await, 2, "FULL");
    assert_eq!(pragma(&store.writer, "PRAGMA foreign_keys").await, 1);
    assert_eq!(pragma(&store.writer, "PRAGMA busy_timeout").await, 5_000);
}

#[tokio::test]
async fn only_the_commit_that_says_so_is_not_synced_however_it_ends() {
    let (store, _folder) = in_a_file().await;
    let synchronous = "PRAGMA synchronous";
    for is_committed in [true, false] {
        let mut unsynced = crate::begin::begin_unsynced(&store.writer).await.unwrap();
        let level: i64 = sqlx::query_scalar(synchronous)
            .fetch_one(&mut *unsynced)
            .await
            .unwrap();
        assert_eq!(level, 1, "NORMAL");
        if is_committed {
            unsynced.commit().await.unwrap();
        } else {
            drop(unsynced);
        }
        assert_eq!(pragma(&store.writer, synchronous).await, 2, "FULL");
        let mut synced = crate::begin::begin_immediate(&store.writer).await.unwrap();
        let level: i64 = sqlx::query_scalar(synchronous)
            .fetch_one(&mut *synced)
            .await
            .unwrap();
        assert_eq!(level, 2, "FULL");
    }
}

#[tokio::test]
async fn what_a_batch_of_webhooks_changes_fits_into_the_writers_memory() {
    let (store, _folder) = in_a_file().await;
    let cache_kib = -pragma(&store.writer, "PRAGMA cache_size").await;
    // 256 of a few kilobytes, and the pages of ten indexes.
    assert!(cache_kib >= 8 * 1024, "{cache_kib}");
    assert!(
        pragma(&store.readers, "PRAGMA cache_size").await.abs() <= 2_000,
        "readers have no such need"
    );
}

/// A commit that moves the log makes everybody wait.
#[expect(
    clippy::disallowed_methods,
    reason = "a file tells nobody that it has grown"
)]
#[tokio::test]
async fn the_log_is_moved_into_the_database_while_the_writer_writes() {
    let (store, folder) = in_a_file().await;
    assert!(pragma(&store.writer, "PRAGMA wal_autocheckpoint").await > 2_000);
    let size = || {
        let file = folder.path().join("idv.sqlite");
        std::fs::metadata(file).unwrap().len()
    };
    let before = size();
    // Some 4,000 pages: fewer than have the writer move them itself.
    for number in 0..40 {
        let mut unit = store.begin().await.unwrap();
        unit.meta_or_insert(&format!("name-{number}"), &[7; 400_000])
            .await
            .unwrap();
        unit.commit().await.unwrap();
    }
    let begun = std::time::Instant::now();
    while size() == before {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody moves it");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Somebody else who is moving the log would have it turn away whoever wants it emptied.
#[tokio::test]
async fn what_is_erased_is_scrubbed_while_the_log_is_being_moved() {
    let (store, _folder) = in_a_file().await;
    let checkpoints = store.checkpoints.as_deref().unwrap();
    let moving = checkpoints.hold_up().await;
    let scrubbed = store.scrub();
    tokio::pin!(scrubbed);
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut scrubbed).await;
    assert!(waits.is_err());
    drop(moving);
    scrubbed.await.unwrap();
}

#[tokio::test]
async fn a_closed_store_has_let_go_of_its_file() {
    let (store, _folder) = in_a_file().await;
    let moving = store.checkpoints.as_deref().unwrap().handle().await;
    assert!(!moving.is_finished());
    store.close().await;
    assert!(moving.is_finished());
}

#[tokio::test]
async fn readers_cannot_write() {
    let (store, _folder) = in_a_file().await;
    let error = store
        .readers
        .execute("INSERT INTO meta (name, value) VALUES ('a', x'00')")
        .await
        .unwrap_err();
    let error = crate::failure::store_error(error);
    assert_eq!(error.kind, StoreErrorKind::Failed);
    assert!(error.to_string().contains("cannot be written"), "{error}");
}

#[tokio::test]
async fn a_row_without_its_parent_is_refused() {
    let (store, _folder) = in_a_file().await;
    let error = store
        .writer
        .execute(
            "INSERT INTO observations (id, request_id, source, what, observed_at, as_of)
             VALUES (zeroblob(16), zeroblob(16), 'fetch', 'session_fetched', 0, 0)",
        )
        .await
        .unwrap_err();
    assert_eq!(
        crate::failure::store_error(error).to_string(),
        "database: a row breaks a rule of the schema"
    );
}

async fn fill(unit: &mut Box<dyn OwnedUnitOfWork>) -> Result<(), StoreErrorKind> {
    for number in 0..10_000 {
        unit.meta_or_insert(&format!("name-{number}"), &[7; 4_000])
            .await
            .map_err(|error| error.kind)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_worth_another_try_and_leaves_the_writer_sound() {
    let (store, _folder) = in_a_file().await;
    for _ in 0..3 {
        // The pages there are, and a few more: as if the disk were full. It is a setting of the connection.
        let pages = pragma(&store.writer, "PRAGMA page_count").await;
        let limit = format!("PRAGMA max_page_count = {}", pages + 20);
        let limit = sqlx::AssertSqlSafe(limit);
        store.writer.execute(limit).await.unwrap();
        let mut unit = store.begin().await.unwrap();
        assert_eq!(fill(&mut unit).await, Err(StoreErrorKind::Unavailable));
        drop(unit);

        let unlimited = "PRAGMA max_page_count = 1000000";
        store.writer.execute(unlimited).await.unwrap();
        let mut unit = store.begin().await.unwrap();
        assert_eq!(unit.meta("name-0").await.unwrap(), None);
        unit.meta_or_insert("later", b"value").await.unwrap();
        unit.commit().await.unwrap();
        store.check().await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_sqlite_ended_itself_leaves_the_writer_sound() {
    let (store, _folder) = in_a_file().await;
    for _ in 0..3 {
        let mut transaction = crate::begin::begin_immediate(&store.writer).await.unwrap();
        // What SQLite does after some failures of the disk, behind the back of sqlx.
        (&mut *transaction).execute("ROLLBACK").await.unwrap();
        drop(transaction);
        let mut unit = store.begin().await.unwrap();
        unit.meta_or_insert("name", b"value").await.unwrap();
        unit.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_cancelled_anywhere_leaves_nothing_and_the_writer_sound() {
    let (store, _folder) = in_a_file().await;
    for micros in (0..2_000).step_by(20) {
        let work = async {
            let mut unit = store.begin().await.unwrap();
            unit.meta_or_insert("cancelled", b"value").await.unwrap();
            unit.meta("cancelled").await.unwrap();
            // Never committed: it waits here until it is cancelled.
            std::future::pending::<()>().await;
        };
        let cancelled = tokio::time::timeout(Duration::from_micros(micros), work).await;
        assert!(cancelled.is_err());
    }
    let mut unit = store.begin().await.unwrap();
    assert_eq!(unit.meta("cancelled").await.unwrap(), None);
    unit.meta_or_insert("name", b"value").await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn reads_do_not_wait_for_a_unit_of_work() {
    let (store, _folder) = in_a_file().await;
    let mut unit = store.begin().await.unwrap();
    unit.meta_or_insert("name", b"value").await.unwrap();
    let id = idv_core::RequestId::new(Timestamp::UNIX_EPOCH);
    assert!(store.request(id).await.unwrap().is_none());
    assert_eq!(store.counts().await.unwrap().pending, 0);
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn a_database_in_memory_is_shared_by_clones_and_by_nobody_else() {
    let store = SqliteStore::in_memory().await.unwrap();
    let clone = store.clone();
    let mut unit = store.begin().await.unwrap();
    unit.meta_or_insert("name", b"value").await.unwrap();
    unit.commit().await.unwrap();
    store.check().await.unwrap();
    drop(store);
    let mut unit = clone.begin().await.unwrap();
    assert_eq!(unit.meta("name").await.unwrap().unwrap(), b"value");
    let other = SqliteStore::in_memory().await.unwrap();
    let mut unit = other.begin().await.unwrap();
    assert_eq!(unit.meta("name").await.unwrap(), None);
}
