//! One transaction. The statements are in the modules below, as functions over a connection.

mod commands;
mod deliveries;
pub(crate) mod endpoints;
pub(crate) mod erasures;
mod event_deliveries;
pub(crate) mod events;
mod jobs;
mod joined;
pub(crate) mod keys;
mod meta;
pub(crate) mod observations;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod subjects;

use std::fmt;

use async_trait::async_trait;
use idv_core::{
    AccountId, EndpointId, OrganizationId, RequestId, SessionId, SessionKey, Timestamp,
};
use idv_engine::store::{
    AttemptRow, BlindIndex, CommandKey, CommandKeyRow, DataKeyId, EndpointRow, ErasureRow,
    EventRow, EventSettlement, JobKind, JobRow, KeyOwner, ObservationRow, OwnedUnitOfWork,
    RequestRow, Sealed, SessionRow, Settlement, StoreError, SubjectId, SubjectRow, UnitOfWork,
    WrappedKey,
};

use crate::lock;
use crate::rollbacks::OwnTransaction;

pub use joined::Joined;
use joined::Ready;
pub(crate) use requests::RequestRecord;

/// A transaction and the engine's row operations in it. Which locks they take is told in the module `lock`.
/// `C` is the store's own transaction, or a connection of the application that is in one ([`Joined`]).
pub struct PostgresUnitOfWork<C> {
    connection: C,
}

/// A unit of work over a transaction of its own. Dropped, it is rolled back before anybody else gets the connection.
pub(crate) type Owned = PostgresUnitOfWork<OwnTransaction>;

impl Owned {
    pub(crate) const fn own(transaction: OwnTransaction) -> Self {
        Self {
            connection: transaction,
        }
    }
}

impl<C> fmt::Debug for PostgresUnitOfWork<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUnitOfWork(..)")
    }
}

#[async_trait]
impl OwnedUnitOfWork for Owned {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.connection.commit().await
    }

    fn as_unit_of_work(&mut self) -> &mut dyn UnitOfWork {
        self
    }
}

