//! `idv inbox missed`.

use std::process::ExitCode;

use clap::Args;
use idv_core::{AccountId, Timestamp};
use idv_engine::store::{MissedWebhookFilter, PageRequest};

use super::super::opened::{say_json, unanswered, with_engine};
use super::super::table::{self, or_dash};
use super::super::{ConfigFile, Outcome};
use crate::routes::v1::inbox::missed::MissedJson;
use crate::terminal;

/// Many of them for one account mean that its webhooks do not arrive: see that the vendor has the right URL.
#[derive(Debug, Args)]
pub(in crate::cli) struct Missed {
    /// Only those of this account
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only those found at or after this time, such as 2026-11-20T18:43:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: u32,
    /// Print JSON, as GET /v1/inbox/missed has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Missed {
    pub(super) async fn run(&self) -> Outcome {
        let filter = MissedWebhookFilter {
            account: self.account.clone().map(AccountId::new),
            since: self.since,
        };
        let page = PageRequest {
            after: None,
            limit: self.limit.max(1),
        };
        let page = with_engine(&self.config, async |engine| {
            let page = engine.missed_webhooks(&filter, page).await;
            page.map_err(|error| unanswered(&error))
        })
        .await?;
        if self.json {
            let all: Vec<_> = page.rows.iter().map(MissedJson::of).collect();
            say_json(&all)?;
            return Ok(ExitCode::SUCCESS);
        }
        let cells: Vec<_> = page
            .rows
            .iter()
            .map(|row| {
                [
                    row.found_at.to_string(),
                    row.account.to_string(),
                    row.request.to_string(),
                    format!("{} → {}", row.from, row.to),
                    format!("{} s", row.quiet_for.as_secs()),
                    or_dash(row.arrived_at),
                ]
            })
            .collect();
        let headings = [
            "found",
            "account",
            "request",
            "what",
            "quiet for",
            "came after all",
        ];
        table::say(headings, &cells);
        if page.rows.is_empty() {
            terminal::say(
                "Nothing was missed: every change that was found by asking had been told.",
            );
        }
        if page.next.is_some() {
            terminal::say("There are more: give a larger --limit.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
