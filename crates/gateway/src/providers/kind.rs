//! What each kind of provider can do and tell, by its own word: nothing is stated here.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{
    BodyStream, Clock, DocumentKind, EvidenceRole, ReasonCode, Sent, Status, StepKind, Transport,
    TransportError, TransportFailure,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{PROVIDERS, Provider};
use crate::config::AccountSettings;

/// What a kind of provider can do and tell.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderKind)]
pub(crate) struct Kind {
    /// Its short name, as in the configuration.
    pub(crate) provider: &'static str,
    /// The vendor and product, for people.
    pub(crate) vendor: &'static str,
    /// The version of the vendor's API that is spoken.
    pub(crate) api_version: &'static str,
    /// The version of the tables that the vendor's words are read with.
    pub(crate) mapping_version: u32,
    /// What an account with an API key can do besides starting and reading verifications, in single words.
    pub(crate) abilities: Vec<&'static str>,
    /// The statuses a session can have.
    pub(crate) statuses: Vec<Status>,
    /// What its steps are about.
    pub(crate) steps: Vec<StepKind>,
    /// The reasons it gives.
    pub(crate) reasons: Vec<ReasonCode>,
    /// The kinds of document it tells apart.
    pub(crate) document_kinds: Vec<DocumentKind>,
    /// The files it holds.
    pub(crate) evidence: Vec<EvidenceRole>,
    /// The webhooks that are understood.
    pub(crate) webhooks: Vec<WebhookType>,
}

/// A type of webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderWebhook)]
pub(crate) struct WebhookType {
    /// The vendor's word for what happened.
    pub(crate) event_type: &'static str,
    /// True if it is about a session, and leads to something. Others are acknowledged and no more.
    pub(crate) concerns_session: bool,
}

/// Every kind, in the order of the list.
pub(crate) fn kinds(clock: &Arc<dyn Clock>) -> Vec<Kind> {
    let of = |provider| Kind::of(provider, Arc::clone(clock));
    PROVIDERS.iter().filter_map(of).collect()
}

impl Kind {
    /// None for a kind that cannot do without settings of its own; a test sees to it that there is none.
    fn of(provider: &'static Provider, clock: Arc<dyn Clock>) -> Option<Self> {
        let nobody = AccountSettings::of_nobody(provider);
        let connected = (provider.connect)(&nobody, Some(Arc::new(Nowhere)), clock).ok()?;
        let (info, found) = (connected.info(), connected.capabilities());
        let webhooks = found.webhooks.iter().map(|one| WebhookType {
            event_type: one.event_type,
            concerns_session: one.concerns_session,
        });
        Some(Self {
            provider: provider.id,
            vendor: provider.vendor,
            api_version: info.api_version,
            mapping_version: info.mapping_version,
            abilities: connected.abilities().words(),
            webhooks: webhooks.collect(),
            statuses: found.statuses,
            steps: found.steps,
            reasons: found.reasons,
            document_kinds: found.document_kinds,
            evidence: found.evidence,
        })
    }
}

/// A way that leads nowhere.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError {
            sent: Sent::No,
            reason: TransportFailure::RefusedAddress,
        })
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

#[cfg(test)]
mod tests;
