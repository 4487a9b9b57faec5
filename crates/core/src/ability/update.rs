//! Changing a session under way.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{DocumentKind, Error, Person, SessionId, Snapshot};

/// Changes a session that the subject has not handed in yet.
#[async_trait]
pub trait Update: Debug + Send + Sync {
    /// Changes what is named and nothing else, and returns the session as it is afterwards. Making the same change
    /// twice is one change.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the session takes no change any more,
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a value the vendor refuses,
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such session, else as any call.
    async fn update(&self, session: &SessionId, change: &SessionChange) -> Result<Snapshot, Error>;
}

/// What is to be changed. What is `None` stays.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SessionChange {
    /// What the application says about the person, as far as the vendor has a place for it.
    pub person: Option<Person>,
    /// The documents that are accepted from now on; empty for all the vendor supports.
    pub document_kinds: Option<Vec<DocumentKind>>,
}
