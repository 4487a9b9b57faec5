//! `idv remap`: puts stored history into our words again, after the mapping tables have changed.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use idv_core::AccountId;
use idv_engine::{RemapChange, Remapped};
use serde::Serialize;

use super::{ConfigFile, Failure, Outcome};
use crate::gateway::Gateway;
use crate::terminal;

/// Without --apply it only shows what would change. A session that would pass by it is never changed: look at it, and
/// bypass it if it is right.
#[derive(Debug, clap::Args)]
pub(crate) struct Remap {
    #[command(flatten)]
    config: ConfigFile,
    /// The account whose history is mapped again
    #[arg(long)]
    account: String,
    /// Write it down, instead of only showing what would change
    #[arg(long)]
    apply: bool,
    /// Print JSON: one object per change, and one with the counts at the end
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Change {
        request: String,
        session: String,
        status_before: String,
        status_after: String,
        reasons_before: &'a [String],
        reasons_after: &'a [String],
        held_back: bool,
    },
    Summary {
        applied: bool,
        sessions: u64,
        observations: u64,
        changes: usize,
        held_back: usize,
        erased: u64,
        unreadable: u64,
    },
}

impl Remap {
    pub(super) async fn run(&self) -> Outcome {
        let settings = self.config.load()?.settings;
        let account = AccountId::new(self.account.clone());
        if !settings.accounts.iter().any(|known| known.id == account) {
            return Err(Failure::usage(
                "--account: no account of this name is configured; `idv config print` shows those there are",
            ));
        }
        let gateway = Gateway::open(settings).await?;
        let shows_progress = !self.json && std::io::stderr().is_terminal();
        let remapped = gateway
            .engine()
            .remap(&account, self.apply, |so_far| {
                if shows_progress {
                    terminal::complain(&format!(
                        "{} sessions looked at, {} observations mapped again",
                        so_far.sessions, so_far.observations
                    ));
                }
            })
            .await
            .map_err(|error| Failure::failed(error.to_string()))?;
        gateway.close().await;
        for change in &remapped.changes {
            self.say_change(change)?;
        }
        self.say_summary(&remapped)?;
        Ok(ExitCode::SUCCESS)
    }

    fn say_change(&self, change: &RemapChange) -> Result<(), Failure> {
        if self.json {
            return say_json(&Line::Change {
                request: change.request.to_string(),
                session: change.session.to_string(),
                status_before: change.status.0.as_word().into_owned(),
                status_after: change.status.1.as_word().into_owned(),
                reasons_before: &change.reasons.0,
                reasons_after: &change.reasons.1,
                held_back: change.held_back,
            });
        }
        let reasons = |reasons: &[String]| {
            if reasons.is_empty() {
                "no reasons".to_owned()
            } else {
                reasons.join(", ")
            }
        };
        terminal::say(&format!(
            "{}  {}\n  - {}: {}\n  + {}: {}{}",
            change.request,
            change.session,
            change.status.0,
            reasons(&change.reasons.0),
            change.status.1,
            reasons(&change.reasons.1),
            if change.held_back {
                "\n  ! it would pass by this alone, so it stays as it is: look at it, and bypass it if it is right"
            } else {
                ""
            }
        ));
        Ok(())
    }

    fn say_summary(&self, remapped: &Remapped) -> Result<(), Failure> {
        let held_back = remapped.changes.iter().filter(|c| c.held_back).count();
        if self.json {
            return say_json(&Line::Summary {
                applied: self.apply,
                sessions: remapped.sessions,
                observations: remapped.observations,
                changes: remapped.changes.len(),
                held_back,
                erased: remapped.erased,
                unreadable: remapped.unreadable,
            });
        }
        terminal::say(&format!(
            "{} sessions, {} observations in older words, {} sessions change, {held_back} held back; {} of erased persons, {} unreadable",
            remapped.sessions,
            remapped.observations,
            remapped.changes.len(),
            remapped.erased,
            remapped.unreadable,
        ));
        if !self.apply && remapped.observations > 0 {
            terminal::say("Nothing was written. Run it again with --apply to write it down.");
        }
        Ok(())
    }
}

fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value)
        .map_err(|_| Failure::failed("the change could not be written as JSON"))?;
    terminal::say(&line);
    Ok(())
}
