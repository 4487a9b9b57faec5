//! `idv endpoint create`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use idv_engine::NewEndpoint;
use idv_engine::store::{EventKind, EventPosition, PayloadForm};

use super::super::opened::{refused, say_json, with_engine};
use super::super::{ConfigFile, Outcome};
use super::input::{self, Header, read_after, read_kind, read_payload};
use crate::routes::v1::endpoints::view::{EndpointJson, WithSecretJson};
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Create {
    /// Where events are posted to
    #[arg(long, value_name = "URL")]
    url: String,
    /// What to call it
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// Only these types of event, with commas between them [default: all of them]
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = read_kind)]
    types: Vec<EventKind>,
    /// `thin`: ids, status and reasons. `full`: the whole request too
    #[arg(long, value_name = "FORM", default_value = "thin", value_parser = read_payload)]
    payload: PayloadForm,
    /// At most so many deliveries per second [default: no limit]
    #[arg(long, value_name = "COUNT")]
    rate_per_sec: Option<u32>,
    /// A header to send along, as `Name: value`; several may be given. Other processes of this machine can see it while
    /// the command runs
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,
    /// A file with a signing secret of your own, `whsec_...`; - for standard input [default: one is made]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Begin after this cursor of the feed, or at the `beginning` [default: with what happens from now on]
    #[arg(long, value_name = "CURSOR", value_parser = read_after)]
    after: Option<EventPosition>,
    /// Print JSON, as POST /v1/endpoints answers
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Create {
    pub(super) async fn run(&self) -> Outcome {
        let new = NewEndpoint {
            url: self.url.clone(),
            description: self.description.clone(),
            kinds: self.types.clone(),
            payload: self.payload,
            rate_per_sec: self.rate_per_sec.filter(|rate| *rate > 0),
            headers: input::headers(&self.headers),
            secret: input::secret(self.secret_file.as_ref())?,
            from: self.after,
        };
        let (view, secret) = with_engine(&self.config, async |engine| {
            let made = engine.create_endpoint(new).await;
            made.map_err(|error| refused(&error))
        })
        .await?;
        let secret = secret.expose();
        if self.json {
            say_json(&WithSecretJson {
                endpoint: EndpointJson::of(&view),
                secret: secret.expose(),
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        terminal::say(&format!("{}  {}", view.id, secret.expose()));
        terminal::complain(
            "idv: keep this secret; it is not shown again. The endpoint checks the signature of every event with it.",
        );
        Ok(ExitCode::SUCCESS)
    }
}
