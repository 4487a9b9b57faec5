//! A run of the program that goes on until it is told to end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A program that runs, ended when dropped.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    /// What it printed before it was ready.
    pub(crate) introduction: Vec<String>,
}

impl Running {
    /// Runs the command, and waits until a line is so.
    pub(crate) fn start(mut command: Command, is_ready: impl Fn(&str) -> bool) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut running = Self {
            child,
            out,
            introduction: Vec::new(),
        };
        while let Some(line) = running.line() {
            let is_last = is_ready(&line);
            running.introduction.push(line);
            if is_last {
                return running;
            }
        }
        let mut said = String::new();
        let stderr = running.child.stderr.as_mut().expect("piped");
        stderr.read_to_string(&mut said).unwrap();
        panic!("it ended: {said}");
    }

    /// The next line it prints. None at its end.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.out.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The next line that is so.
    pub(crate) fn line_with(&mut self, what: &str) -> String {
        while let Some(line) = self.line() {
            if line.contains(what) {
                return line;
            }
        }
        panic!("it ended without {what}")
    }

    /// Ctrl-C. Returns what it still printed, and its exit code.
    pub(crate) fn interrupt(mut self) -> (String, Option<i32>) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(killed.success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
