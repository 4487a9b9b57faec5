//! Node.js, with the tools of one package-lock.json.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::room;
use super::script::Script;

/// A Node.js that has the tools of a lock file, in a folder of its own.
#[derive(Debug)]
pub struct JavaScript {
    folder: PathBuf,
}

impl JavaScript {
    /// With the packages of the texts of a `package.json` and its `package-lock.json`. Installs them the first time,
    /// without running what they would run when installed.
    ///
    /// # Errors
    /// Why it cannot be had, and the remedy.
    pub fn with(package: &str, lock: &str) -> Result<Self, String> {
        let folder = room::of("javascript", (package, lock));
        let furnished = room::furnish(&folder, || {
            let written = fs::create_dir_all(&folder)
                .and_then(|()| fs::write(folder.join("package.json"), package))
                .and_then(|()| fs::write(folder.join("package-lock.json"), lock));
            written.map_err(|error| error.to_string())?;
            let ci = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
            room::install(Command::new("npm").args(ci).current_dir(&folder))
        });
        furnished.map_err(|reason| format!("{reason}. {REMEDY}"))?;
        Ok(Self { folder })
    }

    /// The interpreter, which finds the tools by `require`, with nothing of the environment but the path.
    #[must_use]
    pub fn command(&self, dir: &Path) -> Command {
        let mut command = Command::new("node");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("NODE_PATH", self.folder.join("node_modules"))
            .current_dir(dir);
        command
    }

    /// Runs a script of this text to its end.
    #[must_use]
    pub fn run(&self, script: &str, args: &[&str]) -> Output {
        let mut command = self.command(&self.folder);
        command.args(["--eval", script, "--"]).args(args);
        command.output().expect("Node.js runs")
    }

    /// Starts a script from its file, to talk with. It finds what lies beside it by `require("./…")`.
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

const REMEDY: &str = "To run it, install node and npm and let npm reach a package registry";
