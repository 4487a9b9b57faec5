//! `idv import`: takes in the sessions a vendor holds already.

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, SubjectRef, Timestamp};
use idv_engine::{Import, ImportError, ImportReport, ImportWatcher};
use serde::Serialize;

use super::opened::say_json;
use super::{ConfigFile, Failure, Outcome, input, no_such_account};
use crate::gateway::{Gateway, reasons};
use crate::terminal;

/// Walks through the vendor's list and makes a request for every session of a subject that is not known yet: a closed
/// one, made when the vendor made the session, for each that is over. It works beside a server, and keeps within
/// `calls_per_sec` of the account by itself. Killed or stopped by an error, it goes on where it was when the same
/// command is run again; once it has come to its end, the next one begins anew.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportSessions {
    #[command(flatten)]
    config: ConfigFile,
    /// The account whose sessions are taken in
    #[arg(long)]
    account: String,
    /// Only sessions made at or after this time, such as 2026-11-20T18:43:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only sessions made before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Only sessions of this template, workflow or flow of the vendor
    #[arg(long, value_name = "ID")]
    template: Option<String>,
    /// Only sessions of the subjects in this file, one reference a line; - for standard input. A vendor that lists the
    /// sessions of one subject at a time needs it
    #[arg(long, value_name = "FILE")]
    subjects: Option<PathBuf>,
    /// Read everything that explains a session too: at least one call more for each
    #[arg(long)]
    full: bool,
    /// Tell the application what is taken in; else it is told only what changes later
    #[arg(long)]
    announce: bool,
    /// Only count what would be taken in, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Begin anew, whatever import was interrupted
    #[arg(long, conflicts_with = "dry_run")]
    restart: bool,
    /// Print JSON: one line a page with the counts until then, and one with the totals at the end
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Page {
        #[serde(flatten)]
        so_far: &'a ImportReport,
    },
    Summary {
        dry_run: bool,
        #[serde(flatten)]
        totals: &'a ImportReport,
    },
}

impl ImportSessions {
    pub(super) async fn run(&self) -> Outcome {
        let settings = self.config.load()?.settings;
        let order = self.order()?;
        if !settings
            .accounts
            .iter()
            .any(|known| known.id == order.account)
        {
            return Err(no_such_account(&settings, &self.account));
        }
        let gateway = Gateway::open(settings).await?;
        let mut teller = Teller {
            json: self.json,
            shows_progress: !self.json && std::io::stderr().is_terminal(),
        };
        let done = gateway.engine().import(&order, &mut teller).await;
        gateway.close().await;
        let report = done.map_err(|error| self.refused(&error))?;
        self.say_summary(&report)?;
        Ok(ExitCode::SUCCESS)
    }

    fn order(&self) -> Result<Import, Failure> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since >= until
        {
            return Err(Failure::usage(
                "--until: it must be later than --since, or there is nothing to import",
            ));
        }
        let mut order = Import::new(AccountId::new(self.account.clone()));
        order.created_since = self.since;
        order.created_before = self.until;
        order.template.clone_from(&self.template);
        order.full = self.full;
        order.announce = self.announce;
        order.dry_run = self.dry_run;
        order.restart = self.restart;
        if let Some(file) = &self.subjects {
            order.subjects = subjects(file)?;
        }
        Ok(order)
    }

    fn refused(&self, error: &ImportError) -> Failure {
        match error {
            ImportError::UnknownAccount(_) => Failure::usage(format!("--account: {error}")),
            ImportError::CannotFetch(_) => {
                Failure::usage(format!("{error}: give it an api_key in the configuration"))
            }
            ImportError::NoList(_) => Failure::usage(error.to_string()),
            ImportError::NeedsSubjects(_) => Failure::usage(format!(
                "{error} in a file, one reference a line, with --subjects"
            )),
            ImportError::AnotherIsInterrupted(_) => {
                Failure::usage(format!("{error} with --restart"))
            }
            error if self.dry_run => Failure::failed(reasons(error)),
            error => Failure::failed(format!(
                "{}; what was taken in stays: run the same command again, and it goes on where it was",
                reasons(error)
            )),
        }
    }

    fn say_summary(&self, report: &ImportReport) -> Result<(), Failure> {
        if self.json {
            return say_json(&Line::Summary {
                dry_run: self.dry_run,
                totals: report,
            });
        }
        terminal::say(&in_words(report));
        if report.without_subject > 0 {
            terminal::say(
                "What names no subject was left out: nobody can say whose it is. The vendor's object must bear the \
                 application's reference.",
            );
        }
        if report.open_elsewhere > 0 {
            terminal::say(
                "Open sessions of subjects who have another verification under way were left out: run it again when \
                 those have ended.",
            );
        }
        if self.dry_run {
            terminal::say("Nothing was written. Run it again without --dry-run to take them in.");
        }
        Ok(())
    }
}

/// The references in a file, each once, in its order. No message shows one.
fn subjects(file: &Path) -> Result<Vec<SubjectRef>, Failure> {
    let bytes = input::read(file)?;
    let name = input::name(file);
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Failure::usage(format!(
            "--subjects: {name} is no text in UTF-8: write one reference a line"
        ))
    })?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let mut seen = HashSet::new();
    let found: Vec<_> = lines
        .filter(|line| !line.is_empty() && seen.insert(*line))
        .map(SubjectRef::new)
        .collect();
    if found.is_empty() {
        return Err(Failure::usage(format!(
            "--subjects: {name} names nobody: write one reference a line"
        )));
    }
    Ok(found)
}

fn in_words(report: &ImportReport) -> String {
    let mut text = format!(
        "{} sessions on {} pages: {} imported, {} joined an open request, {} known already",
        report.sessions, report.pages, report.imported, report.joined, report.known
    );
    for (count, words) in [
        (report.without_subject, "without a subject"),
        (report.other_environment, "of the other environment"),
        (report.open_elsewhere, "open elsewhere"),
        (report.unreadable, "unreadable"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {words}"));
        }
    }
    text
}

/// Tells how it goes, and waits in real time.
struct Teller {
    json: bool,
    shows_progress: bool,
}

#[async_trait]
impl ImportWatcher for Teller {
    fn page_done(&mut self, report: &ImportReport) {
        if self.json {
            let _ = say_json(&Line::Page { so_far: report });
        } else if self.shows_progress {
            terminal::complain(&in_words(report));
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the vendor, or the limit of calls to it, asks for a pause of this length"
    )]
    async fn wait(&mut self, pause: Duration) {
        if !self.json {
            terminal::complain(&format!(
                "the vendor is not to be called for {} s; then it goes on",
                pause.as_secs_f64().ceil()
            ));
        }
        tokio::time::sleep(pause).await;
    }
}
