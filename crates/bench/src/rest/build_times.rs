//! How long a clean build of the gateway takes, by crate: only where it is asked for, because it takes minutes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::report::{Figure, Table};

/// Asks for it.
const ASKED_BY: &str = "IDV_BENCH_BUILD_TIMES";
/// How many crates are named.
const NAMED: usize = 12;

/// One unit in cargo's own report.
#[derive(Debug, Deserialize)]
struct Unit {
    name: String,
    #[serde(default)]
    target: String,
    duration: f64,
}

pub(super) fn add(table: &mut Table) {
    if std::env::var_os(ASKED_BY).is_none_or(|asked| asked != "1") {
        table.skipped.push(format!(
            "clean build time by crate takes minutes: have it with {ASKED_BY}=1"
        ));
        return;
    }
    eprintln!("idv-bench:   a clean build, which takes minutes");
    match build() {
        Ok(mut units) => {
            let all: f64 = units.iter().map(|unit| unit.duration).sum();
            units.sort_by(|one, other| other.duration.total_cmp(&one.duration));
            let named = units.iter().take(NAMED).map(|unit| {
                let time = Figure::seconds(unit.duration).text();
                format!("{}{} {time}", unit.name, unit.target)
            });
            let named: Vec<_> = named.collect();
            table.notes.push(format!(
                "a clean release build is {} of work in {} units: {}",
                Figure::seconds(all).text(),
                units.len(),
                named.join(", ")
            ));
        }
        Err(reason) => table.skipped.push(reason),
    }
}

fn build() -> Result<Vec<Unit>, String> {
    let failed = |error: std::io::Error| format!("no clean build ({error})");
    let folder = tempfile::tempdir_in(crate::gateway::target_folder()?).map_err(failed)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let built = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--timings"])
        .args(["--package", "idv-gateway", "--bin", "idv"])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(folder.path())
        .stdout(Stdio::null())
        .status()
        .map_err(failed)?;
    if !built.success() {
        return Err("the gateway could not be built: see what cargo says".to_owned());
    }
    let report = folder.path().join("cargo-timings/cargo-timing.html");
    units_in(&fs::read_to_string(report).map_err(failed)?)
        .ok_or_else(|| "cargo's report of build times has another form now".to_owned())
}

/// The report is a page with the figures in a line of script.
fn units_in(page: &str) -> Option<Vec<Unit>> {
    let (_, data) = page.split_once("UNIT_DATA = ")?;
    let mut values = serde_json::Deserializer::from_str(data).into_iter();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_found_in_the_page() {
        let page = r#"<script>const UNIT_DATA = [{"name": "a", "target": " lib", "duration": 1.5}];
            const OTHER = 1;</script>"#;
        let units = units_in(page).unwrap();
        assert_eq!(units.len(), 1);
        assert_eq!((units[0].name.as_str(), units[0].duration), ("a", 1.5));
        assert!(units_in("<html>").is_none());
    }
}
