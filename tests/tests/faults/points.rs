//! Every fault point, in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::database::Kind;
use super::gateway::{Prepared, command};
use super::outcome::Outcome;
use super::scenario::{Scenario, run, run_against};
use super::vendor::{Manner, Vendor};

/// How many gateways run side by side. Most of the time each waits for a lease to end.
static TURNS: Semaphore = Semaphore::const_new(3);

/// Calls at which a process dies at every passage: what is durable changes there, at home or at the vendor, or something
/// was told that nobody has written down yet.
const EVERY_PASSAGE: &[&str] = &["unit.commit", "vendor.send", "unit.settle_event_delivery"];

/// Whoever makes these calls makes them all the time, or for as much at once as there is: there is no saying which passage
/// is which.
const POLLED: &[&str] = &[
    "inbox.claim",
    "jobs.claim",
    "polls.claim",
    "replicas.seen",
    "outbox.place_events",
    "outbox.last_position",
    "outbox.endpoints",
    "outbox.endpoint",
    "outbox.fan_out",
    "outbox.claim",
    "outbox.extend",
];

/// Why no scenario comes past what the reconciler does. `engine/tests/life/cases/polling.rs` stops it half way.
const QUIET: &str = "a session is asked about after a minute of silence at the least";

/// Calls that no scenario comes past, and why.
const NOT_REACHED: &[(&str, &str)] = &[
    ("inbox.counts", "a read for operators"),
    ("inbox.deliveries", "a read for operators"),
    ("inbox.delivery", "a read for operators"),
    ("inbox.make_due", "a vendor must have been down"),
    ("inbox.requeue", "an operator's"),
    ("inbox.requeue_all", "an operator's"),
    ("jobs.make_due", "a vendor must have been down"),
    ("jobs.count", "a read for operators"),
    ("polls.claim", QUIET),
    ("polls.put_off", QUIET),
    ("polls.missed", "a read for operators"),
    ("polls.missed_counts", "a read for operators"),
    ("replicas.live", "a read for operators"),
    ("unit.insert_missed_webhook", QUIET),
    ("outbox.event", "a read for operators"),
    ("outbox.deliveries", "a read for operators"),
    ("outbox.attempts_of", "a read for operators"),
    ("outbox.resend", "an operator's"),
    ("outbox.replay", "an operator's"),
    ("outbox.counts", "a read for operators"),
    (
        "vendor.open",
        "somebody must look at a file; nothing of it is handed out before that is on disk, and nothing else is written",
    ),
    (
        "unit.data_key",
        "a read, by a process that did not make the session's intent itself",
    ),
];

