//! The memory of a gateway does not grow with its inbox.
//!
//! Two gateways that differ in nothing but the depth of their inboxes do the same: take webhooks in, work on what
//! waits, list it. The webhooks are made and posted here, two hundred as alike as can be, so that the two gateways do the
//! same to the byte. Linux tells the most memory a process ever held. `IDV_MEMORY_ROWS=1000000` makes the deep inbox as
//! deep as that; the suite is content with less.
#![cfg(test)]
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON and time directly, and wait for another process"
)]

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use idv_core::webhook::{DeduplicationKey, Receipt, Strength};
use idv_core::{AccountId, DeliveryId, SessionId, Timestamp};
use idv_engine::store::{NewDelivery, Sealed, Store as _};
use idv_simulator::stripe;
use idv_sqlite::SqliteStore;
use reqwest::Client;
use tempfile::TempDir;

const SECRET: &str = "whsec_memory";

/// Rows of the shallow inbox.
const SHALLOW: usize = 1_000;

/// Rows of the deep inbox, where nothing else is asked for.
const DEEP: usize = 50_000;

/// Webhooks that each gateway takes in.
const WEBHOOKS: usize = 200;

/// Deliveries that each gateway works on while it is watched.
const WORKED: u64 = 300;

/// More memory than this, compared with the shallow inbox, is a leak.
const LARGEST_RATIO: f64 = 1.5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deep_inbox_takes_no_more_memory_than_a_shallow_one() {
    let deep = std::env::var("IDV_MEMORY_ROWS")
        .ok()
        .map_or(DEEP, |rows| rows.parse().expect("a number of rows"));
    let shallow_kib = most_memory_kib(SHALLOW).await;
    let deep_kib = most_memory_kib(deep).await;
    let ratio = deep_kib / shallow_kib;
    println!(
        "{SHALLOW} rows: {shallow_kib} KiB, {deep} rows: {deep_kib} KiB, ratio {ratio:.2} (at most {LARGEST_RATIO})"
    );
    assert!(ratio <= LARGEST_RATIO);
}

/// The most memory a gateway held that has so many deliveries in its inbox.
async fn most_memory_kib(rows: usize) -> f64 {
    let gateway = Gateway::with_inbox_of(rows).await;
    for number in 0..WEBHOOKS {
        gateway.post(number).await;
    }
    gateway.has_worked_on(WORKED).await;
    let page = gateway.list().await;
    assert_eq!(page, 200);
    gateway.most_memory_kib()
}

struct Gateway {
    dir: TempDir,
    base: String,
    key: String,
    client: Client,
    child: Child,
}

impl Gateway {
    async fn with_inbox_of(rows: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\n[log]\nformat = \"json\"\nfilter = \"error\"\n\
             [accounts.stripe-eu]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"{SECRET}\"]\n\
             unmatched = \"adopt\"\n"
        );
        fs::write(dir.path().join("idv.toml"), config).unwrap();
        let made = command(&dir, &["key", "create", "--name", "memory", "--json"])
            .output()
            .unwrap();
        assert!(made.status.success());
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        fill(&dir, rows).await;
        let log = File::create(dir.path().join("gateway.log")).unwrap();
        let child = command(&dir, &["serve"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let gateway = Self {
            base: format!("http://127.0.0.1:{port}"),
            key: made["key"]
                .as_str()
                .expect("the key is shown once")
                .to_owned(),
            client: Client::builder()
                .tls_certs_only([])
                .no_proxy()
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
            child,
            dir,
        };
        gateway.is_ready().await;
        gateway
    }

    async fn is_ready(&self) {
        for _ in 0..800 {
            let answer = self
                .client
                .get(format!("{}/readyz", self.base))
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            pause().await;
        }
        panic!("the gateway never got ready");
    }

    async fn post(&self, number: usize) {
        let mut session = stripe::Session::new(format!("vs_memory_{number}"), now_unix_secs())
            .for_reference(format!("customer-{number}"));
        let body = session.created(now_unix_secs()).body;
        let signature = stripe::sign(SECRET, &body, now_unix_secs());
        let answer = self
            .client
            .post(format!("{}/webhooks/stripe-eu", self.base))
            .header("Stripe-Signature", signature)
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// Waits until so many deliveries are no longer pending.
    async fn has_worked_on(&self, deliveries: u64) {
        let store = SqliteStore::open(&self.dir.path().join("idv.db"))
            .await
            .unwrap();
        for _ in 0..4800 {
            let counts = store.inbox().counts().await.unwrap();
            if counts.done + counts.dead + counts.ignored + counts.unmatched >= deliveries {
                return;
            }
            pause().await;
        }
        panic!("the gateway does not work");
    }

    async fn list(&self) -> u16 {
        let answer = self
            .client
            .get(format!("{}/v1/verification-requests?limit=100", self.base))
            .bearer_auth(&self.key)
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    }

    fn most_memory_kib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fills the inbox with webhooks of many sessions that wait to be worked on. What they say cannot be read any more, so
/// each ends before the operator.
async fn fill(dir: &TempDir, rows: usize) {
    let store = SqliteStore::open(&dir.path().join("idv.db")).await.unwrap();
    let received_at = Timestamp::from_unix_secs(now_unix_secs());
    let delivery = |number: usize| NewDelivery {
        id: DeliveryId::new(received_at),
        account: AccountId::from("stripe-eu"),
        receipt: Receipt {
            scheme: "hmac-sha256-timestamped".to_owned(),
            key: "current".to_owned(),
            signed_at: Some(received_at),
            deduplication_key: DeduplicationKey::event_id(&format!("evt_{number}")),
            strength: Strength::Signed {
                replay_window_secs: Some(300),
            },
            received_at,
        },
        body: Sealed::from_bytes(vec![7; 1500]),
        session: Some(SessionId::from(format!("vs_deep_{}", number / 4).as_str())),
        trace: None,
        wake_on_duplicate: false,
    };
    let numbers: Vec<_> = (0..rows).collect();
    for batch in numbers.chunks(2000) {
        let deliveries: Vec<_> = batch.iter().copied().map(delivery).collect();
        store.inbox().append(&deliveries).await.unwrap();
    }
    store.close().await;
}

fn command(dir: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idv-under-test"));
    command
        .args(arguments)
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn now_unix_secs() -> i64 {
    let now = SystemTime::now();
    i64::try_from(now.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(25)).await;
}
