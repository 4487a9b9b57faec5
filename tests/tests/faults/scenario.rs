//! What an application does with the gateway, however often that dies meanwhile, and what must be so in the end.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use idv_core::RequestId;
use idv_engine::store::{DeliveryFilter, DeliveryState, PageRequest, Store as _};
use idv_sqlite::SqliteStore;
use reqwest::Method;
use serde_json::{Value, json};

use super::gateway::{Gateway, Prepared, pause};
use super::vendor::{Vendor, now_unix_secs};

const REQUESTS: &str = "/v1/verification-requests";
const SUBJECT: &str = "subject-1";

/// A way through the gateway's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scenario {
    /// The first start on an empty folder.
    FirstStart,
    /// A request is made, and passes.
    Pass,
    /// A request is made, and withdrawn.
    Cancel,
    /// A request fails, and is made anew.
    Recreate,
    /// The master key is replaced.
    Rotate,
    /// A request passes and another one is withdrawn at a vendor that refuses at first, and then takes its time.
    Unwell,
}

impl Scenario {
    pub(crate) const ALL: [Self; 6] = [
        Self::FirstStart,
        Self::Recreate,
        Self::Pass,
        Self::Cancel,
        Self::Rotate,
        Self::Unwell,
    ];
}

/// Where everything is in the end: each request's status and what the application was told of it; each session.
pub(crate) type Outcome = (Vec<(String, Vec<String>)>, Vec<String>);

/// What a run has shown.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) deaths: usize,
    /// The points that were passed, and which of them while it was getting ready.
    pub(crate) trace: Vec<String>,
    pub(crate) passed_when_ready: usize,
}

/// Runs a scenario to its end; the first process dies at `fault`.
pub(crate) async fn run(scenario: Scenario, prepared: &Prepared, fault: Option<&str>) -> Ran {
    let vendor = Vendor::open(scenario == Scenario::Unwell).await;
    let fault = fault.map(str::to_owned);
    let mut gateway = match scenario {
        Scenario::FirstStart => {
            let mut gateway = Gateway::new(&vendor.base_url());
            gateway.die_at(fault.clone());
            gateway
        }
        // It is another process that dies there.
        Scenario::Rotate => Gateway::on(prepared, &vendor.base_url(), None),
        _ => Gateway::on(prepared, &vendor.base_url(), fault.clone()),
    };
    gateway.ready().await;
    let mut passed_when_ready = gateway.trace().len();
    if scenario == Scenario::FirstStart {
        gateway.make_key();
    }
    let mut trace = None;
    let acknowledged = match scenario {
        Scenario::FirstStart => {
            create(&mut gateway, "first").await;
            0
        }
        Scenario::Pass => pass(&mut gateway, &vendor).await,
        Scenario::Cancel => cancel(&mut gateway, &vendor, 1).await,
        Scenario::Unwell => {
            pass(&mut gateway, &vendor).await + cancel(&mut gateway, &vendor, 2).await
        }
        Scenario::Recreate => recreate(&mut gateway, &vendor).await,
        Scenario::Rotate => {
            passed_when_ready = 0;
            trace = Some(rotate(&mut gateway, fault).await);
            0
        }
    };
    let outcome = outcome(&mut gateway, &vendor, acknowledged).await;
    Ran {
        outcome,
        deaths: gateway.deaths,
        trace: trace.unwrap_or_else(|| gateway.trace()),
        passed_when_ready,
    }
}

/// Makes a request, twice with the same key: it is the same one.
async fn create(gateway: &mut Gateway, key: &str) -> String {
    let body = json!({ "subject": SUBJECT, "organization": "company-1" });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (status, made) = gateway
            .call(Method::POST, REQUESTS, Some(key), Some(&body))
            .await;
        assert!(matches!(status, 200 | 201), "{status} {made}");
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1], "one key, one request");
    let other = json!({ "subject": SUBJECT, "organization": "company-2" });
    let (status, same) = gateway
        .call(
            Method::POST,
            REQUESTS,
            Some(&format!("{key}-again")),
            Some(&other),
        )
        .await;
    assert_eq!((status, &same["id"]), (200, &json!(ids[0])), "{same}");
    assert_eq!(
        same["affected_organizations"],
        json!(["company-1", "company-2"])
    );
    ids.remove(0)
}

/// Replaces the master key as the help says. Returns the points the command has passed.
async fn rotate(gateway: &mut Gateway, fault: Option<String>) -> Vec<String> {
    let id = create(gateway, "first").await;
    gateway.stop().await;
    let keys = gateway.dir.path().join("idv-master-2.key");
    std::fs::write(&keys, "bmV3IG1hc3RlciBrZXkgb2YgMzIgYnl0ZXMuLi4uLi4=\n").unwrap();
    std::fs::set_permissions(&keys, Permissions::from_mode(0o600)).unwrap();
    let new = "[encryption]\nmaster_key_file = \"idv-master-2.key\"\n";
    gateway.configure(&format!("{new}old_master_keys_file = \"idv-master.key\"\n"));
    let before = gateway.trace().len();
    gateway.run(&["key", "rotate-master"], fault);
    let passed = gateway.trace().split_off(before);
    // From now on the earlier key is not needed any more.
    gateway.configure(new);
    let path = format!("{REQUESTS}/{id}");
    let (status, seen) = gateway.call(Method::GET, &path, None, None).await;
    assert_eq!(
        (status, seen["subject"].as_str()),
        (200, Some(SUBJECT)),
        "{seen}"
    );
    passed
}

