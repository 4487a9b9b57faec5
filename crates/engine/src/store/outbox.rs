//! The way of events out: their places in the stream, the application's endpoints, and what was delivered to them.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{EndpointId, EventId, RequestId, Timestamp};

use super::{EventKind, EventRow, Page, PageRequest, Sealed, StoreError};

/// The place of an event in the stream. Places are given one after the other, without gaps, to events that are
/// committed: whoever has read up to a place misses nothing by reading on from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition(pub u64);

/// An event that has its place.
#[derive(Clone, Debug)]
pub struct PlacedEvent {
    /// Its place.
    pub position: EventPosition,
    /// The event.
    pub event: EventRow,
}

/// Where the application wants to be told.
#[derive(Clone, Debug)]
pub struct EndpointRow {
    /// Its id.
    pub id: EndpointId,
    /// What operators call it.
    pub description: String,
    /// Its URL, signing secrets and headers, JSON under the installation's key: each may hold a credential.
    pub address: Sealed,
    /// The kinds of event it wants; none in the list means every kind.
    pub kinds: Vec<EventKind>,
    /// How much it is told.
    pub payload: PayloadForm,
    /// At most this many deliveries per second, over all replicas; none for no limit.
    pub rate_per_sec: Option<u32>,
    /// Whether anything is sent to it.
    pub state: EndpointState,
    /// Events up to this place have become deliveries.
    pub fanned_out_to: EventPosition,
    /// Since when no delivery has succeeded, UTC; none while all is well.
    pub failing_since: Option<Timestamp>,
    /// How many attempts have failed since the last one that succeeded.
    pub failures_in_a_row: u32,
    /// Nothing is sent before this time, UTC: it asked for a rest, or fails all the time.
    pub paused_until: Option<Timestamp>,
    /// When it was made, UTC.
    pub created_at: Timestamp,
    /// When its settings were changed, UTC.
    pub updated_at: Timestamp,
}

/// How much an endpoint is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayloadForm {
    /// Ids, status and reasons. What else there is, is read through the API, where reading leaves a trace.
    #[default]
    Thin,
    /// The whole request, as it is when it is sent.
    Full,
}

/// Whether anything is sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointState {
    /// Events are sent.
    Enabled,
    /// An operator has switched it off.
    SwitchedOff,
    /// It has failed for days.
    Failing,
    /// It answered that it is gone (410).
    Gone,
}

/// One event on its way to one endpoint. The two ids are its identity.
#[derive(Clone, Debug)]
pub struct EventDeliveryRow {
    /// To this endpoint.
    pub endpoint: EndpointId,
    /// This event.
    pub event: EventRow,
    /// The place of the event.
    pub position: EventPosition,
    /// What became of it.
    pub state: EventDeliveryState,
    /// How many attempts were begun since it was last put to work.
    pub attempts: u32,
    /// When it may be sent next, UTC.
    pub due_at: Timestamp,
}

/// What became of the delivery of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventDeliveryState {
    /// To be sent.
    Pending,
    /// The endpoint has taken it.
    Delivered,
    /// Given up after all the tries there are.
    Failed,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// To this endpoint.
    pub endpoint: EndpointId,
    /// This event.
    pub event: EventId,
    /// When it began, UTC.
    pub began_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The HTTP status of the answer; none if there was none.
    pub status: Option<u16>,
    /// What came of it: a word of ours, such as `delivered`, `timeout`, `refused_address`.
    pub outcome: String,
    /// The first bytes of the answer, under the subject's key (the installation's, where the event is about nobody).
    pub answer: Sealed,
}

/// What an attempt means for its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSettlement {
    /// It is delivered.
    Delivered,
    /// It is to be sent again at this time, UTC. Later events of the same request wait for it.
    Again(Timestamp),
    /// It is given up.
    Failed,
}

/// Which deliveries to list. All given conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct EventDeliveryFilter {
    /// To this endpoint.
    pub endpoint: Option<EndpointId>,
    /// In this state.
    pub state: Option<EventDeliveryState>,
    /// About this request.
    pub request: Option<RequestId>,
}

/// How much is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Deliveries to be sent to endpoints that are enabled.
    pub pending: u64,
    /// Deliveries that were given up.
    pub failed: u64,
    /// When the oldest event was written that is still to be sent to an enabled endpoint, UTC.
    pub oldest_pending: Option<Timestamp>,
}

