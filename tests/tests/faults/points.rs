//! Every fault point, in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::gateway::{Prepared, command};
use super::scenario::{Outcome, Scenario, run};
use super::vendor::Vendor;

/// How many gateways run side by side. Most of the time each waits for a lease to end.
const SIDE_BY_SIDE: usize = 3;

/// Calls at which a process dies at every passage: what is durable changes there, at home or at the vendor.
const EVERY_PASSAGE: &[&str] = &["unit.commit", "vendor.send"];

/// Calls that no scenario comes past, and why.
const NOT_REACHED: &[(&str, &str)] = &[
    ("inbox.counts", "a read for operators"),
    ("inbox.deliveries", "a read for operators"),
    ("inbox.delivery", "a read for operators"),
    ("inbox.requeue", "an operator's; no route yet"),
    ("jobs.count", "a read for operators"),
    (
        "jobs.finish",
        "ends mails, and jobs that were given up after days",
    ),
    (
        "unit.data_key",
        "a read, by a process that did not make the session's intent itself",
    ),
    ("unit.delete_data_key_of", "erasure; no route yet"),
    ("unit.erase_subject", "erasure; no route yet"),
    ("unit.insert_erasure", "erasure; no route yet"),
    ("unit.replace_bodies_of", "erasure; no route yet"),
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
async fn a_process_that_dies_at_any_fault_point_loses_nothing_and_makes_nothing_twice() {
    let vendor = Vendor::open(false).await;
    let prepared = Arc::new(Prepared::new(&vendor.base_url()).await);
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
        let is_whole = !matches!(scenario, Scenario::FirstStart | Scenario::Unwell);
        let before = count(&ran.trace[..starting]);
        for (point, passages) in count(&ran.trace) {
            let first = before.get(point).copied().unwrap_or(0) + 1;
            if passages < first {
                continue;
            }
            let call = point.rsplit_once('.').unwrap().0;
            let is_new = reached.insert(point.to_owned());
            // The queues are asked all the time, and there is no saying which passage is which.
            let is_polled = call.ends_with(".claim");
            let every = everything && !is_polled;
            let last = if every || (EVERY_PASSAGE.contains(&call) && is_whole) {
                passages
            } else if is_new {
                first
            } else {
                continue;
            };
            cases.extend((first..=last).map(|passage| Case {
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
    let turns = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let expected = Arc::new(expected);
    let mut runs = JoinSet::new();
    for case in cases {
        let (turns, expected, prepared) = (turns.clone(), expected.clone(), prepared.clone());
        runs.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
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
    println!("{deaths} deaths in {} s", begun.elapsed().as_secs());
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    let survived: Vec<_> = reached.difference(&killed).collect();
    assert!(survived.is_empty(), "no process died at {survived:?}");
}
