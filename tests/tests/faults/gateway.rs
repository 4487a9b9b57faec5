//! A gateway that dies when it is told to, and is started again by whoever needs it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use idv_engine::store::Store;
use reqwest::{Client, Method, Response};
use serde_json::Value;
use tempfile::TempDir;

use super::database::{Database, Kind};
use super::vendor::Vendor;
use idv_simulator::stripe::WEBHOOK_SECRET;

/// Long enough for what was claimed to be free again, and for a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database that a gateway has used once, with an API key.
pub(crate) struct Prepared {
    kind: Kind,
    /// Its folder is copied. On Postgres the database is, and the folder has what else there is.
    used: Gateway,
}

impl Prepared {
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// None where there is no such database, which was said aloud then.
    pub(crate) async fn new(kind: Kind, vendor: &Vendor) -> Option<Self> {
        let mut used = match kind {
            Kind::Sqlite => Gateway::new(vendor, Database::File),
            Kind::Postgres => Gateway::new(vendor, Database::empty_postgres()?),
        };
        used.use_once().await;
        Some(Self { kind, used })
    }
}

/// How long what a process has claimed stays claimed, once it is dead.
pub(crate) const LEASE: Duration = Duration::from_millis(600);

/// The program under test, on a folder of its own.
pub(crate) struct Gateway {
    pub(crate) dir: TempDir,
    database: Database,
    base: String,
    key: String,
    client: Client,
    child: Option<Child>,
    fault: Option<String>,
    /// How often the process died by itself.
    pub(crate) deaths: usize,
}

impl Gateway {
    /// On an empty folder and an empty database.
    pub(crate) fn empty(kind: Kind, vendor: &Vendor) -> Self {
        let database = match kind {
            Kind::Sqlite => Database::File,
            Kind::Postgres => Database::empty_postgres().expect("there was one before"),
        };
        Self::new(vendor, database)
    }