#[async_trait]
impl<C> UnitOfWork for PostgresUnitOfWork<C>
where
    C: Ready,
{
    async fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        meta::get(self.connection.ready().await?, name).await
    }

    async fn meta_or_insert(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        meta::get_or_insert(self.connection.ready().await?, name, value).await
    }

    async fn replace_meta(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        meta::replace(self.connection.ready().await?, name, value).await
    }

    async fn data_key_of(&mut self, owner: &KeyOwner) -> Result<Option<WrappedKey>, StoreError> {
        keys::of_owner(self.connection.ready().await?, owner).await
    }

    async fn data_key(&mut self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError> {
        keys::get(self.connection.ready().await?, id).await
    }

    async fn insert_data_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError> {
        keys::insert(self.connection.ready().await?, key).await
    }

    async fn data_keys_not_wrapped_by(
        &mut self,
        master_key_id: &str,
        limit: u32,
    ) -> Result<Vec<WrappedKey>, StoreError> {
        keys::not_wrapped_by(self.connection.ready().await?, master_key_id, limit).await
    }

    async fn rewrap_data_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError> {
        keys::rewrap(self.connection.ready().await?, key).await
    }

    async fn delete_data_key_of(&mut self, owner: &KeyOwner) -> Result<bool, StoreError> {
        keys::delete_of(self.connection.ready().await?, owner).await
    }

    async fn lock_subject(&mut self, index: &BlindIndex) -> Result<Option<SubjectRow>, StoreError> {
        if !lock::subject_of_index(self.connection.ready().await?, index).await? {
            return Ok(None);
        }
        subjects::by_blind_index(self.connection.ready().await?, index).await
    }

    async fn insert_subject(&mut self, row: &SubjectRow) -> Result<bool, StoreError> {
        subjects::insert(self.connection.ready().await?, row).await
    }

    async fn subject(&mut self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError> {
        subjects::get(self.connection.ready().await?, id).await
    }

    async fn lock_subject_by_id(
        &mut self,
        id: SubjectId,
    ) -> Result<Option<SubjectRow>, StoreError> {
        if !lock::subject(self.connection.ready().await?, id).await? {
            return Ok(None);
        }
        subjects::get(self.connection.ready().await?, id).await
    }

    async fn erase_subject(&mut self, row: &SubjectRow) -> Result<(), StoreError> {
        subjects::erase(self.connection.ready().await?, row).await
    }

    async fn requests_of(&mut self, subject: SubjectId) -> Result<Vec<RequestRow>, StoreError> {
        lock::subject(self.connection.ready().await?, subject).await?;
        requests::of_subject(self.connection.ready().await?, subject).await
    }

    async fn insert_erasure(&mut self, row: &ErasureRow) -> Result<(), StoreError> {
        erasures::insert(self.connection.ready().await?, row).await
    }

    async fn insert_request(&mut self, row: &RequestRow) -> Result<bool, StoreError> {
        lock::subject(self.connection.ready().await?, row.subject).await?;
        requests::insert(self.connection.ready().await?, row).await
    }

    async fn request(&mut self, id: RequestId) -> Result<Option<RequestRow>, StoreError> {
        if !lock::subject_of_request(self.connection.ready().await?, id).await? {
            return Ok(None);
        }
        requests::get(self.connection.ready().await?, id).await
    }

    async fn open_request_of(
        &mut self,
        subject: SubjectId,
    ) -> Result<Option<RequestRow>, StoreError> {
        if !lock::subject(self.connection.ready().await?, subject).await? {
            return Ok(None);
        }
        requests::open_of(self.connection.ready().await?, subject).await
    }

    async fn update_request(&mut self, row: &RequestRow) -> Result<bool, StoreError> {
        requests::update(self.connection.ready().await?, row).await
    }

    async fn add_affected_organization(
        &mut self,
        request: RequestId,
        organization: &OrganizationId,
    ) -> Result<bool, StoreError> {
        requests::add_affected_organization(self.connection.ready().await?, request, organization)
            .await
    }

    async fn insert_session(&mut self, row: &SessionRow) -> Result<bool, StoreError> {
        sessions::insert(self.connection.ready().await?, row).await
    }

    async fn session(&mut self, key: SessionKey) -> Result<Option<SessionRow>, StoreError> {
        if !lock::subject_of_session(self.connection.ready().await?, key).await? {
            return Ok(None);
        }
        sessions::get(self.connection.ready().await?, key).await
    }

    async fn session_by_vendor_id(
        &mut self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<Option<SessionRow>, StoreError> {
        sessions::lock_by_vendor_id(self.connection.ready().await?, account, session).await
    }

    async fn sessions_of(&mut self, request: RequestId) -> Result<Vec<SessionRow>, StoreError> {
        lock::subject_of_request(self.connection.ready().await?, request).await?;
        sessions::of_request(self.connection.ready().await?, request).await
    }

    async fn update_session(&mut self, row: &SessionRow) -> Result<bool, StoreError> {
        sessions::update(self.connection.ready().await?, row).await
    }

    async fn append_observation(&mut self, row: &ObservationRow) -> Result<bool, StoreError> {
        observations::append(self.connection.ready().await?, row).await
    }

    async fn observations_of(
        &mut self,
        session: SessionKey,
    ) -> Result<Vec<ObservationRow>, StoreError> {
        observations::of_session(self.connection.ready().await?, session).await
    }

    async fn commands_of(&mut self, request: RequestId) -> Result<Vec<ObservationRow>, StoreError> {
        observations::commands_of(self.connection.ready().await?, request).await
    }

    async fn event_keys_of(&mut self, request: RequestId) -> Result<Vec<String>, StoreError> {
        events::keys_of(self.connection.ready().await?, request).await
    }

    async fn append_event(&mut self, row: &EventRow) -> Result<bool, StoreError> {
        events::append(self.connection.ready().await?, row).await
    }

    async fn endpoint(&mut self, id: EndpointId) -> Result<Option<EndpointRow>, StoreError> {
        let connection = self.connection.ready().await?;
        if !lock::endpoint(connection, id).await? {
            return Ok(None);
        }
        endpoints::get(connection, id).await
    }

    async fn update_endpoint(&mut self, row: &EndpointRow) -> Result<bool, StoreError> {
        endpoints::update(self.connection.ready().await?, row).await
    }

    async fn settle_event_delivery(
        &mut self,
        attempt: &AttemptRow,
        settlement: EventSettlement,
    ) -> Result<(), StoreError> {
        event_deliveries::settle(self.connection.ready().await?, attempt, settlement).await
    }

    async fn claim_command_key(
        &mut self,
        row: &CommandKeyRow,
    ) -> Result<Option<CommandKeyRow>, StoreError> {
        commands::claim(self.connection.ready().await?, row).await
    }

    async fn finish_command(&mut self, key: &CommandKey, outcome: &str) -> Result<(), StoreError> {
        commands::finish(self.connection.ready().await?, key, outcome).await
    }

    async fn forget_command_keys(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        commands::forget(self.connection.ready().await?, before).await
    }

    async fn save_checkpoint(
        &mut self,
        session: SessionKey,
        step: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        sessions::save_checkpoint(self.connection.ready().await?, session, step, value).await
    }

    async fn checkpoints_of(
        &mut self,
        session: SessionKey,
    ) -> Result<Vec<(String, String)>, StoreError> {
        sessions::checkpoints_of(self.connection.ready().await?, session).await
    }

    async fn settle_delivery(&mut self, settlement: &Settlement) -> Result<(), StoreError> {
        deliveries::settle(self.connection.ready().await?, settlement).await
    }

    async fn requeue_unmatched(
        &mut self,
        account: &AccountId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        deliveries::requeue_unmatched(self.connection.ready().await?, account, session, now).await
    }

    async fn replace_bodies_of(
        &mut self,
        account: &AccountId,
        session: &SessionId,
        body: &Sealed,
    ) -> Result<u64, StoreError> {
        deliveries::replace_bodies_of(self.connection.ready().await?, account, session, body).await
    }

    async fn insert_job(&mut self, row: &JobRow) -> Result<(), StoreError> {
        jobs::insert(self.connection.ready().await?, row).await
    }

    async fn finish_jobs_of(
        &mut self,
        session: SessionKey,
        kind: JobKind,
    ) -> Result<(), StoreError> {
        jobs::finish_of(self.connection.ready().await?, session, kind).await
    }
}
