//! The scenarios that can be chosen: those that come with the program, and files of the user's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use idv_simulator::Vendor;
use idv_simulator::scenario::Library;

use super::options::ForVendor;
use crate::cli::Failure;

/// What is built in, with these files over it. Every problem of every file is told at once.
pub(super) fn library(
    places: &[PathBuf],
    stand_ins: &[Arc<dyn Vendor>],
) -> Result<Library, Failure> {
    let mut library = Library::built_in();
    let mut problems = Vec::new();
    for place in places {
        match files(place) {
            Ok(files) => {
                for file in files {
                    let added = check(&file, stand_ins).and_then(|()| add(&mut library, &file));
                    problems.extend(added.err());
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(library)
    } else {
        Err(Failure::usage(problems.join("\n")))
    }
}

/// The file itself, or the scenarios of a folder, by name.
fn files(place: &Path) -> Result<Vec<PathBuf>, String> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let cannot = |error| {
        format!(
            "{} cannot be read ({error}): name a folder of yours",
            place.display()
        )
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(place).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let place = place.display();
        return Err(format!(
            "{place} holds no scenario: put files that end with .toml there, or leave it out"
        ));
    }
    Ok(files)
}

/// Whether the file can be read, and each of its vendors can do what it says.
fn check(file: &Path, stand_ins: &[Arc<dyn Vendor>]) -> Result<(), String> {
    let mut alone = Library::default();
    add(&mut alone, file)?;
    for vendor in stand_ins {
        alone
            .check(vendor.as_ref())
            .map_err(|error| told(file, &error.problem))?;
    }
    Ok(())
}

fn add(library: &mut Library, file: &Path) -> Result<(), String> {
    let added = library.add_file(file);
    added.map(drop).map_err(|error| told(file, &error.problem))
}

fn told(file: &Path, problem: &str) -> String {
    let file = file.display();
    format!(
        "{file}: {problem}: mend it there (`idv simulate --help` shows what a scenario looks like)"
    )
}

/// Whether there is the scenario that objects are to have which choose none.
pub(super) fn must_know(library: &Library, usual: &ForVendor<String>) -> Result<(), Failure> {
    let Some(kind) = usual.vendor else {
        return Ok(());
    };
    if library.find(kind, &usual.value).is_some() {
        return Ok(());
    }
    let name = idv_core::label(&usual.value);
    Err(Failure::usage(format!(
        "--scenario: {kind} has no scenario {name}: `idv simulate --list --vendor {kind}` shows those it has"
    )))
}
