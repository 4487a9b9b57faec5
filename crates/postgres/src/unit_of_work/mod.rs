//! One transaction. The statements are in the modules below, as functions over a connection.

mod deliveries;
mod jobs;
pub(crate) mod keys;
mod meta;
pub(crate) mod observations;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod subjects;

use std::fmt;
use std::ops::DerefMut;

use async_trait::async_trait;
use idv_core::{AccountId, OrganizationId, RequestId, SessionId, SessionKey, Timestamp};
use idv_engine::store::{
    BlindIndex, DataKeyId, JobKind, JobRow, KeyOwner, ObservationRow, OwnedUnitOfWork, RequestRow,
    SessionRow, Settlement, StoreError, SubjectId, SubjectRow, UnitOfWork, WrappedKey,
};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::failure::store_error;
use crate::lock;

pub(crate) use requests::RequestRecord;

/// The engine's row operations over a connection that is in a transaction: the store's own, or somebody else's
/// ([`Joined`]).
pub struct PostgresUnitOfWork<C> {
    transaction: C,
}

/// A unit of work inside a transaction that somebody else began: the engine's commands and the application's own
/// writes become durable together, or not at all.
///
/// It commits nothing and rolls nothing back. The connection must be in a transaction of isolation READ COMMITTED,
/// which is Postgres' default: at another level, what is read after a lock may be older than the lock, and the
/// engine would decide on that. The locks last until the transaction ends, so end it soon. After an error Postgres
/// refuses every further statement: roll back.
pub type Joined<'a> = PostgresUnitOfWork<&'a mut PgConnection>;

impl<'a> PostgresUnitOfWork<&'a mut PgConnection> {
    /// Joins the transaction this connection is in.
    pub const fn new(connection: &'a mut PgConnection) -> Self {
        Self {
            transaction: connection,
        }
    }
}

impl PostgresUnitOfWork<Transaction<'static, Postgres>> {
    /// A transaction of our own. Dropped, it is rolled back before anybody else gets the connection.
    pub(crate) const fn own(transaction: Transaction<'static, Postgres>) -> Self {
        Self { transaction }
    }
}

impl<C> fmt::Debug for PostgresUnitOfWork<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUnitOfWork(..)")
    }
}

#[async_trait]
impl OwnedUnitOfWork for PostgresUnitOfWork<Transaction<'static, Postgres>> {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.transaction.commit().await.map_err(store_error)
    }

    fn as_unit_of_work(&mut self) -> &mut dyn UnitOfWork {
        self
    }
}

#[async_trait]
impl<C> UnitOfWork for PostgresUnitOfWork<C>
where
    C: DerefMut<Target = PgConnection> + Send,
{
    async fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        meta::get(&mut self.transaction, name).await
    }

    async fn meta_or_insert(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        meta::get_or_insert(&mut self.transaction, name, value).await
    }

    async fn data_key_of(&mut self, owner: &KeyOwner) -> Result<Option<WrappedKey>, StoreError> {
        keys::of_owner(&mut self.transaction, owner).await
    }

    async fn data_key(&mut self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError> {
        keys::get(&mut self.transaction, id).await
    }

    async fn insert_data_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError> {
        keys::insert(&mut self.transaction, key).await
    }

    async fn lock_subject(&mut self, index: &BlindIndex) -> Result<Option<SubjectRow>, StoreError> {
        if !lock::subject_of_index(&mut self.transaction, index).await? {
            return Ok(None);
        }
        subjects::by_blind_index(&mut self.transaction, index).await
    }

    async fn insert_subject(&mut self, row: &SubjectRow) -> Result<bool, StoreError> {
        subjects::insert(&mut self.transaction, row).await
    }

    async fn subject(&mut self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError> {
        subjects::get(&mut self.transaction, id).await
    }

    async fn insert_request(&mut self, row: &RequestRow) -> Result<bool, StoreError> {
        lock::subject(&mut self.transaction, row.subject).await?;
        requests::insert(&mut self.transaction, row).await
    }

    async fn request(&mut self, id: RequestId) -> Result<Option<RequestRow>, StoreError> {
        if !lock::subject_of_request(&mut self.transaction, id).await? {
            return Ok(None);
        }
        requests::get(&mut self.transaction, id).await
    }

    async fn open_request_of(
        &mut self,
        subject: SubjectId,
    ) -> Result<Option<RequestRow>, StoreError> {
        lock::subject(&mut self.transaction, subject).await?;
        requests::open_of(&mut self.transaction, subject).await
    }

    async fn update_request(&mut self, row: &RequestRow) -> Result<bool, StoreError> {
        requests::update(&mut self.transaction, row).await
    }

    async fn add_affected_organization(
        &mut self,
        request: RequestId,
        organization: &OrganizationId,
    ) -> Result<bool, StoreError> {
        requests::add_affected_organization(&mut self.transaction, request, organization).await
    }

    async fn insert_session(&mut self, row: &SessionRow) -> Result<bool, StoreError> {
        sessions::insert(&mut self.transaction, row).await
    }

    async fn session(&mut self, key: SessionKey) -> Result<Option<SessionRow>, StoreError> {
        if !lock::subject_of_session(&mut self.transaction, key).await? {
            return Ok(None);
        }
        sessions::get(&mut self.transaction, key).await
    }

    async fn session_by_vendor_id(
        &mut self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<Option<SessionRow>, StoreError> {
        sessions::lock_by_vendor_id(&mut self.transaction, account, session).await
    }

    async fn sessions_of(&mut self, request: RequestId) -> Result<Vec<SessionRow>, StoreError> {
        lock::subject_of_request(&mut self.transaction, request).await?;
        sessions::of_request(&mut self.transaction, request).await
    }

    async fn update_session(&mut self, row: &SessionRow) -> Result<bool, StoreError> {
        sessions::update(&mut self.transaction, row).await
    }

    async fn append_observation(&mut self, row: &ObservationRow) -> Result<bool, StoreError> {
        observations::append(&mut self.transaction, row).await
    }

    async fn observations_of(
        &mut self,
        session: SessionKey,
    ) -> Result<Vec<ObservationRow>, StoreError> {
        observations::of_session(&mut self.transaction, session).await
    }

    async fn save_checkpoint(
        &mut self,
        session: SessionKey,
        step: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        sessions::save_checkpoint(&mut self.transaction, session, step, value).await
    }

    async fn checkpoints_of(
        &mut self,
        session: SessionKey,
    ) -> Result<Vec<(String, String)>, StoreError> {
        sessions::checkpoints_of(&mut self.transaction, session).await
    }

    async fn settle_delivery(&mut self, settlement: &Settlement) -> Result<(), StoreError> {
        deliveries::settle(&mut self.transaction, settlement).await
    }

    async fn requeue_unmatched(
        &mut self,
        account: &AccountId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        deliveries::requeue_unmatched(&mut self.transaction, account, session, now).await
    }

    async fn insert_job(&mut self, row: &JobRow) -> Result<(), StoreError> {
        jobs::insert(&mut self.transaction, row).await
    }

    async fn finish_jobs_of(
        &mut self,
        session: SessionKey,
        kind: JobKind,
    ) -> Result<(), StoreError> {
        jobs::finish_of(&mut self.transaction, session, kind).await
    }
}
