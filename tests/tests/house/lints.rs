//! What stands in attributes: exceptions to lints, spans, and the lints themselves.

use crate::workspace::{File, assert_none, files};

/// Attributes that end where their brackets do, though they may span lines.
fn attributes<'a>(file: &'a File, opening: &'static str) -> impl Iterator<Item = (usize, &'a str)> {
    file.text.match_indices(opening).filter_map(|(at, _)| {
        let rest = file.text.get(at..)?;
        let line_index = file.text.get(..at)?.matches('\n').count();
        Some((
            line_index,
            rest.split_once(")]").map_or(rest, |(inside, _)| inside),
        ))
    })
}

fn exceptions_without_a_reason(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for opening in ["#[allow(", "#[expect(", "#![allow(", "#![expect("] {
            for (line_index, attribute) in attributes(file, opening) {
                if !attribute.contains("reason = ") {
                    complaints.push(file.at(line_index, "an exception to a lint without a reason"));
                }
            }
        }
    }
    complaints
}

#[test]
fn every_exception_to_a_lint_gives_its_reason() {
    assert_none("lints", &exceptions_without_a_reason(&files()));
}

#[test]
fn an_exception_without_a_reason_is_seen() {
    let house = [
        File::invented("a.rs", "\n#[expect(clippy::panic)]"),
        File::invented(
            "b.rs",
            "#[expect(\n    clippy::panic,\n    reason = \"checked above\"\n)]",
        ),
    ];
    assert_eq!(
        exceptions_without_a_reason(&house),
        ["a.rs:2: an exception to a lint without a reason"]
    );
}

/// `#[instrument]` records every argument unless told otherwise, and an argument may be a person.
fn spans_that_record_arguments(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (index, line) in file.text.lines().enumerate() {
            let line = line.trim();
            if line == "#[instrument]" || line == "#[tracing::instrument]" {
                complaints.push(file.at(index, "a span records its arguments: add skip_all"));
            }
        }
        for opening in ["#[instrument(", "#[tracing::instrument("] {
            for (line_index, attribute) in attributes(file, opening) {
                if !attribute.contains("skip_all") {
                    complaints
                        .push(file.at(line_index, "a span records its arguments: add skip_all"));
                }
            }
        }
    }
    complaints
}

#[test]
fn no_span_records_the_arguments_of_its_function() {
    assert_none("tracing", &spans_that_record_arguments(&files()));
}

#[test]
fn a_span_that_records_its_arguments_is_seen() {
    let house = [
        File::invented(
            "a.rs",
            "#[instrument(skip_all, fields(id))]\n#[tracing::instrument]",
        ),
        File::invented("b.rs", "#[instrument(\n    skip(self)\n)]"),
    ];
    assert_eq!(
        spans_that_record_arguments(&house),
        [
            "a.rs:2: a span records its arguments: add skip_all",
            "b.rs:1: a span records its arguments: add skip_all",
        ]
    );
}

/// The lints of the top Cargo.toml reach only the crates that ask for them.
fn without_lints(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| format!("{}: [lints] workspace = true is missing", file.path))
        .collect()
}

#[test]
fn every_crate_is_held_to_the_lints_of_the_workspace() {
    assert_none("lints", &without_lints(&files()));
}

#[test]
fn a_crate_outside_the_lints_is_seen() {
    let house = [
        File::invented(
            "crates/a/Cargo.toml",
            "[package]\n\n[lints]\nworkspace = true\n",
        ),
        File::invented("crates/b/Cargo.toml", "[package]\n"),
    ];
    assert_eq!(
        without_lints(&house),
        ["crates/b/Cargo.toml: [lints] workspace = true is missing"]
    );
}
