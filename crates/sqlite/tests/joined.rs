//! The application's own transaction, joined.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use idv_core::{RequestId, RequestState, Timestamp};
use idv_engine::store::{
    BlindIndex, DataKeyId, KeyOwner, RequestRow, Sealed, Store, StoreErrorKind, SubjectId,
    SubjectRow, UnitOfWork, WrappedKey,
};
use idv_sqlite::{Joined, SqliteStore};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn subject() -> SubjectRow {
    SubjectRow {
        id: SubjectId(Uuid::from_u128(1)),
        blind_index: BlindIndex([1; 32]),
        reference: Sealed::from_bytes(b"ciphertext".to_vec()),
        created_at: NOW,
        erased_at: None,
    }
}

fn request() -> RequestRow {
    RequestRow {
        id: RequestId::from_uuid(Uuid::from_u128(7)),
        subject: subject().id,
        environment: None,
        organization: None,
        affected_organizations: vec!["org".into()],
        reason: None,
        document_type: None,
        person: None,
        state: RequestState::created(),
        current_session: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// An application that keeps its own table in the file of the store.
struct Application {
    folder: tempfile::TempDir,
    store: SqliteStore,
}

impl Application {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idv.sqlite");
        let store = SqliteStore::open(&file).await.unwrap();
        let application = Self { folder, store };
        let mut connection = application.connect().await;
        let sql = "CREATE TABLE accounts (name TEXT NOT NULL) STRICT";
        connection.execute(sql).await.unwrap();
        application
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("idv.sqlite")
    }

    async fn connect(&self) -> SqliteConnection {
        connect(&self.file()).await
    }

    /// Whether the application's row is there, and whether the engine's is.
    async fn found(&self) -> (bool, bool) {
        let mut connection = self.connect().await;
        let accounts: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let found = self.store.reads().request(request().id).await.unwrap();
        (accounts > 0, found.is_some())
    }
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .busy_timeout(Duration::from_millis(50))
        .connect()
        .await
        .unwrap()
}

/// A row of the application and rows of the engine, on one connection.
async fn write_both(connection: &mut SqliteConnection) {
    let sql = "INSERT INTO accounts (name) VALUES ('user_1')";
    connection.execute(sql).await.unwrap();
    let mut unit = Joined::new(connection);
    assert!(unit.insert_subject(&subject()).await.unwrap());
    assert!(unit.insert_request(&request()).await.unwrap());
    let open = unit.open_request_of(subject().id).await.unwrap().unwrap();
    assert_eq!(
        open.affected_organizations,
        request().affected_organizations
    );
    // And the application goes on with its own.
    let sql = "UPDATE accounts SET name = 'user 1'";
    connection.execute(sql).await.unwrap();
}

#[tokio::test]
async fn rows_of_the_application_and_of_the_engine_are_committed_together() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    write_both(&mut transaction).await;
    assert_eq!(application.found().await, (false, false), "not yet");
    transaction.commit().await.unwrap();
    assert_eq!(application.found().await, (true, true));
    application.store.check().await.unwrap();
}

#[tokio::test]
async fn rows_of_the_application_and_of_the_engine_are_rolled_back_together() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    for is_dropped in [false, true] {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        write_both(&mut transaction).await;
        if is_dropped {
            drop(transaction);
        } else {
            transaction.rollback().await.unwrap();
        }
        // The next statement on the connection is after the rollback.
        connection.ping().await.unwrap();
        assert_eq!(application.found().await, (false, false));
    }
}

#[tokio::test]
async fn a_savepoint_of_the_application_undoes_what_the_engine_wrote_in_it() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let sql = "INSERT INTO accounts (name) VALUES ('user_2')";
    (&mut *transaction).execute(sql).await.unwrap();
    let mut inner = transaction.begin().await.unwrap();
    write_both(&mut inner).await;
    inner.rollback().await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(application.found().await, (true, false));
}

