//! `idv endpoint resend`.

use std::process::ExitCode;

use clap::Args;
use idv_core::{EndpointId, EventId};

use super::super::opened::{refused, with_engine};
use super::super::{ConfigFile, Outcome};
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Resend {
    /// To which endpoint: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// Which event: `idv endpoint deliveries` and `idv events` show their ids
    #[arg(value_name = "EVENT")]
    event: EventId,
    #[command(flatten)]
    config: ConfigFile,
}

impl Resend {
    pub(super) async fn run(&self) -> Outcome {
        with_engine(&self.config, async |engine| {
            let sent = engine.resend_event(self.id, self.event).await;
            sent.map_err(|error| refused(&error))
        })
        .await?;
        terminal::say(&format!(
            "{} is on its way again, as soon as a server runs",
            self.event
        ));
        Ok(ExitCode::SUCCESS)
    }
}
