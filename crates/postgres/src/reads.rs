//! Reads outside a transaction.

use async_trait::async_trait;
use idv_core::{ObservationId, RequestId};
use idv_engine::store::{
    DataKeyId, ObservationRow, Page, PageRequest, Reads, RequestFilter, RequestRow, SessionRow,
    StoreError, SubjectId, SubjectRow, WrappedKey,
};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;

use crate::failure::store_error;
use crate::page::{page_of, probe};
use crate::unit_of_work::{keys, observations, requests, sessions, subjects};
use crate::{PostgresStore, request_list};

impl PostgresStore {
    pub(crate) async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        self.pool.acquire().await.map_err(store_error)
    }
}

#[async_trait]
impl Reads for PostgresStore {
    async fn request(&self, id: RequestId) -> Result<Option<RequestRow>, StoreError> {
        requests::get(&mut *self.connection().await?, id).await
    }

    async fn requests(
        &self,
        filter: &RequestFilter,
        page: PageRequest<RequestId>,
    ) -> Result<Page<RequestRow, RequestId>, StoreError> {
        request_list::list(&self.pool, filter, page).await
    }

    async fn sessions_of(&self, request: RequestId) -> Result<Vec<SessionRow>, StoreError> {
        sessions::of_request(&mut *self.connection().await?, request).await
    }

    async fn observations_of(
        &self,
        request: RequestId,
        page: PageRequest<ObservationId>,
    ) -> Result<Page<ObservationRow, ObservationId>, StoreError> {
        let mut reader = self.connection().await?;
        let found =
            observations::of_request(&mut reader, request, page.after, probe(page.limit)).await?;
        Ok(page_of(found, page.limit, |row| row.id))
    }

    async fn subject(&self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError> {
        subjects::get(&mut *self.connection().await?, id).await
    }

    async fn data_key(&self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError> {
        keys::get(&mut *self.connection().await?, id).await
    }
}
