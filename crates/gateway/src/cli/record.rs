//! `idv record`: an account's traffic, recorded with nobody left in it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, VerifyError};
use idv_core::{Clock, IdProvider, SystemClock, Timestamp};
use idv_http::HttpTransport;
use idv_recorder::{
    Captured, Delivery, Event, Genuineness, Listener, NotWritten, Proxy, Recorder, Server,
    TakenOut, Upstream, Vendor, WEBHOOKS, WebhookCheck,
};
use serde_json::json;

use super::{ConfigFile, Failure, Outcome, listen, no_such_account};
use crate::config::{AccountSettings, Settings};
use crate::providers::{api_base_url, connect};
use crate::server::EndSignals;
use crate::simulate::receiver_url;
use crate::terminal;

/// Stands between an application and the vendor: what the application sends to this address goes on to the vendor with
/// the application's own credentials, and is recorded with its answer. Names, dates, numbers, references, ids and secrets
/// are replaced before anything is written; what is in no table is refused, by its place, and is not recorded.
#[derive(Debug, clap::Args)]
pub(super) struct Record {
    #[command(flatten)]
    config: ConfigFile,
    /// The account whose vendor is called
    #[arg(long)]
    account: String,
    /// The folder that becomes the recording
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where webhooks go on to, as they came: the webhook URL of a gateway or an application
    #[arg(long, value_name = "URL", value_parser = receiver_url)]
    forward_webhooks: Option<http::Uri>,
    /// Print JSON: one line for each thing that happens
    #[arg(long)]
    json: bool,
}

impl Record {
    pub(super) async fn run(&self) -> Outcome {
        let settings = self.config.load()?.settings;
        let mut end_signals = EndSignals::listen()
            .map_err(|error| Failure::failed(format!("signals cannot be heard ({error})")))?;
        let account = settings
            .accounts
            .iter()
            .find(|account| account.id.as_str() == self.account);
        let account = account.ok_or_else(|| no_such_account(&settings, &self.account))?;
        let teller = Arc::new(Teller::new(self.json));
        let (server, recorder) = self.begin(&settings, account, teller.clone()).await?;
        self.introduce(&server);
        end_signals.next().await;
        drop(server);
        // Whoever was met last may stand in what was written first.
        let taken_out = recorder
            .finish()
            .map_err(|fault| Failure::failed(fault.to_string()))?;
        taken_out.iter().for_each(|entry| teller.taken_out(entry));
        Ok(teller.end(&self.into))
    }

    async fn begin(
        &self,
        settings: &Settings,
        account: &AccountSettings,
        teller: Arc<Teller>,
    ) -> Result<(Server, Arc<Recorder>), Failure> {
        let vendor = Vendor::from_word(account.provider.id).ok_or_else(|| {
            Failure::usage(format!(
                "traffic with {} cannot be recorded yet",
                account.provider.vendor
            ))
        })?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let connected = connect(account, &settings.outbound, clock.clone())
            .map_err(|error| Failure::usage(error.to_string()))?;
        let base = api_base_url(account).map_err(|problem| Failure::usage(problem.to_string()))?;
        let transport = HttpTransport::new(&settings.outbound)
            .map_err(|error| Failure::failed(format!("outbound: {error}")))?;
        // Before anything is made on disk: a folder that a recording was begun in takes no other.
        let (listener, _) = listen(self.listen, "--listen").await?;
        let recorder = Recorder::begin(vendor, &self.into, clock).map_err(|fault| match fault {
            NotWritten::Occupied(_) => Failure::usage(format!("--into: {fault}")),
            other => Failure::failed(format!("--into: {other}")),
        })?;
        let upstream = Upstream {
            vendor,
            base_url: base.as_str().to_owned(),
            webhooks_to: self.forward_webhooks.clone(),
        };
        let recorder = Arc::new(recorder);
        let mut proxy = Proxy::new(upstream, Arc::new(transport), recorder.clone(), teller);
        // An account without secrets and without keys would believe nothing.
        let can_check =
            !account.webhook_secrets.is_empty() || !account.provider.wants_webhook_secrets;
        if can_check {
            proxy = proxy.with_check(Arc::new(Check(connected.provider)));
        }
        let server = proxy.serve_on(listener).map_err(|error| {
            Failure::failed(format!("{} cannot be listened on ({error})", self.listen))
        })?;
        Ok((server, recorder))
    }

