//! `idv key`: create, list, revoke; and the master key.

mod rotate_master;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use idv_core::{Clock as _, SystemClock};
use idv_engine::store::{ApiKeyRow, Store, StoreError};
use serde::Serialize;

use super::{ConfigFile, Failure, Outcome};
use crate::api_key::{ApiKey, Scope};
use crate::gateway::{open_database, reasons};
use crate::terminal;

/// Names stand in logs and in the history of requests.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Make a key and show it, this once
    Create(Create),
    /// List the keys; what is secret of them is not kept
    List(List),
    /// Revoke a key: from the next call on it counts no more
    Revoke(Revoke),
    /// Replace the master key, while the gateway serves
    RotateMaster(rotate_master::RotateMaster),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What to call the key, such as the application's name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What the key may do; several may be given [default: read and write]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The key's name
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    id: String,
    name: &'a str,
    scopes: &'a [String],
    created_at: idv_core::Timestamp,
    revoked_at: Option<idv_core::Timestamp>,
    /// The key itself, only when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl<'a> KeyJson<'a> {
    fn of(row: &'a ApiKeyRow, key: Option<&'a str>) -> Self {
        Self {
            id: row.id.0.simple().to_string(),
            name: &row.name,
            scopes: &row.scopes,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
            key,
        }
    }
}

impl Key {
    pub(super) async fn run(&self) -> Outcome {
        let config = match self {
            Self::Create(create) => &create.config,
            Self::List(list) => &list.config,
            Self::Revoke(revoke) => &revoke.config,
            Self::RotateMaster(rotate) => return rotate.run().await,
        };
        let database = open_database(&config.load()?.settings).await?;
        let store = database.store();
        let outcome = match self {
            Self::Create(create) => create.run(&*store).await,
            Self::List(list) => list.run(&*store).await,
            Self::Revoke(revoke) => revoke.run(&*store).await,
            Self::RotateMaster(_) => Ok(()),
        };
        database.close().await;
        outcome.map(|()| ExitCode::SUCCESS)
    }
}

fn store_failed(error: &StoreError) -> Failure {
    Failure::failed(reasons(error))
}

impl Create {
    async fn run(&self, store: &dyn Store) -> Result<(), Failure> {
        let fits = (1..=MAX_NAME_CHARS).contains(&self.name.chars().count());
        if !fits || self.name != idv_core::label(&self.name) || self.name.trim() != self.name {
            return Err(Failure::usage(
                "--name: use 1 to 64 letters, digits and signs of plain ASCII",
            ));
        }
        let mut scopes = if self.scopes.is_empty() {
            Scope::USUAL.to_vec()
        } else {
            self.scopes.clone()
        };
        scopes.sort_unstable();
        scopes.dedup();
        let key = ApiKey::generate().map_err(|error| Failure::failed(error.to_string()))?;
        let row = key.to_row(&self.name, &scopes, SystemClock.now());
        if !store
            .api_keys()
            .insert(&row)
            .await
            .map_err(|error| store_failed(&error))?
        {
            return Err(Failure::usage(format!(
                "there is a key named {} already: choose another name, or revoke it with `idv key revoke --name {}`",
                self.name, self.name
            )));
        }
        let text = key.to_text();
        if self.json {
            say_json(&KeyJson::of(&row, Some(text.expose())))?;
        } else {
            terminal::say(text.expose());
            terminal::complain(
                "idv: keep this key; it is not shown again. Send it as `Authorization: Bearer <key>`.",
            );
        }
        Ok(())
    }
}

impl List {
    async fn run(&self, store: &dyn Store) -> Result<(), Failure> {
        let rows = store
            .api_keys()
            .all()
            .await
            .map_err(|error| store_failed(&error))?;
        if self.json {
            let keys: Vec<_> = rows.iter().map(|row| KeyJson::of(row, None)).collect();
            return say_json(&keys);
        }
        if rows.is_empty() {
            terminal::say("There is no key yet. Make one with `idv key create --name my-app`.");
        }
        let widest = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in &rows {
            let state = row
                .revoked_at
                .map_or_else(|| "valid".to_owned(), |at| format!("revoked {at}"));
            terminal::say(&format!(
                "{:widest$}  {:10}  created {}  {state}",
                row.name,
                row.scopes.join(","),
                row.created_at
            ));
        }
        Ok(())
    }
}

impl Revoke {
    async fn run(&self, store: &dyn Store) -> Result<(), Failure> {
        let revoked = store.api_keys().revoke(&self.name, SystemClock.now()).await;
        if revoked.map_err(|error| store_failed(&error))? {
            terminal::say(&format!("revoked {}", idv_core::label(&self.name)));
            Ok(())
        } else {
            Err(Failure::usage(
                "there is no valid key of this name: see `idv key list`",
            ))
        }
    }
}

fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value)
        .map_err(|_| Failure::failed("the key could not be written as JSON"))?;
    terminal::say(&line);
    Ok(())
}