#[tokio::test]
async fn a_connection_in_no_transaction_is_refused_and_nothing_is_written() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    let mut unit = Joined::new(&mut connection);
    for _ in 0..2 {
        let error = unit.insert_subject(&subject()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Failed);
        assert!(error.to_string().contains("BEGIN IMMEDIATE"), "{error}");
    }
    let reads = application.store.reads();
    assert!(reads.subject(subject().id).await.unwrap().is_none());
    // The connection is as it was.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    write_both(&mut transaction).await;
    transaction.commit().await.unwrap();
    assert_eq!(application.found().await, (true, true));
}

#[tokio::test]
async fn a_deferred_transaction_takes_the_write_lock_before_it_reads() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    let mut transaction = connection.begin().await.unwrap();
    let mut unit = Joined::new(&mut transaction);
    let found = unit.lock_subject(&subject().blind_index).await.unwrap();
    assert!(found.is_none());
    let mut other = application.connect().await;
    let error = other.execute("BEGIN IMMEDIATE").await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    assert!(unit.insert_subject(&subject()).await.unwrap());
    transaction.commit().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
}

#[tokio::test]
async fn a_deferred_transaction_that_read_what_changed_since_is_a_conflict() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    let mut transaction = connection.begin().await.unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(seen, 0);
    let mut other = application.connect().await;
    let sql = "INSERT INTO accounts (name) VALUES ('user_2')";
    other.execute(sql).await.unwrap();
    let mut unit = Joined::new(&mut transaction);
    let error = unit.insert_subject(&subject()).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Conflict);
    transaction.rollback().await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    write_both(&mut transaction).await;
    transaction.commit().await.unwrap();
    assert_eq!(application.found().await, (true, true));
}

#[tokio::test]
async fn a_file_without_the_stores_tables_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connect(&folder.path().join("other.sqlite")).await;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut unit = Joined::new(&mut transaction);
    let error = unit.insert_subject(&subject()).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("SqliteStore::open"), "{error}");
}

#[tokio::test]
async fn a_key_destroyed_in_a_joined_transaction_is_in_no_file_after_a_scrub() {
    let application = Application::new().await;
    let mut connection = application.connect().await;
    let key = WrappedKey {
        id: DataKeyId(Uuid::from_u128(1)),
        owner: KeyOwner::Subject(subject().id),
        master_key_id: "master-1".to_owned(),
        wrapped: vec![0xC7; 60],
        created_at: NOW,
    };
    let is_in_the_file = || {
        let bytes = std::fs::read(application.file()).unwrap();
        bytes.windows(60).any(|window| window == [0xC7; 60])
    };
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut unit = Joined::new(&mut transaction);
    assert!(unit.insert_data_key(&key).await.unwrap());
    transaction.commit().await.unwrap();
    application.store.scrub().await.unwrap();
    assert!(is_in_the_file());
    // Another connection, which says nothing of deleting by itself.
    let mut connection = application.connect().await;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut unit = Joined::new(&mut transaction);
    assert!(unit.delete_data_key_of(&key.owner).await.unwrap());
    transaction.commit().await.unwrap();
    application.store.scrub().await.unwrap();
    assert!(!is_in_the_file());
}

/// The store and the application wait for each other's commit, and neither overwrites what the other decided.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joined_transactions_and_those_of_the_store_take_turns() {
    const EACH: usize = 40;
    let application = Application::new().await;
    let count = async |unit: &mut dyn UnitOfWork| {
        let so_far = unit.meta("counter").await.unwrap();
        let next = so_far.map_or(1, |bytes| bytes[0] + 1);
        unit.replace_meta("counter", &[next]).await.unwrap();
    };
    let by_store = async {
        for _ in 0..EACH {
            let mut unit = application.store.begin().await.unwrap();
            count(unit.as_unit_of_work()).await;
            unit.commit().await.unwrap();
        }
    };
    let by_application = async {
        let mut connection = SqliteConnectOptions::new()
            .filename(application.file())
            .connect()
            .await
            .unwrap();
        for _ in 0..EACH {
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
            count(&mut Joined::new(&mut transaction)).await;
            transaction.commit().await.unwrap();
        }
    };
    tokio::join!(by_store, by_application);
    let mut unit = application.store.begin().await.unwrap();
    let counted = unit.meta("counter").await.unwrap().unwrap();
    assert_eq!(usize::from(counted[0]), 2 * EACH);
}
