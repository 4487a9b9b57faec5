//! A script that runs beside a test: the test hears its lines, tells it some, and sees it end.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::own_json;

/// A script that says nothing for so long hangs.
const SILENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
enum Said {
    /// On standard output: for the test.
    Line(String),
    /// On standard error: for whoever reads a failure.
    Complaint(String),
}

/// A script that is running. It is killed when this is dropped.
#[derive(Debug)]
pub struct Script {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    said: UnboundedReceiver<Said>,
    transcript: String,
}

impl Script {
    pub(super) fn start(file: &Path, mut command: Command) -> Self {
        let name = file.display().to_string();
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = piped.spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (sender, said) = unbounded_channel();
        pass_on(child.stdout.take(), sender.clone(), Said::Line);
        pass_on(child.stderr.take(), sender, Said::Complaint);
        Self {
            name,
            input: child.stdin.take(),
            child,
            said,
            transcript: String::new(),
        }
    }

    /// The next line it prints, as JSON.
    ///
    /// # Panics
    /// With all it said, if it ended, went silent, or printed something else.
    pub async fn hear(&mut self) -> Value {
        let Some(line) = self.next_line().await else {
            self.fail("ended where a line was expected");
        };
        own_json::parse(line.as_bytes())
            .unwrap_or_else(|_| self.fail("printed a line that is no JSON"))
    }

    /// The next line it prints, as JSON; none once it has come to a good end.
    ///
    /// # Panics
    /// With all it said, if it failed, went silent, or printed something else.
    pub async fn hear_or_end(&mut self) -> Option<Value> {
        let Some(line) = self.next_line().await else {
            let status = self.child.wait().expect("a child of ours");
            if !status.success() {
                self.fail(&format!("failed ({status})"));
            }
            return None;
        };
        match own_json::parse(line.as_bytes()) {
            Ok(value) => Some(value),
            Err(_) => self.fail("printed a line that is no JSON"),
        }
    }

    /// Gives it a line on its standard input.
    ///
    /// # Panics
    /// With all it said, if it reads no more.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut();
        let told = input.is_some_and(|input| writeln!(input, "{line}").is_ok());
        if !told {
            self.fail("does not listen");
        }
    }

    /// Closes its input and waits for its end: what it printed and nobody heard.
    ///
    /// # Panics
    /// With all it said, if it failed or went silent.
    pub async fn end(mut self) -> String {
        self.input = None;
        let mut printed = String::new();
        while let Some(line) = self.next_line().await {
            printed.push_str(&line);
            printed.push('\n');
        }
        // Both its pipes are closed, so it is at its end.
        let status = self.child.wait().expect("a child of ours");
        if !status.success() {
            self.fail(&format!("failed ({status})"));
        }
        printed
    }

    async fn next_line(&mut self) -> Option<String> {
        loop {
            let Ok(said) = tokio::time::timeout(SILENCE, self.said.recv()).await else {
                self.fail("hangs");
            };
            let line = said?;
            self.write_down(&line);
            if let Said::Line(line) = line {
                return Some(line);
            }
        }
    }

    fn write_down(&mut self, said: &Said) {
        let (Said::Line(line) | Said::Complaint(line)) = said;
        self.transcript.push_str(line);
        self.transcript.push('\n');
    }

    fn fail(&mut self, how: &str) -> ! {
        // It may have ended by itself.
        let _ = self.child.kill();
        while let Ok(said) = self.said.try_recv() {
            self.write_down(&said);
        }
        panic!("{} {how}. It said:\n{}", self.name, self.transcript);
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a script says on one of its pipes, on a thread of its own, so that it never waits for a reader.
fn pass_on(
    pipe: Option<impl Read + Send + 'static>,
    sender: UnboundedSender<Said>,
    said: fn(String) -> Said,
) {
    let pipe = BufReader::new(pipe.expect("piped"));
    std::thread::spawn(move || {
        for line in pipe.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            if sender.send(said(line)).is_err() {
                break;
            }
        }
    });
}

/// What a script printed, a value a line.
///
/// # Panics
/// If a line is no JSON.
#[must_use]
pub fn json_lines(printed: &str) -> Vec<Value> {
    let lines = printed.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| own_json::parse(line.as_bytes()).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}
