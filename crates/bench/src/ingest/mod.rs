//! Taking webhooks in over HTTP, each of them on disk before it is acknowledged.

mod setting;
mod turns;

use self::setting::Work;
use self::turns::Measured;
use crate::gateway::Database;
use crate::load::{Outcome, Rounds};
use crate::measure::Effort;
use crate::question::Question;
use crate::report::{Figure, Goal, Row, Table};

/// Measures.
pub async fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::Ingest);
    for database in Database::ALL {
        for work in Work::ALL {
            eprintln!("idv-bench: ingest, {database}, {work}");
            match turns::measure(database, work, effort).await {
                Ok(measured) => {
                    tell(&mut table, database, work, &measured);
                    // The table comes at the end, minutes later.
                    eprintln!("idv-bench: {}", measured.at_a_glance());
                }
                Err(reason) => {
                    table.skipped.push(format!("{database}: {reason}"));
                    break;
                }
            }
        }
    }
    table
}

fn tell(table: &mut Table, database: Database, work: Work, measured: &Measured) {
    let name = |what: &str| format!("{database}, {work}: {what}");
    let per_sec = |outcome: &Outcome| outcome.per_sec;
    let (floor, ours) = (&measured.floor, &measured.ours);
    let mut rate = Row::over(
        name("rate"),
        Figure::per_second,
        &ours.each(per_sec),
        "GET /livez",
        &floor.each(per_sec),
    );
    let at_half = |what: &str, figure: fn(&Outcome) -> f64, against: &str, floor: &Rounds| {
        let ours = measured.ours_at_half.each(figure);
        let name = name(&format!("{what} at half load"));
        Row::over(name, Figure::seconds, &ours, against, &floor.each(figure))
    };
    let (own, same) = ("GET /livez at its half load", "GET /livez at our half load");
    let floor = &measured.floor_at_half;
    let mut p99 = at_half("p99", |outcome| outcome.p99, own, floor);
    p99 = p99.goal(Goal::AtMost(10.0));
    if work.is_nothing() {
        rate = rate.goal(match database {
            Database::Sqlite => Goal::AtLeast(0.5),
            Database::Postgres => Goal::AtLeast(0.35),
        });
    }
    table.rows.extend([
        rate,
        at_half("p50", |outcome| outcome.p50, own, floor),
        p99,
        at_half(
            "p99",
            |outcome| outcome.p99,
            same,
            &measured.floor_at_our_half,
        ),
        at_half("p99.9", |outcome| outcome.p999, own, floor),
    ]);
    table.notes.push(measured.note(database, work));
}
