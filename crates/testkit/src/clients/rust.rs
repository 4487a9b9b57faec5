//! A Rust program of its own, with the packages of its own lock file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::room;
use super::script::Script;

/// A program in Rust that is no part of the workspace, because of what it brings.
#[derive(Debug)]
pub struct Rust {
    package: PathBuf,
    program: PathBuf,
}

impl Rust {
    /// Builds the package in this folder, which has one program, `src/main.rs`, with the cargo that runs this one.
    ///
    /// # Errors
    /// Why it cannot be had, and the remedy.
    pub fn with(package: &Path, program: &str) -> Result<Self, String> {
        let text = |name: &str| fs::read_to_string(package.join(name));
        let read = || {
            Ok((
                text("Cargo.toml")?,
                text("Cargo.lock")?,
                text("src/main.rs")?,
            ))
        };
        let texts =
            read().map_err(|error: std::io::Error| format!("{}: {error}", package.display()))?;
        let folder = room::of("rust", texts);
        let furnished = room::furnish(&folder, || {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut build = Command::new(cargo);
            build.args(["build", "--release", "--locked", "--manifest-path"]);
            build.arg(package.join("Cargo.toml"));
            room::install(build.arg("--target-dir").arg(&folder))
        });
        furnished.map_err(|reason| format!("{reason}. {REMEDY}"))?;
        Ok(Self {
            package: package.to_owned(),
            program: folder.join("release").join(program),
        })
    }

    /// Starts it, to talk with.
    #[must_use]
    pub fn start(&self) -> Script {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(&self.package);
        Script::start(&self.program, command)
    }
}

const REMEDY: &str = "To run it, let cargo reach a package registry";
