//! From a process that does not run to one that is ready, and what it holds then.

use std::time::Duration;

use super::memory::{Bare, settle};
use crate::filled::Filled;
use crate::gateway::{Database, Gateway};
use crate::measure::{Effort, Samples};
use crate::report::{Figure, Row, Table};

/// What was measured of one gateway, by round.
#[derive(Default)]
struct Starts {
    ready_secs: Vec<f64>,
    idle_bytes: Vec<f64>,
}

impl Starts {
    async fn take(&mut self, gateway: &mut Gateway) -> Result<(), String> {
        gateway.kill();
        let ready: Duration = gateway.restart()?;
        self.ready_secs.push(ready.as_secs_f64());
        settle().await;
        self.idle_bytes.push(gateway.resident_bytes() as f64);
        Ok(())
    }
}

pub(super) async fn measure(
    table: &mut Table,
    database: Database,
    effort: Effort,
) -> Result<(), String> {
    let requests = match database {
        Database::Sqlite => effort.pick(1_000_000, 10_000),
        // Each row is a trip to the server: a million would take longer than all else.
        Database::Postgres => effort.pick(100_000, 1_000),
    };
    eprintln!(
        "idv-bench:   starts over an empty database and over {requests} requests, {database}"
    );
    let mut full = Filled::start(database, requests).await?;
    let mut empty = Gateway::start(database, &full.vendor.tables())?;
    let bare = Bare::start();
    let (mut of_full, mut of_empty) = (Starts::default(), Starts::default());
    let mut of_bare = Vec::new();
    for round in 0..effort.pick(9, 2) {
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                of_full.take(&mut full.gateway).await?;
            } else {
                of_empty.take(&mut empty).await?;
            }
        }
        of_bare.push(bare.resident_bytes());
    }
    let of = |figures: &[f64]| Samples::new(figures.to_vec());
    let bare = of(&of_bare);
    table.rows.push(Row::over(
        format!("until ready, {requests} stored, {database}"),
        Figure::seconds,
        &of(&of_full.ready_secs),
        "an empty database",
        &of(&of_empty.ready_secs),
    ));
    for (what, starts) in [
        (
            format!("idle memory, {requests} stored, {database}"),
            &of_full,
        ),
        (
            format!("idle memory, nothing stored, {database}"),
            &of_empty,
        ),
    ] {
        let ours = of(&starts.idle_bytes);
        table.rows.push(Row::over(
            what,
            Figure::bytes,
            &ours,
            "a bare server",
            &bare,
        ));
    }
    Ok(())
}
