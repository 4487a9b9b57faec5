//! Whatever goes wrong on the way, the gateway ends where the vendor is.
//!
//! Each run is one verification at one simulated vendor: a scenario, a seed, and calls and webhooks that are lost, late,
//! doubled, forged, refused, cut off or strange. Time is virtual; nothing waits. At the end the request must be what the vendor's
//! object says, by a table of our own; the application must have been told so, and must never have been told of a pass
//! that was none.
//!
//! `IDV_SEED=<number>` repeats a run; `IDV_CHAOS_RUNS=<number>` makes more or fewer of them.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "what the vendor and the gateway say is read here, about synthetic people"
)]

mod application;
mod run;
mod shrink;
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use idv_simulator::VendorKind;
use idv_simulator::chaos::Chaos;
use idv_simulator::scenario::{Act, Library, Scenario};
use run::{Ended, Plan};
use world::Ground;

/// How many runs there are, unless the environment says otherwise: `IDV_CHAOS_RUNS=10000` for five times as many, which
/// takes about a quarter of an hour on two cores.
const RUNS: usize = 2_000;

/// So many runs have a database in common: to make one takes longer than to make a run.
const RUNS_ON_ONE_GROUND: usize = 250;

/// The largest share of calls and of webhooks with which something goes wrong.
const WILDEST: f64 = 0.7;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Every scenario that plays something with one session. In the others somebody begins another one at the vendor, past
/// the gateway: whose request that is, is the operator's to say.
fn scenarios() -> Vec<Scenario> {
    let library = Library::built_in();
    let begins_another = |scenario: &Scenario| {
        let mut steps = scenario.steps.iter();
        steps.any(|step| matches!(&step.act, Act::Vendor(action) if action.name == "retry"))
    };
    let all = VendorKind::ALL
        .into_iter()
        .flat_map(|kind| library.of(kind));
    all.filter(|scenario| !scenario.steps.is_empty() && !begins_another(scenario))
        .cloned()
        .collect()
}

/// The run of this seed.
fn plan(seed: u64, scenarios: &[Scenario]) -> Plan {
    let mut rng = Rng::with_seed(seed);
    // Each vendor as often as every other, however many scenarios it has.
    let vendor = VendorKind::ALL[rng.usize(..VendorKind::ALL.len())];
    let of_vendor: Vec<&Scenario> = scenarios.iter().filter(|s| s.vendor == vendor).collect();
    Plan {
        scenario: of_vendor[rng.usize(..of_vendor.len())].clone(),
        chaos: Chaos::evenly(rng.u64(..), rng.f64() * WILDEST),
    }
}

#[test]
fn whatever_goes_wrong_the_gateway_ends_where_the_vendor_is() {
    let runs = number("IDV_CHAOS_RUNS").map_or(RUNS, |runs| usize::try_from(runs).unwrap());
    let first = number("IDV_SEED").unwrap_or_else(|| fastrand::u64(..u64::MAX / 2));
    println!("IDV_SEED={first}");
    let scenarios = scenarios();
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Total::default()));
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.unwrap();
        let mut ground = runtime.block_on(Ground::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= runs || total.lock().unwrap().failure.is_some() {
                return;
            }
            let seed = first.wrapping_add(number as u64);
            let plan = plan(seed, &scenarios);
            if ground.runs() >= RUNS_ON_ONE_GROUND {
                ground = runtime.block_on(Ground::new());
            }
            match run::attempt(&runtime, &mut ground, &plan) {
                Ok(ended) => total.lock().unwrap().add(&plan, &ended),
                Err(problem) => {
                    let shortest = shrink::shortest(&runtime, plan, &problem);
                    let text = format!("IDV_SEED={seed} IDV_CHAOS_RUNS=1: {problem}\n{shortest}");
                    total.lock().unwrap().failure.get_or_insert(text);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let total = total.into_inner().unwrap();
    println!("{total}");
    if let Some(failure) = total.failure {
        panic!("{failure}");
    }
    if runs >= 1_000 {
        total.is_wild_enough();
    }
}

/// What happened in all runs together.
#[derive(Default)]
struct Total {
    runs: usize,
    mishaps: usize,
    refreshed: usize,
    by_status: BTreeMap<(VendorKind, String), usize>,
    by_fault: BTreeMap<String, usize>,
    failure: Option<String>,
}

impl Total {
    fn add(&mut self, plan: &Plan, ended: &Ended) {
        self.runs += 1;
        self.mishaps += ended.mishaps.len();
        self.refreshed += usize::from(ended.refreshed);
        let key = (plan.scenario.vendor, ended.status.clone());
        *self.by_status.entry(key).or_default() += 1;
        let calls = ended
            .mishaps
            .calls
            .values()
            .map(|fault| format!("{fault:?}"));
        let deliveries = ended.mishaps.deliveries.values();
        for fault in calls.chain(deliveries.map(|fault| format!("{fault:?}"))) {
            *self.by_fault.entry(fault).or_default() += 1;
        }
    }

    /// A suite in which nothing went wrong would prove nothing.
    fn is_wild_enough(&self) {
        assert!(self.mishaps > self.runs, "{} mishaps", self.mishaps);
        // The gateway finds nearly everything by itself.
        let refreshed = self.refreshed;
        assert!(
            refreshed * 100 < self.runs,
            "{refreshed} times an operator had to ask"
        );
        assert!(self.by_fault.len() >= 16, "{:?}", self.by_fault);
        for vendor in VendorKind::ALL {
            let of_vendor = self
                .by_status
                .iter()
                .filter(|((kind, _), _)| *kind == vendor);
            let passed = of_vendor.clone().any(|((_, status), _)| status == "passed");
            assert!(
                passed && of_vendor.count() > 2,
                "{vendor}: {:?}",
                self.by_status
            );
        }
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} runs, {} mishaps, {} times an operator had to ask again",
            self.runs, self.mishaps, self.refreshed
        )?;
        for ((vendor, status), count) in &self.by_status {
            writeln!(f, "  {vendor}: {status} {count}")?;
        }
        for (fault, count) in &self.by_fault {
            writeln!(f, "  {fault} {count}")?;
        }
        Ok(())
    }
}
