//! `idv config`: check, print, default.

use std::process::ExitCode;

use clap::Subcommand;

use super::{ConfigFile, Failure, Outcome};
use crate::config::{AccountSettings, DEFAULT_FILE, print};
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
        terminal::say(&format!(
            "account {id}: {}, {way}, {}",
            account.provider.vendor,
            proof(account)
        ));
    }
    terminal::say(&format!("{place}: all is well"));
    Ok(ExitCode::SUCCESS)
}

/// What proves the webhooks of an account.
fn proof(account: &AccountSettings) -> String {
    let asks = account.api_key.is_some();
    match (
        account.webhook_secrets.len(),
        account.webhook_keys.is_some(),
    ) {
        (0, true) if asks => "webhook keys from a file and from the vendor".to_owned(),
        (0, true) => "webhook keys from a file".to_owned(),
        (0, false) => "webhook keys from the vendor".to_owned(),
        (1, _) => "1 webhook secret".to_owned(),
        (count, _) => format!("{count} webhook secrets"),
    }
}

/// A gateway without an account would refuse every webhook and every request.
pub(super) fn no_account(place: &str) -> String {
    format!(
        "{place}: accounts has no entry: add a table [accounts.<name>], see `idv config default`"
    )
}
