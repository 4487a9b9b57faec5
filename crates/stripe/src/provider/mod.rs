//! The provider: what joins the client, the mapping and the webhooks.

mod evidence;
mod list;
mod missed;
mod read;
mod redact;
mod start;
mod update;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, SigningKey, Tolerance, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, Cancel, Capabilities, Checkpoint, Clock, CredentialPointer, Depth, Error, ErrorKind,
    Evidence, EvidenceContent, EvidenceList, IdProvider, Kind, List, ListQuery, ListScope, Mapped,
    MissedEventPage, MissedEvents, Part, ProviderInfo, Redact, Redaction, SessionChange, SessionId,
    SessionPage, Snapshot, StartSession, Started, Timestamp, Transport, Unreadable, Update,
    UserLink, WebhookAdmin, WebhookEvent, WebhookRegistration,
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

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = tables::capabilities();
        capabilities.webhooks = webhook::capabilities();
        capabilities.tidied()
    }

    fn abilities(&self) -> Abilities<'_> {
        match self.client {
            Some(_) => Abilities::none()
                .with_cancel(self)
                .with_evidence(self)
                .with_list(self)
                .with_missed_events(self)
                .with_redact(self)
                .with_update(self)
                .with_webhook_admin(self),
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

/// The pictures that the reports of a session name. They can be opened with a restricted key that has the permissions
/// "Access recent sensitive verification results" and, to write, "Files", and without limits of the address from which it
/// is used only in the 48 hours after the subject handed in.
#[async_trait]
impl Evidence for StripeProvider {
    async fn list_evidence(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        self.files_of(session).await
    }

    async fn open_evidence(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        self.open_file(session, file).await
    }
}

/// Every session of the account, newest first.
#[async_trait]
impl List for StripeProvider {
    fn scope(&self) -> ListScope {
        ListScope::Account
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<SessionPage, Error> {
        self.list_page(query, cursor).await
    }
}

/// The documents that are accepted, and the e-mail address and phone number of the subject. Only while the session takes
/// input.
#[async_trait]
impl Update for StripeProvider {
    async fn update(&self, session: &SessionId, change: &SessionChange) -> Result<Snapshot, Error> {
        self.update_session(session, change).await
    }
}

/// The account's webhook endpoints. A secret is shown once, when its endpoint is made.
#[async_trait]
impl WebhookAdmin for StripeProvider {
    async fn webhooks(&self) -> Result<Vec<WebhookRegistration>, Error> {
        self.webhook_endpoints().await
    }

    async fn register_webhook(&self, url: &str) -> Result<WebhookRegistration, Error> {
        self.create_endpoint(url).await
    }

    async fn unregister_webhook(&self, id: &str) -> Result<(), Error> {
        self.delete_endpoint(id).await
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
