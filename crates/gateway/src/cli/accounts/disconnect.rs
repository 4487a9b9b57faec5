//! `idv accounts disconnect`.

use std::process::ExitCode;

use clap::Args;
use idv_core::WebhookAdmin;

use super::Opened;
use super::secrets_file::SecretsFile;
use crate::cli::{ConfigFile, Failure, Outcome};
use crate::gateway::reasons;
use crate::terminal;

/// Its secret is taken out of the account's webhook_secrets_file, unless it is the last one there.
#[derive(Debug, Args)]
pub(in crate::cli) struct Disconnect {
    /// The name of the account in the configuration
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// Which registration: the vendor's id, as `idv accounts list` shows it
    #[arg(long, value_name = "ID")]
    id: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Disconnect {
    pub(super) async fn run(&self) -> Outcome {
        let opened = Opened::of(&self.config, &self.account)?;
        let abilities = opened.provider.abilities();
        let admin = abilities
            .webhook_admin
            .ok_or_else(|| Failure::usage("this vendor lets nobody register addresses"))?;
        // Without a file there is nothing to take out.
        let file = opened.secrets_file().ok();
        for line in end(admin, file.as_ref(), &self.id).await? {
            terminal::say(&line);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Ends a registration and says what was done.
pub(super) async fn end(
    admin: &dyn WebhookAdmin,
    file: Option<&SecretsFile>,
    id: &str,
) -> Result<Vec<String>, Failure> {
    let failed = |what: &str, error: &dyn std::error::Error| {
        Failure::failed(format!("{what}: {}", reasons(error)))
    };
    let all = admin.webhooks().await;
    let all = all.map_err(|error| failed("the vendor could not be asked", &error))?;
    // One that is gone at the vendor and was made here is finished all the same: a run may have ended halfway.
    let was_made_here = match file {
        Some(file) => file
            .has_made(id)
            .map_err(|error| failed("the file of secrets cannot be read", &error))?,
        None => false,
    };
    if !was_made_here && !all.iter().any(|registration| registration.id == id) {
        let ids: Vec<_> = all
            .iter()
            .map(|registration| registration.id.as_str())
            .collect();
        return Err(Failure::usage(format!(
            "--id: the vendor has no registration of this id: {}",
            if ids.is_empty() {
                "it has none at all".to_owned()
            } else {
                format!("use one of {}", ids.join(", "))
            }
        )));
    }
    let ended = admin.unregister_webhook(id).await;
    ended.map_err(|error| failed("it was not ended", &error))?;
    let mut lines = vec![format!("ended {id}")];
    if let Some(file) = file {
        let path = file.path().display();
        match file.forget(id) {
            Ok(true) => lines.push(format!("its secret is no longer in {path}")),
            Ok(false) => {}
            Err(error) => {
                return Err(Failure::failed(format!(
                    "it was ended, but its secret is still in {path} ({error}): run this again"
                )));
            }
        }
    }
    if !all.iter().any(|other| other.id != id && other.is_enabled) {
        lines.push("no other registration is in use: the account gets no more webhooks".to_owned());
    }
    Ok(lines)
}
