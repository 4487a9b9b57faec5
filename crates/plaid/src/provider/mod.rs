//! The provider: what joins the client, the mapping and the webhooks.

mod evidence;
mod link;
mod list;
mod read;
mod retry;
mod start;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, Tolerance, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, Capabilities, Checkpoint, Clock, CredentialPointer, Depth, Error, ErrorKind,
    Evidence, EvidenceContent, EvidenceList, IdProvider, Kind, List, ListQuery, ListScope, Mapped,
    Part, ProviderInfo, SessionId, SessionPage, Snapshot, StartSession, Started, Transport,
    Unreadable, UserLink, WebhookEvent,
};

pub(crate) use retry::STRATEGIES;

use crate::client::{API_VERSION, Client, failed};
use crate::config::{Environment, PlaidConfig, PlaidOptions};
use crate::map::{self, tables};
use crate::webhook::{self, KeyCache, KeyLimits};

/// Plaid Identity Verification.
///
/// <https://plaid.com/docs/identity-verification/>
#[derive(Debug)]
pub struct PlaidProvider {
    info: ProviderInfo,
    keys: KeyCache,
    options: PlaidOptions,
    /// None for an account that only receives.
    client: Option<Client>,
    clock: Arc<dyn Clock>,
}

impl PlaidProvider {
    /// An account that calls the vendor and receives its webhooks. Without an API key it only receives.
    ///
    /// Call [`PlaidConfig::check`] first: here nothing is refused.
    #[must_use]
    pub fn new(config: PlaidConfig, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let mut this = Self::receiver(config.clone(), clock);
        this.client = config.api_key.map(|secret| {
            let options = &this.options;
            Client::new(transport, options.client_id.clone(), secret, options.api())
        });
        this
    }

    /// An account that only receives webhooks, and believes the configured keys alone: it needs no network, and its
    /// calls are refused.
    #[must_use]
    pub fn receiver(config: PlaidConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            info: info(config.options.environment),
            keys: KeyCache::new(config.keys, KeyLimits::of(&config.options)),
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

/// Where the addresses of the subject's page and of the pictures stand in an attempt.
static CREDENTIAL_POINTERS: &[CredentialPointer] = &[
    in_session("/shareable_url"),
    in_session("/documentary_verification/documents/*/images/original_front"),
    in_session("/documentary_verification/documents/*/images/original_back"),
    in_session("/documentary_verification/documents/*/images/cropped_front"),
    in_session("/documentary_verification/documents/*/images/cropped_back"),
    in_session("/documentary_verification/documents/*/images/face"),
    in_session("/selfie_check/selfies/*/capture/image_url"),
    in_session("/selfie_check/selfies/*/capture/video_url"),
];

const fn in_session(pointer: &'static str) -> CredentialPointer {
    CredentialPointer {
        part: "session",
        pointer,
    }
}

/// What the gateway must know about this vendor. Sources: the pages "Rate limit errors" and "Identity Verification"
/// of the vendor's documentation, read 2026-11-20.
fn info(environment: Environment) -> ProviderInfo {
    let mut info = ProviderInfo::new(
        map::provider_id(),
        "Plaid Identity Verification",
        API_VERSION,
        tables::MAPPING_VERSION,
    );
    info.passed_words = tables::PASSED_WORDS;
    info.reopenings = tables::REOPENINGS;
    info.webhooks_carry_state = false;
    info.usual_time_to_verdict = Duration::from_secs(60);
    // A minute allows 60 calls of this product in the sandbox, and 120 of the scarcest of them in production.
    info.calls_per_sec = match environment {
        Environment::Production => 2,
        Environment::Sandbox => 1,
    };
    info.credential_pointers = CREDENTIAL_POINTERS;
    info
}

#[async_trait]
impl IdProvider for PlaidProvider {
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
        let client = self.client("get_session")?;
        match depth {
            Depth::Verdict => Ok(self.get(client, session).await?.snapshot),
            Depth::Full => self.fetch_full(client, session).await,
        }
    }

    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        let client = self.client("get_session")?;
        let read = self.get(client, session).await?;
        self.link(client, &read).await
    }

    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        let tolerance = Tolerance::from_secs(self.options.tolerance_secs);
        let client = self.client.as_ref();
        webhook::verify(webhook, &self.keys, client, tolerance, &*self.clock).await
    }

    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        webhook::interpret(webhook)
    }

    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        map::translate(kind, bytes)
    }

    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        // What addresses there may be are as old as the parts.
        map::assemble(parts).map(Mapped::without_links)
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = tables::capabilities();
        capabilities.webhooks = webhook::WEBHOOKS.to_vec();
        capabilities.tidied()
    }

    fn abilities(&self) -> Abilities<'_> {
        // The vendor has no call that withdraws a session, and none that erases one. And an account that only receives makes none.
        match self.client {
            Some(_) => Abilities::none()
                .with_evidence(self)
                .with_list(self)
                .with_retry(self),
            None => Abilities::none(),
        }
    }
}

/// The pictures of documents and the selfies. Each opening reads the attempt, for its addresses live a minute.
#[async_trait]
impl Evidence for PlaidProvider {
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

/// The sessions of one subject with one template.
#[async_trait]
impl List for PlaidProvider {
    fn scope(&self) -> ListScope {
        ListScope::Subject
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<SessionPage, Error> {
        self.list_page(query, cursor).await
    }
}
