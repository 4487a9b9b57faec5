//! `idv endpoint list`.

use std::process::ExitCode;

use clap::Args;

use super::super::opened::{refused, say_json, with_engine};
use super::super::table;
use super::super::{ConfigFile, Outcome};
use crate::routes::v1::endpoints::view::EndpointJson;
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Print JSON, as GET /v1/endpoints has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl List {
    pub(super) async fn run(&self) -> Outcome {
        let views = with_engine(&self.config, async |engine| {
            engine.endpoints().await.map_err(|error| refused(&error))
        })
        .await?;
        let all: Vec<_> = views.iter().map(EndpointJson::of).collect();
        if self.json {
            say_json(&all)?;
            return Ok(ExitCode::SUCCESS);
        }
        if all.is_empty() {
            terminal::say(
                "There is no endpoint yet. Make one with `idv endpoint create --url https://app.example/idv-events`.",
            );
        }
        let cells: Vec<_> = all
            .iter()
            .map(|endpoint| {
                [
                    endpoint.id.to_string(),
                    endpoint.state.to_owned(),
                    endpoint.events_behind.to_string(),
                    endpoint.failures_in_a_row.to_string(),
                    endpoint.url.to_owned(),
                    endpoint.description.to_owned(),
                ]
            })
            .collect();
        let headings = ["id", "state", "behind", "failures", "url", "description"];
        table::say(headings, &cells);
        Ok(ExitCode::SUCCESS)
    }
}
