//! A store whose every byte can be searched, and the logs.

use std::fmt::Debug;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once, PoisonError};

use idv_core::Secret;
use idv_engine::store::Store;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_sqlite::SqliteStore;
use idv_testkit::private_postgres::{self, Database};
use tempfile::TempDir;

/// A store, and a way to read all that it keeps outside this process.
#[derive(Clone, Debug)]
pub(crate) struct Searched {
    pub(crate) store: Arc<dyn Store>,
    kept: Kept,
}

#[derive(Clone, Debug)]
enum Kept {
    /// Every file of the folder.
    Files(PathBuf),
    /// What `pg_dump` writes; bytes stand there in hexadecimal.
    Dump(Arc<Database>),
}

pub(crate) async fn sqlite() -> Option<(Searched, TempDir)> {
    listen_to_logs();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("idv.db")).await;
    let searched = Searched {
        store: Arc::new(store.unwrap()),
        kept: Kept::Files(folder.path().to_owned()),
    };
    Some((searched, folder))
}

pub(crate) async fn postgres() -> Option<(Searched, Arc<Database>)> {
    listen_to_logs();
    let database =
        private_postgres::copy_of_prepared(|url| async { open(url).await.close().await }).await?;
    let database = Arc::new(database);
    let searched = Searched {
        store: Arc::new(open(database.url().to_owned()).await),
        kept: Kept::Dump(database.clone()),
    };
    Some((searched, database))
}

async fn open(url: String) -> PostgresStore {
    let settings = PostgresSettings::default();
    let store = PostgresStore::open(&Secret::new(url), &settings).await;
    store.unwrap()
}

impl Searched {
    /// True if these bytes are kept anywhere, in upper or lower case.
    pub(crate) fn has(&self, bytes: &[u8]) -> bool {
        match &self.kept {
            Kept::Files(folder) => {
                let mut names = Vec::new();
                let mut found = false;
                for entry in std::fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    found |= contains(&std::fs::read(&path).unwrap(), bytes);
                    names.push(path);
                }
                let is_there = |name: &str| names.iter().any(|path| path.ends_with(name));
                assert!(is_there("idv.db") && is_there("idv.db-wal"), "{names:?}");
                found
            }
            Kept::Dump(database) => {
                let dump = database.dump();
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                contains(&dump, bytes) || contains(&dump, hex.as_bytes())
            }
        }
    }

    pub(crate) fn holds_no(&self, marks: &[&str]) {
        for mark in marks {
            assert!(!self.has(mark.as_bytes()), "{mark} is in {:?}", self.kept);
        }
    }
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    let mark = mark.to_ascii_lowercase();
    bytes
        .to_ascii_lowercase()
        .windows(mark.len())
        .any(|window| window == mark)
}

/// Everything that was logged, by all tests of this process.
static LOGS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut logs = LOGS.lock().unwrap_or_else(PoisonError::into_inner);
        logs.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen_to_logs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| Log)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

pub(crate) fn logs() -> String {
    let logs = LOGS.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&logs).into_owned()
}
