//! `idv endpoint update`.

use std::process::ExitCode;

use clap::Args;
use idv_core::EndpointId;
use idv_engine::EndpointChanges;
use idv_engine::store::{EventKind, PayloadForm};

use super::super::opened::{refused, with_engine};
use super::super::{ConfigFile, Outcome};
use super::input::{self, Header, read_kind, read_payload};
use super::show;

/// What is not named stays as it is.
#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// Which: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// Where events are posted to
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// What to call it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Only these types of event, with commas between them
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = read_kind)]
    types: Vec<EventKind>,
    /// All types of event
    #[arg(long, conflicts_with = "types")]
    all_types: bool,
    /// `thin`: ids, status and reasons. `full`: the whole request too
    #[arg(long, value_name = "FORM", value_parser = read_payload)]
    payload: Option<PayloadForm>,
    /// At most so many deliveries per second; 0 for no limit
    #[arg(long, value_name = "COUNT")]
    rate_per_sec: Option<u32>,
    /// A header to send along, as `Name: value`, in the place of those before; several may be given. Other processes of
    /// this machine can see it while the command runs
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,
    /// Send no headers along any more
    #[arg(long, conflicts_with = "headers")]
    no_headers: bool,
    /// Send events again; it goes on where it stopped, and nothing is lost
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Send nothing until it is enabled again
    #[arg(long)]
    disable: bool,
    /// Print JSON, as PATCH /v1/endpoints/{id} answers
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Update {
    pub(super) async fn run(&self) -> Outcome {
        let kinds = self.all_types || !self.types.is_empty();
        let headers = self.no_headers || !self.headers.is_empty();
        let rate = self.rate_per_sec;
        let changes = EndpointChanges {
            url: self.url.clone(),
            description: self.description.clone(),
            kinds: kinds.then(|| self.types.clone()),
            payload: self.payload,
            rate_per_sec: rate.map(|rate| Some(rate).filter(|rate| *rate > 0)),
            headers: headers.then(|| input::headers(&self.headers)),
            enabled: (self.enable || self.disable).then_some(self.enable),
        };
        let view = with_engine(&self.config, async |engine| {
            let view = engine.update_endpoint(self.id, changes).await;
            view.map_err(|error| refused(&error))
        })
        .await?;
        show::say(&view, self.json)?;
        Ok(ExitCode::SUCCESS)
    }
}
