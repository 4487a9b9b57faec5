//! Sessions that were quiet for too long, and what their webhooks had not told.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, ObservationId, RequestId, SessionKey, Status, Timestamp};

use super::{Page, PageRequest, StoreError};

/// A session whose time to be asked about had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuePoll {
    /// The session.
    pub session: SessionKey,
    /// How often it was claimed since its state was last written, this time included.
    pub attempts: u32,
}

/// A change of status that we found by asking, and no webhook had told of. Free of personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedWebhookRow {
    /// The observation that found it.
    pub observation: ObservationId,
    /// The session.
    pub session: SessionKey,
    /// Its request.
    pub request: RequestId,
    /// Its account.
    pub account: AccountId,
    /// When it was found, UTC.
    pub found_at: Timestamp,
    /// The status as we had known it.
    pub from: Status,
    /// The status as it was.
    pub to: Status,
    /// For how long nothing had been heard of the session.
    pub quiet_for: Duration,
    /// When a webhook about the session came after all, UTC: it was late, not lost.
    pub arrived_at: Option<Timestamp>,
}

/// Which missed webhooks to list. All given conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct MissedWebhookFilter {
    /// Only those of this account.
    pub account: Option<AccountId>,
    /// Only those found at or after this time, UTC.
    pub since: Option<Timestamp>,
}

/// How many webhooks of one account were missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedWebhookCount {
    /// The account.
    pub account: AccountId,
    /// How many changes were found that no webhook had told of.
    pub missed: u64,
    /// For how many of them a webhook came after all.
    pub late: u64,
}

/// Sessions that are asked about because nothing is heard of them. A session has its time in
/// [`SessionRow::poll_at`](super::SessionRow::poll_at), written by whoever writes its state.
#[async_trait]
pub trait Polls: Debug + Send + Sync {
    /// Takes the session of an account whose time came longest ago, and counts the attempt. Its time is put off by the
    /// lease, so nobody else gets it, and if whoever took it dies, it is due again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim(
        &self,
        account: &AccountId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<DuePoll>, StoreError>;

    /// Has a session not be asked about before this time. One that is to be asked about later yet, or not at all, stays
    /// so: its state was written in the meantime, and that counts.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_off(&self, session: SessionKey, until: Timestamp) -> Result<(), StoreError>;

    /// What webhooks have missed, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn missed(
        &self,
        filter: &MissedWebhookFilter,
        page: PageRequest<ObservationId>,
    ) -> Result<Page<MissedWebhookRow, ObservationId>, StoreError>;

    /// How much webhooks have missed at or after this time, by account, in the order of their names. Accounts that
    /// missed nothing are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn missed_counts(&self, since: Timestamp) -> Result<Vec<MissedWebhookCount>, StoreError>;
}