/// The way of events out.
///
/// An event is written by [`UnitOfWork::append_event`](super::UnitOfWork::append_event). It is then *placed*: given its
/// place in the stream, once it is committed. For each endpoint it is then *fanned out*: becomes a delivery. Deliveries
/// are claimed, sent, and settled by
/// [`UnitOfWork::settle_event_delivery`](super::UnitOfWork::settle_event_delivery). Any number of processes do each of these
/// at the same time.
#[async_trait]
pub trait Outbox: Debug + Send + Sync {
    /// Gives committed events that have none their places in the stream, at most this many. Events of one request get
    /// theirs in the order in which they were written. Returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn place_events(&self, limit: u32) -> Result<u64, StoreError>;

    /// Placed events after a place, in the order of their places.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn events_after(
        &self,
        after: EventPosition,
        limit: u32,
    ) -> Result<Vec<PlacedEvent>, StoreError>;

    /// The place of the last placed event; 0 if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn last_position(&self) -> Result<EventPosition, StoreError>;

    /// One event, placed or not.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn event(&self, id: EventId) -> Result<Option<EventRow>, StoreError>;

    /// Stores an endpoint.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn insert_endpoint(&self, row: &EndpointRow) -> Result<(), StoreError>;

    /// Every endpoint, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn endpoints(&self) -> Result<Vec<EndpointRow>, StoreError>;

    /// One endpoint.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn endpoint(&self, id: EndpointId) -> Result<Option<EndpointRow>, StoreError>;

    /// Removes an endpoint with its deliveries and their attempts. False if there is none. The deliveries go in many
    /// small transactions; a removal that is broken off leaves an endpoint that is switched off, to be removed again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn delete_endpoint(&self, id: EndpointId) -> Result<bool, StoreError>;

    /// Makes deliveries of placed events that an enabled endpoint has not been given yet, at most this many events. What
    /// is addressed to it is always wanted. Of the rest, an event of a kind it does not want, or one addressed to another
    /// endpoint, is passed over. Returns how many events were looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn fan_out(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Takes due deliveries to an enabled endpoint that does not rest, oldest first, and counts the attempt. Nobody
    /// else gets them for the time of the lease.
    ///
    /// Of each request only the earliest delivery that is still pending is ever given out, and none while another one is
    /// under way, so that events arrive in order. No more are given out than the rate of the endpoint allows, counted
    /// over all processes: see [`Pace`](super::Pace).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<EventDeliveryRow>, StoreError>;

    /// Keeps a claimed delivery for longer. No error if it is no longer claimed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn extend(
        &self,
        endpoint: EndpointId,
        event: EventId,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// Deliveries, newest event first. A page begins after an event, so all deliveries of one event are on one page: it
    /// may hold a few more than it was asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn deliveries(
        &self,
        filter: &EventDeliveryFilter,
        page: PageRequest<EventPosition>,
    ) -> Result<Page<EventDeliveryRow, EventPosition>, StoreError>;

    /// The attempts of a delivery, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn attempts_of(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<Vec<AttemptRow>, StoreError>;

    /// Puts one delivery back to work, whatever became of it, with all its tries; makes it if it was not there, whatever
    /// kinds of event the endpoint wants. False if there is no such event or endpoint, or the event is addressed to
    /// another endpoint. Of one that is under way, the attempt is waited for: if that fails, it begins anew at once.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn resend(
        &self,
        endpoint: EndpointId,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Puts the deliveries of every event the endpoint wants after a place back to work, whatever became of them, and
    /// makes those that were not there. At most this many events are looked at; returns the place up to which it went, or
    /// none if there was nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn replay(
        &self,
        endpoint: EndpointId,
        after: EventPosition,
        now: Timestamp,
        limit: u32,
    ) -> Result<Option<EventPosition>, StoreError>;

    /// Forgets deliveries that are done with, and their attempts, whose event was written before this time; at most this
    /// many. Returns how many. The events stay.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn forget_deliveries(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// How much is on its way out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn counts(&self) -> Result<OutboxCounts, StoreError>;
}

impl PayloadForm {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Thin => "thin",
            Self::Full => "full",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Thin, Self::Full]
            .into_iter()
            .find(|form| form.as_word() == word)
    }
}

impl EndpointState {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::SwitchedOff => "switched_off",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Enabled, Self::SwitchedOff, Self::Failing, Self::Gone]
            .into_iter()
            .find(|state| state.as_word() == word)
    }
}

impl EventDeliveryState {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|state| state.as_word() == word)
    }
}
