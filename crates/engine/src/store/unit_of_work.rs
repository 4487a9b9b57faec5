//! One transaction.

use async_trait::async_trait;
use idv_core::{
    AccountId, EndpointId, OrganizationId, RequestId, SessionId, SessionKey, Timestamp,
};

use super::{
    AttemptRow, BlindIndex, CommandKey, CommandKeyRow, DataKeyId, EndpointRow, ErasureRow,
    EventRow, EventSettlement, JobKind, JobRow, KeyOwner, ObservationRow, RequestRow, Sealed,
    SessionRow, Settlement, StoreError, SubjectId, SubjectRow, WrappedKey,
};

/// One transaction, with the row operations the engine composes its commands from. Nothing here commits.
///
/// Every method fails with [`StoreError`] only for reasons of the database; "not there" and "already there" are
/// answers.
///
/// Locks are taken in one order, so that no two units of work wait for each other: subject, session, request. One that
/// holds the lock of a request asks for no session's or subject's any more.
#[async_trait]
pub trait UnitOfWork: Send {
    /// A value of the installation itself, such as the fingerprint of the master key.
    async fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Stores such a value if there is none yet. Returns the value that is there afterwards.
    async fn meta_or_insert(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError>;
    /// Replaces such a value, or stores it if there is none.
    async fn replace_meta(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError>;

    /// The data key of an owner.
    async fn data_key_of(&mut self, owner: &KeyOwner) -> Result<Option<WrappedKey>, StoreError>;
    /// A data key by its id.
    async fn data_key(&mut self, id: DataKeyId) -> Result<Option<WrappedKey>, StoreError>;
    /// Stores a data key. False if the owner has one already; then nothing was written.
    async fn insert_data_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError>;
    /// Data keys that another master key than this one has wrapped, locked; at most this many. Keys that another unit
    /// of work has locked are left out.
    async fn data_keys_not_wrapped_by(
        &mut self,
        master_key_id: &str,
        limit: u32,
    ) -> Result<Vec<WrappedKey>, StoreError>;
    /// Replaces the wrapping of a data key: master key id and wrapped bytes. False if there is no such key any more.
    async fn rewrap_data_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError>;
    /// Destroys the data key of an owner. False if there was none.
    async fn delete_data_key_of(&mut self, owner: &KeyOwner) -> Result<bool, StoreError>;

    /// The subject with this reference, locked until the end of the transaction against every other unit of work
    /// that asks for it.
    async fn lock_subject(&mut self, index: &BlindIndex) -> Result<Option<SubjectRow>, StoreError>;
    /// Stores a subject and locks it. False if the reference exists already; then nothing was written, and it is
    /// [`UnitOfWork::lock_subject`] that must be asked.
    async fn insert_subject(&mut self, row: &SubjectRow) -> Result<bool, StoreError>;
    /// A subject by our id, not locked. Whoever holds the lock on a request of the subject sees whether it was erased:
    /// an erasure takes the locks of all its requests.
    async fn subject(&mut self, id: SubjectId) -> Result<Option<SubjectRow>, StoreError>;
    /// As [`UnitOfWork::lock_subject`], by our id.
    async fn lock_subject_by_id(&mut self, id: SubjectId)
    -> Result<Option<SubjectRow>, StoreError>;
    /// Writes down that a subject was erased: replaces blind index, reference and time of erasure.
    async fn erase_subject(&mut self, row: &SubjectRow) -> Result<(), StoreError>;
    /// Every request of a subject, oldest first, locked until the end of the transaction.
    async fn requests_of(&mut self, subject: SubjectId) -> Result<Vec<RequestRow>, StoreError>;
    /// Stores an erasure.
    async fn insert_erasure(&mut self, row: &ErasureRow) -> Result<(), StoreError>;

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
    /// Replaces state, current session, reason, document type, person and time of change of a request; the rest never
    /// changes. False if that would give the subject a second open request; then nothing was written.
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

    /// What the commands of a request decided, in the order in which they were given. Without the words of whoever gave
    /// them.
    async fn commands_of(&mut self, request: RequestId) -> Result<Vec<ObservationRow>, StoreError>;

    /// The keys of everything a request has announced.
    async fn event_keys_of(&mut self, request: RequestId) -> Result<Vec<String>, StoreError>;
    /// Announces something. False if the request has an event of this key already; then nothing was written.
    async fn append_event(&mut self, row: &EventRow) -> Result<bool, StoreError>;

    /// An endpoint, locked until the end of the transaction.
    async fn endpoint(&mut self, id: EndpointId) -> Result<Option<EndpointRow>, StoreError>;
    /// Replaces everything of an endpoint but its id and the time it was made. False if there is none.
    async fn update_endpoint(&mut self, row: &EndpointRow) -> Result<bool, StoreError>;
    /// Adds an attempt to the log of a delivery, and says what it means for the delivery. One that is no longer pending
    /// stays as it is; the attempt is logged all the same. One that was put back to work since it was claimed is only
    /// ended by a success. If the delivery is gone, nothing is written. Whoever needs the endpoint too asks for it
    /// first, as everybody does who touches several deliveries of it.
    async fn settle_event_delivery(
        &mut self,
        attempt: &AttemptRow,
        settlement: EventSettlement,
    ) -> Result<(), StoreError>;

    /// Claims the key of a command for this unit of work. None: it is new, and stored without an outcome. Some: the
    /// command was given before; this is what is known of it. If another unit of work has just claimed it, this waits
    /// for the end of that one.
    async fn claim_command_key(
        &mut self,
        row: &CommandKeyRow,
    ) -> Result<Option<CommandKeyRow>, StoreError>;
    /// Writes down what came of a command whose key was claimed.
    async fn finish_command(&mut self, key: &CommandKey, outcome: &str) -> Result<(), StoreError>;
    /// Forgets command keys from before this time. Returns how many.
    async fn forget_command_keys(&mut self, before: Timestamp) -> Result<u64, StoreError>;

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
    /// Replaces the body of every delivery about a vendor session that is not to be worked on any more (done, ignored,
    /// unmatched, dead). Returns how many there were.
    async fn replace_bodies_of(
        &mut self,
        account: &AccountId,
        session: &SessionId,
        body: &Sealed,
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