    fn introduce(&self, server: &Server) {
        let base = server.base_url();
        if self.json {
            let line = json!({
                "type": "listening", "base_url": base, "webhook_url": format!("{base}{WEBHOOKS}"), "into": self.into,
            });
            return terminal::say(&line.to_string());
        }
        terminal::say(&format!("recording into {}", self.into.display()));
        terminal::say(&format!(
            "  have your application call   {base}   in place of the vendor's address"
        ));
        terminal::say(&format!("  have webhooks posted to      {base}{WEBHOOKS}"));
        terminal::say("  End with Ctrl-C.");
    }
}

/// Believes what the account's provider believes.
struct Check(Arc<dyn IdProvider>);

#[async_trait]
impl WebhookCheck for Check {
    async fn check(&self, delivery: &Delivery) -> Genuineness {
        let received_at = Timestamp::from_unix_secs(delivery.received_unix_secs);
        let inbound =
            InboundWebhook::new(delivery.headers.clone(), delivery.body.clone(), received_at);
        match self.0.verify(&inbound).await {
            Ok(_) => Genuineness::Genuine,
            Err(VerifyError::Refused(_)) => Genuineness::Forged,
            Err(_) => Genuineness::Undecided,
        }
    }
}

/// Says what happens, and counts it. No value is in anything it says.
struct Teller {
    json: bool,
    recorded: AtomicU32,
    missing: AtomicU32,
    taken_out: AtomicU32,
}

impl Teller {
    const fn new(json: bool) -> Self {
        Self {
            json,
            recorded: AtomicU32::new(0),
            missing: AtomicU32::new(0),
            taken_out: AtomicU32::new(0),
        }
    }

    fn captured(&self, captured: &Captured) {
        self.recorded.fetch_add(1, Ordering::Relaxed);
        let Captured {
            number,
            what,
            status,
            replaced,
        } = captured;
        if self.json {
            let line = json!({
                "type": "recorded", "number": number, "what": what, "status": status, "replaced": replaced,
            });
            return terminal::say(&line.to_string());
        }
        let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        terminal::say(&format!(
            "{number:>4}  {status:>3}  {what}  ({replaced} values replaced)"
        ));
    }

    fn missing(&self, kind: &str, why: &str) {
        self.missing.fetch_add(1, Ordering::Relaxed);
        self.left_out(kind, why);
    }

    /// It does not belong into the recording.
    fn left_out(&self, kind: &str, why: &str) {
        if self.json {
            let line = json!({ "type": "not_recorded", "kind": kind, "why": why });
            return terminal::say(&line.to_string());
        }
        terminal::say(&format!("   -    -  not recorded: {why}"));
    }

    /// Found at the end in what was recorded: it is there no longer.
    fn taken_out(&self, entry: &TakenOut) {
        self.taken_out.fetch_add(1, Ordering::Relaxed);
        let TakenOut {
            number,
            file,
            refusal,
        } = entry;
        if self.json {
            let line = json!({
                "type": "taken_out", "number": number, "file": file, "why": refusal.to_string(),
            });
            return terminal::say(&line.to_string());
        }
        terminal::say(&format!(
            "{number:>4}    -  taken out of the recording, found in {file}: {refusal}"
        ));
    }

    fn end(&self, into: &std::path::Path) -> ExitCode {
        let taken_out = self.taken_out.load(Ordering::Relaxed);
        let recorded = self.recorded.load(Ordering::Relaxed) - taken_out;
        let missing = self.missing.load(Ordering::Relaxed) + taken_out;
        if self.json {
            let line = json!({ "type": "summary", "recorded": recorded, "not_recorded": missing, "into": into });
            terminal::say(&line.to_string());
        } else {
            terminal::say(&format!(
                "{recorded} recorded in {}, {missing} not recorded",
                into.display()
            ));
        }
        if missing == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl Listener for Teller {
    fn heard(&self, event: Event) {
        match event {
            Event::Captured(captured) => self.captured(&captured),
            Event::NotRecorded(fault) => self.missing("refused", &fault.to_string()),
            Event::FileElsewhere => {
                self.left_out("file", "a file from an address outside the vendor's API");
            }
            Event::WebhookRefused => {
                self.left_out("webhook", "a webhook whose signature is not the vendor's");
            }
            Event::WebhookUndecided => self.missing(
                "undecided",
                "a webhook of which it could not be told whether it is the vendor's: its keys could not be had",
            ),
            Event::NoAnswer(error) => {
                self.missing("no_answer", &format!("there was no answer: {error}"));
            }
            _ => {}
        }
    }
}
