//! `idv endpoint show`.

use std::process::ExitCode;

use clap::Args;
use idv_core::EndpointId;
use idv_engine::{EndpointView, SecretView};

use super::super::opened::{refused, say_json, with_engine};
use super::super::table::or_dash;
use super::super::{ConfigFile, Failure, Outcome};
use crate::routes::v1::endpoints::view::EndpointJson;
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// Which: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// Print JSON, as GET /v1/endpoints/{id} has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Show {
    pub(super) async fn run(&self) -> Outcome {
        let view = with_engine(&self.config, async |engine| {
            let view = engine.endpoint(self.id).await;
            view.map_err(|error| refused(&error))
        })
        .await?;
        say(&view, self.json)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An endpoint, for people or as JSON.
pub(super) fn say(view: &EndpointView, as_json: bool) -> Result<(), Failure> {
    let json = EndpointJson::of(view);
    if as_json {
        return say_json(&json);
    }
    let types = if json.types.is_empty() {
        "all".to_owned()
    } else {
        json.types.join(", ")
    };
    let secrets: Vec<_> = view.secrets.iter().map(secret).collect();
    let lines = [
        ("endpoint", json.id.to_string()),
        ("url", json.url.to_owned()),
        ("called", json.description.to_owned()),
        ("state", json.state.to_owned()),
        ("types", types),
        ("payload", json.payload.to_owned()),
        (
            "rate",
            or_dash(json.rate_per_sec.map(|rate| format!("{rate} per second"))),
        ),
        ("headers", json.header_names.join(", ")),
        ("secrets", secrets.join("; ")),
        ("behind", format!("{} events", json.events_behind)),
        ("failures", format!("{} in a row", json.failures_in_a_row)),
        ("failing since", or_dash(json.failing_since)),
        ("rests until", or_dash(json.paused_until)),
        ("made", json.created_at.to_string()),
    ];
    for (name, value) in lines {
        terminal::say(format!("{name:14} {value}").trim_end());
    }
    Ok(())
}

fn secret(secret: &SecretView) -> String {
    let until = secret.expires_at;
    let until = until.map_or_else(String::new, |until| format!(" until {until}"));
    format!("{}{until}", secret.key_id)
}
