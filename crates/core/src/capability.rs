//! What a provider has, by its own tables.

use crate::{DocumentKind, EvidenceRole, ReasonCode, Status, StepKind};

/// What a provider can tell, derived from its mapping tables. What the vendor supports in which country is not ours to
/// say. Each list is sorted by its words, holds each value once, and no unknown one.
///
/// What it can *do* is [`Abilities`](crate::Abilities): that also depends on the credentials of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The statuses a session of this vendor can have.
    pub statuses: Vec<Status>,
    /// What its steps are about.
    pub steps: Vec<StepKind>,
    /// The reasons it gives.
    pub reasons: Vec<ReasonCode>,
    /// The kinds of document it tells apart.
    pub document_kinds: Vec<DocumentKind>,
    /// The files it holds.
    pub evidence: Vec<EvidenceRole>,
    /// The webhooks that are understood.
    pub webhooks: Vec<WebhookCapability>,
}

/// A type of webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WebhookCapability {
    /// The vendor's word for what happened.
    pub event_type: &'static str,
    /// True if it is about a session, and leads to something. Others are acknowledged and no more.
    pub concerns_session: bool,
}

impl Capabilities {
    /// Sorts each list by its words, and drops what is there twice or unknown.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        self.statuses.retain(|value| !value.is_unknown());
        self.steps.retain(|value| !value.is_unknown());
        self.reasons
            .retain(|value| !matches!(value, ReasonCode::Unclassified(_)));
        self.document_kinds.retain(|value| !value.is_unknown());
        self.evidence.retain(|value| !value.is_unknown());
        sort_by_word(&mut self.statuses, |value| value.as_word().into_owned());
        sort_by_word(&mut self.steps, |value| value.as_word().into_owned());
        sort_by_word(&mut self.reasons, |value| value.as_word().into_owned());
        sort_by_word(&mut self.document_kinds, |value| {
            value.as_word().into_owned()
        });
        sort_by_word(&mut self.evidence, |value| value.as_word().into_owned());
        sort_by_word(&mut self.webhooks, |value| value.event_type.to_owned());
        self
    }
}

fn sort_by_word<T: PartialEq>(values: &mut Vec<T>, word: impl Fn(&T) -> String) {
    values.sort_by_cached_key(word);
    values.dedup();
}
