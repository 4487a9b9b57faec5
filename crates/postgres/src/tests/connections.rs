//! The connections, and what a failure leaves of them.

use std::time::Duration;

use idv_core::RequestId;
use idv_engine::store::{Inbox as _, Reads as _, Store as _, StoreErrorKind};

use super::rows::{at, begin, subject};
use super::{fresh, migrated, open_with};
use crate::{PostgresSettings, PostgresStore};

async fn setting(store: &PostgresStore, name: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(&store.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_connection_has_its_deadlines_and_waits_for_the_disk() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    // The private server's own default is off.
    assert_eq!(setting(&store, "synchronous_commit").await, "on");
    assert_eq!(setting(&store, "statement_timeout").await, "30s");
    assert_eq!(setting(&store, "lock_timeout").await, "5s");
    let idle = setting(&store, "idle_in_transaction_session_timeout").await;
    assert_eq!(idle, "30s");
    assert_eq!(setting(&store, "search_path").await, "pg_catalog");
    assert_eq!(setting(&store, "application_name").await, "idv");
}

#[tokio::test]
async fn there_are_never_more_connections_than_were_asked_for() {
    let Some(database) = migrated().await else {
        return;
    };
    let settings = PostgresSettings {
        connections: 1,
        acquire_timeout: Duration::from_millis(200),
        ..PostgresSettings::default()
    };
    let store = open_with(database.url(), &settings).await;
    let unit = begin(&store).await;
    let error = store.begin().await.map(drop).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("free in time"), "{error}");
    drop(unit);
    begin(&store).await.commit().await.unwrap();
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_lock_may_try_again() {
    let Some(database) = migrated().await else {
        return;
    };
    let settings = PostgresSettings {
        lock_timeout: Duration::from_millis(100),
        ..PostgresSettings::default()
    };
    let store = open_with(database.url(), &settings).await;
    let mut first = begin(&store).await;
    assert!(first.insert_subject(&subject(1)).await.unwrap());
    let mut second = begin(&store).await;
    let error = second.insert_subject(&subject(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("in time"), "{error}");
}

#[tokio::test]
async fn a_unit_of_work_that_does_nothing_for_too_long_is_ended_and_its_locks_are_free() {
    let Some(database) = migrated().await else {
        return;
    };
    let settings = PostgresSettings {
        idle_in_transaction_timeout: Duration::from_millis(200),
        ..PostgresSettings::default()
    };
    let store = open_with(database.url(), &settings).await;
    let mut forgotten = begin(&store).await;
    assert!(forgotten.insert_subject(&subject(1)).await.unwrap());
    // Waits until the other one is ended.
    let mut unit = begin(&store).await;
    assert!(unit.insert_subject(&subject(1)).await.unwrap());
    unit.commit().await.unwrap();
    let error = forgotten
        .lock_subject_by_id(subject(1).id)
        .await
        .unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
    drop(forgotten);
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_cancelled_anywhere_leaves_nothing_and_the_connections_sound() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    for micros in (0..4_000).step_by(50) {
        let work = async {
            let mut unit = begin(&store).await;
            unit.meta_or_insert("cancelled", b"value").await.unwrap();
            unit.meta("cancelled").await.unwrap();
            // Never committed: it waits here until it is cancelled.
            std::future::pending::<()>().await;
        };
        let cancelled = tokio::time::timeout(Duration::from_micros(micros), work).await;
        assert!(cancelled.is_err());
    }
    let mut unit = begin(&store).await;
    assert_eq!(unit.meta("cancelled").await.unwrap(), None);
    unit.meta_or_insert("name", b"value").await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn reads_do_not_wait_for_a_unit_of_work() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut unit = begin(&store).await;
    unit.insert_subject(&subject(1)).await.unwrap();
    assert!(
        store
            .request(RequestId::new(at(0)))
            .await
            .unwrap()
            .is_none()
    );
    let reads = idv_engine::store::Reads::subject(&store, subject(1).id).await;
    assert!(reads.unwrap().is_none());
    assert_eq!(store.counts().await.unwrap().pending, 0);
    unit.commit().await.unwrap();
}
