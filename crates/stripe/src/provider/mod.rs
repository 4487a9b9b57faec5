//! The provider: what joins the client, the mapping and the webhooks.

mod missed;
mod read;
mod redact;
mod start;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, SigningKey, Tolerance, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, Cancel, Checkpoint, Clock, CredentialPointer, Depth, Error, ErrorKind, IdProvider,
    Kind, Mapped, MissedEventPage, MissedEvents, Part, ProviderInfo, Redact, Redaction, SessionId,
    Snapshot, StartSession, Started, Timestamp, Transport, Unreadable, UserLink, WebhookEvent,
};

use crate::client::{Client, failed};
use crate::config::{StripeConfig, StripeOptions};
use crate::map::{self, tables};
use crate::webhook;

/// Stripe Identity.
///
/// <https://docs.stripe.com/identity>
#[derive(Debug)]
pub struct StripeProvider {
    info: ProviderInfo,
    webhook_secrets: Vec<SigningKey>,
    options: StripeOptions,
    /// None for an account that only receives.
    client: Option<Client>,
    clock: Arc<dyn Clock>,
}

impl StripeProvider {
    /// An account that calls the vendor and receives its webhooks. Without an API key it only receives.
    ///
    /// Call [`StripeConfig::check`] first: here nothing is refused.
    #[must_use]
    pub fn new(config: StripeConfig, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let StripeConfig {
            api_key,
            webhook_secrets,
            options,
        } = config;
        let client = api_key.map(|key| {
            let base = options.api_base_url.clone();
            Client::new(transport, key, base, options.api_version)
        });
        Self {
            info: info(&options),
            webhook_secrets,
            options,
            client,
            clock,
        }
    }

    /// An account that only receives webhooks: it needs no network, and its calls are refused.
    #[must_use]
    pub fn receiver(config: StripeConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            info: info(&config.options),
            webhook_secrets: config.webhook_secrets,
            options: config.options,
            client: None,
            clock,
        }
    }

    fn client(&self, operation: &'static str) -> Result<&Client, Error> {
        self.client.as_ref().ok_or_else(|| {
            let message = "this account has no API key";
            failed(ErrorKind::InvalidCredentials, operation, message)
        })
    }
}

/// What the gateway must know about this vendor. Sources: the page "Rate limits" and "How sessions work" of the
/// vendor's documentation, read 2026-11-20.
fn info(options: &StripeOptions) -> ProviderInfo {
    let mut info = ProviderInfo::new(
        map::provider_id(),
        "Stripe Identity",
        options.api_version.as_str(),
        tables::MAPPING_VERSION,
    );
    info.passed_words = tables::PASSED_WORDS;
    // `verified` and `canceled` are final.
    info.reopenings = &[];
    info.webhooks_carry_state = true;
    info.usual_time_to_verdict = Duration::from_secs(60);
    // The limit of one endpoint, and of a whole account in the test mode.
    info.calls_per_sec = 25;
    info.credential_pointers = &[
        CredentialPointer {
            part: "session",
            pointer: "/client_secret",
        },
        CredentialPointer {
            part: "session",
            pointer: "/url",
        },
    ];
    info
}

#[async_trait]
impl IdProvider for StripeProvider {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        self.start_session(intent, checkpoint).await
    }

    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        let client = self.client("retrieve_session")?;
        match depth {
            Depth::Verdict => Ok(self.retrieve(client, session).await?.snapshot),
            Depth::Full => self.fetch_full(client, session).await,
        }
    }

    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        let operation = "retrieve_session";
        let client = self.client(operation)?;
        let read = self.retrieve(client, session).await?;
        read.link.ok_or_else(|| {
            let message = "the session takes no input from the subject";
            failed(ErrorKind::Conflict, operation, message)
        })
    }

    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        let tolerance = Tolerance::from_secs(self.options.tolerance_secs);
        let now = self.clock.now();
        let verified = webhook::verify(webhook, &self.webhook_secrets, tolerance, now)?;
        Ok(verified)
    }

    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        webhook::interpret(webhook)
    }

    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        map::translate(kind, bytes)
    }

    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        map::assemble(parts)
    }

    fn capabilities(&self) -> idv_core::Capabilities {
        idv_core::Capabilities::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        match self.client {
            Some(_) => Abilities::none()
                .with_cancel(self)
                .with_missed_events(self)
                .with_redact(self),
            None => Abilities::none(),
        }
    }
}

#[async_trait]
impl Cancel for StripeProvider {
    async fn cancel(&self, session: &SessionId) -> Result<Snapshot, Error> {
        self.cancel_session(session).await
    }
}

/// Events that wait for their delivery, or could not be delivered, at any of the account's endpoints. They are readable
/// for 30 days. Events of the thin kind are not among them.
#[async_trait]
impl MissedEvents for StripeProvider {
    async fn missed_events(
        &self,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<MissedEventPage, Error> {
        self.list_missed(since, cursor).await
    }
}

/// Everything about the session is erased with it: its reports, its events, the vendor's logs. It takes up to four
/// days. A session that takes input is withdrawn by it.
#[async_trait]
impl Redact for StripeProvider {
    async fn redact(&self, session: &SessionId) -> Result<Redaction, Error> {
        self.redact_session(session).await
    }
}
