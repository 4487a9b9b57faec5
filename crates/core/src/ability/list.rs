//! Going through the sessions a vendor holds.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, Snapshot, SubjectRef, Timestamp};

/// Goes through the sessions the vendor holds, page by page.
#[async_trait]
pub trait List: Debug + Send + Sync {
    /// How far one walk reaches.
    fn scope(&self) -> ListScope;

    /// One page. `cursor`: [`SessionPage::next`] of the page before, with the same query; none for the first page.
    ///
    /// A walk from the first page to the last meets every session that was there when it began and was not removed
    /// meanwhile, at least once; one that is made meanwhile it may meet or not. A cursor may be kept: a walk that was
    /// interrupted goes on with it later.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a query without a subject where
    /// [`List::scope`] asks for one, or a cursor the vendor does not know; else as any call. It changes nothing and may
    /// be repeated.
    async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<SessionPage, Error>;
}

/// How far one walk through a vendor's list reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListScope {
    /// Every session of the account.
    Account,
    /// The sessions of one subject: whoever wants all must know the subjects.
    Subject,
}

/// Which sessions to go through. What is `None` does not count.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListQuery {
    /// Only those of this subject.
    pub subject: Option<SubjectRef>,
    /// Only those of this template, workflow or flow; where the vendor must be told one, the account's own by default.
    pub template: Option<String>,
    /// Only those made at or after this time, UTC. A vendor that counts in days gives the whole day.
    pub created_since: Option<Timestamp>,
    /// Only those made before this time, UTC. A vendor that counts in days gives the whole day.
    pub created_before: Option<Timestamp>,
}

/// A page of sessions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions as the list shows them: each as a [`Depth::Verdict`](crate::Depth::Verdict) fetch would, though
    /// what a list leaves out may be missing. It may be empty though there are more pages.
    pub sessions: Vec<Snapshot>,
    /// Objects on the page that could not be read. They hide no others.
    pub unreadable: u32,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl SessionPage {
    /// A page.
    #[must_use]
    pub const fn new(sessions: Vec<Snapshot>, unreadable: u32, next: Option<String>) -> Self {
        Self {
            sessions,
            unreadable,
            next,
        }
    }
}
