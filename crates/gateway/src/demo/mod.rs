//! `idv demo`: the whole life of verifications on one machine, one with each vendor, without an account anywhere.
//!
//! The gateway is the real one, configured by a file, in a temporary directory. What it receives comes over HTTP
//! and is signed as the vendors sign; where it asks a vendor, a stand-in answers over HTTP too.

mod client;
mod report;
mod story;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use idv_core::{Clock as _, Secret, SystemClock};
use idv_engine::Engine;

use crate::api_key::{ApiKey, Scope};
use crate::cli::{Failure, Outcome, listen};
use crate::config::load;
use crate::gateway::{Gateway, reasons};
use crate::server::{EndSignals, Shutdown};
use crate::terminal;
use client::Client;
use report::Report;
use story::{Onfido, Plaid, Story, Stripe};

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// End when the stories are told. Exit code 0 only if all went as they should
    #[arg(long)]
    once: bool,
    /// Where to listen [default: a free port of this machine]
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:0",
        hide_default_value = true
    )]
    listen: SocketAddr,
}

impl Demo {
    pub(crate) async fn run(&self) -> Outcome {
        let mut end_signals = EndSignals::listen()
            .map_err(|error| Failure::failed(format!("signals cannot be heard ({error})")))?;
        let folder = tempfile::Builder::new()
            .prefix("idv-demo-")
            .tempdir()
            .map_err(|error| {
                Failure::failed(format!(
                    "a temporary directory cannot be made ({error}): set TMPDIR to one"
                ))
            })?;
        let outcome = self.run_in(folder.path(), &mut end_signals).await;
        if let Err(error) = folder.close() {
            terminal::complain(&format!(
                "idv: the temporary directory could not be removed ({error})"
            ));
        }
        outcome
    }

    async fn run_in(&self, folder: &Path, end_signals: &mut EndSignals) -> Outcome {
        let (listener, address) = listen(self.listen, "--listen").await?;
        let mut stories = stories().await?;
        let gateway = Gateway::open(settings(folder, &stories)?).await?;
        let key = make_key(&gateway).await?;
        let engine = gateway.engine().clone();
        let client = Client::new(address, key.clone())?;
        let shutdown = Shutdown::default();
        let serving = tokio::spawn(gateway.serve(listener, shutdown.clone()));

        let report = Report::begin(address, folder);
        let told = tokio::select! {
            told = Box::pin(tell_all(&mut stories, &client, &engine, &report)) => Some(told),
            () = end_signals.next() => None,
        };
        if matches!(told, Some(Ok(_))) && !self.once {
            report.stays_up(&key);
            end_signals.next().await;
        }
        // The gateway goes before the folder it works in. What keeps connections open here is done.
        drop(client);
        shutdown.begin(Duration::ZERO).await;
        let _ = serving.await;
        match told {
            Some(told) => told.map(|went_well| match went_well {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }),
            None => Err(Failure::failed(
                "the demo was ended before its stories were told",
            )),
        }
    }
}

/// The vendors, each with its story.
async fn stories() -> Result<Vec<Box<dyn Story>>, Failure> {
    let now = SystemClock.now().as_unix_secs();
    let onfido = Onfido::new(now).await.map_err(|error| {
        Failure::failed(format!("a stand-in for a vendor cannot listen ({error})"))
    })?;
    Ok(vec![
        Box::new(Stripe::new(now)),
        Box::new(onfido),
        Box::new(Plaid::new(now).await?),
    ])
}

/// Tells one story after the other, then shows them side by side. True if all ended as they should.
async fn tell_all(
    stories: &mut [Box<dyn Story>],
    client: &Client,
    engine: &Engine,
    report: &Report,
) -> Result<bool, Failure> {
    let mut told = Vec::new();
    for story in stories {
        told.push(story::tell(story.as_mut(), client, engine, report).await?);
    }
    report.side_by_side(&told);
    Ok(told.iter().all(|told| told.went_well))
}

/// The demo's configuration goes the way of every configuration: through a file. The environment is left out, so
/// that a real account is never part of a demo.
fn settings(folder: &Path, stories: &[Box<dyn Story>]) -> Result<crate::config::Settings, Failure> {
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let mut text = format!(
        r#"[database]
path = {}

[encryption]
master_key_file = {}

[engine]
poll_interval_millis = 20

[outbound]
proxy_from_environment = false
"#,
        path("idv.db"),
        path("master.key"),
    );
    for story in stories {
        text.push('\n');
        text.push_str(&story.account_table());
    }
    let file = folder.join("idv.toml");
    std::fs::write(&file, text).map_err(|error| {
        Failure::failed(format!("{} cannot be written ({error})", file.display()))
    })?;
    Ok(load(Some(&file), [])?.settings)
}

async fn make_key(gateway: &Gateway) -> Result<Secret, Failure> {
    let key = ApiKey::generate().map_err(|error| Failure::failed(error.to_string()))?;
    let row = key.to_row("demo", &[Scope::Read], SystemClock.now());
    let stored = gateway.engine().store().api_keys().insert(&row).await;
    stored.map_err(|error| Failure::failed(reasons(&error)))?;
    Ok(key.to_text())
}
