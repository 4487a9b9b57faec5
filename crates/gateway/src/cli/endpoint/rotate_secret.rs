//! `idv endpoint rotate-secret`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use idv_core::EndpointId;
use serde::Serialize;

use super::super::opened::{refused, say_json, with_engine};
use super::super::{ConfigFile, Outcome};
use super::input;
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct RotateSecret {
    /// Which: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// A file with a signing secret of your own, `whsec_...`; - for standard input [default: one is made]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// For how long the earlier secrets sign too, in seconds
    #[arg(long, value_name = "SECS", default_value_t = idv_engine::DEFAULT_SECRET_OVERLAP.as_secs())]
    overlap_secs: u64,
    /// Print JSON: {secret}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Serialize)]
struct RotatedJson<'a> {
    secret: &'a str,
}

impl RotateSecret {
    pub(super) async fn run(&self) -> Outcome {
        let new = input::secret(self.secret_file.as_ref())?;
        let overlap = Duration::from_secs(self.overlap_secs);
        let secret = with_engine(&self.config, async |engine| {
            let secret = engine.rotate_endpoint_secret(self.id, new, overlap).await;
            secret.map_err(|error| refused(&error))
        })
        .await?;
        let secret = secret.expose();
        if self.json {
            let secret = secret.expose();
            say_json(&RotatedJson { secret })?;
            return Ok(ExitCode::SUCCESS);
        }
        terminal::say(secret.expose());
        terminal::complain(&format!(
            "idv: keep this secret; it is not shown again. The earlier ones sign too for {} s: have the endpoint check \
             with the new one until then.",
            self.overlap_secs
        ));
        Ok(ExitCode::SUCCESS)
    }
}