    fn new(vendor: &Vendor, database: Database) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let base = format!("http://127.0.0.1:{port}");
        vendor.send_ends(&format!("{base}/webhooks/stripe-eu"));
        let (vendor, key) = (vendor.base_url(), vendor.key());
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\n[engine]\nretry_base_secs = 1\npoll_interval_millis = 20\n\
             [reconciler]\ninterval_secs = 3600\n\
             [endpoints]\nallow_http = true\nallowed_networks = [\"127.0.0.0/8\"]\n\
             [policy]\nmax_attempts = 1\nmax_requests = 100\nmax_requests_within_hours = 1\n\
             [accounts.stripe-eu]\nprovider = \"stripe\"\nenvironment = \"live\"\ncalls_per_sec = 1000\napi_key = \"{key}\"\n\
             webhook_secrets = [\"{WEBHOOK_SECRET}\"]\n\
             [accounts.stripe-eu.options]\napi_base_url = \"{vendor}\"\n"
        );
        let config = config + &database.settings();
        fs::write(dir.path().join("idv.toml"), config).unwrap();
        Self {
            dir,
            database,
            base,
            key: String::new(),
            client: Client::builder()
                .tls_certs_only([])
                .no_proxy()
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
            child: None,
            fault: None,
            deaths: 0,
        }
    }

    /// On a copy of what was used before. The first process dies at this point.
    pub(crate) fn on(prepared: &Prepared, vendor: &Vendor, fault: Option<String>) -> Self {
        let database = match &prepared.used.database {
            Database::File => Database::File,
            Database::Postgres(used) => Database::Postgres(used.copy()),
        };
        let mut gateway = Self::new(vendor, database);
        for entry in fs::read_dir(prepared.used.dir.path()).unwrap() {
            let entry = entry.unwrap();
            let is_own = ["idv.toml", "trace", "gateway.log"]
                .iter()
                .any(|own| entry.file_name() == *own);
            if !is_own {
                fs::copy(entry.path(), gateway.dir.path().join(entry.file_name())).unwrap();
            }
        }
        gateway.key.clone_from(&prepared.used.key);
        gateway.fault = fault;
        gateway
    }

    /// Starts it, makes an API key, and stops it.
    async fn use_once(&mut self) {
        self.ready().await;
        self.make_key();
        self.stop().await;
    }

    pub(crate) fn die_at(&mut self, fault: Option<String>) {
        self.fault = fault;
    }

    /// Adds lines to the configuration, in place of what was added before.
    pub(crate) fn configure(&self, more: &str) {
        let path = self.dir.path().join("idv.toml");
        let config = fs::read_to_string(&path).unwrap();
        let (own, _) = config.split_once("# added\n").unwrap_or((&config, ""));
        fs::write(path, format!("{own}# added\n{more}")).unwrap();
    }

    /// Runs a command of the program until it comes to its end; the first run dies at `fault`.
    pub(crate) fn run(&mut self, args: &[&str], mut fault: Option<String>) {
        loop {
            let mut command = command(self.dir.path(), args);
            command.env("IDV_FAULT_TRACE", self.trace_path());
            if let Some(fault) = fault.take() {
                command.env("IDV_FAULT", fault);
            }
            let output = command.output().unwrap();
            if output.status.success() {
                return;
            }
            assert_eq!(output.status.code(), None, "{output:?}");
            self.deaths += 1;
            assert!(
                self.deaths <= 1,
                "it died without being told to: {output:?}"
            );
        }
    }

    pub(crate) fn trace_path(&self) -> PathBuf {
        self.dir.path().join("trace")
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        let text = fs::read_to_string(self.trace_path()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The database it runs on, for whoever looks into it.
    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        self.database.store(self.dir.path()).await
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("gateway.log")).unwrap_or_default()
    }

    pub(crate) fn make_key(&mut self) {
        let output = command(
            self.dir.path(),
            &["key", "create", "--name", "test", "--json"],
        )
        .args(
            ["read", "write", "review", "erase", "operate"].map(|scope| format!("--scope={scope}")),
        )
        .output()
        .unwrap();
        assert!(output.status.success(), "{output:?}");
        let made: Value = serde_json::from_slice(&output.stdout).unwrap();
        self.key = made["key"].as_str().unwrap().to_owned();
    }

    fn launch(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("gateway.log"))
            .unwrap();
        let mut command = command(self.dir.path(), &["serve"]);
        command
            .env("IDV_FAULT_TRACE", self.trace_path())
            .env("IDV_FAULT_LEASE_MILLIS", LEASE.as_millis().to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        // Only the first process dies.
        if let Some(fault) = self.fault.take() {
            command.env("IDV_FAULT", fault);
        }
        self.child = Some(command.spawn().unwrap());
    }

    /// True if it has died since it was last looked at.
    fn has_died(&mut self) -> bool {
        let Some(child) = &mut self.child else {
            return true;
        };
        if child.try_wait().unwrap().is_none() {
            return false;
        }
        self.child = None;
        self.deaths += 1;
        true
    }

    /// Starts it if it does not run, and waits until it answers.
    pub(crate) async fn ready(&mut self) {
        let begun = Instant::now();
        loop {
            if self.has_died() {
                assert!(
                    self.deaths <= 1,
                    "it died without being told to: {}",
                    self.log()
                );
                self.launch();
            }
            let answer = self
                .client
                .get(format!("{}/readyz", self.base))
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it never got ready: {}",
                self.log()
            );
            pause().await;
        }
    }

    /// Asks it to stop, and waits until it has. It may die on the way.
    pub(crate) async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let told = Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string())
            .status();
        assert!(told.unwrap().success());
        let begun = Instant::now();
        let ended = loop {
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it never stopped: {}",
                self.log()
            );
            pause().await;
        };
        if !ended.success() {
            self.deaths += 1;
        }
    }

    /// Sends something until it is answered, as a client does that must get it done: the same each time.
    async fn send(
        &mut self,
        make: impl Fn(&Client, &str, &str) -> reqwest::RequestBuilder,
    ) -> Response {
        let begun = Instant::now();
        loop {
            self.ready().await;
            if let Ok(answer) = make(&self.client, &self.base, &self.key).send().await
                && answer.status().as_u16() < 500
            {
                return answer;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it was never answered: {}",
                self.log()
            );
            pause().await;
        }
    }

    pub(crate) async fn call(
        &mut self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let answer = self
            .send(|client, base, api_key| {
                let mut request = client
                    .request(method.clone(), format!("{base}{path}"))
                    .bearer_auth(api_key);
                if let Some(key) = key {
                    request = request.header("Idempotency-Key", key);
                }
                if let Some(body) = body {
                    request = request
                        .header("Content-Type", "application/json")
                        .body(body.to_string());
                }
                request
            })
            .await;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap_or_default();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The program under test, with nothing of the environment.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idv-under-test"));
    command.env_clear().current_dir(dir).args(args);
    command
}

/// Another process gives no signal to wait for.
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(15)).await;
}
