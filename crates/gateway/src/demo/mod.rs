//! `idv demo`: the whole life of verifications on one machine, one with each vendor, without an account anywhere.
//!
//! The gateway is the real one, configured by a file, in a temporary directory. The vendors are simulated, and an example
//! application is told what happens. They speak over HTTP and sign as they do anywhere.

mod application;
mod client;
mod lanes;
mod report;
mod story;
mod vendors;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use idv_core::{Clock as _, Secret, SystemClock};
use idv_simulator::VendorKind;
use serde_json::{Value, json};

use crate::api_key::{ApiKey, Scope};
use crate::cli::{Failure, Outcome, listen};
use crate::config::load;
use crate::gateway::{Gateway, reasons};
use crate::server::{EndSignals, Shutdown};
use crate::{simulate, terminal};
use application::Application;
use client::Client;
use report::{Places, Report};
use story::World;
use vendors::Vendors;

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
        let base = format!("http://{address}");
        let webhooks = |kind| format!("{base}/webhooks/{}", story::account(kind));
        let vendors = Vendors::start(story::SCENARIOS, webhooks).await?;
        let application = Application::start().await?;
        let gateway = Gateway::open(settings(folder, &vendors)?).await?;
        let key = make_key(&gateway).await?;
        let engine = gateway.engine().clone();
        let client = Client::new(&base, key.clone())?;
        let shutdown = Shutdown::default();
        let serving = tokio::spawn(gateway.serve(listener, shutdown.clone()));

        let report = Report::begin(&Places {
            gateway: &base,
            application: &application.url(),
            vendors: VendorKind::ALL
                .map(|kind| (kind, vendors.base_url(kind)))
                .to_vec(),
            speed: vendors::SPEED,
            folder,
        });
        let world = World {
            vendors: &vendors,
            client: &client,
            application: &application,
            engine: &engine,
        };
        let told = tokio::select! {
            told = Box::pin(tell_all(&world, &report)) => Some(told),
            () = end_signals.next() => None,
        };
        if matches!(told, Some(Ok(_))) && !self.once {
            report.stays_up(&key, &story::account(VendorKind::Stripe));
            application.speak();
            end_signals.next().await;
        }
        // The gateway goes before the folder it works in. What keeps connections open here is done.
        drop((client, vendors, application));
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

/// Tells one story after the other, then shows them side by side. True if all ended as they should.
async fn tell_all(world: &World<'_>, report: &Report) -> Result<bool, Failure> {
    subscribe(world.client, world.application).await?;
    let mut told = Vec::new();
    for story in story::all() {
        told.push(story::tell(&story, world, report).await?);
    }
    report.side_by_side(&told);
    Ok(told.iter().all(|told| told.went_well))
}

/// The application says where it wants to be told, and learns with which secret it is us.
async fn subscribe(client: &Client, application: &Application) -> Result<(), Failure> {
    let body = json!({ "url": application.url(), "description": "the example application" });
    let made = client.post("/v1/endpoints", Some(&body)).await?;
    let secret = made.get("secret").and_then(Value::as_str);
    let secret = secret.ok_or_else(|| Failure::failed("an endpoint has no secret"))?;
    application.believe(Secret::from(secret));
    Ok(())
}

/// The demo's configuration goes the way of every configuration: through a file. The environment is left out, so
/// that a real account is never part of a demo.
fn settings(folder: &Path, vendors: &Vendors) -> Result<crate::config::Settings, Failure> {
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

[endpoints]
allow_http = true
allowed_networks = ["127.0.0.1"]
"#,
        path("idv.db"),
        path("master.key"),
    );
    for kind in VendorKind::ALL {
        text.push('\n');
        text.push_str(&account_table(kind, &vendors.base_url(kind))?);
    }
    let file = folder.join("idv.toml");
    std::fs::write(&file, text).map_err(|error| {
        Failure::failed(format!("{} cannot be written ({error})", file.display()))
    })?;
    Ok(load(Some(&file), [])?.settings)
}

/// The account's table. A simulated vendor has no limit of calls that a demo would have to keep.
fn account_table(kind: VendorKind, base_url: &str) -> Result<String, Failure> {
    let name = story::account(kind);
    let table = simulate::account_table(kind, &name, base_url);
    let mut table: toml::Table = table
        .parse()
        .map_err(|_| Failure::failed(format!("the table of {name} is no TOML")))?;
    let accounts = table
        .get_mut("accounts")
        .and_then(toml::Value::as_table_mut);
    let account = accounts
        .and_then(|all| all.get_mut(&name))
        .and_then(toml::Value::as_table_mut);
    if let Some(account) = account {
        account.insert("calls_per_sec".to_owned(), toml::Value::Integer(1000));
    }
    Ok(table.to_string())
}

async fn make_key(gateway: &Gateway) -> Result<Secret, Failure> {
    let key = ApiKey::generate().map_err(|error| Failure::failed(error.to_string()))?;
    let scopes = [Scope::Read, Scope::Write, Scope::Review, Scope::Operate];
    let row = key.to_row("demo", &scopes, SystemClock.now());
    let stored = gateway.engine().store().api_keys().insert(&row).await;
    stored.map_err(|error| Failure::failed(reasons(&error)))?;
    Ok(key.to_text())
}
