//! What the vendor could not tell us.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, SessionId, Timestamp};

/// Says which webhooks the vendor could not deliver, so that the sessions they were about can be read.
#[async_trait]
pub trait MissedEvents: Debug + Send + Sync {
    /// One page of the events about sessions that happened at or after `since` (by the vendor's clock) and that the
    /// vendor did not get rid of at every receiver it knows. In no order that may be relied on; one session may be
    /// named more than once, and one that was told of after all may be among them. `cursor`: [`MissedEventPage::next`]
    /// of the page before, with the same `since`; none for the first page.
    ///
    /// An event is a hint and nothing more: whoever hears of one fetches the session.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidCredentials`](crate::ErrorKind::InvalidCredentials) also if the key may do everything else
    /// and just not this; else as any call. It changes nothing at the vendor and may be repeated.
    async fn missed_events(
        &self,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<MissedEventPage, Error>;
}

/// A page of events that could not be delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissedEventPage {
    /// The events that are about sessions. It may be empty though there are more pages.
    pub events: Vec<MissedEvent>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl MissedEventPage {
    /// A page.
    #[must_use]
    pub const fn new(events: Vec<MissedEvent>, next: Option<String>) -> Self {
        Self { events, next }
    }
}

/// An event that could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissedEvent {
    /// The session it is about.
    pub session: SessionId,
    /// The vendor's name of what happened.
    pub event_type: String,
    /// When it happened by the vendor's clock, UTC.
    pub occurred_at: Timestamp,
}

impl MissedEvent {
    /// An event about a session.
    #[must_use]
    pub const fn new(session: SessionId, event_type: String, occurred_at: Timestamp) -> Self {
        Self {
            session,
            event_type,
            occurred_at,
        }
    }
}
