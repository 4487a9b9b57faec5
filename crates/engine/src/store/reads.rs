//! Reads outside a transaction.

use std::fmt::Debug;

use async_trait::async_trait;
use idv_core::{ObservationId, RequestId, Status, StatusSummary, Timestamp};

use super::{
    BlindIndex, DataKeyId, ObservationRow, RequestRow, SessionRow, StoreError, SubjectId,
    SubjectRow, WrappedKey,
};

/// Which requests to list. All given conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// Of this subject.
    pub subject: Option<BlindIndex>,
    /// Affecting this organization.
    pub organization: Option<idv_core::OrganizationId>,
    /// In this status.
    pub status: Option<Status>,
    /// With this summary.
    pub summary: Option<StatusSummary>,
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
