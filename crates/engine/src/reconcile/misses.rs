//! The report: what webhooks should have told and have not.

use std::time::Duration;

use idv_core::{ObservationId, ProviderInfo, Status, Timestamp};

use super::schedule::Silence;
use crate::Engine;
use crate::error::QueryError;
use crate::measure;
use crate::store::StoreError;
use crate::store::{
    MissedWebhookCount, MissedWebhookFilter, MissedWebhookRow, ObservationRow, ObservationSource,
    Page, PageRequest, SessionRow, UnitOfWork,
};

impl Engine {
    /// Changes of status that we found by asking, and that no webhook had told of; newest first.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn missed_webhooks(
        &self,
        filter: &MissedWebhookFilter,
        page: PageRequest<ObservationId>,
    ) -> Result<Page<MissedWebhookRow, ObservationId>, QueryError> {
        Ok(self.inner.store.polls().missed(filter, page).await?)
    }

    /// How many there were at or after this time, by account. Accounts that missed nothing are left out.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn missed_webhook_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<MissedWebhookCount>, QueryError> {
        Ok(self.inner.store.polls().missed_counts(since).await?)
    }

    /// Writes down that an answer to a question of our own has changed the status of a session, if a webhook should
    /// have told of it and none has. `observations`: those from before the answer. Returns whether one was missed.
    pub(crate) async fn note_miss(
        &self,
        unit: &mut dyn UnitOfWork,
        info: &ProviderInfo,
        found_by: ObservationId,
        before: &Status,
        session: &SessionRow,
        observations: &[ObservationRow],
    ) -> Result<bool, StoreError> {
        let to = &session.state.status;
        if before == to || !is_told(info, to) || has_told(observations, to) {
            return Ok(false);
        }
        let now = self.now();
        let quiet_for =
            Silence::of(observations).map_or(Duration::ZERO, |silence| now.since(silence.news_at));
        unit.insert_missed_webhook(&MissedWebhookRow {
            observation: found_by,
            session: session.key,
            request: session.request,
            account: session.account.clone(),
            found_at: now,
            from: before.clone(),
            to: to.clone(),
            quiet_for,
            arrived_at: None,
        })
        .await?;
        measure::webhook_missed(&info.id);
        tracing::warn!(
            account = %session.account, session = %session.key, request = %session.request,
            from = %before, to = %to, quiet_secs = quiet_for.as_secs(), "no webhook had told of a change"
        );
        Ok(true)
    }
}

/// True if the vendor has a webhook for this.
fn is_told(info: &ProviderInfo, status: &Status) -> bool {
    let is_outcome = status.is_final() || *status == Status::InReview;
    is_outcome || !info.webhooks_only_tell_outcomes
}

/// True if the newest webhook about the session says so already: the answer that was asked for then was older than it.
fn has_told(observations: &[ObservationRow], status: &Status) -> bool {
    let webhooks = observations.iter().filter(|seen| {
        matches!(
            seen.source,
            ObservationSource::Notification | ObservationSource::Payload
        )
    });
    let newest = webhooks.max_by_key(|seen| seen.as_of);
    newest
        .and_then(|seen| seen.mapped.as_ref()?.status.as_ref())
        .is_some_and(|told| told == status)
}
