//! A running gateway, and the vendor's hand that posts to it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use idv_engine::store::{DeliveryFilter, DeliveryRow, PageRequest};
use idv_simulator::stripe;
use reqwest::{Client, Method, Response};
use serde_json::Value;
use tempfile::TempDir;

use super::database::Database;
use super::{document, program};

/// The simulated vendor's usual one.
pub(crate) const SECRET: &str = stripe::WEBHOOK_SECRET;

/// An account that only receives and adopts what it hears of.
pub(crate) const RECEIVER: &str = r#"
[accounts.stripe-eu]
provider = "stripe"
environment = "sandbox"
webhook_secrets = ["whsec_idv_simulator"]
unmatched = "adopt"
"#;

pub(crate) struct Gateway {
    pub(crate) dir: TempDir,
    pub(crate) base: String,
    database: Database,
    child: Option<Child>,
    key: String,
    client: Client,
}

impl Gateway {
    /// A gateway in an empty directory, with these tables besides the necessary ones.
    pub(crate) async fn start(tables: &str) -> Self {
        Self::start_on(Database::File, tables).await
    }

    /// The same, with its data there.
    pub(crate) async fn start_on(database: Database, tables: &str) -> Self {
        let mut gateway = Self::prepare(database, tables);
        gateway.launch().await;
        let made = program::run(
            gateway.dir.path(),
            &[
                "key", "create", "--name", "test", "--scope", "read", "--scope", "write",
                "--scope", "review", "--scope", "erase", "--scope", "operate", "--json",
            ],
        );
        assert_eq!(made.code, 0, "{}", made.stderr);
        gateway.key = made.json()["key"]
            .as_str()
            .expect("the key is shown once")
            .to_owned();
        gateway
    }

    /// A directory, a port and a configuration.
    fn prepare(database: Database, tables: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\n[log]\nformat = \"json\"\nfilter = \"trace\"\n{}{tables}",
            database.table()
        );
        fs::write(dir.path().join("idv.toml"), &config).unwrap();
        Self {
            dir,
            base: format!("http://127.0.0.1:{port}"),
            database,
            child: None,
            key: String::new(),
            client: client(),
        }
    }

    pub(crate) async fn receiver() -> Self {
        Self::start(RECEIVER).await
    }

    pub(crate) async fn receiver_on(database: Database) -> Self {
        Self::start_on(database, RECEIVER).await
    }

    /// Another process over the same database, with the same master key and the same tables.
    pub(crate) async fn replica(&self, tables: &str) -> Self {
        const MASTER_KEY: &str = "idv-master.key";
        let mut replica = Self::prepare(self.database.clone(), tables);
        // A copied file keeps its mode.
        let (from, to) = (self.dir.path(), replica.dir.path());
        fs::copy(from.join(MASTER_KEY), to.join(MASTER_KEY)).unwrap();
        replica.key.clone_from(&self.key);
        replica.launch().await;
        replica
    }

    /// Starts the program on what lies in the directory.
    pub(crate) async fn launch(&mut self) {
        assert!(self.child.is_none(), "one at a time");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap();
        let child = program::command(self.dir.path(), &["serve"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        for _ in 0..400 {
            if let Ok(answer) = self
                .client
                .get(format!("{}/readyz", self.base))
                .send()
                .await
                && answer.status() == 200
            {
                return;
            }
            if let Some(status) = self
                .child
                .as_mut()
                .and_then(|child| child.try_wait().unwrap())
            {
                panic!("the gateway ended with {status}: {}", self.log());
            }
            pause().await;
        }
        panic!("the gateway never got ready: {}", self.log());
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has. Returns the exit code.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("it runs");
        let killed = std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        for _ in 0..400 {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            pause().await;
        }
        panic!("it never stopped: {}", self.log());
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.dir.path().join("gateway.log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Where the vendor's webhooks go.
    pub(crate) fn webhook_url(&self) -> String {
        format!("{}/webhooks/stripe-eu", self.base)
    }

    /// Posts bytes as the vendor would, with this signature header.
    pub(crate) async fn post(
        &self,
        account: &str,
        body: impl Into<Vec<u8>>,
        signature: Option<&str>,
    ) -> Response {
        let mut request = self
            .client
            .post(format!("{}/webhooks/{account}", self.base))
            .body(body.into());
        if let Some(signature) = signature {
            request = request.header("Stripe-Signature", signature);
        }
        request
            .header("Content-Type", "application/json")
            .send()
            .await
            .unwrap()
    }

    /// Posts bytes, rightly signed now. For what no vendor sends, and where it matters when it comes and what it is
    /// answered; all else the simulated vendor sends by itself.
    pub(crate) async fn post_signed(&self, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let signature = stripe::sign(SECRET, &body, now_unix_secs());
        self.post("stripe-eu", body, Some(&signature)).await
    }

    /// Calls the API as the application. Every answer is as the API's document says.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let (status, _, body) = self.command(method, path, "", body).await;
        (status, body)
    }

    /// The same, with an `Idempotency-Key` unless it is empty. Also returns whether nothing was done, because the
    /// command had been carried out before.
    pub(crate) async fn command(
        &self,
        method: Method,
        path: &str,
        idempotency_key: &str,
        body: Option<Value>,
    ) -> (u16, bool, Value) {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.base))
            .bearer_auth(&self.key);
        if !idempotency_key.is_empty() {
            request = request.header("Idempotency-Key", idempotency_key);
        }
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let replayed = response.headers().contains_key("idempotent-replayed");
        let media_type = response.headers().get("content-type").cloned();
        let (status, body) = answer(response).await;
        let media_type = media_type.as_ref().and_then(|value| value.to_str().ok());
        document::Document::of_the_program().check(
            method.as_str(),
            path,
            status,
            media_type,
            &body,
        );
        (status, replayed, body)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }

    /// The figures about the process, as they stand.
    pub(crate) async fn figures(&self) -> String {
        let url = format!("{}/metrics", self.base);
        let request = self.client.get(url).bearer_auth(&self.key);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    /// Every request, newest first.
    pub(crate) async fn requests(&self) -> Vec<Value> {
        let (status, page) = self.get("/v1/verification-requests?limit=100").await;
        assert_eq!(status, 200, "{page}");
        page["data"].as_array().expect("a page").clone()
    }

    /// Waits until nothing is pending in the inbox; returns what is there, newest first. What a killed process had
    /// claimed is free again after its lease of 10 s.
    pub(crate) async fn settled_inbox(&self) -> Vec<DeliveryRow> {
        let store = self.database.open(self.dir.path()).await;
        for _ in 0..1200 {
            if store.inbox().counts().await.unwrap().pending == 0 {
                let page = PageRequest {
                    after: None,
                    limit: 1000,
                };
                return store
                    .inbox()
                    .deliveries(&DeliveryFilter::default(), page)
                    .await
                    .unwrap()
                    .rows;
            }
            pause().await;
        }
        panic!("the inbox never settled: {}", self.log());
    }

    /// The API key that [`Gateway::call`] uses.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
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

pub(crate) async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub(crate) fn now_unix_secs() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program under test reads the machine's clock too"
    )]
    let now = SystemTime::now();
    i64::try_from(now.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process gives no signal to await"
)]
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(25)).await;
}

pub(crate) fn client() -> Client {
    Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}
