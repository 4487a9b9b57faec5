//! Order, repetition and delay change nothing: neither where a request ends up, nor what the application is told.
//!
//! `IDV_SEED=<number>` repeats a run.
#![cfg(test)]

mod arrival;
mod engine;
mod history;
#[allow(dead_code, reason = "nobody asks for its name here")]
#[path = "../../../crates/engine/tests/world/sqlite.rs"]
mod store_under_test;
#[path = "../../../crates/engine/tests/world/mod.rs"]
mod world;

use std::collections::BTreeMap;

use arrival::{Fold, by_arrival, orders, permutations, stand, tell};
use fastrand::Rng;
use history::{Arrival, History, Vendor, draw, vendors};
use idv_core::Status;
use idv_engine::fold::fold_session;
use idv_engine::store::ObservationSource;

const SETS: usize = 1_000;

/// A seed for this run, printed so that the run can be had again.
fn seed() -> u64 {
    let given = std::env::var("IDV_SEED").ok().and_then(|s| s.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("IDV_SEED={seed}");
    seed
}

/// Checks one set of observations under every order. The error says what differs.
fn check(vendors: &[Vendor], history: &History, rng: &mut Rng, fold: Fold) -> Result<(), String> {
    let info = &vendors[history.vendor].info;
    let all: Vec<&Arrival> = history.arrivals.iter().collect();
    let (expected, _) = stand(info, &all, fold);

    // The state is a function of the set alone, whatever the order, commands included.
    let indices: Vec<usize> = (0..all.len()).collect();
    let every_order = if all.len() <= 6 {
        permutations(&indices)
    } else {
        (0..24)
            .map(|_| {
                let mut order = indices.clone();
                rng.shuffle(&mut order);
                order
            })
            .collect()
    };
    for order in every_order {
        let mut arrived: Vec<&Arrival> = order.iter().map(|i| all[*i]).collect();
        if !arrived.is_empty() {
            let again = arrived[rng.usize(..arrived.len())];
            if !matches!(again, Arrival::Restart(_)) {
                arrived.insert(rng.usize(..=arrived.len()), again);
            }
        }
        let (state, _) = stand(info, &arrived, fold);
        if state != expected {
            return Err(format!(
                "the order {order:?} gives another state:\n{state:?}\n{expected:?}"
            ));
        }
    }

    // So is what is told on the way, as far as a command leaves a choice of order.
    let mut stands = BTreeMap::new();
    let mut told_first = None;
    for order in orders(history, rng) {
        let (state, told) = tell(history, info, &order, fold, &mut stands)?;
        if !order.is_empty() && state != expected {
            return Err(format!(
                "the order {order:?} gives another state: {state:?}, {expected:?}"
            ));
        }
        let first = told_first.get_or_insert_with(|| told.clone());
        if *first != told {
            let differ: Vec<_> = first.symmetric_difference(&told).collect();
            return Err(format!(
                "the order {order:?} tells something else: {differ:?}"
            ));
        }
    }

    let overridden = all.iter().any(|a| matches!(a, Arrival::Command(_)));
    if let (Some(truth), false) = (&history.truth, overridden)
        && expected.status != *truth
    {
        return Err(format!(
            "it is {}, and the vendor says {truth}",
            expected.status
        ));
    }
    Ok(())
}

fn describe(history: &History, vendors: &[Vendor]) -> String {
    let mut text = format!("{}:\n", vendors[history.vendor].info.id);
    for (index, arrival) in history.arrivals.iter().enumerate() {
        let line = match arrival {
            Arrival::About(session, row) => format!(
                "session {session} {} as of {} learned {} says {:?} {:?}",
                row.source.as_word(),
                row.as_of,
                row.observed_at,
                row.mapped.as_ref().and_then(|m| m.status.clone()),
                row.mapped.as_ref().and_then(|m| m.attempt_id.clone()),
            ),
            Arrival::Command(row) => format!("command {} {:?}", row.as_of, row.command),
            Arrival::Restart(at) => format!("restart {at}"),
        };
        text.push_str(&format!("  {index}: {line}\n"));
    }
    text
}

#[test]
fn every_order_and_repetition_gives_the_same_state_and_the_same_events() {
    let vendors = vendors();
    let mut rng = Rng::with_seed(seed());
    let (mut commands, mut restarts, mut receivers, mut ends) = (0, 0, 0, 0);
    for set in 0..SETS {
        let history = draw(&vendors, &mut rng);
        commands += usize::from(
            history
                .arrivals
                .iter()
                .any(|a| matches!(a, Arrival::Command(_))),
        );
        restarts += usize::from(
            history
                .arrivals
                .iter()
                .any(|a| matches!(a, Arrival::Restart(_))),
        );
        receivers += usize::from(!history.can_fetch);
        ends += usize::from(history.truth.is_some());
        if let Err(difference) = check(&vendors, &history, &mut rng, fold_session) {
            panic!("set {set}: {difference}\n{}", describe(&history, &vendors));
        }
    }
    println!(
        "{SETS} sets: {commands} with commands, {restarts} with restarts, {receivers} of receivers, {ends} with a last fetch"
    );
    assert!(commands > 100 && restarts > 5 && receivers > 100 && ends > 100);
}

#[test]
fn a_fold_that_goes_by_arrival_is_caught() {
    let vendors = vendors();
    let mut rng = Rng::with_seed(seed());
    let caught = (0..SETS)
        .map(|_| draw(&vendors, &mut rng))
        .filter(|history| check(&vendors, history, &mut Rng::with_seed(1), by_arrival).is_err())
        .count();
    println!("caught in {caught} of {SETS} sets");
    assert!(caught > SETS / 10, "caught in {caught} sets only");
}

#[test]
fn no_order_of_webhooks_alone_makes_a_pass_where_the_vendor_can_be_asked() {
    let vendors = vendors();
    let mut rng = Rng::with_seed(seed());
    let mut claimed = 0;
    for _ in 0..SETS {
        let mut history = draw(&vendors, &mut rng);
        history.arrivals.retain(
            |a| matches!(a, Arrival::About(_, row) if row.source == ObservationSource::Notification),
        );
        claimed += usize::from(history.arrivals.iter().any(|a| {
            matches!(a, Arrival::About(_, row) if row.mapped.as_ref().is_some_and(|m| m.status == Some(Status::Passed)))
        }));
        let info = &vendors[history.vendor].info;
        for order in orders(&history, &mut rng) {
            let mut stands = BTreeMap::new();
            let (state, told) = tell(&history, info, &order, fold_session, &mut stands).unwrap();
            assert_eq!(state.status, Status::Created);
            assert!(
                told.iter().all(|key| !key.starts_with("passed")),
                "{told:?}"
            );
        }
    }
    assert!(
        claimed > 20,
        "{claimed} histories with a webhook that says passed"
    );
}
