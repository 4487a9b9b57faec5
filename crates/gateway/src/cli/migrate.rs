//! `idv migrate`: brings the database's schema up to date and does nothing else.

use std::process::ExitCode;

use super::{ConfigFile, Outcome};
use crate::gateway::open_database;
use crate::terminal;

/// Any number of processes may do so at the same time: one migrates, the others wait. Migrations only go forward.
pub(super) async fn run(file: &ConfigFile) -> Outcome {
    let settings = file.load()?.settings;
    let database = open_database(&settings).await?;
    database.close().await;
    terminal::say(&format!("{}: the schema is up to date", settings.database));
    Ok(ExitCode::SUCCESS)
}
