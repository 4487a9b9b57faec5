//! One process of the gateway.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use idv_engine::store::Store;
use tempfile::TempDir;

use super::database::Made;
use super::{Database, program, target_folder};

/// How long a process may take until it answers: with a million requests in its database too.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is asked. It tells nobody that it is ready.
const ASKED_EVERY: Duration = Duration::from_millis(2);
/// How long it keeps idle connections: those of a client that waits for its turn too.
const IDLE_SECS: u64 = 3600;
/// Ticks of the kernel's clock in a second, as Linux shows them to programs.
const TICKS_PER_SEC: f64 = 100.0;

/// `idv serve`, over a database of its own. Killed when it is dropped, and then its data are gone.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    child: Option<Child>,
    database: Made,
    folder: TempDir,
}

impl Gateway {
    /// A process over a new, empty database, which is ready. `tables`: its configuration beside `[server] listen`,
    /// `[database]` and `[encryption]`, in TOML; what is not said is as the product has it.
    ///
    /// # Errors
    /// What is missing on this machine, with the remedy.
    ///
    /// # Panics
    /// If it does not start with that configuration.
    pub fn start(database: Database, tables: &str) -> Result<Self, String> {
        program()?;
        // Beside what is built: a folder of temporary files may lie in memory, where nothing is ever synced.
        let parent = target_folder()?.join("bench-rooms");
        let failed =
            |error: std::io::Error| format!("no folder can be made in {parent:?}: {error}");
        fs::create_dir_all(&parent).map_err(failed)?;
        let folder = tempfile::tempdir_in(&parent).map_err(failed)?;
        let database = database.make(folder.path())?;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let config = format!(
            "{tables}\n[server]\nlisten = \"{address}\"\nheader_timeout_secs = {IDLE_SECS}\n[database]\n{}\n[encryption]\nmaster_key_file = {:?}\n",
            database.setting(),
            folder.path().join("master.key"),
        );
        fs::write(folder.path().join("idv.toml"), config).unwrap();
        let mut gateway = Self {
            address,
            child: None,
            database,
            folder,
        };
        gateway.restart()?;
        Ok(gateway)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, as the base of URLs: without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder with its configuration, its log and, with SQLite, its file.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database, for whoever fills it or looks into it. Opened anew each time.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn store(&self) -> Arc<dyn Store> {
        self.database.store().await
    }

    /// Has the server know how many rows its tables have. Nothing to do for SQLite.
    pub fn look_after_tables(&self) {
        self.database.look_after_tables();
    }

    /// A key with which an application calls: it may read, write and operate.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn make_api_key(&self) -> String {
        let mut args = vec!["key", "create", "--name", "bench", "--json"];
        args.extend(["--scope", "read", "--scope", "write", "--scope", "operate"]);
        let output = self.command(&args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        made["key"].as_str().unwrap().to_owned()
    }

    /// Memory of the process that lies in RAM, in bytes.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most of it that there ever was since it was started, in bytes.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn most_resident_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
        let kib: u64 = kib.unwrap().trim().parse().unwrap();
        kib * 1024
    }

    /// Seconds of processor time that it has used since it was started.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn processor_secs(&self) -> f64 {
        let stat = fs::read_to_string(self.proc("stat")).unwrap();
        // The name of the program stands in brackets and may hold anything.
        let (_, figures) = stat.rsplit_once(')').unwrap();
        let figures: Vec<&str> = figures.split_whitespace().collect();
        let ticks = |place: usize| figures[place].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / TICKS_PER_SEC
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it, unless it runs, and waits until it is ready. Returns how long that took.
    ///
    /// # Errors
    /// If it could not be built.
    ///
    /// # Panics
    /// If it does not get ready.
    pub fn restart(&mut self) -> Result<Duration, String> {
        program()?;
        let begun = Instant::now();
        if self.child.is_none() {
            self.child = Some(self.launch());
        }
        while !self.is_ready() {
            let ended = self.child.as_mut().is_some_and(|child| {
                let ended = child.try_wait().unwrap();
                ended.is_some()
            });
            assert!(
                !ended && begun.elapsed() < PATIENCE,
                "the gateway does not get ready: {}",
                self.end_of_log()
            );
            std::thread::sleep(ASKED_EVERY);
        }
        Ok(begun.elapsed())
    }

    /// The end of its log.
    #[must_use]
    pub fn end_of_log(&self) -> String {
        let log = fs::read(self.folder().join("gateway.log")).unwrap_or_default();
        let end = log.len().saturating_sub(2_000);
        String::from_utf8_lossy(&log[end..]).into_owned()
    }

    fn launch(&self) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder().join("gateway.log"))
            .unwrap();
        self.command(&["serve"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<Vec<u8>> {
            let mut connection = TcpStream::connect(self.address)?;
            connection.set_read_timeout(Some(PATIENCE))?;
            connection
                .write_all(b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
            let mut answer = Vec::new();
            connection.read_to_end(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200 "))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program().expect("it was built before"));
        command.env_clear().current_dir(self.folder()).args(args);
        command
    }

    fn proc(&self, file: &str) -> String {
        let child = self.child.as_ref().expect("it runs");
        format!("/proc/{}/{file}", child.id())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
    }
}
