//! What it costs to serve a request, by how many are stored.
//!
//! The gateways stand beside each other, each over a database of its own; calls alternate between them.

mod call;
mod sample;

use std::time::Instant;

use crate::filled::Filled;
use crate::gateway::Database;
use crate::measure::{Effort, Samples};
use crate::question::Question;
use crate::report::{Figure, Goal, Row, Table};
use call::Call;
use sample::Application;

const GOAL: Goal = Goal::AtMost(1.3);
/// How long one gateway is asked before the next one is, in seconds.
const SLICE_SECS: f64 = 0.03;
/// Few calls tell nothing.
const AT_LEAST: usize = 5;

/// Measures.
///
/// # Panics
/// If a call fails.
pub async fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::Api);
    for database in Database::ALL {
        if let Err(missing) = measure(&mut table, database, effort).await {
            table.skipped.push(missing);
        }
    }
    table
}

/// How many requests are stored: the first is the floor.
fn sizes(database: Database, effort: Effort) -> &'static [u64] {
    match (database, effort) {
        (_, Effort::Quick) => &[1_000, 10_000],
        (Database::Sqlite, Effort::Whole) => &[1_000, 100_000, 1_000_000],
        (Database::Postgres, Effort::Whole) => &[1_000, 100_000],
    }
}

async fn measure(table: &mut Table, database: Database, effort: Effort) -> Result<(), String> {
    let sizes = sizes(database, effort);
    let mut applications = Vec::new();
    for requests in sizes {
        eprintln!("idv-bench:   a gateway over {requests} requests, {database}");
        let filled = Filled::start(database, *requests).await?;
        applications.push(Application::of(filled).await);
    }
    if database == Database::Postgres && effort == Effort::Whole {
        let skipped = "10⁶ requests on Postgres: each row is a trip to the server, and filling them takes longer than all else";
        table.skipped.push(skipped.to_owned());
    }
    for call in Call::ALL {
        eprintln!("idv-bench:   {call}, {database}");
        let samples = by_turns(&mut applications, call, effort.pick(21, 3)).await;
        let (floor, fuller) = samples.split_first().unwrap();
        for (requests, samples) in sizes[1..].iter().zip(fuller) {
            let row = Row::over(
                format!("{call}, {requests} stored, {database}"),
                Figure::seconds,
                samples,
                format!("{} stored", sizes[0]),
                floor,
            );
            table.rows.push(row.goal(GOAL));
        }
    }
    Ok(())
}

/// Seconds of the call in the middle, by round, for each.
async fn by_turns(applications: &mut [Application], call: Call, rounds: usize) -> Vec<Samples> {
    let mut figures = vec![Vec::new(); applications.len()];
    for round in 0..=rounds {
        for turn in 0..applications.len() {
            let whose = (round + turn) % applications.len();
            let middle = slice(&mut applications[whose], call).await;
            // The first round warms up.
            if round > 0 {
                figures[whose].push(middle);
            }
        }
    }
    figures.into_iter().map(Samples::new).collect()
}

async fn slice(application: &mut Application, call: Call) -> f64 {
    let (begun, mut taken) = (Instant::now(), Vec::new());
    while taken.len() < AT_LEAST || begun.elapsed().as_secs_f64() < SLICE_SECS {
        let (request, expected) = application.next(call);
        let sent = Instant::now();
        let answer = application.send(request).await;
        taken.push(sent.elapsed().as_secs_f64());
        assert_eq!(answer.status(), expected, "{call}: {:?}", answer.body());
    }
    Samples::new(taken).median()
}
