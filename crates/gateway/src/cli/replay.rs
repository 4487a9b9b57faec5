//! `idv replay`: a recording, played.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use idv_core::SystemClock;
use idv_http::{HttpSettings, HttpTransport};
use idv_recorder::{Player, Recording, Sent, Server, Signed, send_webhooks};
use serde_json::json;

use super::{Failure, Outcome};
use crate::server::EndSignals;
use crate::simulate::receiver_url;
use crate::terminal;

/// Answers requests as the vendor answered them when they were recorded, and sends the recording's webhooks, signed with
/// its test keys. Values that were replaced in a request may be any; everything else must be as it was.
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// The folder of the recording
    #[arg(value_name = "DIR")]
    recording: PathBuf,
    /// Where to answer requests; port 0 lets the system choose [default: 127.0.0.1:0, unless only webhooks are sent]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Send the webhooks to this address, in order; without --listen this is all that is done
    #[arg(long, value_name = "URL", value_parser = receiver_url)]
    webhooks_to: Option<http::Uri>,
    /// Leave webhooks signed at the time they were recorded, for a receiver whose clock stands there
    #[arg(long, requires = "webhooks_to")]
    as_recorded: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) async fn run(&self) -> Outcome {
        let recording =
            Recording::open(&self.recording).map_err(|fault| Failure::usage(fault.to_string()))?;
        let player = Arc::new(Player::new(recording));
        let serves = self.listen.is_some() || self.webhooks_to.is_none();
        let mut end_signals = EndSignals::listen()
            .map_err(|error| Failure::failed(format!("signals cannot be heard ({error})")))?;
        let server = if serves {
            Some(self.serve(&player).await?)
        } else {
            None
        };
        self.introduce(player.recording(), server.as_ref());
        let went_well = match &self.webhooks_to {
            Some(to) => tokio::select! {
                sent = self.send(player.recording(), to) => sent?,
                () = end_signals.next() => {
                    return Err(Failure::failed("it was ended before every webhook was sent"));
                }
            },
            None => true,
        };
        if server.is_some() {
            end_signals.next().await;
        }
        Ok(if went_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn serve(&self, player: &Arc<Player>) -> Result<Server, Failure> {
        let listen = self
            .listen
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        player.clone().serve(listen).await.map_err(|error| {
            Failure::failed(format!(
                "{listen} cannot be listened on ({error}): end what listens there, or choose another address with --listen"
            ))
        })
    }

    fn introduce(&self, recording: &Recording, server: Option<&Server>) {
        let base = server.map(Server::base_url);
        let secret = recording.keys().webhook_secret();
        let (exchanges, webhooks) = (recording.exchanges().len(), recording.webhooks().len());
        if self.json {
            let line = json!({
                "type": "recording", "vendor": recording.vendor().as_word(), "exchanges": exchanges, "webhooks": webhooks,
                "base_url": base, "webhook_secret": secret, "is_finished": recording.is_finished(),
            });
            return terminal::say(&line.to_string());
        }
        terminal::say(&format!(
            "a recording of {}: {exchanges} exchanges, {webhooks} webhooks",
            recording.vendor().as_word()
        ));
        if !recording.is_finished() {
            terminal::say(
                "  it was not looked at again when it ended: someone may still be named in it; do not pass it on",
            );
        }
        if !secret.is_empty() {
            terminal::say(&format!("  webhooks are signed with     {secret}"));
        }
        if let Some(base) = base {
            terminal::say(&format!(
                "  have your application call   {base}   in place of the vendor's address"
            ));
            terminal::say("  End with Ctrl-C.");
        }
    }

    /// True if every webhook was answered with success.
    async fn send(&self, recording: &Recording, to: &http::Uri) -> Result<bool, Failure> {
        let mut settings = HttpSettings::default();
        // What is replayed is for a machine nearby.
        settings.proxy_from_environment = false;
        let transport =
            HttpTransport::new(&settings).map_err(|error| Failure::failed(error.to_string()))?;
        let signed = if self.as_recorded {
            Signed::AsRecorded
        } else {
            Signed::Now
        };
        let mut went_well = true;
        send_webhooks(recording, to, &transport, signed, &SystemClock, |sent| {
            went_well &= sent
                .status
                .is_some_and(|status| (200..300).contains(&status));
            self.say(sent);
        })
        .await;
        Ok(went_well)
    }

    fn say(&self, sent: Sent) {
        if self.json {
            let line = json!({ "type": "webhook", "number": sent.number, "status": sent.status });
            return terminal::say(&line.to_string());
        }
        let answer = sent
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        terminal::say(&format!("{:>4}  webhook  {answer}", sent.number));
    }
}
