//! The server and its database: which are refused, and what is said about it.

use idv_core::Secret;
use idv_engine::store::{Store as _, StoreError, StoreErrorKind};
use idv_testkit::private_postgres;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::{fresh, migrated, open};
use crate::{PostgresSettings, PostgresStore};

async fn run(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap();
    connection.close().await.unwrap();
}

async fn refusal(url: &str) -> StoreError {
    PostgresStore::open(&Secret::from(url), &PostgresSettings::default())
        .await
        .unwrap_err()
}

/// Whatever went wrong, told to the end.
fn whole(error: &StoreError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(below) = source {
        text.push_str(&format!(" {below} {below:?}"));
        source = below.source();
    }
    text
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_out_of_reach() {
    let error = refusal("postgres://idv@127.0.0.1:1/idv").await;
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    assert!(whole(&error).contains("refused"), "{error:?}");
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_refused_with_an_example() {
    for url in [
        "",
        "localhost",
        "mysql://idv@localhost/idv",
        "postgres://idv@localhost:port/idv",
    ] {
        let error = refusal(url).await;
        assert_eq!(error.kind, StoreErrorKind::Failed, "{url}");
        assert!(error.to_string().contains("postgres://user:"), "{error}");
    }
}

#[tokio::test]
async fn a_database_or_user_that_does_not_exist_is_said_to_be_missing() {
    let Some(database) = private_postgres::database() else {
        return;
    };
    let error = refusal(&database.url().replace(database.name(), "no_such_database")).await;
    assert_eq!(error.kind, StoreErrorKind::Failed);
    assert!(error.to_string().contains("does not exist"), "{error}");
    let error = refusal(&database.url().replace("idv@", "nobody_we_know@")).await;
    assert_eq!(error.kind, StoreErrorKind::Failed);
    assert!(error.to_string().contains("the user"), "{error}");
}

#[tokio::test]
async fn a_user_who_may_not_make_our_schema_is_told_so() {
    let Some(database) = private_postgres::database() else {
        return;
    };
    let user = format!("guest_of_{}", database.name());
    run(database.url(), &format!("CREATE ROLE {user} LOGIN")).await;
    let error = refusal(&database.url().replace("idv@", &format!("{user}@"))).await;
    assert_eq!(error.kind, StoreErrorKind::Failed);
    assert!(error.to_string().contains("may not do that"), "{error}");
}

async fn assert_refused_after(change: &str, words: &str) {
    let Some(database) = migrated().await else {
        return;
    };
    run(database.url(), change).await;
    let error = refusal(database.url()).await;
    assert_eq!(error.kind, StoreErrorKind::Corrupt, "{change}: {error}");
    assert!(error.to_string().contains(words), "{change}: {error}");
}

const NEWER: &str =
    "INSERT INTO idv._sqlx_migrations (version, description, success, checksum, execution_time)
     VALUES (9999, 'later', true, '\\x00', 1)";

#[tokio::test]
async fn a_database_of_another_version_is_refused() {
    assert_refused_after(NEWER, "newer version").await;
    let others = "UPDATE idv._sqlx_migrations SET checksum = '\\x00'";
    assert_refused_after(others, "other migrations").await;
    let unfinished = "UPDATE idv._sqlx_migrations SET success = false";
    assert_refused_after(unfinished, "not finished").await;
}

#[tokio::test]
async fn a_schema_changed_by_hand_is_refused() {
    for change in [
        "DROP TRIGGER observations_never_change ON idv.observations",
        "ALTER TABLE idv.observations DISABLE TRIGGER observations_never_go",
        "CREATE OR REPLACE FUNCTION idv.refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN RETURN NEW; END'",
        "DROP INDEX idv.one_open_request_per_subject",
        "ALTER TABLE idv.requests ADD COLUMN first_name text",
        "ALTER TABLE idv.subjects RENAME COLUMN reference TO name",
        "ALTER TABLE idv.observations DROP CONSTRAINT observations_request_id_fkey",
        "ALTER TABLE idv.deliveries ALTER COLUMN body DROP NOT NULL",
    ] {
        assert_refused_after(change, "changed by hand").await;
    }
}

#[tokio::test]
async fn what_others_keep_beside_our_tables_does_not_matter() {
    let Some(database) = migrated().await else {
        return;
    };
    let beside = "CREATE TABLE public.requests (id int); CREATE TABLE public._sqlx_migrations (version int);
                  CREATE TABLE idv.backup_marks (id int); CREATE INDEX ON idv.requests (reason); ANALYZE";
    run(database.url(), beside).await;
    let store = open(database.url()).await;
    store.check().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_check_notices_a_schema_that_changes_underneath() {
    let Some((store, database)) = fresh().await else {
        return;
    };
    store.check().await.unwrap();
    run(database.url(), "DROP INDEX idv.deliveries_waiting").await;
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("changed by hand"), "{error}");
    run(database.url(), NEWER).await;
    let error = store.check().await.unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_said_to_be_so() {
    let Some(database) = migrated().await else {
        return;
    };
    let read_only = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name()
    );
    run(database.url(), &read_only).await;
    let error = refusal(database.url()).await;
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("only be read"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_may_open_an_empty_database_at_once() {
    let Some(database) = private_postgres::database() else {
        return;
    };
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let url = database.url().to_owned();
        tasks.spawn(async move {
            let store = open(&url).await;
            store.check().await.unwrap();
            store.close().await;
        });
    }
    assert_eq!(tasks.join_all().await.len(), 8);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    store.close().await;
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("closed"), "{error}");
}
