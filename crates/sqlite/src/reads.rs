//! Reads outside a transaction.

use async_trait::async_trait;
use idv_core::{AccountId, ErasureId, ObservationId, RequestId, SessionKey, Timestamp};
use idv_engine::store::{
    DataKeyId, ErasureRow, EventRow, ObservationRow, Page, PageRequest, Reads, RequestFilter,
    RequestRow, Sealed, SessionRow, StoreError, SubjectId, SubjectRow, WrappedKey,
};
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;

use crate::begin::begin_read;
use crate::failure::store_error;
use crate::page::{page_of, probe};
use crate::unit_of_work::{erasures, events, keys, observations, requests, sessions, subjects};
use crate::{SqliteStore, request_list};

impl SqliteStore {
    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.readers.acquire().await.map_err(store_error)
    }
}

#[async_trait]
impl Reads for SqliteStore {
    async fn request(&self, id: RequestId) -> Result<Option<RequestRow>, StoreError> {
        requests::get(&mut *self.reader().await?, id).await
    }

    async fn requests(
        &self,
        filter: &RequestFilter,
        page: PageRequest<RequestId>,
    ) -> Result<Page<RequestRow, RequestId>, StoreError> {
        request_list::list(&self.readers, filter, page).await
    }

    async fn sessions_of(&self, request: RequestId) -> Result<Vec<SessionRow>, StoreError> {
        sessions::of_request(&mut *self.reader().await?, request).await
    }

    async fn observations_of(
        &self,
        request: RequestId,
        page: PageRequest<ObservationId>,
    ) -> Result<Page<ObservationRow, ObservationId>, StoreError> {
        let mut reader = self.reader().await?;
        let found =
            observations::of_request(&mut reader, request, page.after, probe(page.limit)).await?;
        Ok(page_of(found, page.limit, |row| row.id))
    }

    async fn commands_of(&self, request: RequestId) -> Result<Vec<ObservationRow>, StoreError> {
        let mut transaction = begin_read(&self.readers).await?;
        let found = observations::commands_with_words_of(&mut transaction, request).await?;
        transaction.rollback().await.map_err(store_error)?;
        Ok(found)
    }

    async fn raw_of(&self, observation: ObservationId) -> Result<Option<Sealed>, StoreError> {
        observations::raw_of(&mut *self.reader().await?, observation).await
    }

    async fn sessions_of_account(
        &self,
        account: &AccountId,
        page: PageRequest<SessionKey>,
    ) -> Result<Page<SessionRow, SessionKey>, StoreError> {
        let mut reader = self.reader().await?;
        let found =
            sessions::of_account(&mut reader, account, page.after, probe(page.limit)).await?;
        Ok(page_of(found, page.limit, |row| row.key))
    }

    async fn events_of(&self, request: RequestId) -> Result<Vec<EventRow>, StoreError> {
        events::of_request(&mut *self.reader().await?, request).await
    }

    async fn erasure(&self, id: ErasureId) -> Result<Option<ErasureRow>, StoreError> {
        erasures::get(&mut *self.reader().await?, id).await
    }

    async fn subjects_at_rest_since(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<SubjectId>, StoreError> {
        subjects::at_rest_since(&mut *self.reader().await?, before, limit).await
    }

    async fn data_keys_by_master_key(&self) -> Result<Vec<(String, u64)>, StoreError> {
        keys::by_master_key(&mut *self.reader().await?).await
    }

    async fn subject(&self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError> {
        subjects::get(&mut *self.reader().await?, id).await
    }

    async fn data_key(&self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError> {
        keys::get(&mut *self.reader().await?, id).await
    }
}
