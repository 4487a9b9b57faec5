//! What some vendors can do and others cannot.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Checkpoint, DataState, Error, SessionId, Snapshot, StartSession, StartedSession, Timestamp,
};

/// The abilities of a provider beyond [`IdProvider`](crate::IdProvider). An absent ability is `None`: what a
/// vendor can do is derived from this, and stated nowhere else.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Abilities<'a> {
    /// Withdraw a session at the vendor.
    pub cancel: Option<&'a dyn Cancel>,
    /// Say which webhooks could not be delivered.
    pub missed_events: Option<&'a dyn MissedEvents>,
    /// Have the vendor erase the person's data.
    pub redact: Option<&'a dyn Redact>,
    /// Make another session for a person who has one.
    pub retry: Option<&'a dyn Retry>,
}

impl<'a> Abilities<'a> {
    /// No ability at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With [`Cancel`].
    #[must_use]
    pub const fn with_cancel(mut self, cancel: &'a dyn Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// With [`MissedEvents`].
    #[must_use]
    pub const fn with_missed_events(mut self, missed_events: &'a dyn MissedEvents) -> Self {
        self.missed_events = Some(missed_events);
        self
    }

    /// With [`Redact`].
    #[must_use]
    pub const fn with_redact(mut self, redact: &'a dyn Redact) -> Self {
        self.redact = Some(redact);
        self
    }

    /// With [`Retry`].
    #[must_use]
    pub const fn with_retry(mut self, retry: &'a dyn Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The words of the abilities that are there, in alphabetical order.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        // Destructured, so that a new ability cannot be forgotten here.
        let Self {
            cancel,
            missed_events,
            redact,
            retry,
        } = self;
        let words = [
            cancel.map(|_| "cancel"),
            missed_events.map(|_| "missed_events"),
            redact.map(|_| "redact"),
            retry.map(|_| "retry"),
        ];
        words.into_iter().flatten().collect()
    }
}

/// Withdraws a session at the vendor.
#[async_trait]
pub trait Cancel: Debug + Send + Sync {
    /// Withdraws the session and returns it as it is afterwards. Withdrawing it twice is not an error.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the session can no longer be withdrawn,
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is none, else as any call.
    async fn cancel(&self, session: &SessionId) -> Result<Snapshot, Error>;
}

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

/// Has the vendor erase the person's data of one session, before its own time for that.
///
/// A vendor without such a call has no such ability: its erasures are only seen, as the [`DataState`] of what is
/// fetched.
#[async_trait]
pub trait Redact: Debug + Send + Sync {
    /// Asks the vendor to erase what it holds about the person of this session. It cannot be undone by us.
    ///
    /// - A decision stays: a session that is decided keeps its status, for the verdict outlives the data. An open
    ///   session may be withdrawn by it.
    /// - Asking again is no error, while the erasure is under way and after it.
    /// - Where a vendor holds the data by person and not by session, other sessions of the same person lose theirs
    ///   too. The provider's documentation says so.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the vendor knows no such session. That is not taken for
    /// an erasure: it is also what the key of another account gets to hear. Only a vendor's own word that the data
    /// are gone is [`RedactionProgress::Done`].
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the vendor does not erase in the present state of the
    /// session; once that has changed, ask again. Else as any call: one that failed in another way may be repeated.
    async fn redact(&self, session: &SessionId) -> Result<Redaction, Error>;
}

/// What the vendor says to a request to erase.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Redaction {
    /// How far it is.
    pub progress: RedactionProgress,
    /// The session as it is now, to be recorded, where the vendor's answer shows it. Without one the progress is all
    /// that was learnt.
    pub snapshot: Option<Snapshot>,
}

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedactionProgress {
    /// The vendor has taken the request and will erase. It is under way until a fetch shows
    /// [`DataState::Redacted`], or asking again is answered with [`RedactionProgress::Done`].
    Requested,
    /// The data are gone.
    Done,
}

impl Redaction {
    /// An answer that does not show the session.
    #[must_use]
    pub const fn without_snapshot(progress: RedactionProgress) -> Self {
        Self {
            progress,
            snapshot: None,
        }
    }

    /// What a session says that the vendor has shown in its answer: done if its data are gone, else under way.
    #[must_use]
    pub fn of(snapshot: Snapshot) -> Self {
        let progress = match snapshot.mapped.data_state {
            Some(DataState::Redacted) => RedactionProgress::Done,
            _ => RedactionProgress::Requested,
        };
        Self {
            progress,
            snapshot: Some(snapshot),
        }
    }

    /// What the progress means for the data of the session, whether or not there is a snapshot.
    #[must_use]
    pub const fn data_state(&self) -> DataState {
        match self.progress {
            RedactionProgress::Requested => DataState::RedactionPending,
            RedactionProgress::Done => DataState::Redacted,
        }
    }
}

/// Makes another session for a person who has one, at a vendor that keeps one per person and else gives that one
/// back: the way out of [`Started::Existing`](crate::Started::Existing).
#[async_trait]
pub trait Retry: Debug + Send + Sync {
    /// Makes another session in which everything is asked again, whatever came of the one before.
    ///
    /// As [`IdProvider::start`](crate::IdProvider::start), it saves what it has done through the checkpoint, which may
    /// be the one the start of the same intent has used; run again with it, it makes no second session.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the person has no session, else as any call. If
    /// [`Error::may_have_taken_effect`] is set, call again with the same checkpoint.
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error>;
}
