//! Public tools written in JavaScript. They live in a folder below the target directory, made on demand, with the
//! versions of `javascript/package-lock.json`.
//!
//! Without Node.js or a package registry the tests that want them say so and are skipped; where `IDV_REQUIRE_CLIENTS`
//! is 1 they fail.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const PACKAGE: &str = include_str!("javascript/package.json");
const LOCK: &str = include_str!("javascript/package-lock.json");

/// A Node.js that has the tools.
pub(crate) struct JavaScript {
    folder: PathBuf,
}

/// The Node.js, or a reason on standard error.
pub(crate) fn ready() -> Option<&'static JavaScript> {
    static JAVASCRIPT: OnceLock<Result<JavaScript, String>> = OnceLock::new();
    match JAVASCRIPT.get_or_init(JavaScript::make) {
        Ok(javascript) => Some(javascript),
        Err(reason) => {
            let required =
                std::env::var_os("IDV_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
            assert!(!required, "IDV_REQUIRE_CLIENTS=1, and {reason}");
            eprintln!(
                "SKIPPED: {reason}. To run it, install node and npm and let npm reach a package registry"
            );
            None
        }
    }
}

impl JavaScript {
    fn make() -> Result<Self, String> {
        let mut hasher = DefaultHasher::new();
        (PACKAGE, LOCK).hash(&mut hasher);
        let name = format!("javascript-{:016x}", hasher.finish());
        // The program under test lies in <target>/<profile>/.
        let program = Path::new(env!("CARGO_BIN_EXE_idv-under-test"));
        let target = program.ancestors().nth(2).expect("a target directory");
        let folder = target.join(name);
        let javascript = Self { folder };
        let whole = javascript.folder.join("whole");
        if whole.exists() {
            return Ok(javascript);
        }
        let written = fs::create_dir_all(&javascript.folder)
            .and_then(|()| fs::write(javascript.folder.join("package.json"), PACKAGE))
            .and_then(|()| fs::write(javascript.folder.join("package-lock.json"), LOCK));
        written.map_err(|error| error.to_string())?;
        let output = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(&javascript.folder)
            .output()
            .map_err(|error| format!("npm does not run ({error})"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            return Err(format!("npm failed: {}", last.unwrap_or_default()));
        }
        fs::write(whole, "").map_err(|error| error.to_string())?;
        Ok(javascript)
    }

    /// Runs a script of this text, which finds the tools, with nothing of the environment but the path.
    pub(crate) fn run(&self, script: &str, args: &[&str]) -> Output {
        let mut command = Command::new("node");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .args(["--eval", script, "--"])
            .args(args)
            .current_dir(&self.folder);
        command.output().expect("Node.js runs")
    }
}
