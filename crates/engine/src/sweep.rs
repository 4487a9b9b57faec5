//! The sweeper: ends what has run out of time, by the rules of the application.
//!
//! Every process sweeps. Each ending is decided under the lock of its request, and a request that was ended by another
//! process meanwhile is left alone, so nothing needs a leader.

use std::time::Duration;

use idv_core::{RequestId, Timestamp, WaitingOn};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::error::CommandError;
use crate::fold::PolicyRule;
use crate::store::{ObservationSource, PageRequest, RequestFilter, RequestRow, StoreError};

/// How many requests are read at once.
const PAGE: u32 = 100;

/// How many persons one sweep erases at the most. Each asks its vendors to erase too.
const ERASED_PER_SWEEP: u32 = 100;

/// How many deliveries of events are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: u32 = 500;

/// What one sweep has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Requests that were open for too long.
    pub expired: u64,
    /// Requests whose subject began and did nothing for too long.
    pub abandoned: u64,
    /// Persons who were erased, because nothing was heard of them for as long as the policy says.
    pub erased: u64,
    /// Keys of commands that were forgotten.
    pub forgotten_keys: u64,
    /// Deliveries of events that were forgotten, with the log of their attempts.
    pub forgotten_deliveries: u64,
    /// Webhooks set aside as unmatched whose session is known by now: they are back at work.
    pub matched: u64,
    /// Webhooks that were set aside as unmatched for too long, or were too many.
    pub ignored: u64,
    /// Webhooks that were given up so long ago that their bodies were emptied.
    pub emptied: u64,
}

impl Engine {
    pub(crate) async fn keep_sweeping(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.sweep().await {
                Ok(swept) if swept != Swept::default() => tracing::info!(?swept, "swept"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the sweep was not finished"),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.rest(self.inner.settings.sweep_interval) => {}
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the sweeper rests in real time; what has run out is decided by the clock"
    )]
    async fn rest(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    /// Ends every request that has run out of time, and forgets what need not be remembered. Any number of processes
    /// may do so at the same time.
    ///
    /// # Errors
    /// [`CommandError`], the first of them. What cannot be ended keeps nothing else from being ended.
    pub async fn sweep(&self) -> Result<Swept, CommandError> {
        let policy = &self.inner.settings.policy;
        let now = self.now();
        let mut swept = Swept::default();
        let mut failed = None;
        if let Some(after) = policy.expires_after {
            let filter = RequestFilter {
                open: Some(true),
                created_before: Some(now.minus(after)),
                ..RequestFilter::default()
            };
            let rule = PolicyRule::ExpiresAfter;
            swept.expired = self.end_all(filter, rule, &mut failed).await;
        }
        if let Some(after) = policy.abandoned_after {
            let filter = RequestFilter {
                open: Some(true),
                updated_before: Some(now.minus(after)),
                ..RequestFilter::default()
            };
            let rule = PolicyRule::AbandonedAfter;
            swept.abandoned = self.end_all(filter, rule, &mut failed).await;
        }
        match self.erase_at_rest(ERASED_PER_SWEEP).await {
            Ok(erased) => swept.erased = erased,
            Err(error) => failed = failed.or(Some(error)),
        }
        if let Err(error) = self.sweep_inbox(&mut swept).await {
            failed.get_or_insert(error.into());
        }
        swept.forgotten_keys = self.forget_keys(now).await?;
        swept.forgotten_deliveries = self.forget_deliveries(now).await?;
        failed.map_or(Ok(swept), Err)
    }

    /// How many were ended. One that cannot be ended is passed over; the first error is kept.
    async fn end_all(
        &self,
        filter: RequestFilter,
        rule: PolicyRule,
        failed: &mut Option<CommandError>,
    ) -> u64 {
        let (mut ended, mut after) = (0_u64, None);
        loop {
            let page = PageRequest { after, limit: PAGE };
            let found = match self.inner.store.reads().requests(&filter, page).await {
                Ok(found) => found,
                Err(error) => {
                    failed.get_or_insert(error.into());
                    return ended;
                }
            };
            for request in found.rows.iter().filter(|row| self.is_due(row, rule)) {
                match self.end_by(request.id, rule).await {
                    Ok(true) => ended = ended.saturating_add(1),
                    Ok(false) => {}
                    Err(error) => {
                        tracing::error!(request = %request.id, rule = rule.as_word(), %error, "a request that has run out of time could not be ended");
                        failed.get_or_insert(error);
                    }
                }
            }
            match found.next {
                Some(next) => after = Some(next),
                None => return ended,
            }
        }
    }

    /// Ends one request, if it is still due under its lock.
    async fn end_by(&self, request: RequestId, rule: PolicyRule) -> Result<bool, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let Some(mut row) = unit.request(request).await? else {
            return Ok(false);
        };
        if !self.is_due(&row, rule) {
            return Ok(false);
        }
        let current = self.current_session(unit.as_unit_of_work(), &row).await?;
        if rule == PolicyRule::AbandonedAfter
            && let Some(current) = &current
        {
            // News that changed nothing is a sign of life all the same.
            let observations = unit.observations_of(current.key).await?;
            let heard = observations
                .iter()
                .filter(|seen| seen.source != ObservationSource::Remap)
                .map(|seen| seen.observed_at)
                .max();
            let silent_since = heard.map_or(row.updated_at, |heard| heard.max(row.updated_at));
            if !self.was_silent_since(silent_since) {
                return Ok(false);
            }
        }
        let vendor_said = self.vendor_says(unit.as_unit_of_work(), &row).await?;
        self.append_end(unit.as_unit_of_work(), &row, rule, vendor_said)
            .await?;
        self.refold_request(unit.as_unit_of_work(), &mut row)
            .await?;
        if let Some(current) = current {
            self.withdraw(unit.as_unit_of_work(), row.id, &current)
                .await?;
        }
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        tracing::info!(%request, rule = rule.as_word(), "a request has run out of time");
        Ok(true)
    }

    /// True if that is too long ago for a request whose subject is to act.
    fn was_silent_since(&self, since: Timestamp) -> bool {
        let limit = self.inner.settings.policy.abandoned_after;
        limit.is_some_and(|limit| since.plus(limit) < self.now())
    }

    fn is_due(&self, request: &RequestRow, rule: PolicyRule) -> bool {
        let policy = &self.inner.settings.policy;
        let now = self.now();
        let is_past = |since: Timestamp, limit: Option<Duration>| {
            limit.is_some_and(|limit| since.plus(limit) < now)
        };
        if request.state.status.is_final() {
            return false;
        }
        match rule {
            PolicyRule::ExpiresAfter => is_past(request.created_at, policy.expires_after),
            PolicyRule::AbandonedAfter => {
                request.state.subject_started
                    && request.state.status.waiting_on() == WaitingOn::Subject
                    && self.was_silent_since(request.updated_at)
            }
            PolicyRule::MaxAttempts | PolicyRule::NotRetryable => false,
        }
    }

    async fn forget_deliveries(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = now.minus(self.inner.settings.deliveries_kept);
        let mut forgotten = 0_u64;
        loop {
            let outbox = self.inner.store.outbox();
            let some = outbox.forget_deliveries(before, FORGOTTEN_AT_ONCE).await?;
            forgotten = forgotten.saturating_add(some);
            if some < u64::from(FORGOTTEN_AT_ONCE) {
                return Ok(forgotten);
            }
        }
    }

    async fn forget_keys(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut unit = self.inner.store.begin().await?;
        let before = now.minus(self.inner.settings.command_keys_kept);
        let forgotten = unit.forget_command_keys(before).await?;
        unit.commit().await?;
        Ok(forgotten)
    }
}
