//! The requests somebody acts upon: those that are not finished, and the one that counts for a subject or an
//! organization.

use std::time::Duration;

use idv_core::{OrganizationId, RequestId, StatusSummary, SubjectRef};

use super::{RequestQuery, RequestView};
use crate::Engine;
use crate::account::Environment;
use crate::error::QueryError;
use crate::store::{Page, PageRequest};

impl Engine {
    /// Requests that are open and older than this, newest first. Environment: as in [`RequestQuery`].
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn find_uncompleted(
        &self,
        older_than: Duration,
        environment: Option<Environment>,
        page: PageRequest<RequestId>,
    ) -> Result<Page<RequestView, RequestId>, QueryError> {
        let before = self.now().minus(older_than);
        self.requests(RequestQuery {
            environment,
            open: Some(true),
            created_before: Some(before),
            after: page.after,
            limit: page.limit,
            ..RequestQuery::default()
        })
        .await
    }

    /// The newest request of a subject that was not cancelled.
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn last_active_for_subject(
        &self,
        subject: SubjectRef,
        environment: Option<Environment>,
    ) -> Result<Option<RequestView>, QueryError> {
        self.newest(RequestQuery {
            subject: Some(subject),
            environment,
            not_cancelled: true,
            ..RequestQuery::default()
        })
        .await
    }

    /// The request that counts for an organization, among all that have consequences for it: the newest that passed,
    /// whenever that was; else the newest that was not cancelled. Environment: as in [`RequestQuery`].
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn last_active_for_organization(
        &self,
        organization: &OrganizationId,
        environment: Option<Environment>,
    ) -> Result<Option<RequestView>, QueryError> {
        let affecting = RequestQuery {
            organization: Some(organization.clone()),
            environment,
            ..RequestQuery::default()
        };
        let passed = self
            .newest(RequestQuery {
                summary: Some(StatusSummary::Passed),
                ..affecting.clone()
            })
            .await?;
        match passed {
            Some(passed) => Ok(Some(passed)),
            None => {
                self.newest(RequestQuery {
                    not_cancelled: true,
                    ..affecting
                })
                .await
            }
        }
    }

    async fn newest(&self, mut query: RequestQuery) -> Result<Option<RequestView>, QueryError> {
        query.limit = 1;
        Ok(self.requests(query).await?.rows.pop())
    }
}
