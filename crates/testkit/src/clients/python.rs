//! Python, with the tools of one list of requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::room;
use super::script::Script;

/// A Python that has the tools of a list, in a virtual environment of its own.
#[derive(Debug)]
pub struct Python {
    environment: PathBuf,
}

impl Python {
    /// With the packages of the text of a `requirements.txt`. Installs them the first time.
    ///
    /// # Errors
    /// Why it cannot be had, and the remedy.
    pub fn with(requirements: &str) -> Result<Self, String> {
        let environment = room::of("python", requirements);
        let python = Self { environment };
        let furnished = room::furnish(&python.environment, || {
            let venv = ["-m", "venv", "--clear"];
            let mut make = Command::new("python3");
            room::install(make.args(venv).arg(&python.environment))?;
            let list = python.environment.join("requirements.txt");
            fs::write(&list, requirements).map_err(|error| error.to_string())?;
            let mut install = Command::new(python.program());
            install.args(["-m", "pip", "install", "--quiet"]);
            install.args(["--disable-pip-version-check", "-r"]);
            room::install(install.arg(&list))
        });
        furnished.map_err(|reason| format!("{reason}. {REMEDY}"))?;
        Ok(python)
    }

    fn program(&self) -> PathBuf {
        self.environment.join("bin").join("python")
    }

    /// The interpreter, with its tools on the path and nothing of the environment.
    #[must_use]
    pub fn command(&self, dir: &Path) -> Command {
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

    /// Runs it to its end, in this folder.
    #[must_use]
    pub fn run(&self, dir: &Path, args: &[&str]) -> Output {
        self.command(dir).args(args).output().expect("Python runs")
    }

    /// Starts a script from its file, to talk with. It finds the modules that lie beside it.
    #[must_use]
    pub fn start_script(&self, file: &Path, args: &[&str], env: &[(&str, &str)]) -> Script {
        let mut command = self.command(file.parent().expect("a script lies in a folder"));
        command.arg(file).args(args).envs(env.iter().copied());
        Script::start(file, command)
    }

    /// Runs a script from its file to its end: what it printed.
    ///
    /// # Panics
    /// With all it said, if it failed or went silent.
    pub async fn run_script(&self, file: &Path, args: &[&str], env: &[(&str, &str)]) -> String {
        self.start_script(file, args, env).end().await
    }
}

const REMEDY: &str = "To run it, install python3 with venv and let pip reach a package registry";
