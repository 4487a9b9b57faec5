//! `idv config`: check, print, default.

use std::process::ExitCode;

use clap::Subcommand;

use super::{ConfigFile, Failure, Outcome};
use crate::config::{DEFAULT_FILE, print};
use crate::terminal;

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Say whether the configuration can be used; every problem with its place and its remedy
    Check(ConfigFile),
    /// Print what counts in the end and where it is written, without secrets
    Print(ConfigFile),
    /// Print the file compiled in: every setting with its unit and default
    Default,
}

impl Config {
    pub(super) fn run(&self) -> Outcome {
        match self {
            Self::Check(file) => check(file),
            Self::Print(file) => {
                let loaded = file.load()?;
                terminal::say(print(&loaded.tree).trim_end());
                Ok(ExitCode::SUCCESS)
            }
            Self::Default => {
                terminal::say(DEFAULT_FILE.trim_end());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn check(file: &ConfigFile) -> Outcome {
    let loaded = file.load()?;
    let place = loaded.file.as_ref().map_or_else(
        || "the built-in file and the environment".to_owned(),
        |file| file.display().to_string(),
    );
    if loaded.settings.accounts.is_empty() {
        return Err(Failure::usage(no_account(&place)));
    }
    for account in &loaded.settings.accounts {
        let id = &account.id;
        let way = if account.api_key.is_some() {
            "starts verifications and receives webhooks"
        } else {
            "only receives webhooks (no API key)"
        };
        let secrets = account.webhook_secrets.len();
        let word = if secrets == 1 { "secret" } else { "secrets" };
        terminal::say(&format!(
            "account {id}: {}, {way}, {secrets} webhook {word}",
            account.provider.vendor
        ));
    }
    terminal::say(&format!("{place}: all is well"));
    Ok(ExitCode::SUCCESS)
}

/// A gateway without an account would refuse every webhook and every request.
pub(super) fn no_account(place: &str) -> String {
    format!(
        "{place}: accounts has no entry: add a table [accounts.<name>], see `idv config default`"
    )
}
