//! `idv webhook diagnose`: what happened to this webhook?

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use idv_core::webhook::{Receipt, SigningKey};
use idv_core::{Clock, SystemClock, Timestamp};
use serde::Serialize;

use super::given::{Delivery, Proof, SecretArgument, signing_keys};
use crate::cli::opened::say_json;
use crate::cli::{ConfigFile, Failure, Outcome, input};
use crate::config::{AccountSettings, Settings};
use crate::diagnose::{Case, Cause, Diagnosis, Party, StandingClock, Verdict};
use crate::providers::{self, Provider, Trusted};
use crate::terminal;

/// Exit code 0 it would be believed, 1 it is refused and the cause is printed, 2 wrong usage.
#[derive(Debug, Args)]
pub(in crate::cli) struct Diagnose {
    #[command(flatten)]
    config: ConfigFile,
    /// The account it was sent to: its keys are those of the configuration, and those of all other accounts are tried too
    #[arg(
        long,
        value_name = "ACCOUNT",
        required_unless_present = "provider",
        conflicts_with = "provider"
    )]
    account: Option<String>,
    /// The kind of provider that is said to have sent it, if there is no configuration
    #[arg(long)]
    provider: Option<String>,
    #[command(flatten)]
    proof: Proof,
    /// A secret that was replaced; several may be given
    #[arg(long = "old-secret", value_name = "SECRET")]
    old_secrets: Vec<SecretArgument>,
    /// A file with a secret that was replaced; several may be given
    #[arg(long = "old-secret-file", value_name = "FILE")]
    old_secret_files: Vec<PathBuf>,
    /// A file with public keys that the vendor has replaced; several may be given
    #[arg(long = "old-jwk", value_name = "FILE")]
    old_jwk_files: Vec<PathBuf>,
    /// When it arrived, in seconds since 1970 UTC [default: now]
    #[arg(long, value_name = "UNIX_SECS")]
    now: Option<i64>,
    #[command(flatten)]
    delivery: Delivery,
    /// Print one line of JSON: {accepted, cause, certainty, sentence, detail, remedy, also, scheme, key}
    #[arg(long)]
    json: bool,
}

/// The result, as `--json` prints it. Stable.
#[derive(Serialize)]
struct Answer<'a> {
    accepted: bool,
    /// A word of the table of causes.
    cause: Option<&'static str>,
    /// `proven` or `likely`.
    certainty: Option<&'static str>,
    sentence: Option<&'static str>,
    detail: Option<&'a str>,
    remedy: Option<&'static str>,
    /// What else is wrong.
    also: Option<Also>,
    scheme: Option<&'a str>,
    key: Option<&'a str>,
}

#[derive(Serialize)]
struct Also {
    cause: &'static str,
    by_secs: u64,
}

/// Everybody who may have signed.
struct Parties {
    own: Party,
    earlier: Option<Party>,
    others: Vec<Party>,
}

impl Diagnose {
    pub(super) async fn run(&self) -> Outcome {
        let now = self
            .now
            .map_or_else(|| SystemClock.now(), Timestamp::from_unix_secs);
        let standing = StandingClock::at(now);
        let clock: Arc<dyn Clock> = standing.clone();
        let parties = match &self.provider {
            Some(id) => self.on_the_command_line(crate::cli::provider(id)?, &clock)?,
            None => self.of_the_configuration(&clock)?,
        };
        let webhook = self.delivery.read(now)?;
        let case = Case {
            webhook,
            own: &parties.own,
            earlier: parties.earlier.as_ref(),
            others: &parties.others,
            clock,
            standing: Some(&standing),
        };
        match case.diagnose().await {
            Verdict::Accepted(receipt) => self.accepted(&receipt),
            Verdict::Refused(diagnosis) => self.refused(&diagnosis),
        }
    }

