//! What the rules look at: the files of the repository and what cargo says about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One text file of the repository.
pub(crate) struct File {
    /// Relative to the top level, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A file that exists only in a test of a rule.
    pub(crate) fn invented(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// What the file is called without its last extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    pub(crate) fn is_rust(&self) -> bool {
        has_extension(&self.path, "rs")
    }

    /// A complaint about one line, as an editor can open it.
    pub(crate) fn at(&self, line_index: usize, complaint: &str) -> String {
        format!("{}:{}: {complaint}", self.path, line_index + 1)
    }
}

pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// Fails with every complaint on its own line.
#[track_caller]
pub(crate) fn assert_none(rule: &str, complaints: &[String]) {
    let mut list = String::new();
    for complaint in complaints {
        let _ = write!(list, "\n  {complaint}");
    }
    assert!(complaints.is_empty(), "{rule}:{list}");
}

/// The top level of the repository.
pub(crate) fn root() -> PathBuf {
    let tests_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests_crate
        .parent()
        .expect("the tests crate lies in the top level")
        .to_owned()
}

/// The paths of the repository: what is committed, and what is about to be.
pub(crate) fn paths() -> Vec<String> {
    let git = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output();
    match git {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout)
            .expect("paths are UTF-8")
            .split('\0')
            .filter(|path| root().join(path).is_file())
            .map(ToOwned::to_owned)
            .collect(),
        // A source archive has no history, and a small machine no git: take what lies there.
        _ => walk(&root(), ""),
    }
}

fn walk(folder: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the repository can be read") {
        let entry = entry.expect("a folder of the repository can be read");
        let name = entry.file_name().into_string().expect("paths are UTF-8");
        let path = format!("{prefix}{name}");
        if entry.path().is_file() {
            found.push(path);
        } else if path != ".git" && path != "target" {
            found.extend(walk(&entry.path(), &format!("{path}/")));
        }
    }
    found
}

/// Every text file of the repository, except these rules: they name what they forbid.
pub(crate) fn files() -> Vec<File> {
    let files: Vec<File> = paths()
        .into_iter()
        .filter(|path| !path.starts_with("tests/tests/house/"))
        .filter_map(|path| {
            let bytes = std::fs::read(root().join(&path)).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            Some(File { path, text })
        })
        .collect();
    assert!(
        files
            .iter()
            .any(|file| file.path == "crates/core/src/lib.rs"),
        "the rules look at the wrong folder: {}",
        root().display()
    );
    files
}

/// One package of the workspace, as `cargo metadata` describes it.
pub(crate) struct Package {
    pub(crate) name: String,
    /// The folder of its manifest, relative to the top level, with forward slashes.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Also what is needed to build: it ends in front of whoever embeds the crate.
    Normal,
    Dev,
}

/// Every package of the workspace.
pub(crate) fn packages() -> Vec<Package> {
    let output = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]);
    let metadata: Value = serde_json::from_str(&output).expect("cargo metadata prints JSON");
    let root = metadata["workspace_root"]
        .as_str()
        .expect("a workspace has a root");
    let packages = metadata["packages"]
        .as_array()
        .expect("a workspace has packages");
    packages
        .iter()
        .map(|package| read_package(package, root))
        .collect()
}

fn read_package(package: &Value, root: &str) -> Package {
    let text = |value: &Value| value.as_str().expect("cargo metadata: a text").to_owned();
    let manifest = text(&package["manifest_path"]).replace('\\', "/");
    let folder = manifest
        .strip_prefix(&root.replace('\\', "/"))
        .and_then(|path| path.strip_suffix("/Cargo.toml"))
        .expect("a member lies inside the workspace");
    let dependencies = package["dependencies"]
        .as_array()
        .expect("a list of dependencies");
    Package {
        name: text(&package["name"]),
        folder: folder.trim_start_matches('/').to_owned(),
        dependencies: dependencies
            .iter()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                kind: match dependency["kind"].as_str() {
                    Some("dev") => Kind::Dev,
                    _ => Kind::Normal,
                },
            })
            .collect(),
    }
}

/// What one cargo command prints, run at the top level.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
