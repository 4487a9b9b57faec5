//! `idv inbox requeue`.

use std::process::ExitCode;

use clap::Args;
use idv_core::DeliveryId;
use idv_engine::store::DeliveryState;
use serde::Serialize;

use super::super::opened::{say_json, unanswered, with_engine};
use super::super::{ConfigFile, Failure, Outcome};
use super::which::Which;
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Requeue {
    /// Which one; without it every one that the filters name, for which --state must be given
    #[arg(value_name = "ID")]
    id: Option<DeliveryId>,
    #[command(flatten)]
    which: Which,
    /// Print JSON: {requeued}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Serialize)]
struct RequeuedJson {
    requeued: u64,
}

impl Requeue {
    pub(super) async fn run(&self) -> Outcome {
        let requeued = match self.id {
            Some(id) => self.one(id).await?,
            None => self.all().await?,
        };
        if self.json {
            say_json(&RequeuedJson { requeued })?;
        } else {
            terminal::say(&format!(
                "{requeued} put back to work, with all tries ahead. A server that runs takes them up by itself."
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn one(&self, id: DeliveryId) -> Result<u64, Failure> {
        with_engine(&self.config, async |engine| {
            let back = engine.requeue(id).await;
            if back.map_err(|error| unanswered(&error))? {
                return Ok(1);
            }
            let row = engine.inbox_delivery(id).await;
            let row = row.map_err(|error| unanswered(&error))?;
            Err(Failure::usage(match row {
                None => {
                    "there is no such webhook: `idv inbox list` shows those there are".to_owned()
                }
                Some(row) if row.body.as_bytes().is_empty() => {
                    "its bytes are gone, so there is nothing left to work on".to_owned()
                }
                Some(row) => format!(
                    "it is {}: only one that is dead, ignored or unmatched can be put back to work",
                    row.state.as_word()
                ),
            }))
        })
        .await
    }

    async fn all(&self) -> Result<u64, Failure> {
        match self.which.state {
            None => {
                return Err(Failure::usage(
                    "name one by its id, or say which state: --state dead, ignored or unmatched",
                ));
            }
            Some(DeliveryState::Pending | DeliveryState::Done) => {
                return Err(Failure::usage(
                    "--state: only those that are dead, ignored or unmatched can be put back to work",
                ));
            }
            Some(_) => {}
        }
        let filter = self.which.filter();
        with_engine(&self.config, async |engine| {
            if !self.json {
                terminal::complain("idv: putting them back to work; what is done stays done");
            }
            let requeued = engine.requeue_all(&filter).await;
            requeued.map_err(|error| {
                let Failure::Failed(why) = unanswered(&error) else {
                    return unanswered(&error);
                };
                Failure::failed(format!(
                    "{why}; some may be back at work: run it again for the rest"
                ))
            })
        })
        .await
    }
}
