//! `idv serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use idv_engine::Environment;
use tokio::net::TcpListener;

use super::config::no_account;
use super::{ConfigFile, Failure, Outcome};
use crate::config::{AccountSettings, Settings};
use crate::gateway::Gateway;
use crate::server::{Drained, EndSignals, Shutdown};
use crate::telemetry::Telemetry;
use crate::{logs, terminal};

pub(super) async fn run(file: &ConfigFile) -> Outcome {
    let settings = file.load()?.settings;
    if settings.accounts.is_empty() {
        return Err(Failure::usage(no_account("the configuration")));
    }
    let (telemetry, spans) = Telemetry::prepare(&settings)
        .map_err(|error| Failure::failed(format!("outbound: {error}")))?;
    logs::start(&settings.log, spans);
    let ended = serve(settings).await;
    telemetry.end().await;
    ended
}

async fn serve(settings: Settings) -> Outcome {
    let mut end_signals = EndSignals::listen()
        .map_err(|error| Failure::failed(format!("signals cannot be heard ({error})")))?;
    let (listener, address) = listen(settings.server.listen, "server.listen").await?;
    let introduction = Introduction::of(&settings, address);
    let as_json = logs::is_json(settings.log.format);
    let delay = settings.server.shutdown_delay;
    let gateway = Gateway::open(settings).await?;
    introduction.say(as_json);

    let shutdown = Shutdown::default();
    let mut serving = std::pin::pin!(gateway.serve(listener, shutdown.clone()));
    tokio::select! {
        _ = &mut serving => return Err(Failure::failed("the server stopped by itself")),
        () = end_signals.next() => tracing::info!("asked to end: finishing what is under way"),
    }
    let leaving = shutdown.begin(delay);
    tokio::select! {
        (drained, ()) = async { tokio::join!(serving, leaving) } => {
            match drained {
                Drained::Completely => tracing::info!("ended"),
                Drained::CutOff => tracing::warn!("ended; connections were cut off when the time was up"),
            }
            Ok(ExitCode::SUCCESS)
        }
        () = end_signals.again() => Err(Failure::failed("asked twice to end: left at once")),
    }
}

/// Begins to listen. Port 0 lets the system choose. `setting`: where the address can be changed.
pub(crate) async fn listen(
    address: SocketAddr,
    setting: &str,
) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error| {
        Failure::failed(format!(
            "{address} cannot be listened on ({error}): end what listens there, or choose another address with {setting}"
        ))
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// What the operator needs to know first.
struct Introduction {
    address: SocketAddr,
    accounts: Vec<AccountLine>,
}

struct AccountLine {
    id: String,
    vendor: &'static str,
    environment: &'static str,
    only_receives: bool,
    webhook_url: String,
}

impl Introduction {
    fn of(settings: &Settings, address: SocketAddr) -> Self {
        let base = settings
            .server
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}"));
        let line = |account: &AccountSettings| AccountLine {
            id: account.id.to_string(),
            vendor: account.provider.vendor,
            environment: match account.environment {
                Environment::Live => "live",
                Environment::Sandbox => "sandbox",
            },
            only_receives: account.api_key.is_none(),
            webhook_url: format!("{base}/webhooks/{}", account.id),
        };
        Self {
            address,
            accounts: settings.accounts.iter().map(line).collect(),
        }
    }

    fn say(&self, as_json: bool) {
        if as_json {
            for account in &self.accounts {
                tracing::info!(
                    account = account.id,
                    vendor = account.vendor,
                    environment = account.environment,
                    only_receives = account.only_receives,
                    webhook_url = account.webhook_url,
                    "account"
                );
            }
            tracing::info!(address = %self.address, version = env!("CARGO_PKG_VERSION"), "listening");
            return;
        }
        terminal::say(&format!(
            "idv {} listens on http://{}",
            env!("CARGO_PKG_VERSION"),
            self.address
        ));
        let widest = self
            .accounts
            .iter()
            .map(|account| account.id.len())
            .max()
            .unwrap_or(0);
        for account in &self.accounts {
            let way = if account.only_receives {
                "only receives"
            } else {
                "starts and receives"
            };
            terminal::say(&format!(
                "  account {:widest$}  {} ({}), {way}; webhook URL for the vendor's dashboard: {}",
                account.id, account.vendor, account.environment, account.webhook_url
            ));
        }
        terminal::say("  API keys: `idv key create --name my-app`. End with Ctrl-C.");
    }
}