fn listed() -> Vec<String> {
    let output = command(Path::new("."), &["fault-points"]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The calls of a trait, as its source has them.
fn calls_of(file: &str, name: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/engine/src/store")
        .join(file);
    let source = std::fs::read_to_string(path).unwrap();
    let (_, body) = source
        .split_once(&format!("pub trait {name}:"))
        .expect(name);
    let (body, _) = body.split_once("\n}\n").unwrap();
    let calls: BTreeSet<String> = body
        .lines()
        .filter_map(|line| line.trim().strip_prefix("async fn "))
        .map(|rest| rest.split('(').next().unwrap().to_owned())
        .collect();
    assert!(!calls.is_empty(), "{name}");
    calls
}

#[test]
fn every_call_of_the_store_that_writes_or_locks_has_its_fault_points() {
    let listed: BTreeSet<String> = listed().into_iter().collect();
    let traits = [
        ("unit", "unit_of_work.rs", "UnitOfWork"),
        ("unit", "unit_of_work.rs", "OwnedUnitOfWork"),
        ("inbox", "inbox.rs", "Inbox"),
        ("jobs", "jobs.rs", "Jobs"),
        ("polls", "polls.rs", "Polls"),
        ("replicas", "replicas.rs", "Replicas"),
        ("outbox", "outbox.rs", "Outbox"),
    ];
    let mut missing = Vec::new();
    for (of, file, name) in traits {
        for call in calls_of(file, name) {
            for side in ["before", "after"] {
                let point = format!("{of}.{call}.{side}");
                if !listed.contains(&point) {
                    missing.push(point);
                }
            }
        }
    }
    assert!(missing.is_empty(), "without a fault point: {missing:?}");
}

/// One run: where the process dies, in which scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    scenario: Scenario,
    point: String,
    passage: usize,
}

fn count(trace: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for point in trace {
        *counts.entry(point.as_str()).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_process_that_dies_at_any_fault_point_loses_nothing_and_makes_nothing_twice() {
    die_everywhere(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_process_that_dies_at_any_fault_point_loses_nothing_and_makes_nothing_twice()
{
    die_everywhere(Kind::Postgres).await;
}

async fn die_everywhere(kind: Kind) {
    let vendor = Vendor::live(Manner::Well).await;
    // Where there is no such database, that was said aloud.
    let Some(prepared) = Prepared::new(kind, &vendor).await else {
        return;
    };
    let prepared = Arc::new(prepared);
    let everything = std::env::var("IDV_FAULTS").is_ok_and(|value| value == "all");

    // What happens when nothing dies, and which points are passed on the way.
    let mut expected: BTreeMap<Scenario, Outcome> = BTreeMap::new();
    let mut cases = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for scenario in Scenario::ALL {
        let ran = run(scenario, &prepared, None).await;
        assert_eq!(ran.deaths, 0);
        println!(
            "{scenario:?}: {} points passed, {:?}",
            ran.trace.len(),
            ran.outcome
        );
        let starting = match scenario {
            Scenario::FirstStart => 0,
            _ => ran.passed_when_ready,
        };
        let is_whole = !matches!(
            scenario,
            Scenario::FirstStart | Scenario::Unwell | Scenario::Refused | Scenario::Leave
        );
        // A second attempt that is refused, since nobody heard of the first one, is made up for after minutes.
        let is_patient = scenario != Scenario::Refused;
        let before = count(&ran.trace[..starting]);
        for (point, passages) in count(&ran.trace) {
            let first = before.get(point).copied().unwrap_or(0) + 1;
            if passages < first {
                continue;
            }
            let call = point.rsplit_once('.').unwrap().0;
            let is_new = reached.insert(point.to_owned());
            let every = everything && is_patient && !POLLED.contains(&call);
            let (from, to) = match (scenario, call) {
                _ if every || (EVERY_PASSAGE.contains(&call) && is_whole) => (first, passages),
                // Here it is a refusal that nobody has written down yet.
                (Scenario::Refused, "unit.settle_event_delivery") => (first, first),
                // By then it is written down, and an event waits for its next attempt.
                (Scenario::Refused, "vendor.send") => (passages, passages),
                _ if is_new => (first, first),
                _ => continue,
            };
            cases.extend((from..=to).map(|passage| Case {
                scenario,
                point: point.to_owned(),
                passage,
            }));
        }
        expected.insert(scenario, ran.outcome);
    }

    let listed: BTreeSet<String> = listed().into_iter().collect();
    let unknown: Vec<_> = reached.difference(&listed).collect();
    assert!(unknown.is_empty(), "passed, and not listed: {unknown:?}");
    let excused = |point: &&String| {
        let call = point.rsplit_once('.').unwrap().0;
        NOT_REACHED.iter().any(|(excused, _)| *excused == call)
    };
    let missed: Vec<_> = listed
        .difference(&reached)
        .filter(|p| !excused(p))
        .collect();
    assert!(missed.is_empty(), "no scenario comes past {missed:?}");
    let needless: Vec<_> = reached.iter().filter(excused).collect();
    assert!(
        needless.is_empty(),
        "excused, and passed all the same: {needless:?}"
    );

    println!("{} runs", cases.len());
    let begun = std::time::Instant::now();
    let expected = Arc::new(expected);
    let mut runs = JoinSet::new();
    for case in cases {
        let (expected, prepared) = (expected.clone(), prepared.clone());
        runs.spawn(async move {
            let _turn = TURNS.acquire().await.unwrap();
            let fault = format!("{}:{}", case.point, case.passage);
            let check = {
                let (fault, scenario) = (fault.clone(), case.scenario);
                tokio::spawn(async move { run(scenario, &prepared, Some(&fault)).await })
            };
            let (deaths, problem) = match check.await {
                Ok(ran) if ran.outcome == expected[&case.scenario] => (ran.deaths, None),
                Ok(ran) => {
                    let expected = &expected[&case.scenario];
                    let problem = format!("{:?}\nexpected {expected:?}", ran.outcome);
                    (ran.deaths, Some(problem))
                }
                Err(panic) => (1, Some(panic.to_string())),
            };
            (case, fault, deaths, problem)
        });
    }
    let (mut problems, mut deaths) = (Vec::new(), 0);
    let mut killed = BTreeSet::new();
    while let Some(ran) = runs.join_next().await {
        let (case, fault, died, problem) = ran.unwrap();
        deaths += died;
        if died > 0 {
            killed.insert(case.point.clone());
        }
        if let Some(problem) = problem {
            problems.push(format!("{:?} at {fault}: {problem}", case.scenario));
        }
    }
    println!(
        "{kind:?}: {deaths} deaths in {} s",
        begun.elapsed().as_secs()
    );
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    let survived: Vec<_> = reached.difference(&killed).collect();
    assert!(survived.is_empty(), "no process died at {survived:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_made_twice_is_seen() {
    let vendor = Vendor::live(Manner::Well).await;
    let prepared = Prepared::new(Kind::Sqlite, &vendor).await;
    let prepared = prepared.expect("SQLite is everywhere");
    // The process dies between the vendor's answer and what it writes down of it; the vendor makes another one then.
    let run = tokio::spawn(async move {
        let fault = Some("vendor.send.after:1");
        run_against(Manner::Forgetful, Scenario::Pass, &prepared, fault).await
    });
    let Err(noticed) = run.await else {
        panic!("nobody noticed the second session");
    };
    let noticed = noticed.into_panic();
    let complaint = noticed.downcast_ref::<String>().unwrap();
    assert_eq!(complaint.matches("(\"vs_").count(), 2, "{complaint}");
}
