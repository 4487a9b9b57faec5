//! What is said of it.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Instant;

use super::straight::Straight;
use super::{GOAL, Measured, Start};
use crate::measure::Samples;
use crate::report::{Figure, Row, Table};

/// Seconds that the disk takes for one sync of a page that was just written: the least that anything costs that must not
/// be lost. The middle one of a few.
pub(super) fn one_sync_secs(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("sync.probe")).unwrap();
    let page = [0x5a_u8; 4096];
    let probes = (0..5).map(|_| {
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&page).unwrap();
        let begun = Instant::now();
        file.sync_data().unwrap();
        begun.elapsed().as_secs_f64()
    });
    Samples::new(probes.collect()).median()
}

pub(super) fn add(table: &mut Table, start: &Start, straight: &Straight, measured: Measured) {
    let Start {
        database,
        vendor,
        millis,
    } = start;
    let calls = straight.calls();
    let what = format!("{vendor}, {millis} ms a call, {database}");
    let on_top = measured.ours.iter().zip(&measured.straight);
    // Never nothing: a ratio to it would say nothing.
    let on_top = on_top.map(|(ours, straight)| (ours - straight).max(1e-6));
    let on_top = Samples::new(on_top.collect());
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
    if *millis == GOAL.0 {
        let sync = Samples::new(measured.sync);
        let what = format!("{what}: what is on top");
        table
            .rows
            .push(Row::over(what, Figure::seconds, &on_top, "one sync", &sync));
    }
}
