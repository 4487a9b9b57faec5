//! The provider: what joins the client, the mapping and the webhooks.

mod evidence;
mod list;
mod read;
mod redact;
mod start;
mod upload;
mod webhooks;

use std::sync::Arc;

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, SigningKey, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, Capabilities, Checkpoint, Clock, CompleteTask, CredentialPointer, Depth, Error,
    ErrorKind, Evidence, EvidenceContent, EvidenceFile, EvidenceList, IdProvider, Kind, List,
    ListQuery, ListScope, Mapped, Part, ProviderInfo, Redact, Redaction, Restore, SessionId,
    SessionPage, Snapshot, StartSession, Started, Transport, Unreadable, Upload, UploadDocuments,
    UserLink, WebhookAdmin, WebhookEvent, WebhookRegistration,
};

use crate::client::{API_VERSION, Client, Credentials, OAuth, failed};
use crate::config::{OnfidoConfig, OnfidoOptions};
use crate::map::{self, tables};
use crate::webhook;

/// Onfido Studio: workflow runs.
///
/// <https://documentation.onfido.com>
#[derive(Debug)]
pub struct OnfidoProvider {
    info: ProviderInfo,
    webhook_secrets: Vec<SigningKey>,
    options: OnfidoOptions,
    /// For which environment webhooks are registered.
    is_live: bool,
    timelines: evidence::Timelines,
    /// None for an account that only receives.
    client: Option<Client>,
    clock: Arc<dyn Clock>,
}

impl OnfidoProvider {
    /// An account that calls the vendor and receives its webhooks. Without an API token it only receives.
    ///
    /// Call [`OnfidoConfig::check`] first: here nothing is refused.
    #[must_use]
    pub fn new(config: OnfidoConfig, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let info = info(&config);
        let is_live = config.is_live().unwrap_or(true);
        let OnfidoConfig {
            api_key,
            webhook_secrets,
            options,
        } = config;
        let client = api_key.map(|key| {
            let credentials = match &options.oauth_client_id {
                Some(id) => Credentials::OAuth(OAuth::new(id.clone(), key, Arc::clone(&clock))),
                None => Credentials::Token(key),
            };
            Client::new(transport, credentials, options.base_url())
        });
        Self {
            info,
            webhook_secrets,
            options,
            is_live,
            timelines: evidence::Timelines::default(),
            client,
            clock,
        }
    }

    /// An account that only receives webhooks: it needs no network, and its calls are refused.
    #[must_use]
    pub fn receiver(config: OnfidoConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            info: info(&config),
            is_live: config.is_live().unwrap_or(true),
            timelines: evidence::Timelines::default(),
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

/// What the gateway must know about this vendor. The rate limits are second-hand: 400 calls a minute, 30 in the
/// sandbox; read 2026-11-20.
fn info(config: &OnfidoConfig) -> ProviderInfo {
    let mut info = ProviderInfo::new(
        map::provider_id(),
        "Onfido Studio",
        API_VERSION,
        tables::MAPPING_VERSION,
    );
    info.passed_words = tables::PASSED_WORDS;
    // A run that has ended does not move again. `review` is open for us, so leaving it is no re-opening.
    info.reopenings = &[];
    info.webhooks_carry_state = true;
    // There is `workflow_run.completed`, and no other event of a run's status.
    info.webhooks_only_tell_outcomes = true;
    // In the sandbox it is one in two seconds, which cannot be said here.
    info.calls_per_sec = if config.is_live() == Some(false) {
        1
    } else {
        6
    };
    info.credential_pointers = &[
        CredentialPointer {
            part: "session",
            pointer: "/sdk_token",
        },
        CredentialPointer {
            part: "session",
            pointer: "/link/url",
        },
    ];
    info
}

#[async_trait]
impl IdProvider for OnfidoProvider {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        self.start_run(intent, checkpoint).await
    }

    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        let client = self.client("find_workflow_run")?;
        match depth {
            Depth::Verdict => Ok(self.find(client, session).await?.snapshot),
            Depth::Full => self.fetch_full(client, session).await,
        }
    }

    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        self.fresh_link(session).await
    }

    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        Ok(webhook::verify(webhook, &self.webhook_secrets)?)
    }

    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        webhook::interpret(&self.options, webhook)
    }

    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        map::translate(&self.options, kind.as_ref(), bytes)
    }

    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        map::assemble(&self.options, parts)
    }

    /// A run cannot be withdrawn, changed or retried at the vendor. And an account that only receives asks for nothing.
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = tables::capabilities();
        capabilities.webhooks = webhook::WEBHOOKS.to_vec();
        capabilities.tidied()
    }

    fn abilities(&self) -> Abilities<'_> {
        match self.client {
            Some(_) => Abilities::none()
                .with_complete_task(self)
                .with_evidence(self)
                .with_list(self)
                .with_redact(self)
                .with_restore(self)
                .with_upload_documents(self)
                .with_webhook_admin(self),
            None => Abilities::none(),
        }
    }
}

