//! `idv endpoint delete`.

use std::process::ExitCode;

use clap::Args;
use idv_core::EndpointId;

use super::super::opened::{refused, with_engine};
use super::super::{ConfigFile, Outcome};
use crate::terminal;

/// The log of its deliveries goes too. Events stay in the feed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Delete {
    /// Which: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    #[command(flatten)]
    config: ConfigFile,
}

impl Delete {
    pub(super) async fn run(&self) -> Outcome {
        with_engine(&self.config, async |engine| {
            let removed = engine.delete_endpoint(self.id).await;
            removed.map_err(|error| refused(&error))
        })
        .await?;
        terminal::say(&format!("removed {}", self.id));
        Ok(ExitCode::SUCCESS)
    }
}
