//! Opening a database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Executor as _, SqlitePool};

use crate::SqliteStore;
use crate::checkpoint::{self, Checkpoints, Written};
use crate::failure::store_error;
use crate::schema::{self, Schema};

/// How long a statement waits for another process that has the write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for a connection. Longer than the busy timeout, so that the more precise error wins.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Pages that the writing connection may keep in memory: 16 MiB. A transaction of many webhooks changes more pages than
/// the usual 2 MiB hold, and what does not fit is written, and read again, before it is committed.
const WRITER_CACHE: &str = "-16384";
/// How many prepared statements a connection keeps: more than there are, so that none is parsed twice.
const STATEMENTS_KEPT: usize = 512;
/// How often opening is tried again while other processes may be opening the same file, and the pause in between.
const OPENING_TRIES: u32 = 50;
const OPENING_PAUSE: Duration = Duration::from_millis(20);

impl SqliteStore {
    /// Opens the database in this file, makes it if it is not there, and brings its schema up to date.
    ///
    /// A new file can be read by its owner only (mode 0600), and so can the `-wal` and `-shm` files SQLite puts
    /// beside it. Several processes on one machine may have the same file open; a network file system is not safe.
    ///
    /// # Errors
    /// [`StoreError`] of kind [`StoreErrorKind::Failed`] if the folder is not there or the file cannot be opened;
    /// [`StoreErrorKind::Corrupt`] if it is not a database of ours, was written by a newer version or had its
    /// schema changed. Such a file is left as it is.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        make_file(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let writes = common(options.clone())
            .pragma("cache_size", WRITER_CACHE)
            .pragma("wal_autocheckpoint", checkpoint::AT_MOST);
        let written = Written::default();
        let pool = written.clone().heard_from(writer_pool());
        let writer = patient_pool(&pool, writes).await?;
        let schema = prepare(&writer).await?;
        let checkpoints = Checkpoints::start(&common(options.clone()), &writer, written).await?;
        // The first connection made the -wal and -shm files; these need them.
        let reads = common(options.read_only(true));
        let readers = patient_pool(&pool_of(READERS), reads).await?;
        Ok(Self {
            writer,
            readers,
            schema: Arc::new(schema),
            checkpoints: Some(Arc::new(checkpoints)),
        })
    }

    /// A database in memory, for tests: gone with the last clone of the store.
    ///
    /// It has a single connection, so a read waits for the unit of work under way: whoever holds one must not read
    /// past it, or both wait until the read gives up.
    ///
    /// # Errors
    /// [`StoreError`] if SQLite cannot be used at all.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true);
        let writer = open_pool(&writer_pool(), common(options)).await?;
        let schema = prepare(&writer).await?;
        Ok(Self {
            readers: writer.clone(),
            writer,
            schema: Arc::new(schema),
            checkpoints: None,
        })
    }
}

fn common(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_KEPT)
        // A schema that somebody else altered may not call functions with side effects.
        .pragma("trusted_schema", "OFF")
        // What is deleted is overwritten: a destroyed key must not stay in a free page.
        .pragma("secure_delete", "ON")
}

/// Connections that stay open: closing the last one of a database in memory would lose it, and the write-ahead log
/// of a file is only kept while somebody has it open.
fn pool_of(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(size)
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // There is no network in between that could have gone away.
        .test_before_acquire(false)
}

/// The one that writes. Each commit waits for the disk, unless whoever has the connection says otherwise
/// ([`begin_unsynced`](crate::begin::begin_unsynced)); that lasts until the next one gets it, however the one before
/// it ended.
fn writer_pool() -> SqlitePoolOptions {
    pool_of(1).before_acquire(|connection, _| {
        Box::pin(async move {
            connection.execute("PRAGMA synchronous = FULL").await?;
            Ok(true)
        })
    })
}

async fn open_pool(
    pool: &SqlitePoolOptions,
    options: SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    pool.clone()
        .connect_with(options)
        .await
        .map_err(store_error)
}

/// As [`open_pool`], while other processes may be opening the same empty file: for the moment in which one of them gives it
/// its write-ahead log, SQLite turns the others away without waiting.
async fn patient_pool(
    pool: &SqlitePoolOptions,
    options: SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    let mut tries_left = OPENING_TRIES;
    loop {
        match open_pool(pool, options.clone()).await {
            Err(error) if error.kind == StoreErrorKind::Unavailable && tries_left > 0 => {
                tries_left -= 1;
                tracing::debug!(%error, "the file could not be opened, looking again");
                rest().await;
            }
            opened => return opened,
        }
    }
}

async fn prepare(writer: &SqlitePool) -> Result<Schema, StoreError> {
    let expected = Schema::expected().await?;
    // Several processes may meet over an empty file. Of those that try the same migration one does it; the others fail,
    // or find the file locked, and see it done if they look again. Any other failure just happens again.
    let mut tries_left = OPENING_TRIES;
    while let Err(error) = schema::migrate(writer).await {
        if error.kind == StoreErrorKind::Corrupt || tries_left == 0 {
            return Err(error);
        }
        tries_left -= 1;
        tracing::debug!(%error, "the migrations failed, looking again");
        rest().await;
    }
    let mut connection = writer.acquire().await.map_err(store_error)?;
    expected.must_be_in(&mut connection).await?;
    Ok(expected)
}

#[expect(
    clippy::disallowed_methods,
    reason = "SQLite tells nobody when another process has opened or migrated: it can only be looked at again"
)]
async fn rest() {
    tokio::time::sleep(OPENING_PAUSE).await;
}

fn make_file(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| {
        let no_folder = path
            .parent()
            .is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
        let message = if no_folder {
            "the folder of the database file does not exist: make it, or choose another path"
        } else {
            "the database file cannot be opened for reading and writing"
        };
        StoreError::new(StoreErrorKind::Failed, message).with_source(error)
    })
}
