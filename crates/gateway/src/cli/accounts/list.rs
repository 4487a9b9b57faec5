//! `idv accounts list`.

use std::process::ExitCode;

use clap::Args;
use idv_core::{IdProvider, WebhookRegistration};
use serde::Serialize;

use super::provider;
use crate::cli::config::no_account;
use crate::cli::opened::say_json;
use crate::cli::table;
use crate::cli::{ConfigFile, Failure, Outcome};
use crate::gateway::reasons;
use crate::terminal;

/// The vendor of each account that may ask is asked where it sends webhooks.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// An account, as `--json` prints it. Stable.
#[derive(Serialize)]
struct AccountJson {
    account: String,
    provider: &'static str,
    environment: &'static str,
    /// True if it has an API key.
    can_fetch: bool,
    abilities: Vec<&'static str>,
    /// Where the vendor sends webhooks; null if it cannot be asked.
    registrations: Option<Vec<RegistrationJson>>,
    /// Why it could not be asked, if it should have been.
    error: Option<String>,
}

#[derive(Serialize)]
struct RegistrationJson {
    id: String,
    url: String,
    is_enabled: bool,
    /// Events that matter here and are not sent.
    lacks: Vec<String>,
}

impl From<WebhookRegistration> for RegistrationJson {
    fn from(registration: WebhookRegistration) -> Self {
        Self {
            id: registration.id,
            url: registration.url,
            is_enabled: registration.is_enabled,
            lacks: registration.lacks,
        }
    }
}

impl List {
    pub(super) async fn run(&self) -> Outcome {
        let settings = self.config.load_before_connecting()?.settings;
        if settings.accounts.is_empty() {
            return Err(Failure::usage(no_account("the configuration")));
        }
        let mut all = Vec::new();
        for account in &settings.accounts {
            let provider = provider(account, &settings)?;
            let (registrations, error) = registrations(&*provider, account.api_key.is_some()).await;
            all.push(AccountJson {
                account: account.id.to_string(),
                provider: account.provider.id,
                environment: account.environment.as_word(),
                can_fetch: account.api_key.is_some(),
                abilities: provider.abilities().words(),
                registrations,
                error,
            });
        }
        if self.json {
            say_json(&all)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows: Vec<_> = all.iter().map(AccountJson::row).collect();
        table::say(
            [
                "account",
                "provider",
                "environment",
                "webhooks",
                "abilities",
            ],
            &rows,
        );
        for account in &all {
            account.say_registrations();
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn registrations(
    provider: &dyn IdProvider,
    has_key: bool,
) -> (Option<Vec<RegistrationJson>>, Option<String>) {
    let abilities = provider.abilities();
    let Some(admin) = abilities.webhook_admin.filter(|_| has_key) else {
        return (None, None);
    };
    match admin.webhooks().await {
        Ok(all) => (
            Some(all.into_iter().map(RegistrationJson::from).collect()),
            None,
        ),
        Err(error) => (None, Some(reasons(&error))),
    }
}

impl AccountJson {
    fn is_here(&self, registration: &RegistrationJson) -> bool {
        let own = format!("/webhooks/{}", self.account);
        registration.url.trim_end_matches('/').ends_with(&own)
    }

    fn row(&self) -> [String; 5] {
        [
            self.account.clone(),
            self.provider.to_owned(),
            self.environment.to_owned(),
            self.webhooks().to_owned(),
            self.abilities.join(", "),
        ]
    }

    /// Whether the vendor sends webhooks here, in a word or two.
    fn webhooks(&self) -> &'static str {
        let Some(all) = &self.registrations else {
            return if self.error.is_some() {
                "could not be asked"
            } else {
                "-"
            };
        };
        let mut here = all
            .iter()
            .filter(|registration| self.is_here(registration))
            .peekable();
        if here.peek().is_none() {
            return "not registered";
        }
        if here.any(|registration| registration.is_enabled && registration.lacks.is_empty()) {
            "registered"
        } else {
            "registered in part"
        }
    }

    fn say_registrations(&self) {
        let account = &self.account;
        if let Some(error) = &self.error {
            terminal::say(&format!(
                "{account}: the vendor could not be asked: {error}"
            ));
        }
        for registration in self.registrations.iter().flatten() {
            let RegistrationJson {
                id,
                url,
                is_enabled,
                lacks,
            } = registration;
            let state = if *is_enabled { "" } else { ", switched off" };
            let lacks = match lacks.as_slice() {
                [] => String::new(),
                lacks => format!(", lacks {}", lacks.join(", ")),
            };
            terminal::say(&format!("{account}: {id} {url}{state}{lacks}"));
        }
    }
}
