//! From a vendor's webhook to the event at the application's endpoint.

mod endpoint;
mod floor;
mod lives;
mod turns;

use self::turns::Measured;
use crate::gateway::Database;
use crate::load::Outcome;
use crate::measure::Effort;
use crate::question::Question;
use crate::report::{Figure, Row, Table};

/// Measures.
pub async fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::EventOut);
    for database in Database::ALL {
        eprintln!("idv-bench: from webhook to event out, {database}");
        match turns::measure(database, effort).await {
            Ok(measured) => tell(&mut table, database, &measured),
            Err(reason) => table.skipped.push(format!("{database}: {reason}")),
        }
    }
    table
}

fn tell(table: &mut Table, database: Database, measured: &Measured) {
    const BARE: &str = "the three calls, bare";
    let row = |what: &str, figure: fn(f64) -> Figure, of: fn(&Outcome) -> f64, busy: bool| {
        let (ours, floor) = match busy {
            true => (&measured.busy, &measured.busy_floor),
            false => (&measured.calm, &measured.calm_floor),
        };
        Row::over(
            format!("{database}: {what}"),
            figure,
            &ours.each(of),
            BARE,
            &floor.each(of),
        )
    };
    let seconds = Figure::seconds;
    table.rows.extend([
        row("one after the other, p50", seconds, |o| o.p50, false),
        row("one after the other, p99", seconds, |o| o.p99, false),
        row(
            "events out at saturation",
            Figure::per_second,
            |o| o.per_sec,
            true,
        ),
        row("at saturation, p50", seconds, |o| o.p50, true),
        row("at saturation, p99", seconds, |o| o.p99, true),
    ]);
    table.rows.push(Row::over(
        format!("{database}: events out at saturation"),
        Figure::per_second,
        &measured.busy.each(|o| o.per_sec),
        "webhooks taken in, of which nothing has to be told",
        &measured.ingest.each(|o| o.per_sec),
    ));
    table.notes.push(format!(
        "{database}: the gateway's processor time for one event out is {}",
        Figure::seconds(measured.cost).text()
    ));
}
