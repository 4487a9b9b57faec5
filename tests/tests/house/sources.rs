//! What no file may contain, wherever it lies.

use crate::workspace::{File, assert_none, files, has_extension, root};

/// Work that somebody meant to come back to.
fn unfinished(files: &[File]) -> Vec<String> {
    const OPEN: &[&str] = &[
        "todo!",
        "unimplemented!",
        "#[ignore",
        "```ignore",
        "TODO",
        "FIXME",
    ];
    let mut complaints = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() || has_extension(&file.path, "sql"))
    {
        for (index, line) in file.text.lines().enumerate() {
            for word in OPEN.iter().filter(|word| line.contains(**word)) {
                complaints.push(file.at(index, &format!("`{word}` leaves work open")));
            }
        }
    }
    complaints
}

#[test]
fn nothing_is_left_open_or_switched_off() {
    assert_none("unfinished", &unfinished(&files()));
}

#[test]
fn work_left_open_is_seen() {
    let house = [
        File::invented("a.rs", "fn a() {\n    todo!()\n}"),
        File::invented("b.rs", "#[ignore = \"slow\"]"),
        File::invented("c.sql", "-- TODO: an index"),
        File::invented("d.rs", "let done = true; // all todos are done"),
    ];
    assert_eq!(
        unfinished(&house),
        [
            "a.rs:2: `todo!` leaves work open",
            "b.rs:1: `#[ignore` leaves work open",
            "c.sql:1: `TODO` leaves work open",
        ]
    );
}

/// Absolute folders that exist on one machine only, and where this very copy lies.
fn machine_paths(files: &[File], here: &str) -> Vec<String> {
    let folders = ["/home/", "/root/", "/Users/", "/work/", here];
    let mut complaints = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            for folder in folders.iter().filter(|folder| begins_a_path(line, folder)) {
                complaints.push(file.at(index, &format!("{folder} is a path of one machine")));
            }
        }
    }
    complaints
}

/// Whether the line has an absolute path that begins so; `https://host/work/` and `a/work/b` are none.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-~/}*".contains(c)))
    })
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let here = format!("{}/", root().display());
    assert_none("a machine's path", &machine_paths(&files(), &here));
}

#[test]
fn a_machines_path_is_seen() {
    let house = [
        File::invented("a.md", "run it in\n`/home/jane/idv`"),
        File::invented(
            "b.rs",
            "see https://example.com/work/about and ../shared/work/a",
        ),
        File::invented("c.toml", "path = \"/srv/build/idv/crates\""),
    ];
    assert_eq!(
        machine_paths(&house, "/srv/build/idv/"),
        [
            "a.md:2: /home/ is a path of one machine",
            "c.toml:1: /srv/build/idv/ is a path of one machine",
        ]
    );
}

/// Packages come from the public registry; which mirror a machine asks is the machine's affair.
fn other_registries(files: &[File]) -> Vec<String> {
    const PUBLIC: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    const WORDS: &[&str] = &[
        "replace-with",
        "registry-index",
        "index = \"",
        "registry = \"",
    ];
    let mut complaints = Vec::new();
    for file in files {
        if file.path.starts_with(".cargo/") || file.path.contains("/.cargo/") {
            complaints.push(format!(
                "{}: cargo's settings belong to the machine",
                file.path
            ));
        }
        for (index, line) in file.text.lines().enumerate() {
            let is_source = file.path == "Cargo.lock" && line.starts_with("source = ");
            let names_one =
                file.path.ends_with("Cargo.toml") && WORDS.iter().any(|word| line.contains(word));
            if (is_source && line != PUBLIC) || names_one {
                complaints.push(file.at(index, "names a registry"));
            }
        }
    }
    complaints
}

#[test]
fn packages_come_from_the_public_registry_only() {
    assert_none("a registry of one machine", &other_registries(&files()));
}

#[test]
fn another_registry_is_seen() {
    let house = [
        File::invented(
            "Cargo.lock",
            "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nsource = \"sparse+https://mirror.example/\"",
        ),
        File::invented(".cargo/config.toml", ""),
        File::invented(
            "crates/a/Cargo.toml",
            "serde = { version = \"1\", registry = \"mirror\" }",
        ),
    ];
    assert_eq!(
        other_registries(&house),
        [
            "Cargo.lock:2: names a registry",
            ".cargo/config.toml: cargo's settings belong to the machine",
            "crates/a/Cargo.toml:1: names a registry",
        ]
    );
}
