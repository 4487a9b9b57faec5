//! Public tools written in Python: a validator, a generator of clients, a mail server. They live in a virtual
//! environment below the target directory, made on demand, with the versions of `python/requirements.txt`.
//!
//! Without Python or a package registry the tests that want them say so and are skipped; where `IDV_REQUIRE_CLIENTS`
//! is 1 they fail.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const REQUIREMENTS: &str = include_str!("python/requirements.txt");

/// A Python that has the tools.
pub(crate) struct Python {
    environment: PathBuf,
}

/// The Python, or a reason on standard error.
pub(crate) fn ready() -> Option<&'static Python> {
    static PYTHON: OnceLock<Result<Python, String>> = OnceLock::new();
    match PYTHON.get_or_init(Python::make) {
        Ok(python) => Some(python),
        Err(reason) => {
            let required =
                std::env::var_os("IDV_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
            assert!(!required, "IDV_REQUIRE_CLIENTS=1, and {reason}");
            eprintln!(
                "SKIPPED: {reason}. To run it, install python3 with venv and let pip reach a package registry"
            );
            None
        }
    }
}

impl Python {
    fn make() -> Result<Self, String> {
        let mut hasher = DefaultHasher::new();
        REQUIREMENTS.hash(&mut hasher);
        let name = format!("python-{:016x}", hasher.finish());
        // The program under test lies in <target>/<profile>/.
        let program = Path::new(env!("CARGO_BIN_EXE_idv-under-test"));
        let target = program.ancestors().nth(2).expect("a target directory");
        let environment = target.join(name);
        let python = Self { environment };
        let whole = python.environment.join("whole");
        if whole.exists() {
            return Ok(python);
        }
        let requirements = python.environment.join("requirements.txt");
        let run = |program: &OsStr, args: &[&OsStr]| {
            let output = Command::new(program).args(args).output();
            let output = output.map_err(|error| format!("{program:?} does not run ({error})"))?;
            if output.status.success() {
                return Ok(());
            }
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            Err(format!("{program:?} failed: {}", last.unwrap_or_default()))
        };
        let venv = ["-m", "venv", "--clear"].map(OsStr::new);
        let venv: Vec<_> = venv
            .into_iter()
            .chain([python.environment.as_os_str()])
            .collect();
        run(OsStr::new("python3"), &venv)?;
        fs::write(&requirements, REQUIREMENTS).map_err(|error| error.to_string())?;
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ];
        let install = install.map(OsStr::new);
        let install: Vec<_> = install
            .into_iter()
            .chain([requirements.as_os_str()])
            .collect();
        run(python.program().as_os_str(), &install)?;
        fs::write(whole, "").map_err(|error| error.to_string())?;
        Ok(python)
    }

    fn program(&self) -> PathBuf {
        self.environment.join("bin").join("python")
    }

    /// The interpreter, with its tools on the path and nothing of the environment.
    pub(crate) fn command(&self, dir: &Path) -> Command {
        let path = std::env::join_paths([self.environment.join("bin")].into_iter().chain(
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
        ));
        let mut command = Command::new(self.program());
        command
            .env_clear()
            .env("PATH", path.unwrap())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(dir);
        command
    }

    pub(crate) fn run(&self, dir: &Path, args: &[&str]) -> Output {
        self.command(dir).args(args).output().expect("Python runs")
    }
}
