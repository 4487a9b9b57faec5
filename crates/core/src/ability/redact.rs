//! Having the vendor erase.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{DataState, Error, SessionId, Snapshot};

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
