//! Which scenario shows what.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use idv_core::SystemClock;
use idv_simulator::Simulator;
use idv_simulator::scenario::Library;
use idv_tests::simulated::vendors;

use crate::column::Column;
use crate::places;

/// Set to write the table instead of comparing it.
const WRITE: &str = "IDV_WRITE_SCENARIOS";

/// How many scenarios are named for one place; the rest are counted.
const NAMED: usize = 3;

/// The scenarios of a vendor by the places they show.
fn shown(column: &Column, library: &Library) -> BTreeMap<String, Vec<String>> {
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for scenario in library.of(column.kind) {
        for place in &scenario.shows {
            let names = shown.entry(place.clone()).or_default();
            names.push(scenario.name.clone());
        }
    }
    shown
}

fn places_of(column: &Column) -> Vec<(String, bool)> {
    let vendor = vendors::account(column.kind);
    let simulator = Simulator::builder().vendor(vendor).build().unwrap();
    let transport = simulator.transport(column.kind);
    let provider = vendors::provider(column.kind, transport, Arc::new(SystemClock));
    places::all(provider.as_ref())
}

/// What is wrong with a vendor's column.
pub(crate) fn complaints(column: &Column) -> Vec<String> {
    let shown = shown(column, &Library::built_in());
    let all = places_of(column);
    let hole = |place: &str| column.holes.iter().find(|(other, _)| *other == place);
    let mut complaints = Vec::new();
    for (place, can) in &all {
        let what = match (shown.contains_key(place), hole(place).is_some(), *can) {
            (true, true, _) => "is listed as a hole and shown by a scenario",
            (false, false, true) => "is shown by no scenario, and no hole says why",
            (false, true, false) => "needs no hole: no value of the vendor means it",
            _ => continue,
        };
        complaints.push(format!("{}: {place} {what}", column.name));
    }
    // A word nobody has heard of is at no place that can be listed.
    let known = |place: &str| {
        let is_listed = all.iter().any(|(other, _)| other == place);
        is_listed || place.starts_with("kind:") || place.contains(":unknown:")
    };
    let listed = shown.keys().map(String::as_str);
    for place in listed.chain(column.holes.iter().map(|(place, _)| *place)) {
        if !known(place) {
            complaints.push(format!("{}: {place} is no place of the model", column.name));
        }
    }
    complaints
}

/// Compares the table with the one in the repository, or writes it there.
pub(crate) fn compare(columns: &[&Column]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/simulator/SCENARIOS.md");
    let table = written(columns);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, table).unwrap();
        return;
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == table,
        "crates/simulator/SCENARIOS.md is not that of the library: {WRITE}=1 cargo test -p idv-tests --test scenarios"
    );
}

fn written(columns: &[&Column]) -> String {
    let library = Library::built_in();
    let mut text = String::from(
        "# Which scenario shows what\n\n\
         Every status, every status of a step, every reason, data state and kind of decision of the normalized model, and the scenarios in\n\
         which it reaches the application. A test plays each scenario and compares.\n\
         Written by `IDV_WRITE_SCENARIOS=1 cargo test -p idv-tests --test scenarios`.\n",
    );
    for column in columns {
        let shown = shown(column, &library);
        let _ = write!(
            text,
            "\n## {}\n\n| place | scenarios |\n|---|---|\n",
            column.name
        );
        let mut meaningless = Vec::new();
        for (place, can) in places_of(column) {
            if let Some(names) = shown.get(&place) {
                let named: Vec<_> = names.iter().take(NAMED).map(|n| format!("`{n}`")).collect();
                let more = names.len().saturating_sub(NAMED);
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                let _ = writeln!(text, "| `{place}` | {}{more} |", named.join(", "));
            } else if let Some((_, why)) = column.holes.iter().find(|(hole, _)| *hole == place) {
                let _ = writeln!(text, "| `{place}` | none: {why} |");
            } else if !can {
                meaningless.push(format!("`{place}`"));
            }
        }
        let _ = write!(
            text,
            "\nNo value of the vendor means {}.\n",
            meaningless.join(", ")
        );
        let _ = write!(text, "\n| scenario | what happens |\n|---|---|\n");
        for scenario in library.of(column.kind) {
            let _ = writeln!(text, "| `{}` | {} |", scenario.name, scenario.title);
        }
    }
    text
}