async fn pass(gateway: &mut Gateway, vendor: &Vendor) -> usize {
    let id = create(gateway, "first").await;
    let session = session(gateway, vendor, 1).await;
    gateway
        .post(&vendor.verify(&session, now_unix_secs()))
        .await;
    until(gateway, &id, "passed").await;
    1
}

async fn cancel(gateway: &mut Gateway, vendor: &Vendor, count: usize) -> usize {
    let id = create(gateway, "withdrawn").await;
    let session = session(gateway, vendor, count).await;
    let body = json!({ "reason": "not wanted" });
    for _ in 0..2 {
        let path = format!("{REQUESTS}/{id}/cancel");
        let (status, done) = gateway
            .call(Method::POST, &path, Some("cancel-1"), Some(&body))
            .await;
        assert_eq!(status, 200, "{done}");
    }
    until(gateway, &id, "cancelled").await;
    until_withdrawn(gateway, vendor, &session).await;
    0
}

async fn recreate(gateway: &mut Gateway, vendor: &Vendor) -> usize {
    let id = create(gateway, "first").await;
    let first = session(gateway, vendor, 1).await;
    gateway.post(&vendor.fail(&first, now_unix_secs())).await;
    until(gateway, &id, "failed").await;
    until_withdrawn(gateway, vendor, &first).await;
    let body = json!({ "actor": "staff-7", "comment": "once more" });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let path = format!("{REQUESTS}/{id}/recreate");
        let (status, made) = gateway
            .call(Method::POST, &path, Some("recreate-1"), Some(&body))
            .await;
        assert!(matches!(status, 200 | 201), "{status} {made}");
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1], "one key, one request");
    session(gateway, vendor, 2).await;
    until(gateway, &ids[0], "awaiting_user").await;
    1
}

/// The newest session of the subject, once there are so many.
async fn session(gateway: &mut Gateway, vendor: &Vendor, count: usize) -> String {
    let begun = Instant::now();
    loop {
        let sessions = vendor.sessions_of(SUBJECT);
        assert!(sessions.len() <= count, "{sessions:?}");
        if let (Some((id, _)), true) = (sessions.last(), sessions.len() == count) {
            return id.clone();
        }
        wait(gateway, begun, "the session").await;
    }
}

async fn until_withdrawn(gateway: &mut Gateway, vendor: &Vendor, session: &str) {
    let begun = Instant::now();
    let canceled = (session.to_owned(), "canceled".to_owned());
    while !vendor.sessions_of(SUBJECT).contains(&canceled) {
        wait(gateway, begun, "the withdrawal").await;
    }
}

async fn until(gateway: &mut Gateway, request: &str, wanted: &str) {
    let begun = Instant::now();
    loop {
        let path = format!("{REQUESTS}/{request}");
        let (status, seen) = gateway.call(Method::GET, &path, None, None).await;
        assert_eq!(status, 200, "{seen}");
        if seen["status"] == wanted {
            return;
        }
        wait(gateway, begun, wanted).await;
    }
}

async fn wait(gateway: &mut Gateway, begun: Instant, what: &str) {
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{what} never came: {}",
        gateway.log()
    );
    gateway.ready().await;
    pause().await;
}

/// Looks at everything once no work is left, and checks what must hold whatever has happened.
async fn outcome(gateway: &mut Gateway, vendor: &Vendor, acknowledged: usize) -> Outcome {
    let store = SqliteStore::open(&gateway.database()).await.unwrap();
    let begun = Instant::now();
    while store.jobs().count().await.unwrap() > 0
        || store.inbox().counts().await.unwrap().pending > 0
    {
        wait(gateway, begun, "the end of the work").await;
    }
    for (intent, made) in vendor.made_per_intent() {
        assert_eq!(made, 1, "sessions made for {intent}");
    }
    let page = PageRequest {
        after: None,
        limit: 100,
    };
    let deliveries = store
        .inbox()
        .deliveries(&DeliveryFilter::default(), page)
        .await
        .unwrap();
    assert_eq!(
        deliveries.rows.len(),
        acknowledged,
        "what was acknowledged is there, once"
    );
    assert!(
        deliveries
            .rows
            .iter()
            .all(|row| row.state == DeliveryState::Done)
    );

    let path = format!("{REQUESTS}?subject={SUBJECT}&environment=sandbox");
    let (status, list) = gateway.call(Method::GET, &path, None, None).await;
    assert_eq!(status, 200, "{list}");
    let requests = list["data"].as_array().unwrap();
    let is_open = |request: &&Value| {
        matches!(
            request["status_summary"].as_str(),
            Some("created" | "started")
        )
    };
    assert!(requests.iter().filter(is_open).count() <= 1, "{list}");
    let mut ends = BTreeMap::new();
    for request in requests {
        assert_eq!(request["attention"], json!([]), "{request}");
        let id: RequestId = request["id"].as_str().unwrap().parse().unwrap();
        let events = store.reads().events_of(id).await.unwrap();
        let mut keys: Vec<_> = events.into_iter().map(|event| event.key).collect();
        keys.sort();
        let status = request["status"].as_str().unwrap().to_owned();
        assert!(ends.insert(status, keys).is_none(), "{list}");
    }
    store.close().await;
    let sessions = vendor.sessions_of(SUBJECT);
    let sessions = sessions.into_iter().map(|(_, status)| status).collect();
    (ends.into_iter().collect(), sessions)
}
