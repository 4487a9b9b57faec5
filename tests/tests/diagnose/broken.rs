//! A broken delivery, and the command over it.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

/// What time it is in every case that does not say otherwise.
pub(crate) const NOW: i64 = 1_790_000_000;

/// A delivery that one thing happened to.
pub(crate) struct Broken {
    pub(crate) name: &'static str,
    /// The word it has to be given.
    pub(crate) cause: &'static str,
    pub(crate) certainty: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The configuration; its account `one` is the one the delivery came to.
    pub(crate) config: String,
    /// Files beside the configuration.
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) arguments: Vec<&'static str>,
    pub(crate) now: i64,
}

impl Broken {
    pub(crate) fn new(name: &'static str, cause: &'static str) -> Self {
        Self {
            name,
            cause,
            certainty: "proven",
            headers: Vec::new(),
            body: Vec::new(),
            config: String::new(),
            files: Vec::new(),
            arguments: Vec::new(),
            now: NOW,
        }
    }

    pub(crate) fn likely(mut self) -> Self {
        self.certainty = "likely";
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn config(mut self, config: impl Into<String>) -> Self {
        self.config = config.into();
        self
    }

    pub(crate) fn file(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.files.push((name, text.into()));
        self
    }

    pub(crate) fn with(mut self, arguments: &[&'static str]) -> Self {
        self.arguments.extend_from_slice(arguments);
        self
    }
}

/// An account that only receives, with this secret.
pub(crate) fn account(name: &str, provider: &str, environment: &str, secret: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "[accounts.{name}]\nprovider = \"{provider}\"");
    let _ = writeln!(
        text,
        "environment = \"{environment}\"\nwebhook_secrets = [{secret:?}]\n"
    );
    text
}

pub(crate) fn run_with(case: &Broken, which: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("idv.toml", case.config.as_bytes());
    write("body", &case.body);
    for (name, text) in &case.files {
        write(name, text.as_bytes());
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_idv-under-test"));
    command.env_clear().current_dir(folder.path());
    command.args(["webhook", "diagnose", "--now", &case.now.to_string()]);
    for (name, value) in &case.headers {
        command.args(["--header", &format!("{name}: {value}")]);
    }
    command.args(which).args(&case.arguments).arg("body");
    command.output().expect("the program runs")
}

pub(crate) fn run(case: &Broken, more: &[&str]) -> Output {
    run_with(case, &[&["--account", "one"], more].concat())
}

/// The exit code, and what `--json` said.
pub(crate) fn diagnose(case: &Broken) -> (i32, Value) {
    let ended = run(case, &["--json"]);
    let complaint = String::from_utf8_lossy(&ended.stderr);
    let found = serde_json::from_slice(&ended.stdout);
    let found = found.unwrap_or_else(|_| panic!("{}: {complaint}", case.name));
    (ended.status.code().unwrap_or(-1), found)
}
