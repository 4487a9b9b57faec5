//! How an import goes.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Taken;

/// What a walk has come to until now, with what it did before it was interrupted. Every session is counted once among
/// `imported`, `joined`, `known` and what follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// Pages that were read to their end.
    pub pages: u64,
    /// Sessions that were on them.
    pub sessions: u64,
    /// Sessions for which a request was made.
    pub imported: u64,
    /// Open sessions that came to the open request of their subject.
    pub joined: u64,
    /// Sessions that were here already, and were left alone.
    pub known: u64,
    /// Sessions that name no subject, so that nobody can say whose they are.
    pub without_subject: u64,
    /// Sessions of the vendor's other environment, which were refused.
    pub other_environment: u64,
    /// Open sessions of a subject whose open request is with another account, or is just being started. They can be
    /// taken in once that one has ended.
    pub open_elsewhere: u64,
    /// Sessions that could not be read, and were left out.
    pub unreadable: u64,
}

impl ImportReport {
    pub(super) const fn count(&mut self, taken: Taken) {
        let counter = match taken {
            Taken::Imported => &mut self.imported,
            Taken::Joined => &mut self.joined,
            Taken::Known => &mut self.known,
            Taken::WithoutSubject => &mut self.without_subject,
            Taken::OtherEnvironment => &mut self.other_environment,
            Taken::OpenElsewhere => &mut self.open_elsewhere,
            Taken::Unreadable => &mut self.unreadable,
        };
        *counter = counter.saturating_add(1);
        self.sessions = self.sessions.saturating_add(1);
    }
}

/// Who runs an import: hears how it goes, and waits where it has to.
#[async_trait]
pub trait ImportWatcher: Send {
    /// A page is done, and what it brought is on disk.
    fn page_done(&mut self, report: &ImportReport);

    /// The vendor wants no call before this time has passed. The import goes on when this returns.
    async fn wait(&mut self, pause: Duration);
}
