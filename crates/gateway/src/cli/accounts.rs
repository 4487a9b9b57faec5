//! `idv accounts`: the accounts, and whether their vendors know where webhooks go.

mod address;
mod connect;
mod disconnect;
mod list;
mod registering;
mod secrets_file;

use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use idv_core::{IdProvider, SystemClock};

use super::{ConfigFile, Failure, Outcome, no_such_account};
use crate::config::{AccountSettings, Settings};
use crate::providers;
use secrets_file::SecretsFile;

#[derive(Debug, Subcommand)]
pub(super) enum Accounts {
    /// List the accounts, what each can do, and where its vendor sends webhooks
    List(list::List),
    /// Register this gateway's address with the vendor, and keep the secret of its webhooks
    Connect(connect::Connect),
    /// End a registration at the vendor
    Disconnect(disconnect::Disconnect),
}

impl Accounts {
    pub(super) async fn run(&self) -> Outcome {
        match self {
            Self::List(list) => list.run().await,
            Self::Connect(connect) => connect.run().await,
            Self::Disconnect(disconnect) => disconnect.run().await,
        }
    }
}

/// An account that may have no webhook secrets yet, with its provider.
struct Opened {
    settings: AccountSettings,
    provider: Arc<dyn IdProvider>,
}

impl Opened {
    fn of(config: &ConfigFile, name: &str) -> Result<Self, Failure> {
        let settings = config.load_before_connecting()?.settings;
        let known = settings
            .accounts
            .iter()
            .find(|account| account.id.as_str() == name);
        let account = known.ok_or_else(|| no_such_account(&settings, name))?;
        let opened = Self {
            provider: provider(account, &settings)?,
            settings: account.clone(),
        };
        opened.check_it_can_register()?;
        Ok(opened)
    }

    fn check_it_can_register(&self) -> Result<(), Failure> {
        let (id, vendor) = (&self.settings.id, self.settings.provider.vendor);
        if self.settings.api_key.is_none() {
            return Err(Failure::usage(format!(
                "accounts.{id} has no API key to ask {vendor} with: give it api_key, or register the address in the vendor's dashboard"
            )));
        }
        if self.provider.abilities().webhook_admin.is_none() {
            return Err(Failure::usage(format!(
                "{vendor} lets nobody register addresses through its API: give it this gateway's address, which ends with /webhooks/{id}, in its dashboard"
            )));
        }
        Ok(())
    }

    /// Where the secrets are kept.
    fn secrets_file(&self) -> Result<SecretsFile, Failure> {
        let id = &self.settings.id;
        let file = self
            .settings
            .webhook_secrets_file
            .as_deref()
            .map(Path::to_owned);
        let file = file.filter(|file| !file.as_os_str().is_empty());
        let file = file.ok_or_else(|| {
            let first = if self.settings.webhook_secrets.is_empty() {
                "there is no file to keep the secret in"
            } else {
                "its secrets stand in the configuration, which is not written by itself"
            };
            Failure::usage(format!(
                "accounts.{id}: {first}: write webhook_secrets_file = \"/path/to/{id}-webhook-secrets\" under [accounts.{id}] instead of webhook_secrets, with the secrets there are in it, one per line. Nothing was registered"
            ))
        })?;
        Ok(SecretsFile::at(file))
    }
}

fn provider(
    account: &AccountSettings,
    settings: &Settings,
) -> Result<Arc<dyn IdProvider>, Failure> {
    let connected = providers::connect(account, &settings.outbound, Arc::new(SystemClock))
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(connected.provider)
}
