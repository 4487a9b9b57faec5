//! Reads outside a transaction.

use std::fmt::Debug;

use async_trait::async_trait;
use idv_core::{
    AccountId, ErasureId, ObservationId, RequestId, SessionKey, Status, StatusSummary, Timestamp,
};

use super::{
    BlindIndex, DataKeyId, ErasureRow, EventRow, ObservationRow, RequestRow, Sealed, SessionRow,
    StoreError, SubjectId, SubjectRow, WrappedKey,
};
use crate::account::Environment;

/// Which requests to list. All given conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// Of this subject.
    pub subject: Option<BlindIndex>,
    /// In this environment. A request without one was written before this was kept, and is in any.
    pub environment: Option<Environment>,
    /// Affecting this organization.
    pub organization: Option<idv_core::OrganizationId>,
    /// In this status.
    pub status: Option<Status>,
    /// With this summary.
    pub summary: Option<StatusSummary>,
    /// Only those that are open (true) or not (false).
    pub open: Option<bool>,
    /// Only those that were not cancelled.
    pub not_cancelled: bool,
    /// Not changed since before this time, UTC.
    pub updated_before: Option<Timestamp>,
    /// Made before this time, UTC.
    pub created_before: Option<Timestamp>,
    /// Made at or after this time, UTC.
    pub created_after: Option<Timestamp>,
}

/// Where a page begins and how long it is.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<Id> {
    /// The last id of the page before; none for the first page.
    pub after: Option<Id>,
    /// At most this many rows.
    pub limit: u32,
}

/// A page of rows.
#[derive(Clone, Debug)]
pub struct Page<T, Id> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<Id>,
}

/// Reads outside a transaction. Each call sees one consistent state of what was committed.
#[async_trait]
pub trait Reads: Debug + Send + Sync {
    /// A request.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn request(&self, id: RequestId) -> Result<Option<RequestRow>, StoreError>;
    /// Requests, newest first. Ids are time-ordered, so a page begins after an id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn requests(
        &self,
        filter: &RequestFilter,
        page: PageRequest<RequestId>,
    ) -> Result<Page<RequestRow, RequestId>, StoreError>;
    /// The sessions of a request, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sessions_of(&self, request: RequestId) -> Result<Vec<SessionRow>, StoreError>;
    /// The observations of a request, oldest first. Without the raw bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn observations_of(
        &self,
        request: RequestId,
        page: PageRequest<ObservationId>,
    ) -> Result<Page<ObservationRow, ObservationId>, StoreError>;
    /// What the commands of a request decided, in the order in which they were given, with the words of whoever gave
    /// them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn commands_of(&self, request: RequestId) -> Result<Vec<ObservationRow>, StoreError>;
    /// The raw bytes of an observation, still sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn raw_of(&self, observation: ObservationId) -> Result<Option<Sealed>, StoreError>;
    /// The sessions of an account in the order of their keys, beginning after one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sessions_of_account(
        &self,
        account: &AccountId,
        page: PageRequest<SessionKey>,
    ) -> Result<Page<SessionRow, SessionKey>, StoreError>;
    /// What was announced about a request, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn events_of(&self, request: RequestId) -> Result<Vec<EventRow>, StoreError>;
    /// An erasure by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn erasure(&self, id: ErasureId) -> Result<Option<ErasureRow>, StoreError>;
    /// Subjects that are not erased, have a request but no open one, and none that changed at or after this time.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn subjects_at_rest_since(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<SubjectId>, StoreError>;
    /// How many data keys each master key has wrapped.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn data_keys_by_master_key(&self) -> Result<Vec<(String, u64)>, StoreError>;
    /// A subject by our id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn subject(&self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError>;
    /// A data key.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn data_key(&self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError>;
}
