//! Webhooks as rows.

use idv_core::webhook::Receipt;
use idv_core::{AccountId, DeliveryId, SessionId, Timestamp};
use uuid::Uuid;

use super::Sealed;

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
    /// The vendor session it is about, as far as it could be read before it was stored.
    pub session: Option<SessionId>,
    /// The trace it belongs to, as a W3C `traceparent`.
    pub trace: Option<String>,
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
    /// The trace it belongs to, as a W3C `traceparent`.
    pub trace: Option<String>,
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
    /// Only those about this vendor session.
    pub session: Option<SessionId>,
    /// Only those whose reason contains these words.
    pub reason_contains: Option<String>,
    /// Only those that were taken in before this time, UTC, to the millisecond.
    pub received_before: Option<Timestamp>,
    /// Only those that were taken in at or after this time, UTC, to the millisecond.
    pub received_after: Option<Timestamp>,
}

impl DeliveryFilter {
    /// Only smaller ids were given before [`DeliveryFilter::received_before`].
    #[must_use]
    pub fn ids_below(&self) -> Option<Uuid> {
        self.received_before.map(first_id_at)
    }

    /// No smaller id was given at or after [`DeliveryFilter::received_after`].
    #[must_use]
    pub fn ids_from(&self) -> Option<Uuid> {
        self.received_after.map(first_id_at)
    }
}

/// The smallest id that a delivery can have been given at a time: ids begin with the millisecond in which they were
/// made.
#[must_use]
pub fn first_id_at(time: Timestamp) -> Uuid {
    let millis = u128::try_from(time.as_unix_micros().div_euclid(1000)).unwrap_or_default();
    Uuid::from_u128(millis << 80)
}

/// A claimed delivery that its worker could not work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// The delivery.
    pub id: DeliveryId,
    /// How often work on it was begun, as its worker was told. Where that is not true any more, somebody else has
    /// claimed it since, and it stays as it is.
    pub attempts: u32,
    /// How often it counts as begun from now on.
    pub counted_as: u32,
    /// When it may be worked on next, UTC.
    pub due_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_millisecond_are_not_below_its_first_one() {
        let time = Timestamp::from_unix_micros(1_795_000_000_123_000);
        let id = DeliveryId::new(time).as_uuid();
        assert!(first_id_at(time) <= id);
        let next = Timestamp::from_unix_micros(1_795_000_000_124_000);
        assert!(id < first_id_at(next));
        assert_eq!(first_id_at(Timestamp::from_unix_micros(-1)), Uuid::nil());
    }
}
