//! Taking webhooks in over HTTP, each of them on disk before it is acknowledged.

mod setting;
mod turns;

use tokio::runtime::Runtime;

use self::setting::Work;
use self::turns::Measured;
use crate::gateway::Database;
use crate::load::Outcome;
use crate::measure::Effort;
use crate::question::Question;
use crate::report::{Figure, Goal, Row, Table};

/// Measures.
#[must_use]
pub fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::Ingest);
    let runtime = Runtime::new().unwrap();
    for database in Database::ALL {
        for work in Work::ALL {
            eprintln!("idv-bench: ingest, {database}, {work}");
            match runtime.block_on(turns::measure(database, work, effort)) {
                Ok(measured) => tell(&mut table, database, work, &measured),
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
    let Measured {
        floor,
        ours,
        floor_at_rate,
        ours_at_rate,
        ..
    } = measured;
    let per_sec = |outcome: &Outcome| outcome.per_sec;
    let mut rate = Row::over(
        format!("{database}, {work}: rate"),
        Figure::per_second,
        &ours.each(per_sec),
        "GET /livez",
        &floor.each(per_sec),
    );
    let latency = |name: &str, figure: fn(&Outcome) -> f64| {
        Row::over(
            format!("{database}, {work}: {name} at half load"),
            Figure::seconds,
            &ours_at_rate.each(figure),
            "GET /livez at that rate",
            &floor_at_rate.each(figure),
        )
    };
    let mut p99 = latency("p99", |outcome| outcome.p99);
    if work.is_the_goals() {
        rate = rate.goal(match database {
            Database::Sqlite => Goal::AtLeast(0.5),
            Database::Postgres => Goal::AtLeast(0.35),
        });
        p99 = p99.goal(Goal::AtMost(10.0));
    }
    table.rows.push(rate);
    table.rows.push(latency("p50", |outcome| outcome.p50));
    table.rows.push(p99);
    table.rows.push(latency("p99.9", |outcome| outcome.p999));
    table.notes.push(measured.note(database, work));
}
