//! `idv endpoint replay`.

use std::process::ExitCode;

use clap::Args;
use idv_core::EndpointId;
use idv_engine::store::EventPosition;
use serde::Serialize;

use super::super::opened::{refused, say_json, with_engine};
use super::super::{ConfigFile, Outcome};
use super::input::read_after;
use crate::terminal;

/// They have the same ids as before: whoever has seen one may pass over it.
#[derive(Debug, Args)]
pub(in crate::cli) struct Replay {
    /// To which endpoint: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// A cursor of the feed, or `beginning`
    #[arg(long, value_name = "CURSOR", value_parser = read_after)]
    after: EventPosition,
    /// Print JSON: {events}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Serialize)]
struct ReplayJson {
    events: u64,
}

impl Replay {
    pub(super) async fn run(&self) -> Outcome {
        let events = with_engine(&self.config, async |engine| {
            let last = engine.last_event_position().await;
            let last = last.map_err(|error| refused(&error))?;
            if !self.json {
                let to_do = last.0.saturating_sub(self.after.0);
                terminal::complain(&format!("idv: looking at {to_do} events"));
            }
            let events = engine.replay_events(self.id, self.after).await;
            events.map_err(|error| refused(&error))
        })
        .await?;
        if self.json {
            say_json(&ReplayJson { events })?;
            return Ok(ExitCode::SUCCESS);
        }
        terminal::say(&format!(
            "{events} events were looked at; those of the types it wants are on their way again, as soon as a server runs"
        ));
        Ok(ExitCode::SUCCESS)
    }
}
