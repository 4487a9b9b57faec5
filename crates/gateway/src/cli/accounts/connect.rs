//! `idv accounts connect`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::registering::{Done, Wish, register};
use super::{Opened, address};
use crate::cli::opened::say_json;
use crate::cli::{ConfigFile, Failure, Outcome};
use crate::terminal;

/// The vendor is asked first; a registration that is whole and whose secret is here is left as it is. The secret goes into
/// the account's webhook_secrets_file and is never printed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Connect {
    /// The name of the account in the configuration
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The address under which the vendor reaches this gateway, or all of it with /webhooks/ACCOUNT at its end
    #[arg(long, value_name = "URL")]
    url: String,
    /// Register a second time, to replace the secret: the earlier one is ended with `idv accounts disconnect` later
    #[arg(long, conflicts_with = "replace")]
    rotate: bool,
    /// Register anew, and end every other registration of this address
    #[arg(long)]
    replace: bool,
    /// Print one line of JSON: {outcome, url, ids, beside, ended}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// The result, as `--json` prints it. Stable.
#[derive(Serialize)]
struct Answer<'a> {
    /// `already` or `registered`.
    outcome: &'static str,
    url: &'a str,
    /// Of the registration that was made, or of those that were there.
    ids: &'a [String],
    /// Earlier ones that are still in use.
    beside: &'a [String],
    /// Earlier ones that were ended.
    ended: &'a [String],
}

impl Connect {
    pub(super) async fn run(&self) -> Outcome {
        let opened = Opened::of(&self.config, &self.account)?;
        let url = address::of(&self.url, &opened.settings.id).map_err(Failure::usage)?;
        let file = opened.secrets_file()?;
        let abilities = opened.provider.abilities();
        let admin = abilities
            .webhook_admin
            .ok_or_else(|| Failure::usage("this vendor lets nobody register addresses"))?;
        let wish = match (self.rotate, self.replace) {
            (true, _) => Wish::Rotate,
            (_, true) => Wish::Replace,
            _ => Wish::Connect,
        };
        let done = register(admin, &file, &url, wish).await?;
        let path = file.path().display().to_string();
        self.say(&done, url.as_str(), &path)?;
        Ok(ExitCode::SUCCESS)
    }

    fn say(&self, done: &Done, url: &str, path: &str) -> Result<(), Failure> {
        if self.json {
            return say_json(&match done {
                Done::Already { ids } => Answer {
                    outcome: "already",
                    url,
                    ids,
                    beside: &[],
                    ended: &[],
                },
                Done::Registered { id, beside, ended } => Answer {
                    outcome: "registered",
                    url,
                    ids: std::slice::from_ref(id),
                    beside,
                    ended,
                },
            });
        }
        let account = &self.account;
        match done {
            Done::Already { ids } => {
                let ids = ids.join(" and ");
                terminal::say(&format!(
                    "{url} is registered already ({ids}), and its secret is in {path}: nothing to do"
                ));
            }
            Done::Registered { id, beside, ended } => {
                terminal::say(&format!("registered {url} ({id}); its secret is in {path}"));
                terminal::say(
                    "Start the servers anew, so that they know it. Until then they answer 401, and the vendor tries again.",
                );
                for earlier in beside {
                    terminal::say(&format!(
                        "{earlier} is in use as well. Once every server was started with both secrets, end it: idv accounts disconnect {account} --id {earlier}"
                    ));
                }
                for earlier in ended {
                    terminal::say(&format!("ended {earlier}"));
                }
            }
        }
        Ok(())
    }
}
