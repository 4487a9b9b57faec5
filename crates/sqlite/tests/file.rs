//! The file: who may read it, and which files are refused.
#![cfg(test)]

use std::path::{Path, PathBuf};

use idv_engine::store::{Store, StoreErrorKind};
use idv_sqlite::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("idv.sqlite")
    }

    /// A store that was there and was closed.
    async fn with_database() -> Self {
        let folder = Self::new();
        let store = SqliteStore::open(&folder.file()).await.unwrap();
        store.close().await;
        folder
    }
}

async fn by_hand(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap()
}

async fn run(file: &Path, sql: &str) {
    let mut connection = by_hand(file).await;
    connection
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap();
    connection.close().await.unwrap();
}

async fn assert_refused(file: &Path, kind: StoreErrorKind, words: &str) {
    let error = SqliteStore::open(file).await.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_and_what_lies_beside_it_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.file()).await.unwrap();
    store.check().await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.0.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        ["idv.sqlite", "idv.sqlite-shm", "idv.sqlite-wal"],
        "all three were looked at"
    );
}

#[tokio::test]
async fn a_missing_folder_is_said_to_be_missing() {
    let folder = Folder::new();
    let file = folder.0.path().join("no").join("idv.sqlite");
    assert_refused(&file, StoreErrorKind::Failed, "folder").await;
    assert!(!file.parent().unwrap().exists(), "and is not made");
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_is_refused() {
    let folder = Folder::new();
    assert_refused(folder.0.path(), StoreErrorKind::Failed, "cannot be opened").await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    let content = "The quick brown fox jumps over the lazy dog. ".repeat(200);
    std::fs::write(folder.file(), &content).unwrap();
    let words = "not a SQLite database";
    assert_refused(&folder.file(), StoreErrorKind::Corrupt, words).await;
    assert_eq!(std::fs::read_to_string(folder.file()).unwrap(), content);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let folder = Folder::with_database().await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'later', true, x'00', 1)";
    run(&folder.file(), newer).await;
    assert_refused(&folder.file(), StoreErrorKind::Corrupt, "newer version").await;
}

#[tokio::test]
async fn a_database_with_other_migrations_is_refused() {
    let folder = Folder::with_database().await;
    run(
        &folder.file(),
        "UPDATE _sqlx_migrations SET checksum = x'00'",
    )
    .await;
    assert_refused(&folder.file(), StoreErrorKind::Corrupt, "other migrations").await;
}

#[tokio::test]
async fn a_database_with_an_unfinished_migration_is_refused() {
    let folder = Folder::with_database().await;
    run(
        &folder.file(),
        "UPDATE _sqlx_migrations SET success = false",
    )
    .await;
    assert_refused(&folder.file(), StoreErrorKind::Corrupt, "not finished").await;
}

#[tokio::test]
async fn a_schema_changed_by_hand_is_refused() {
    for change in [
        "DROP TRIGGER observations_never_change",
        "DROP INDEX one_open_request_per_subject",
        "ALTER TABLE requests ADD COLUMN first_name TEXT",
        "ALTER TABLE subjects RENAME COLUMN reference TO name",
    ] {
        let folder = Folder::with_database().await;
        run(&folder.file(), change).await;
        assert_refused(&folder.file(), StoreErrorKind::Corrupt, "changed by hand").await;
    }
}

#[tokio::test]
async fn what_others_keep_beside_our_tables_does_not_matter() {
    let folder = Folder::with_database().await;
    run(
        &folder.file(),
        "CREATE TABLE backup_marks (id INTEGER); ANALYZE",
    )
    .await;
    let store = SqliteStore::open(&folder.file()).await.unwrap();
    store.check().await.unwrap();
}

#[tokio::test]
async fn a_check_notices_a_schema_that_changes_underneath() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.file()).await.unwrap();
    store.check().await.unwrap();
    run(&folder.file(), "DROP INDEX deliveries_waiting").await;
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("changed by hand"), "{error}");
    let migrated =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                    VALUES (9999, 'later', true, x'00', 1)";
    run(&folder.file(), migrated).await;
    let error = store.check().await.unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_an_empty_file_at_once() {
    // Who loses against whom is chance: one file is not enough to see them all.
    for _ in 0..20 {
        let folder = Folder::new();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let file = folder.file();
            tasks.spawn(async move { SqliteStore::open(&file).await.map(drop) });
        }
        for outcome in tasks.join_all().await {
            outcome.unwrap();
        }
    }
}

/// As `idv serve` and a command beside it do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_over_one_file_take_turns() {
    let folder = Folder::new();
    let mut tasks = tokio::task::JoinSet::new();
    for store_number in 0..2 {
        let store = SqliteStore::open(&folder.file()).await.unwrap();
        tasks.spawn(async move {
            for number in 0..50 {
                let mut unit = store.begin().await.unwrap();
                // From here on the other one may not write: what was read stays true until the commit.
                assert_eq!(unit.meta("nobody's").await.unwrap(), None);
                let name = format!("{store_number}-{number}");
                assert_eq!(unit.meta_or_insert(&name, b"1").await.unwrap(), b"1");
                unit.commit().await.unwrap();
            }
        });
    }
    assert_eq!(tasks.join_all().await.len(), 2);
    let mut connection = by_hand(&folder.file()).await;
    let written: i64 = sqlx::query_scalar("SELECT count(*) FROM meta")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(written, 100);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.file()).await.unwrap();
    store.close().await;
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
}
