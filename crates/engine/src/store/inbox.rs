//! The durable queue of webhooks.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::webhook::Receipt;
use idv_core::{AccountId, DeliveryId, SessionId, Timestamp};

use super::{Page, PageRequest, Sealed, StoreError};

/// A proven webhook, to be stored.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The account whose key proved it.
    pub account: AccountId,
    /// How it was proven. Holds the deduplication key.
    pub receipt: Receipt,
    /// The exact bytes, under the account's key.
    pub body: Sealed,
    /// True if a second delivery with the same deduplication key should wake the first one up again: the
    /// session may have changed since, and this account can look.
    pub wake_on_duplicate: bool,
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is on disk now.
    Stored,
    /// One with the same deduplication key was there; this is its id.
    Duplicate(DeliveryId),
}

/// A stored webhook.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Its id.
    pub id: DeliveryId,
    /// The account whose key proved it.
    pub account: AccountId,
    /// How it was proven.
    pub receipt: Receipt,
    /// The exact bytes, encrypted.
    pub body: Sealed,
    /// What became of it.
    pub state: DeliveryState,
    /// The vendor session it is about, once read.
    pub session: Option<SessionId>,
    /// How often work on it was begun.
    pub attempts: u32,
    /// When it may be worked on next, UTC.
    pub due_at: Timestamp,
    /// Why it is where it is: a sentence of ours without personal data.
    pub reason: Option<String>,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeliveryState {
    /// To be worked on.
    Pending,
    /// Done: it is an observation now.
    Done,
    /// It concerns nothing we work on.
    Ignored,
    /// It is about a session nobody here knows yet.
    Unmatched,
    /// It cannot be worked on. An operator must look.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Done,
        Self::Ignored,
        Self::Unmatched,
        Self::Dead,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Unmatched => "unmatched",
            Self::Dead => "dead",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_word() == word)
    }
}

/// The end of the work on a delivery.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery.
    pub id: DeliveryId,
    /// What became of it.
    pub state: DeliveryState,
    /// The vendor session it is about, where that is known.
    pub session: Option<SessionId>,
    /// The body under the subject's key, now that the subject is known; none leaves it as it is.
    pub resealed_body: Option<Sealed>,
    /// Why: a sentence of ours without personal data.
    pub reason: Option<String>,
}

/// How many deliveries are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// To be worked on.
    pub pending: u64,
    /// Worked on.
    pub done: u64,
    /// Concerning nothing.
    pub ignored: u64,
    /// About unknown sessions.
    pub unmatched: u64,
    /// Given up.
    pub dead: u64,
}

/// Which deliveries to list.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of this account.
    pub account: Option<AccountId>,
}

/// The durable queue of webhooks.
#[async_trait]
pub trait Inbox: Debug + Send + Sync {
    /// Stores any number of deliveries in one durable write; the answers are in their order. When this returns,
    /// they survive a power cut. Several in one call may be duplicates of each other.
    ///
    /// # Errors
    /// [`StoreError`]; then none was stored.
    async fn append(&self, deliveries: &[NewDelivery]) -> Result<Vec<Appended>, StoreError>;

    /// Takes due deliveries to work on, oldest first, and counts the attempt. Nobody else gets them for the time
    /// of the lease.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError>;

    /// Keeps a claimed delivery for longer. No error if it is no longer claimed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn extend(&self, id: DeliveryId, until: Timestamp) -> Result<(), StoreError>;

    /// Gives a delivery back after a failure, to be tried again at `due_at`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn give_back(
        &self,
        id: DeliveryId,
        due_at: Timestamp,
        reason: &str,
    ) -> Result<(), StoreError>;

    /// Puts a dead, ignored or unmatched delivery back to work. False if it is not in such a state.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn requeue(&self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError>;

    /// One delivery.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError>;

    /// Deliveries, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRow, DeliveryId>, StoreError>;

    /// How many there are.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn counts(&self) -> Result<InboxCounts, StoreError>;
}
