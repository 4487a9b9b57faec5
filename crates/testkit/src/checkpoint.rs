//! A checkpoint in memory that can crash the start that uses it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use idv_core::{Checkpoint, CheckpointError};

/// A checkpoint in memory. Hand the same one to the next run, as a store would.
#[derive(Clone, Debug, Default)]
pub struct MemoryCheckpoint {
    saved: BTreeMap<&'static str, String>,
    saves: usize,
    crash: Option<Crash>,
}

/// Where a start meets its end. Saves are counted from 1, over all runs.
///
/// A crash is a `save` that never returns: whoever runs the start gives up on it and drops it, and nothing after
/// that point happens, as when the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The vendor has answered and the result is not stored.
    BeforeSave(usize),
    /// The result is stored and nothing has happened since.
    AfterSave(usize),
    /// Not a crash: the store refuses, and the start goes on running.
    SaveRefused(usize),
}

impl MemoryCheckpoint {
    /// With nothing saved and nothing going wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a crash to come.
    #[must_use]
    pub fn crashing(crash: Crash) -> Self {
        Self {
            crash: Some(crash),
            ..Self::default()
        }
    }

    /// The same contents, with another crash to come or none. The count of saves goes on.
    #[must_use]
    pub fn with_crash(mut self, crash: Option<Crash>) -> Self {
        self.crash = crash;
        self
    }

    /// How often something was saved, or was to be saved.
    #[must_use]
    pub const fn saves(&self) -> usize {
        self.saves
    }

    /// What is saved.
    #[must_use]
    pub const fn contents(&self) -> &BTreeMap<&'static str, String> {
        &self.saved
    }
}

#[async_trait]
impl Checkpoint for MemoryCheckpoint {
    fn saved(&self, step: &'static str) -> Option<&str> {
        self.saved.get(step).map(String::as_str)
    }

    async fn save(&mut self, step: &'static str, value: &str) -> Result<(), CheckpointError> {
        self.saves += 1;
        if self.crash == Some(Crash::BeforeSave(self.saves)) {
            std::future::pending::<()>().await;
        }
        if self.crash == Some(Crash::SaveRefused(self.saves)) {
            return Err(CheckpointError);
        }
        self.saved.insert(step, value.to_owned());
        if self.crash == Some(Crash::AfterSave(self.saves)) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}
