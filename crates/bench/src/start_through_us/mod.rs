//! What it costs that a gateway stands between: a start through us against the same start straight at the vendor.
//!
//! The vendors are the simulators, behind a server that takes its time. "The same start" are the calls that the gateway
//! itself was seen to make for one, made again one after the other with ids of their own.

mod report;
mod straight;
mod through_us;

use std::time::{Duration, Instant};

use idv_simulator::VendorKind;

use crate::far_vendor::FarVendor;
use crate::gateway::Database;
use crate::measure::Effort;
use crate::question::Question;
use crate::report::{Goal, Table};
use straight::Straight;
use through_us::ThroughUs;

/// How long the vendor takes, in milliseconds.
const LATENCIES_MILLIS: [u64; 3] = [0, 20, 200];
/// The goal, and at which latency it holds.
const GOAL: (u64, Goal) = (20, Goal::AtMost(1.05));

/// Measures.
///
/// # Panics
/// If a start fails.
pub async fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::StartThroughUs);
    for database in Database::ALL {
        for vendor in VendorKind::ALL {
            // What another database adds is the same for each vendor and each distance.
            let is_side_show = database != Database::Sqlite;
            if is_side_show && vendor != VendorKind::Stripe {
                continue;
            }
            eprintln!("idv-bench:   starts at {vendor}, {database}");
            let latencies = match is_side_show {
                true => &[GOAL.0][..],
                false => &LATENCIES_MILLIS,
            };
            if let Err(missing) = measure(&mut table, database, vendor, latencies, effort).await {
                table.skipped.push(missing);
            }
        }
    }
    table
}

async fn measure(
    table: &mut Table,
    database: Database,
    vendor: VendorKind,
    latencies_millis: &[u64],
    effort: Effort,
) -> Result<(), String> {
    let far = FarVendor::serve(vendor).await;
    let mut through_us = ThroughUs::start(database, &far)?;
    // The first start warms up: keys, connections, statements. The second is the one that is looked at.
    through_us.once().await;
    far.listen();
    let seen = through_us.once().await;
    let calls = far.heard();
    let mut straight = Straight::new(&far, calls, seen);
    straight.once().await;
    for &millis in latencies_millis {
        far.take(Duration::from_millis(millis));
        let (rounds, starts) = effort.pick(
            match millis {
                0 => (15, 20),
                20 => (15, 6),
                _ => (5, 2),
            },
            (3, 1),
        );
        let mut measured = Measured::default();
        for round in 0..rounds {
            for turn in 0..2 {
                if (round + turn) % 2 == 0 {
                    let mean = mean_secs(starts, async || drop(through_us.once().await)).await;
                    measured.ours.push(mean);
                } else {
                    let mean = mean_secs(starts, async || straight.once().await).await;
                    measured.straight.push(mean);
                }
            }
        }
        report::add(
            table,
            &Start {
                database,
                vendor,
                millis,
            },
            &straight,
            measured,
        );
    }
    Ok(())
}

/// Seconds for one, over so many.
async fn mean_secs(times: u32, mut once: impl AsyncFnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        once().await;
    }
    begun.elapsed().as_secs_f64() / f64::from(times)
}

/// Which start is measured.
struct Start {
    database: Database,
    vendor: VendorKind,
    /// How long the vendor takes for each call.
    millis: u64,
}

/// What was measured at one distance, by round: seconds for one.
#[derive(Default)]
struct Measured {
    ours: Vec<f64>,
    straight: Vec<f64>,
}
