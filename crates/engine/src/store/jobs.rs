//! The durable queue of vendor calls.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, RequestId, SessionKey, Timestamp};
use uuid::Uuid;

use super::StoreError;

/// One job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobId(pub Uuid);

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobKind {
    /// Finish the start of a session whose intent was written down.
    Start,
    /// Withdraw a session at the vendor.
    Cancel,
    /// Read a session at the vendor.
    Refresh,
    /// Have the vendor erase the person's data of a session, and see that it does.
    Redact,
    /// Send a mail about a request.
    Mail,
    /// Tell the vendor of a session what the application has corrected.
    Update,
}

impl JobKind {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Cancel => "cancel",
            Self::Refresh => "refresh",
            Self::Redact => "redact",
            Self::Mail => "mail",
            Self::Update => "update",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Start,
            Self::Cancel,
            Self::Refresh,
            Self::Redact,
            Self::Mail,
            Self::Update,
        ]
        .into_iter()
        .find(|kind| kind.as_word() == word)
    }
}

/// A call to the world outside that must happen. Written in the transaction that decided it.
#[derive(Clone, Debug)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub kind: JobKind,
    /// For which session; none for what is about the request itself.
    pub session: Option<SessionKey>,
    /// For which request.
    pub request: RequestId,
    /// What else the work needs to know, such as which mail: a word of ours.
    pub detail: Option<String>,
    /// When it may be done, UTC. In the future while somebody is at it already.
    pub due_at: Timestamp,
    /// How often it was begun.
    pub attempts: u32,
    /// Why it failed last: a sentence of ours without personal data.
    pub last_error: Option<String>,
    /// When it was written, UTC.
    pub created_at: Timestamp,
}

/// The durable queue of vendor calls.
#[async_trait]
pub trait Jobs: Debug + Send + Sync {
    /// Takes due jobs, oldest first, and counts the attempt. Nobody else gets them for the time of the lease. Jobs
    /// about sessions of accounts in `leave_out` are passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
        leave_out: &[AccountId],
    ) -> Result<Vec<JobRow>, StoreError>;

    /// Keeps a claimed job for longer. No error if it is no longer claimed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn extend(&self, id: JobId, until: Timestamp) -> Result<(), StoreError>;

    /// Gives a job back after a failure, to be tried again at `due_at`. `counts`: false takes the try back.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn give_back(
        &self,
        id: JobId,
        due_at: Timestamp,
        error: &str,
        counts: bool,
    ) -> Result<(), StoreError>;

    /// Makes what of an account waits for another try due at once. At most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn make_due(
        &self,
        account: &AccountId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Removes a job: it is done, or is never going to be.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn finish(&self, id: JobId) -> Result<(), StoreError>;

    /// How many are waiting.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn count(&self) -> Result<u64, StoreError>;
}
