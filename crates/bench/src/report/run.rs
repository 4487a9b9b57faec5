//! One run, as it is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Table;
use crate::measure::Effort;

/// What was measured, when and of which commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// When it began, in UTC.
    pub begun: Timestamp,
    /// The commit, where there is a git to ask.
    pub commit: Option<String>,
    /// Processors there were.
    pub processors: usize,
    /// Whether it was only looked whether everything runs.
    pub quick: bool,
    /// Answers, in the order of the questions.
    pub tables: Vec<Table>,
}

impl Run {
    /// Begins.
    #[must_use]
    pub fn begin(effort: Effort) -> Self {
        Self {
            begun: Timestamp::now(),
            commit: commit(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            quick: effort == Effort::Quick,
            tables: Vec::new(),
        }
    }

    /// How many goals there are, and how many of them are met.
    #[must_use]
    pub fn goals(&self) -> (usize, usize) {
        let rows = self.tables.iter().flat_map(|table| &table.rows);
        let goals = rows.filter_map(|row| row.goal.map(|goal| goal.is_met(&row.ratio)));
        let goals: Vec<bool> = goals.collect();
        (goals.len(), goals.iter().filter(|met| **met).count())
    }

    /// The document.
    ///
    /// # Panics
    /// Never: it is made of numbers and text.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and text are JSON")
    }

    /// Writes it into a folder, under a name that sorts by time.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn keep(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let hour = self.begun.strftime("%Y%m%dT%H%M%SZ");
        let commit = self.commit.as_deref().unwrap_or("unknown");
        let path = folder.join(format!("{hour}-{commit}.json"));
        fs::write(&path, self.json())?;
        Ok(path)
    }

    /// Reads one that was kept.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let bytes = fs::read(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| format!("{name} is not a run that idv-bench has kept: {error}"))
    }
}

fn commit() -> Option<String> {
    let mut git = Command::new("git");
    let output = git.args(["rev-parse", "--short", "HEAD"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