    fn accepted(&self, receipt: &Receipt) -> Outcome {
        if self.json {
            say_json(&Answer {
                accepted: true,
                cause: None,
                certainty: None,
                sentence: None,
                detail: None,
                remedy: None,
                also: None,
                scheme: Some(&receipt.scheme),
                key: Some(&receipt.key),
            })?;
        } else {
            let (key, scheme) = (&receipt.key, &receipt.scheme);
            terminal::say(&format!("nothing is wrong: signed with {key} ({scheme})"));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn refused(&self, diagnosis: &Diagnosis) -> Outcome {
        let cause = diagnosis.cause;
        if self.json {
            say_json(&Answer {
                accepted: false,
                cause: Some(cause.as_word()),
                certainty: Some(diagnosis.certainty.as_word()),
                sentence: Some(cause.sentence()),
                detail: diagnosis.detail.as_deref(),
                remedy: Some(cause.remedy()),
                also: diagnosis.also.map(|(cause, by_secs)| Also {
                    cause: cause.as_word(),
                    by_secs,
                }),
                scheme: None,
                key: None,
            })?;
        } else {
            let certainty = diagnosis.certainty.as_word();
            terminal::say(&format!("cause: {} ({certainty})", cause.as_word()));
            terminal::say(&format!("       {}", cause.sentence()));
            if let Some(detail) = &diagnosis.detail {
                terminal::say(&format!("       {detail}"));
            }
            if let Some((also, by_secs)) = diagnosis.also {
                let word = also.as_word();
                terminal::say(&format!(
                    "also:  {word}, by {by_secs} s beyond the tolerance"
                ));
            }
            terminal::say(&format!("do:    {}", cause.remedy()));
            if self.now.is_none() && is_about_time(diagnosis) {
                terminal::say(
                    "note:  it was measured by the time it is now: give the time it arrived with --now",
                );
            }
        }
        Ok(ExitCode::FAILURE)
    }

    fn on_the_command_line(
        &self,
        provider: &'static Provider,
        clock: &Arc<dyn Clock>,
    ) -> Result<Parties, Failure> {
        let own = party(
            "the one that is given",
            provider,
            self.proof.trusted(provider)?,
            clock,
        )?;
        Ok(Parties {
            own,
            earlier: self.earlier(provider, clock)?,
            others: Vec::new(),
        })
    }

    fn of_the_configuration(&self, clock: &Arc<dyn Clock>) -> Result<Parties, Failure> {
        if self.proof.is_given() {
            return Err(Failure::usage(
                "--secret, --secret-file and --jwk go with --provider: the keys of an account are in the configuration",
            ));
        }
        let settings = self.config.load()?.settings;
        let name = self.account.as_deref().unwrap_or_default();
        let known = settings
            .accounts
            .iter()
            .find(|account| account.id.as_str() == name);
        let account = known.ok_or_else(|| crate::cli::no_such_account(&settings, name))?;
        let own = of_account(account, &settings, clock)?;
        let others = settings
            .accounts
            .iter()
            .filter(|other| other.id != account.id);
        let others = others.map(|other| of_account(other, &settings, clock));
        Ok(Parties {
            own,
            earlier: self.earlier(account.provider, clock)?,
            others: others.collect::<Result<_, _>>()?,
        })
    }

    /// The party with the keys that were replaced, if any are given.
    fn earlier(
        &self,
        provider: &'static Provider,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Party>, Failure> {
        let secrets = signing_keys("old-secret", &self.old_secrets, &self.old_secret_files)?;
        let mut public_keys = Vec::new();
        for path in &self.old_jwk_files {
            public_keys.push((input::name(path), input::read(path)?));
        }
        let vendor = provider.vendor;
        match (
            provider.wants_webhook_secrets,
            secrets.is_empty(),
            public_keys.is_empty(),
        ) {
            (_, true, true) => return Ok(None),
            (true, _, false) => {
                return Err(Failure::usage(format!(
                    "--old-jwk: {vendor} signs webhooks with a secret of the account: give --old-secret-file instead"
                )));
            }
            (false, false, _) => {
                return Err(Failure::usage(format!(
                    "--old-secret: {vendor} signs webhooks with keys of its own: give --old-jwk instead"
                )));
            }
            _ => {}
        }
        let trusted = Trusted {
            secrets,
            public_keys,
        };
        party("an earlier one", provider, trusted, clock).map(Some)
    }
}

fn is_about_time(diagnosis: &Diagnosis) -> bool {
    matches!(diagnosis.cause, Cause::Stale | Cause::FromTheFuture) || diagnosis.also.is_some()
}

/// A party that has keys and no account.
fn party(
    name: &str,
    provider: &'static Provider,
    trusted: Trusted,
    clock: &Arc<dyn Clock>,
) -> Result<Party, Failure> {
    let keys: Vec<SigningKey> = trusted.secrets.clone();
    let receiver = providers::receiver(provider, trusted, None, Arc::clone(clock))
        .map_err(|sentence| Failure::usage(format!("--jwk: {sentence}")))?;
    Ok(Party {
        name: name.to_owned(),
        environment: None,
        kind: Some(provider),
        provider: receiver,
        keys,
    })
}

/// An account as it is configured. One with an API key may ask its vendor for a public key.
fn of_account(
    account: &AccountSettings,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Party, Failure> {
    let connected = providers::connect(account, &settings.outbound, Arc::clone(clock))
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Party {
        name: account.id.to_string(),
        environment: Some(account.environment),
        kind: Some(account.provider),
        provider: connected.provider,
        keys: account.webhook_secrets.clone(),
    })
}
