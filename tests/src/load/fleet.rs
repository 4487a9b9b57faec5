//! The gateways under load: processes over one database, each killed and started again by its number.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use idv_core::{Secret, json};
use idv_engine::store::Store;
use idv_postgres::{PostgresSettings, PostgresStore};
use idv_sqlite::SqliteStore;
use idv_testkit::private_postgres;
use serde_json::Value;
use tempfile::TempDir;

use super::network::{client, pause};

/// How long a process may take until it answers, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the gateway is run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// The only variables in its environment.
    pub environment: Vec<(String, String)>,
}

/// Where the gateways keep their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// In a file.
    Sqlite,
    /// On a server.
    Postgres,
}

enum Database {
    File(PathBuf),
    Server(private_postgres::Database),
}

/// Gateways over one database.
pub(crate) struct Fleet {
    program: Program,
    database: Database,
    replicas: Vec<Replica>,
    /// Processes that ended although nobody killed them.
    pub(crate) accidents: Mutex<Vec<String>>,
    _folder: TempDir,
}

struct Replica {
    folder: PathBuf,
    base_url: String,
    child: Mutex<Option<Child>>,
}

impl Fleet {
    /// So many replicas that run and answer. `tables`: what the configuration says beside where to listen and to
    /// store. None where there is no such database, which was said aloud then.
    pub(crate) async fn start_all(
        program: Program,
        kind: DatabaseKind,
        size: usize,
        tables: &str,
    ) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("idv-load-")
            .tempdir()
            .unwrap();
        let database = match kind {
            DatabaseKind::Sqlite => Database::File(folder.path().join("idv.db")),
            DatabaseKind::Postgres => Database::Server(private_postgres::database()?),
        };
        let shared = format!(
            "[database]\n{}\n[encryption]\nmaster_key_file = {:?}\n{tables}",
            database.setting(),
            folder.path().join("master.key"),
        );
        let replicas = (0..size.max(1))
            .map(|number| {
                Replica::prepare(&folder.path().join(format!("replica-{number}")), &shared)
            })
            .collect();
        let fleet = Self {
            program,
            database,
            replicas,
            accidents: Mutex::default(),
            _folder: folder,
        };
        // One after the other: the first makes the key.
        for number in 0..fleet.size() {
            fleet.start(number).await;
        }
        Some(fleet)
    }

    pub(crate) const fn size(&self) -> usize {
        self.replicas.len()
    }

    pub(crate) fn base_url(&self, replica: usize) -> &str {
        &self.replicas[replica].base_url
    }

    /// The database, for whoever looks into it.
    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        match &self.database {
            Database::File(path) => Arc::new(SqliteStore::open(path).await.unwrap()),
            Database::Server(database) => {
                let url = Secret::new(database.url().to_owned());
                let settings = PostgresSettings::default();
                Arc::new(PostgresStore::open(&url, &settings).await.unwrap())
            }
        }
    }

    /// A key with which the application calls.
    pub(crate) fn make_api_key(&self) -> String {
        let mut args = vec!["key", "create", "--name", "load-and-kill", "--json"];
        args.extend(["--scope", "read", "--scope", "write", "--scope", "operate"]);
        let output = self.command(&self.replicas[0].folder, &args).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
        let made: Value = json::decode(&output.stdout).unwrap();
        made["key"].as_str().unwrap().to_owned()
    }

    /// What a server that is run for real does by itself (autovacuum), and a private one of tests does not: without it
    /// the server plans for tables that are still empty.
    pub(crate) fn look_after_tables(&self) {
        if let Database::Server(database) = &self.database {
            database.run("VACUUM (ANALYZE)");
        }
    }

    /// `kill -9`.
    pub(crate) async fn kill(&self, replica: usize) {
        self.note_accidents();
        let child = self.replicas[replica].child.lock().unwrap().take();
        if let Some(mut child) = child {
            child.kill().unwrap();
            // It cannot refuse, so this does not take long.
            child.wait().unwrap();
        }
    }

    /// Starts it, and waits until it answers.
    pub(crate) async fn start(&self, replica: usize) {
        let client = client();
        let (begun, ready) = (Instant::now(), format!("{}/readyz", self.base_url(replica)));
        self.launch(replica);
        loop {
            let answer = client.get(&ready).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE && !self.note_accidents(),
                "replica {replica} does not get ready: {}",
                self.replicas[replica].end_of_log()
            );
            pause(20).await;
        }
    }

    fn launch(&self, number: usize) {
        let replica = &self.replicas[number];
        let log = File::options()
            .create(true)
            .append(true)
            .open(replica.folder.join("gateway.log"))
            .unwrap();
        let child = self
            .command(&replica.folder, &["serve"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        *replica.child.lock().unwrap() = Some(child);
    }

    /// Writes down which process has ended by itself. True if one has.
    pub(crate) fn note_accidents(&self) -> bool {
        let mut happened = false;
        for (number, replica) in self.replicas.iter().enumerate() {
            let mut child = replica.child.lock().unwrap();
            let ended = child.as_mut().and_then(|child| child.try_wait().unwrap());
            if let Some(status) = ended {
                *child = None;
                happened = true;
                self.accidents.lock().unwrap().push(format!(
                    "replica {number} ended by itself ({status}): {}",
                    replica.end_of_log()
                ));
            }
        }
        happened
    }

    fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program.path);
        command
            .env_clear()
            .envs(self.program.environment.iter().cloned())
            .current_dir(folder)
            .args(args);
        command
    }
}

impl Database {
    fn setting(&self) -> String {
        match self {
            Self::File(path) => format!("path = {path:?}"),
            Self::Server(database) => format!("url = {:?}", database.url()),
        }
    }
}

impl Replica {
    /// A folder, a port and a configuration.
    fn prepare(folder: &Path, shared: &str) -> Self {
        fs::create_dir(folder).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = format!("[server]\nlisten = \"{address}\"\n{shared}");
        fs::write(folder.join("idv.toml"), config).unwrap();
        Self {
            folder: folder.to_owned(),
            base_url: format!("http://{address}"),
            child: Mutex::default(),
        }
    }

    fn end_of_log(&self) -> String {
        let log = fs::read(self.folder.join("gateway.log")).unwrap_or_default();
        let end = log.len().saturating_sub(2_000);
        String::from_utf8_lossy(&log[end..]).into_owned()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for replica in &self.replicas {
            if let Some(mut child) = replica.child.lock().unwrap().take() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}
