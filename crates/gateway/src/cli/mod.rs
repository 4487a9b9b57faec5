//! The command line.
//!
//! Exit codes: 0 it worked, 1 it did not, 2 the command or the configuration is wrong. Results go to standard
//! output, complaints to standard error.

mod accounts;
mod config;
mod endpoint;
mod events;
mod explain;
mod import;
mod inbox;
mod input;
mod key;
mod migrate;
mod openapi;
mod opened;
mod providers;
mod record;
mod remap;
mod replay;
mod serve;
mod spec;
mod table;
mod translate;
mod webhook;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Loaded, Problems, Settings, load, load_before_connecting};
use crate::demo::Demo;
use crate::gateway::OpenProblem;
use crate::providers::Provider;
use crate::simulate::Simulate;
use crate::terminal;

pub(crate) use opened::say_json;
pub(crate) use serve::listen;

/// One gateway in front of every identity verification vendor.
#[derive(Debug, Parser)]
#[command(
    name = "idv",
    version,
    about,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "New here? `idv demo` shows the whole life of a verification on this machine, without an account anywhere.
`idv simulate` stands in for the vendors while you build on them, with this gateway or without it."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway: receive webhooks and answer the API
    Serve(ConfigFile),
    /// Show the whole life of verifications: gateway, simulated vendors and an application, on this machine
    Demo(Demo),
    /// Simulate the vendors, for an application to be tried without an account anywhere
    Simulate(Box<Simulate>),
    /// Look at the accounts, and tell their vendors where webhooks go
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// Check or print the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Bring the database's schema up to date, as `idv serve` does when it starts
    Migrate(ConfigFile),
    /// Make, list and revoke the keys applications call the API with
    #[command(subcommand)]
    Key(key::Key),
    /// Look at the webhooks that were taken in, and put them back to work
    #[command(subcommand)]
    Inbox(inbox::Inbox),
    /// Say where the application wants to be told what happens, and see what became of that
    #[command(subcommand)]
    Endpoint(Box<endpoint::Endpoint>),
    /// Read what happened, oldest first
    Events(events::Events),
    /// Show what each kind of provider can do and tell
    Providers(providers::Providers),
    /// Say why a request is what it is: its sessions, its values with their origins, what was learned when
    Explain(explain::Explain),
    /// Translate a vendor's JSON into the words of this gateway
    Translate(translate::Translate),
    /// Take in the sessions a vendor holds already, with their history
    Import(import::ImportSessions),
    /// Put stored history into our words again, after the mapping tables have changed
    Remap(remap::Remap),
    /// Record an account's traffic with its vendor, with nobody left in it
    Record(record::Record),
    /// Play a recording: answer as the vendor did, and send its webhooks
    Replay(replay::Replay),
    /// Compare what is mapped here with a vendor's own description of its API
    #[command(subcommand)]
    Spec(spec::Spec),
    /// Print the description of the API: OpenAPI 3.1, as served at /openapi.json
    Openapi,
    /// Try webhooks
    #[command(subcommand)]
    Webhook(webhook::Webhook),
}

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigFile {
    /// The configuration file [default: idv.toml in the working directory, if it is there]
    #[arg(long, value_name = "FILE", env = "IDV_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> Result<Loaded, Problems> {
        load(self.config.as_deref(), std::env::vars_os())
    }

    fn load_before_connecting(&self) -> Result<Loaded, Problems> {
        load_before_connecting(self.config.as_deref(), std::env::vars_os())
    }
}

/// Why a command did not work, as one or more sentences for people.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command or the configuration is wrong.
    Usage(String),
    /// Something else went wrong.
    Failed(String),
}

impl Failure {
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::Usage(sentence.into())
    }

    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Usage(problems.to_string())
    }
}

impl From<OpenProblem> for Failure {
    fn from(problem: OpenProblem) -> Self {
        if problem.is_about_settings() {
            Self::Usage(problem.to_string())
        } else {
            Self::Failed(problem.to_string())
        }
    }
}

/// What a command says about how it went.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// The kind of provider a command names.
fn provider(id: &str) -> Result<&'static Provider, Failure> {
    crate::providers::find(id).ok_or_else(|| {
        Failure::usage(format!(
            "there is no provider of this name: use one of {}",
            crate::providers::names()
        ))
    })
}

/// A command names an account that is not configured.
fn no_such_account(settings: &Settings, name: &str) -> Failure {
    let names: Vec<_> = settings
        .accounts
        .iter()
        .map(|account| account.id.as_str())
        .collect();
    let remedy = if names.is_empty() {
        "there is none in the configuration: name the file with --config".to_owned()
    } else {
        format!("use one of {}", names.join(", "))
    };
    Failure::usage(format!(
        "there is no account {}: {remedy}",
        idv_core::label(name)
    ))
}

const WRONG_USAGE: u8 = 2;

/// Reads the command line. Prints help and complaints itself; then the exit code is all that is left to do.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| {
        let _ = error.print();
        u8::try_from(error.exit_code()).map_or(ExitCode::from(WRONG_USAGE), ExitCode::from)
    })
}

/// Does what the command line says.
pub(crate) async fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Serve(config) => Box::pin(serve::run(&config)).await,
        Command::Demo(demo) => Box::pin(demo.run()).await,
        Command::Simulate(simulate) => Box::pin(simulate.run()).await,
        Command::Accounts(accounts) => Box::pin(accounts.run()).await,
        Command::Config(config) => config.run(),
        Command::Migrate(config) => Box::pin(migrate::run(&config)).await,
        Command::Key(key) => Box::pin(key.run()).await,
        Command::Inbox(inbox) => Box::pin(inbox.run()).await,
        Command::Endpoint(endpoint) => Box::pin(endpoint.run()).await,
        Command::Events(events) => Box::pin(events.run()).await,
        Command::Providers(providers) => providers.run(),
        Command::Explain(explain) => Box::pin(explain.run()).await,
        Command::Translate(translate) => translate.run(),
        Command::Import(import) => Box::pin(import.run()).await,
        Command::Remap(remap) => Box::pin(remap.run()).await,
        Command::Record(record) => Box::pin(record.run()).await,
        Command::Replay(replay) => Box::pin(replay.run()).await,
        Command::Spec(spec) => spec.run(),
        Command::Openapi => Ok(openapi::run()),
        Command::Webhook(webhook) => webhook.run().await,
    };
    let (sentences, exit_code) = match outcome {
        Ok(exit_code) => return exit_code,
        Err(Failure::Usage(sentences)) => (sentences, ExitCode::from(WRONG_USAGE)),
        Err(Failure::Failed(sentences)) => (sentences, ExitCode::FAILURE),
    };
    for sentence in sentences.lines() {
        terminal::complain(&format!("idv: {sentence}"));
    }
    exit_code
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
