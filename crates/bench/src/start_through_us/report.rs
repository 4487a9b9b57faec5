//! What is said of it.

use super::straight::Straight;
use super::{GOAL, Measured, Start};
use crate::measure::Samples;
use crate::report::{Figure, Row, Table};

pub(super) fn add(table: &mut Table, start: &Start, straight: &Straight, measured: Measured) {
    let Start {
        database,
        vendor,
        millis,
    } = start;
    let calls = straight.calls();
    let what = format!("{vendor}, {millis} ms a call, {database}");
    let on_top = measured.ours.iter().zip(&measured.straight);
    let on_top = Samples::new(on_top.map(|(ours, straight)| ours - straight).collect());
    let (ours, other) = (Samples::new(measured.ours), Samples::new(measured.straight));
    let mut row = Row::over(what.clone(), Figure::seconds, &ours, "straight", &other);
    if *millis == GOAL.0 {
        row = row.goal(GOAL.1);
        let note = format!(
            "{vendor}: a start is {} call(s): {}",
            calls.len(),
            calls.join(", ")
        );
        if !table.notes.contains(&note) {
            table.notes.push(note);
        }
    }
    table.rows.push(row);
    let on_top = Figure::seconds(on_top.median()).text();
    table.notes.push(format!("{what}: {on_top} on top"));
}