/// The vendor holds the data by person, so the applicant of the run is deleted: **all other runs of the same applicant
/// lose their data too**. A run that [`start`](IdProvider::start) has made has an applicant of its own; one that was
/// made elsewhere may share its applicant.
///
/// The first request is [`RedactionProgress::Requested`](idv_core::RedactionProgress::Requested): the vendor sets a
/// date for the deletion, which it does not tell, and nothing a run shows says how far it is. So ask again: once the
/// vendor answers that the applicant is gone, it is [`RedactionProgress::Done`](idv_core::RedactionProgress::Done).
/// From then on nobody gets to read the data; until its own date the vendor can still restore the applicant.
#[async_trait]
impl Redact for OnfidoProvider {
    async fn redact(&self, session: &SessionId) -> Result<Redaction, Error> {
        self.delete_applicant_of(session).await
    }
}

/// From the vendor's OpenAPI file (`/workflow_runs/{id}/tasks/{task_id}/complete`), read 2026-11-20.
#[async_trait]
impl CompleteTask for OnfidoProvider {
    async fn complete_task(
        &self,
        session: &SessionId,
        task: &str,
        data: &serde_json::Value,
    ) -> Result<(), Error> {
        let operation = "complete_task";
        let client = self.client(operation)?;
        if !data.is_object() && !data.is_array() {
            let field = Some("data".to_owned());
            let message = "the data of a task are an object or a list";
            return Err(failed(
                ErrorKind::InvalidInput { field },
                operation,
                message,
            ));
        }
        client.complete_task(session, task, data).await
    }
}

/// What the applicant has handed in, in this run or another, and the files the vendor writes about the run.
#[async_trait]
impl Evidence for OnfidoProvider {
    async fn list_evidence(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        self.files_of(session).await
    }

    async fn open_evidence(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        self.open(session, file).await
    }
}

/// Every run of the account, oldest first.
#[async_trait]
impl List for OnfidoProvider {
    fn scope(&self) -> ListScope {
        ListScope::Account
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<SessionPage, Error> {
        self.list_page(query, cursor).await
    }
}

/// The applicant is restored, and with them every run of theirs.
#[async_trait]
impl Restore for OnfidoProvider {
    async fn restore(&self, session: &SessionId) -> Result<Snapshot, Error> {
        self.restore_applicant_of(session).await
    }
}

/// Documents and pictures of a face, for the applicant of the run.
#[async_trait]
impl UploadDocuments for OnfidoProvider {
    async fn upload(&self, session: &SessionId, upload: &Upload) -> Result<EvidenceFile, Error> {
        self.hand_in(session, upload).await
    }
}

/// The account's registrations, for its own environment.
#[async_trait]
impl WebhookAdmin for OnfidoProvider {
    async fn webhooks(&self) -> Result<Vec<WebhookRegistration>, Error> {
        self.registrations().await
    }

    async fn register_webhook(&self, url: &str) -> Result<WebhookRegistration, Error> {
        self.create_registration(url).await
    }

    async fn unregister_webhook(&self, id: &str) -> Result<(), Error> {
        self.delete_registration(id).await
    }
}
