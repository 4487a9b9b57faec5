//! Where a file lives, what it is called and how long it gets.

use std::collections::BTreeSet;

use crate::workspace::{File, Package, assert_none, files, has_extension, packages, paths};

/// What a visitor sees first. Dot-files are free.
const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "crates",
    "deny.toml",
    "fixtures",
    "tests",
];

fn strangers_at_the_top(paths: &[String]) -> Vec<String> {
    let names: BTreeSet<&str> = paths
        .iter()
        .map(|path| path.split('/').next().unwrap_or(path))
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name))
        .collect();
    names
        .into_iter()
        .map(|name| format!("{name} does not belong at the top level"))
        .collect()
}

#[test]
fn the_top_level_holds_only_what_a_visitor_needs() {
    assert_none("the top level", &strangers_at_the_top(&paths()));
}

#[test]
fn a_stranger_at_the_top_level_is_seen() {
    let paths = ["scripts/a.sh", "crates/core/a.rs", ".ci/run", "notes.md"].map(str::to_owned);
    assert_eq!(
        strangers_at_the_top(&paths),
        [
            "notes.md does not belong at the top level",
            "scripts does not belong at the top level"
        ]
    );
}

fn misnamed(packages: &[Package]) -> Vec<String> {
    packages
        .iter()
        .filter(|package| {
            let folder = package
                .folder
                .strip_prefix("crates/")
                .unwrap_or(&package.folder);
            package.name != format!("idv-{folder}")
        })
        .map(|package| format!("{} lies in {}", package.name, package.folder))
        .collect()
}

#[test]
fn a_folder_is_its_package_without_the_prefix() {
    assert_none("a package under another name", &misnamed(&packages()));
}

#[test]
fn a_package_under_another_name_is_seen() {
    let package = |name: &str, folder: &str| Package {
        name: name.to_owned(),
        folder: folder.to_owned(),
        dependencies: Vec::new(),
    };
    let house = [
        package("idv-core", "crates/core"),
        package("idv-tests", "tests"),
        package("idv-store", "crates/sqlite"),
    ];
    assert_eq!(misnamed(&house), ["idv-store lies in crates/sqlite"]);
}

/// Words that say nothing about what is in a file.
const EMPTY_WORDS: &[&str] = &[
    "common", "helper", "helpers", "manager", "misc", "util", "utils",
];

fn says_nothing(module: &str) -> bool {
    module == "types" || module.split('_').any(|word| EMPTY_WORDS.contains(&word))
}

fn modules_that_say_nothing(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let folders = file.path.split('/').rev().skip(1);
        if says_nothing(file.stem()) || folders.clone().any(says_nothing) {
            complaints.push(format!(
                "{}: the name says nothing about what it holds",
                file.path
            ));
        }
        for (index, line) in file.text.lines().enumerate() {
            let inline = line
                .trim()
                .strip_suffix('{')
                .and_then(|line| line.split_once("mod "))
                .filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
            if inline.is_some_and(|(_, name)| says_nothing(name.trim())) {
                complaints.push(file.at(index, "the name says nothing about what it holds"));
            }
        }
    }
    complaints
}

#[test]
fn every_module_is_named_after_what_it_holds() {
    assert_none("module names", &modules_that_say_nothing(&files()));
}

#[test]
fn an_empty_name_is_seen() {
    let house = [
        File::invented("crates/core/src/types.rs", ""),
        File::invented("crates/core/src/string_utils.rs", ""),
        File::invented("tests/tests/common/mod.rs", ""),
        File::invented(
            "crates/core/src/status.rs",
            "enum A {}\n    pub(crate) mod helpers {\n}",
        ),
    ];
    assert_eq!(
        modules_that_say_nothing(&house),
        [
            "crates/core/src/types.rs: the name says nothing about what it holds",
            "crates/core/src/string_utils.rs: the name says nothing about what it holds",
            "tests/tests/common/mod.rs: the name says nothing about what it holds",
            "crates/core/src/status.rs:2: the name says nothing about what it holds",
        ]
    );
}

/// Beyond this a file wants to become a folder.
const MAX_LINES: usize = 400;

/// Files that are longer on purpose, and why. A reason that no longer holds is a complaint too.
const LONGER: &[(&str, &str)] = &[];

/// Tests may be long: they are read one at a time. Tables may be: they are looked up, not read.
fn may_be_long(file: &File) -> bool {
    let mut parts = file.path.split('/');
    parts.any(|part| matches!(part, "tests" | "tests.rs" | "tables" | "tables.rs"))
}

fn too_long(files: &[File], longer: &[(&str, &str)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let lines = file.text.lines().count();
        let excused = longer.iter().any(|(path, _)| *path == file.path);
        if lines > MAX_LINES && !excused && !may_be_long(file) {
            complaints.push(format!("{}: {lines} lines, {MAX_LINES} at most", file.path));
        }
        if lines <= MAX_LINES && excused {
            complaints.push(format!(
                "{}: has {lines} lines and needs no excuse",
                file.path
            ));
        }
    }
    let gone = longer
        .iter()
        .filter(|(path, _)| !files.iter().any(|file| file.path == *path));
    complaints.extend(gone.map(|(path, _)| format!("{path}: is excused and does not exist")));
    complaints
}

#[test]
fn no_file_outgrows_four_hundred_lines() {
    assert_none("a file wants a second room", &too_long(&files(), LONGER));
}

#[test]
fn a_file_that_outgrew_its_room_is_seen() {
    let long = "\n".repeat(MAX_LINES + 1);
    let house = [
        File::invented("crates/core/src/person.rs", &long),
        File::invented("crates/core/src/reason.rs", &long),
        File::invented("crates/core/tests/person.rs", &long),
        File::invented("crates/stripe/src/map/tables.rs", &long),
        File::invented("crates/core/src/status.rs", "\n"),
    ];
    let longer = [
        ("crates/core/src/reason.rs", "the table of reasons"),
        ("crates/core/src/status.rs", "was long once"),
        ("crates/core/src/gone.rs", "was there once"),
    ];
    assert_eq!(
        too_long(&house, &longer),
        [
            "crates/core/src/person.rs: 401 lines, 400 at most",
            "crates/core/src/status.rs: has 1 lines and needs no excuse",
            "crates/core/src/gone.rs: is excused and does not exist",
        ]
    );
}

/// A crate's page on docs.rs and in the repository is one text, and its examples compile.
fn readmes_left_out(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for readme in files.iter().filter(|file| has_extension(&file.path, "md")) {
        let Some(folder) = readme.path.strip_suffix("/README.md") else {
            continue;
        };
        let library = format!("{folder}/src/lib.rs");
        if let Some(library) = files.iter().find(|file| file.path == library)
            && !library
                .text
                .contains("#![doc = include_str!(\"../README.md\")]")
        {
            complaints.push(format!(
                "{}: does not include {}",
                library.path, readme.path
            ));
        }
    }
    complaints
}

#[test]
fn every_readme_is_its_crates_documentation() {
    assert_none(
        "a README that nothing compiles",
        &readmes_left_out(&files()),
    );
}

#[test]
fn a_readme_left_out_is_seen() {
    let house = [
        File::invented("crates/a/README.md", ""),
        File::invented(
            "crates/a/src/lib.rs",
            "#![doc = include_str!(\"../README.md\")]",
        ),
        File::invented("crates/b/README.md", ""),
        File::invented("crates/b/src/lib.rs", "//! Another text."),
        File::invented("fixtures/README.md", ""),
    ];
    assert_eq!(
        readmes_left_out(&house),
        ["crates/b/src/lib.rs: does not include crates/b/README.md"]
    );
}
