//! `idv endpoint test`.

use std::process::ExitCode;

use clap::Args;
use idv_core::{EndpointId, EventId};
use serde::Serialize;

use super::super::opened::{refused, say_json, with_engine};
use super::super::{ConfigFile, Outcome};
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// Which: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// Print JSON: {event}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Serialize)]
struct TestJson {
    event: EventId,
}

impl Test {
    pub(super) async fn run(&self) -> Outcome {
        let event = with_engine(&self.config, async |engine| {
            let event = engine.test_endpoint(self.id).await;
            event.map_err(|error| refused(&error))
        })
        .await?;
        if self.json {
            say_json(&TestJson { event })?;
            return Ok(ExitCode::SUCCESS);
        }
        terminal::say(&format!(
            "{event} is on its way, as soon as a server runs. What came of it: `idv endpoint deliveries {} {event}`",
            self.id
        ));
        Ok(ExitCode::SUCCESS)
    }
}
