//! What was acknowledged is on disk, whatever happens to the process.
#![cfg(test)]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use idv_core::webhook::{DeduplicationKey, Receipt, Strength};
use idv_core::{AccountId, DeliveryId, Timestamp};
use idv_engine::store::{Appended, DeliveryState, Inbox as _, NewDelivery, Sealed};
use idv_sqlite::SqliteStore;

/// Set for the process that is to be killed: the database it appends to.
const APPENDER: &str = "IDV_TEST_APPENDER";
const ROUNDS: usize = 4;
/// Acknowledgements to wait for before the blow; more arrive until it falls.
const ENOUGH: usize = 40;

#[test]
fn acknowledged_deliveries_survive_kill_9() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if let Some(file) = std::env::var_os(APPENDER) {
        runtime.block_on(append_until_killed(Path::new(&file)));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    let mut acknowledged = Vec::new();
    for _ in 0..ROUNDS {
        acknowledged.extend(killed_in_the_middle(file.as_os_str()));
        runtime.block_on(assert_all_there(&file, &acknowledged));
    }
    assert!(acknowledged.len() >= ROUNDS * ENOUGH);
}

/// Runs this very test in another process, as the appender, and kills it. Returns what it had acknowledged.
fn killed_in_the_middle(file: &OsStr) -> Vec<DeliveryId> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "acknowledged_deliveries_survive_kill_9",
            "--nocapture",
        ])
        .env(APPENDER, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let Some(id) = line.strip_prefix("acknowledged ") else {
            continue;
        };
        // The last line may have been cut off.
        let Ok(id) = id.parse() else { break };
        acknowledged.push(id);
        if acknowledged.len() == ENOUGH {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it was killed, it did not end");
    acknowledged
}

async fn append_until_killed(file: &Path) -> ! {
    let store = SqliteStore::open(file).await.unwrap();
    let mut out = std::io::stdout();
    for number in 0.. {
        let batch: Vec<_> = (0..=number % 5).map(|_| delivery(number)).collect();
        let appended = store.append(&batch).await.unwrap();
        assert_eq!(appended, vec![Appended::Stored; batch.len()]);
        for new in batch {
            writeln!(out, "acknowledged {}", new.id).unwrap();
        }
    }
    unreachable!("it appends for ever");
}

async fn assert_all_there(file: &Path, acknowledged: &[DeliveryId]) {
    let store = SqliteStore::open(file).await.unwrap();
    for id in acknowledged {
        let row = store.delivery(*id).await.unwrap();
        let row = row.unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
        assert_eq!(row.state, DeliveryState::Pending);
        assert_eq!(row.body.as_bytes(), [0xA5; 1_500]);
    }
    store.close().await;
}

fn delivery(number: i64) -> NewDelivery {
    let id = DeliveryId::new(Timestamp::from_unix_secs(1_795_000_000 + number));
    NewDelivery {
        id,
        account: AccountId::from("acme-eu"),
        receipt: Receipt {
            scheme: "hmac-sha256".to_owned(),
            key: "current".to_owned(),
            signed_at: None,
            deduplication_key: DeduplicationKey::event_id(&id.to_string()),
            strength: Strength::SharedSecret,
            received_at: Timestamp::from_unix_secs(1_795_000_000),
        },
        body: Sealed::from_bytes(vec![0xA5; 1_500]),
        session: None,
        trace: None,
        wake_on_duplicate: false,
    }
}
