//! The program under test, run to its end.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a run of the program printed, and how it ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|_| panic!("JSON on stdout, not: {}{}", self.stdout, self.stderr))
    }
}

/// The program, with nothing of the environment but the path.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idv-under-test"));
    command.env_clear().current_dir(dir).args(args);
    command
}

pub(crate) fn run(dir: &Path, args: &[&str]) -> Ended {
    run_with_input(dir, args, b"")
}

pub(crate) fn run_with_input(dir: &Path, args: &[&str], input: &[u8]) -> Ended {
    let mut child = command(dir, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may end without reading; then there is nobody to write to.
    let _ = child.stdin.take().expect("piped").write_all(input);
    ended(&child.wait_with_output().expect("the program ends"))
}

fn ended(output: &Output) -> Ended {
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
