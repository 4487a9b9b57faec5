//! The table, the sources, the README and what is really emitted say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ::metrics::Unit;

use super::*;

/// The figures of one test alone, as long as the guard lives. For a runtime of one thread.
pub(crate) struct Measured {
    recorder: &'static PrometheusRecorder,
    _guard: ::metrics::LocalRecorderGuard<'static>,
}

impl Measured {
    pub(crate) fn begin() -> Self {
        // It lives as long as the test process.
        let recorder: &'static _ = Box::leak(Box::new(recorder()));
        let guard = ::metrics::set_default_local_recorder(recorder);
        build_info();
        Self {
            recorder,
            _guard: guard,
        }
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            handle: self.recorder.handle(),
        }
    }
}

/// The labels of a metric of this name.
pub(crate) fn labels_of(name: &str) -> &'static [&'static str] {
    let metric = TABLE.iter().find(|metric| metric.name == name);
    metric
        .unwrap_or_else(|| panic!("{name} is not in the table"))
        .labels
}

/// What the sources say of a metric: its kind and its labels.
type Emitted = BTreeMap<String, BTreeSet<(String, Vec<String>)>>;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The macros of the facade in a source, each with all between its brackets.
fn calls(source: &str) -> Vec<(&'static str, String)> {
    let mut calls = Vec::new();
    for kind in ["counter", "gauge", "histogram"] {
        for (at, opening) in source.match_indices(&format!("{kind}!(")) {
            let inside = &source[at + opening.len()..];
            let mut depth = 1;
            let end = inside.find(|c| {
                depth += match c {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth == 0
            });
            calls.push((kind, inside[..end.unwrap()].to_owned()));
        }
    }
    calls
}

fn emitted() -> Emitted {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path().join("src");
        if folder.is_dir() {
            sources(&folder, &mut files);
        }
    }
    let mut emitted = Emitted::new();
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        for (kind, call) in calls(&fs::read_to_string(file).unwrap()) {
            let mut quoted = call.split('"').skip(1).step_by(2);
            let name = quoted.next().expect("it is named by a literal").to_owned();
            let labels = call.match_indices("=>").map(|(at, _)| {
                let before = call[..at].rsplit('"').nth(1);
                before.expect("a label is a literal").to_owned()
            });
            let labels = labels.collect();
            emitted
                .entry(name)
                .or_default()
                .insert((kind.to_owned(), labels));
        }
    }
    emitted
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

#[test]
fn every_metric_of_the_sources_is_in_the_table_and_the_other_way_round() {
    let mut table = Emitted::new();
    for metric in TABLE {
        let labels = metric.labels.iter().map(ToString::to_string).collect();
        let known = table.entry(metric.name.to_owned()).or_default();
        assert!(known.is_empty(), "{} stands there twice", metric.name);
        known.insert((word(metric.kind).to_owned(), labels));
    }
    assert_eq!(emitted(), table);
}

#[test]
fn names_follow_the_habits_of_prometheus_and_help_is_a_sentence() {
    for metric in TABLE {
        let name = metric.name;
        assert!(name.starts_with("idv_"), "{name}");
        let is_plain = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(name.chars().all(is_plain), "{name}");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter);
        assert_eq!(name.ends_with("_seconds"), metric.unit == Unit::Seconds);
        assert!(
            metric.help.ends_with('.') && metric.help.len() > 20,
            "{name}"
        );
    }
}

#[test]
fn the_readme_has_the_same_table() {
    let readme = include_str!("../../README.md");
    let told: Vec<_> = readme
        .lines()
        .filter(|line| line.starts_with("| `idv_"))
        .collect();
    let rows: Vec<_> = TABLE.iter().map(row).collect();
    assert_eq!(
        told,
        rows,
        "the table of the README should be\n{}",
        rows.join("\n")
    );
}

fn row(metric: &table::Metric) -> String {
    let labels: Vec<_> = metric
        .labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect();
    format!(
        "| `{}` | {} | {} |",
        metric.name,
        labels.join(", "),
        metric.help
    )
}

#[test]
fn no_method_from_outside_makes_a_series_of_its_own() {
    assert_eq!(known_method(&Method::PATCH), "PATCH");
    assert_eq!(
        known_method(&Method::from_bytes(b"JANE").unwrap()),
        "_OTHER"
    );
}
