//! What an application does with the gateway, however often that dies meanwhile, and what must be so in the end.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use idv_core::{Clock as _, SystemClock};
use reqwest::Method;
use serde_json::json;

use super::application::{Application, Temper};
use super::gateway::{Gateway, LEASE, Prepared, pause};
use super::outcome::{Outcome, end_of_work, outcome};
use super::told::{hear_everything, subscribe, unsubscribe};
use super::vendor::{Manner, Vendor};

pub(crate) const REQUESTS: &str = "/v1/verification-requests";
pub(crate) const SUBJECT: &str = "subject-1";

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
    /// A request passes, and then the person is erased.
    Erase,
    /// A request passes and another one is withdrawn at a vendor that refuses at first, and then takes its time.
    Unwell,
    /// A request passes, and an endpoint that takes its time at first is told.
    Told,
    /// A request passes and another one is withdrawn, and an endpoint is told that refuses at first.
    Refused,
    /// A request is about to pass when the gateway is asked to stop. Another process comes in its place.
    Leave,
}

impl Scenario {
    pub(crate) const ALL: [Self; 10] = [
        Self::FirstStart,
        Self::Recreate,
        Self::Pass,
        Self::Cancel,
        Self::Rotate,
        Self::Erase,
        Self::Unwell,
        Self::Told,
        Self::Refused,
        Self::Leave,
    ];
}

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
    let manner = match scenario {
        Scenario::Unwell => Manner::Unwell,
        _ => Manner::Prompt,
    };
    run_against(manner, scenario, prepared, fault).await
}

/// The same, against a vendor of another manner.
pub(crate) async fn run_against(
    manner: Manner,
    scenario: Scenario,
    prepared: &Prepared,
    fault: Option<&str>,
) -> Ran {
    let vendor = Vendor::live(manner).await;
    let fault = fault.map(str::to_owned);
    let mut gateway = match scenario {
        Scenario::FirstStart => {
            let mut gateway = Gateway::empty(prepared.kind(), &vendor);
            gateway.die_at(fault.clone());
            gateway
        }
        // It is another process that dies there.
        Scenario::Rotate => Gateway::on(prepared, &vendor, None),
        _ => Gateway::on(prepared, &vendor, fault.clone()),
    };
    gateway.ready().await;
    let mut passed_when_ready = gateway.trace().len();
    if scenario == Scenario::FirstStart {
        gateway.make_key();
    }
    let mut trace = None;
    match scenario {
        Scenario::FirstStart => {
            create(&mut gateway, "first").await;
        }
        Scenario::Pass => pass(&mut gateway, &vendor).await,
        Scenario::Cancel => cancel(&mut gateway, &vendor, 1).await,
        Scenario::Erase => erase(&mut gateway, &vendor).await,
        Scenario::Unwell => {
            pass(&mut gateway, &vendor).await;
            cancel(&mut gateway, &vendor, 2).await;
        }
        Scenario::Told => told(&mut gateway, &vendor).await,
        Scenario::Refused => refused(&mut gateway, &vendor).await,
        Scenario::Leave => leave(&mut gateway, &vendor).await,
        Scenario::Recreate => recreate(&mut gateway, &vendor).await,
        Scenario::Rotate => {
            passed_when_ready = 0;
            trace = Some(rotate(&mut gateway, fault).await);
        }
    }
    let outcome = outcome(&mut gateway, &vendor).await;
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

async fn pass(gateway: &mut Gateway, vendor: &Vendor) {
    let id = create(gateway, "first").await;
    let session = session(gateway, vendor, 1).await;
    vendor.verify(&session);
    until(gateway, &id, "passed").await;
}

async fn told(gateway: &mut Gateway, vendor: &Vendor) {
    let application = Application::open(Temper::Slow).await;
    subscribe(gateway, &application).await;
    pass(gateway, vendor).await;
    end_of_work(gateway, vendor).await;
    hear_everything(gateway, &application).await;
    unsubscribe(gateway).await;
}

async fn refused(gateway: &mut Gateway, vendor: &Vendor) {
    let application = Application::open(Temper::Refusing).await;
    subscribe(gateway, &application).await;
    pass(gateway, vendor).await;
    // On the busiest machine too the refusal comes before what dies from here on.
    let begun = Instant::now();
    while application.heard().events.is_empty() {
        wait(gateway, begun, "the first event").await;
    }
    cancel(gateway, vendor, 2).await;
    end_of_work(gateway, vendor).await;
    hear_everything(gateway, &application).await;
}

async fn leave(gateway: &mut Gateway, vendor: &Vendor) {
    let id = create(gateway, "first").await;
    let session = session(gateway, vendor, 1).await;
    vendor.verify(&session);
    let begun = Instant::now();
    while vendor.acknowledged() == 0 {
        wait(gateway, begun, "the webhook").await;
    }
    gateway.stop().await;
    // What it has acknowledged and not worked on is there for whoever comes next.
    until(gateway, &id, "passed").await;
    // That has the vendor's limits for itself: one that left without a word is taken for gone after two leases.
    let store = gateway.store().await;
    let begun = Instant::now();
    loop {
        let since = SystemClock.now().minus(LEASE * 2);
        if store.replicas().live(since).await.unwrap() == 1 {
            return;
        }
        wait(gateway, begun, "a process alone").await;
    }
}

async fn cancel(gateway: &mut Gateway, vendor: &Vendor, count: usize) {
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
}

async fn recreate(gateway: &mut Gateway, vendor: &Vendor) {
    let id = create(gateway, "first").await;
    let first = session(gateway, vendor, 1).await;
    vendor.fail(&first);
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
}

async fn erase(gateway: &mut Gateway, vendor: &Vendor) {
    pass(gateway, vendor).await;
    let (_, list) = gateway.call(Method::GET, REQUESTS, None, None).await;
    let path = format!(
        "{REQUESTS}/{}/redact",
        list["data"][0]["id"].as_str().unwrap()
    );
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (status, done) = gateway
            .call(Method::POST, &path, Some("erase-1"), None)
            .await;
        assert_eq!(status, 201, "{done}");
        ids.push(done["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1], "one key, one erasure");
    let begun = Instant::now();
    while !vendor.has_erased_everything() {
        wait(gateway, begun, "the erasure").await;
    }
    let (_, list) = gateway.call(Method::GET, REQUESTS, None, None).await;
    assert!(!list.to_string().contains(SUBJECT), "{list}");
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

pub(crate) async fn wait(gateway: &mut Gateway, begun: Instant, what: &str) {
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{what} never came: {}",
        gateway.log()
    );
    gateway.ready().await;
    pause().await;
}
