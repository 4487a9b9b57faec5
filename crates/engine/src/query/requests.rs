//! One request, or many.

use idv_core::{OrganizationId, RequestId, Status, StatusSummary, SubjectRef, Timestamp};

use super::RequestView;
use crate::Engine;
use crate::account::Environment;
use crate::error::QueryError;
use crate::store::{Page, PageRequest, RequestFilter};

/// Which requests to list. All given conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct RequestQuery {
    /// Of this subject.
    pub subject: Option<SubjectRef>,
    /// In this environment: nothing of the sandbox ever stands for a real person or organization. None means live,
    /// unless every account is of the sandbox. A request that was written before this was kept is in any.
    pub environment: Option<Environment>,
    /// Affecting this organization.
    pub organization: Option<OrganizationId>,
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
    /// The last id of the page before.
    pub after: Option<RequestId>,
    /// At most this many; 1 to 100.
    pub limit: u32,
}

impl Engine {
    /// A request by its id.
    ///
    /// # Errors
    /// [`QueryError`] if the database failed or a stored value did not open.
    pub async fn request(&self, id: RequestId) -> Result<Option<RequestView>, QueryError> {
        match self.inner.store.reads().request(id).await? {
            Some(row) => self.view(row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Requests, newest first.
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn requests(
        &self,
        query: RequestQuery,
    ) -> Result<Page<RequestView, RequestId>, QueryError> {
        let environment = query
            .environment
            .unwrap_or_else(|| self.usual_environment());
        let filter = RequestFilter {
            subject: query
                .subject
                .map(|subject| self.inner.keys.blind_index(environment, &subject)),
            environment: Some(environment),
            organization: query.organization,
            status: query.status,
            summary: query.summary,
            open: query.open,
            not_cancelled: query.not_cancelled,
            updated_before: query.updated_before,
            created_before: query.created_before,
            created_after: query.created_after,
        };
        let page = PageRequest {
            after: query.after,
            limit: query.limit.clamp(1, 100),
        };
        let found = self.inner.store.reads().requests(&filter, page).await?;
        let mut rows = Vec::with_capacity(found.rows.len());
        for row in found.rows {
            rows.push(self.view(row).await?);
        }
        Ok(Page {
            rows,
            next: found.next,
        })
    }

    pub(crate) fn usual_environment(&self) -> Environment {
        let mut accounts = self.inner.accounts.iter().peekable();
        let has_accounts = accounts.peek().is_some();
        if has_accounts && accounts.all(|account| account.environment == Environment::Sandbox) {
            Environment::Sandbox
        } else {
            Environment::Live
        }
    }
}
