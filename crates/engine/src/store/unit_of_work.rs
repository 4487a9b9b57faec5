//! One transaction.

use async_trait::async_trait;
use idv_core::{AccountId, OrganizationId, RequestId, SessionId, SessionKey, Timestamp};

use super::{
    BlindIndex, DataKeyId, JobKind, JobRow, KeyOwner, ObservationRow, RequestRow, SessionRow,
    Settlement, StoreError, SubjectId, SubjectRow, WrappedKey,
};

/// One transaction, with the row operations the engine composes its commands from. Nothing here commits.
///
/// Every method fails with [`StoreError`] only for reasons of the database; "not there" and "already there" are
/// answers.
#[async_trait]
pub trait UnitOfWork: Send {
    /// A value of the installation itself, such as the fingerprint of the master key.
    async fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Stores such a value if there is none yet. Returns the value that is there afterwards.
    async fn meta_or_insert(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError>;

    /// The data key of an owner.
    async fn data_key_of(&mut self, owner: &KeyOwner) -> Result<Option<WrappedKey>, StoreError>;
    /// A data key by its id.
    async fn data_key(&mut self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError>;
    /// Stores a data key. False if the owner has one already; then nothing was written.
    async fn insert_data_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError>;

    /// The subject with this reference, locked until the end of the transaction against every other unit of work
    /// that asks for it.
    async fn lock_subject(&mut self, index: &BlindIndex) -> Result<Option<SubjectRow>, StoreError>;
    /// Stores a subject and locks it. False if the reference exists already; then nothing was written, and it is
    /// [`UnitOfWork::lock_subject`] that must be asked.
    async fn insert_subject(&mut self, row: &SubjectRow) -> Result<bool, StoreError>;
    /// A subject by our id.
    async fn subject(&mut self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError>;

    /// Stores a request with its affected organizations. False if the subject has an open one already; then
    /// nothing was written.
    async fn insert_request(&mut self, row: &RequestRow) -> Result<bool, StoreError>;
    /// A request, locked until the end of the transaction.
    async fn request(&mut self, id: RequestId) -> Result<Option<RequestRow>, StoreError>;
    /// The open request of a subject, locked until the end of the transaction.
    async fn open_request_of(
        &mut self,
        subject: SubjectId,
    ) -> Result<Option<RequestRow>, StoreError>;
    /// Replaces state, current session, person and time of change of a request; the rest never changes. False if
    /// that would give the subject a second open request; then nothing was written.
    async fn update_request(&mut self, row: &RequestRow) -> Result<bool, StoreError>;
    /// Adds an organization a request has consequences for. False if it was there.
    async fn add_affected_organization(
        &mut self,
        request: RequestId,
        organization: &OrganizationId,
    ) -> Result<bool, StoreError>;

    /// Stores a session. False if the account has one with this vendor id already; then nothing was written.
    async fn insert_session(&mut self, row: &SessionRow) -> Result<bool, StoreError>;
    /// A session by our key, locked until the end of the transaction.
    async fn session(&mut self, key: SessionKey) -> Result<Option<SessionRow>, StoreError>;
    /// A session by the vendor's id, locked until the end of the transaction.
    async fn session_by_vendor_id(
        &mut self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<Option<SessionRow>, StoreError>;
    /// Every session of a request, oldest first.
    async fn sessions_of(&mut self, request: RequestId) -> Result<Vec<SessionRow>, StoreError>;
    /// Replaces vendor id, state and time of change of a session. False if another session of the account has
    /// that vendor id; then nothing was written.
    async fn update_session(&mut self, row: &SessionRow) -> Result<bool, StoreError>;

    /// Adds an observation. False if this delivery has one from this source already; then nothing was written.
    async fn append_observation(&mut self, row: &ObservationRow) -> Result<bool, StoreError>;
    /// Every observation of a session, in the order of arrival. Without the raw bytes.
    async fn observations_of(
        &mut self,
        session: SessionKey,
    ) -> Result<Vec<ObservationRow>, StoreError>;

    /// Saves a step of a start under way. Saving it again replaces it.
    async fn save_checkpoint(
        &mut self,
        session: SessionKey,
        step: &str,
        value: &str,
    ) -> Result<(), StoreError>;
    /// The saved steps of a start: name and value.
    async fn checkpoints_of(
        &mut self,
        session: SessionKey,
    ) -> Result<Vec<(String, String)>, StoreError>;

    /// Ends the work on a delivery.
    async fn settle_delivery(&mut self, settlement: &Settlement) -> Result<(), StoreError>;
    /// Puts the unmatched deliveries of a vendor session back to work. Returns how many there were.
    async fn requeue_unmatched(
        &mut self,
        account: &AccountId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Stores a job.
    async fn insert_job(&mut self, row: &JobRow) -> Result<(), StoreError>;
    /// Removes the jobs of this kind for a session: what they ask for is done. No error if there is none.
    async fn finish_jobs_of(
        &mut self,
        session: SessionKey,
        kind: JobKind,
    ) -> Result<(), StoreError>;
}

/// A transaction that can be committed by whoever began it.
#[async_trait]
pub trait OwnedUnitOfWork: UnitOfWork {
    /// Makes everything durable. When this returns, it survives a power cut.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was written, as if it had been dropped.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// The row operations, for commands that take a borrowed unit of work.
    fn as_unit_of_work(&mut self) -> &mut dyn UnitOfWork;
}
