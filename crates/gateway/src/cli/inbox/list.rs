//! `idv inbox list`.

use std::process::ExitCode;

use clap::Args;
use idv_core::DeliveryId;
use idv_engine::Engine;
use idv_engine::store::{DeliveryFilter, DeliveryRow, InboxCounts, PageRequest};

use super::super::opened::{say_json, unanswered, with_engine};
use super::super::table::{self, or_dash};
use super::super::{ConfigFile, Failure, Outcome};
use super::which::Which;
use crate::routes::v1::inbox::view::InboxJson;
use crate::terminal;

/// As many as one question brings.
const PAGE: u32 = 100;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    which: Which,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
    /// Print JSON, as GET /v1/inbox has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl List {
    pub(super) async fn run(&self) -> Outcome {
        let filter = self.which.filter();
        let (rows, more, counts) = with_engine(&self.config, async |engine| {
            let (rows, more) = read(engine, &filter, self.limit).await?;
            let counts = engine.inbox_counts().await;
            Ok((rows, more, counts.map_err(|error| unanswered(&error))?))
        })
        .await?;
        if self.json {
            let all: Vec<_> = rows.iter().map(InboxJson::of).collect();
            say_json(&all)?;
            return Ok(ExitCode::SUCCESS);
        }
        say(&rows);
        if more {
            terminal::say(&format!(
                "There are more: --limit {} shows them.",
                self.limit.saturating_mul(10)
            ));
        }
        say_counts(counts);
        Ok(ExitCode::SUCCESS)
    }
}

async fn read(
    engine: &Engine,
    filter: &DeliveryFilter,
    most: usize,
) -> Result<(Vec<DeliveryRow>, bool), Failure> {
    let mut rows: Vec<DeliveryRow> = Vec::new();
    let mut after: Option<DeliveryId> = None;
    while rows.len() < most {
        let left = most.saturating_sub(rows.len());
        let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let page = engine.inbox(filter, PageRequest { after, limit }).await;
        let page = page.map_err(|error| unanswered(&error))?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok((rows, after.is_some()))
}

fn say(rows: &[DeliveryRow]) {
    let cells: Vec<_> = rows
        .iter()
        .map(|row| {
            [
                row.id.to_string(),
                row.receipt.received_at.to_string(),
                row.account.to_string(),
                row.state.as_word().to_owned(),
                row.attempts.to_string(),
                or_dash(row.session.as_ref()),
                or_dash(row.reason.as_ref()),
            ]
        })
        .collect();
    let headings = [
        "id", "received", "account", "state", "tries", "session", "reason",
    ];
    table::say(headings, &cells);
    if rows.is_empty() {
        terminal::say("There is no such webhook.");
    }
}

fn say_counts(counts: InboxCounts) {
    let InboxCounts {
        pending,
        done,
        ignored,
        unmatched,
        dead,
    } = counts;
    terminal::say(&format!(
        "In all: {pending} pending, {done} done, {ignored} ignored, {unmatched} unmatched, {dead} dead."
    ));
    if dead > 0 {
        terminal::say(
            "Once the reason is mended: `idv inbox requeue --state dead` puts the dead back to work.",
        );
    }
}
