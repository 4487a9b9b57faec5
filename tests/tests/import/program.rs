//! The program under test, with an account at the vendor.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use idv_simulator::stripe::API_KEY;
use serde_json::Value;
use tempfile::TempDir;

const IMPORT: [&str; 3] = ["import", "--account", "stripe-eu"];

pub(crate) struct Program {
    dir: TempDir,
}

/// What a run printed, and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(vendor: &str, calls_per_sec: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = format!(
            "[accounts.stripe-eu]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\napi_key = \"{API_KEY}\"\n\
             calls_per_sec = {calls_per_sec}\nwebhook_secrets = [\"whsec_import\"]\n\
             [accounts.stripe-eu.options]\napi_base_url = \"{vendor}\"\n"
        );
        fs::write(dir.path().join("idv.toml"), config).unwrap();
        Self { dir }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idv-under-test"));
        command
            .env_clear()
            .current_dir(self.dir.path())
            .args(IMPORT)
            .args(more)
            .stdin(Stdio::null());
        command
    }

    /// An import, to be killed.
    pub(crate) fn begin(&self) -> Child {
        self.command(&["--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// An import to its end. Returns the totals.
    pub(crate) fn finish(&self) -> Value {
        self.run(&[])
    }

    /// The same with these options.
    pub(crate) fn run(&self, options: &[&str]) -> Value {
        let said = self.said(&[options, &["--json"]].concat());
        assert_eq!(said.code, 0, "{}", said.stderr);
        let lines: Vec<Value> = said
            .stdout
            .lines()
            .map(|line| idv_core::json::decode(line.as_bytes()).expect("a line of JSON"))
            .collect();
        let (last, pages) = lines.split_last().expect("a last line");
        assert!(pages.iter().all(|line| line["type"] == "page"));
        assert_eq!(last["type"], "summary");
        last.clone()
    }

    pub(crate) fn said(&self, options: &[&str]) -> Said {
        let output = self.command(options).output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
