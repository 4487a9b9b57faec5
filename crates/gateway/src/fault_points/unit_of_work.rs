//! Fault points around every call of a unit of work.

use idv_core::{
    AccountId, EndpointId, OrganizationId, RequestId, SessionId, SessionKey, Timestamp,
};
use idv_engine::store::{
    AttemptRow, BlindIndex, CommandKey, CommandKeyRow, DataKeyId, EndpointRow, ErasureRow,
    EventRow, EventSettlement, JobKind, JobRow, KeyOwner, ObservationRow, OwnedUnitOfWork,
    RequestRow, Sealed, SessionRow, Settlement, StoreError, SubjectId, SubjectRow, UnitOfWork,
    WrappedKey,
};

/// A unit of work that comes past fault points.
pub(super) struct FaultyUnit(pub(super) Box<dyn OwnedUnitOfWork>);

super::with_fault_points! {
    "unit" CALLS: UnitOfWork for FaultyUnit => self.0.as_unit_of_work();
    fn meta((&mut self), name: &str) -> Option<Vec<u8>>;
    fn meta_or_insert((&mut self), name: &str, value: &[u8]) -> Vec<u8>;
    fn replace_meta((&mut self), name: &str, value: &[u8]) -> ();
    fn data_key_of((&mut self), owner: &KeyOwner) -> Option<WrappedKey>;
    fn data_key((&mut self), id: DataKeyId) -> Option<WrappedKey>;
    fn insert_data_key((&mut self), key: &WrappedKey) -> bool;
    fn data_keys_not_wrapped_by((&mut self), master_key_id: &str, limit: u32) -> Vec<WrappedKey>;
    fn rewrap_data_key((&mut self), key: &WrappedKey) -> bool;
    fn delete_data_key_of((&mut self), owner: &KeyOwner) -> bool;
    fn lock_subject((&mut self), index: &BlindIndex) -> Option<SubjectRow>;
    fn insert_subject((&mut self), row: &SubjectRow) -> bool;
    fn subject((&mut self), id: SubjectId) -> Option<SubjectRow>;
    fn lock_subject_by_id((&mut self), id: SubjectId) -> Option<SubjectRow>;
    fn erase_subject((&mut self), row: &SubjectRow) -> ();
    fn requests_of((&mut self), subject: SubjectId) -> Vec<RequestRow>;
    fn insert_erasure((&mut self), row: &ErasureRow) -> ();
    fn insert_request((&mut self), row: &RequestRow) -> bool;
    fn request((&mut self), id: RequestId) -> Option<RequestRow>;
    fn open_request_of((&mut self), subject: SubjectId) -> Option<RequestRow>;
    fn update_request((&mut self), row: &RequestRow) -> bool;
    fn add_affected_organization((&mut self), request: RequestId, organization: &OrganizationId) -> bool;
    fn insert_session((&mut self), row: &SessionRow) -> bool;
    fn session((&mut self), key: SessionKey) -> Option<SessionRow>;
    fn session_by_vendor_id((&mut self), account: &AccountId, session: &SessionId) -> Option<SessionRow>;
    fn sessions_of((&mut self), request: RequestId) -> Vec<SessionRow>;
    fn update_session((&mut self), row: &SessionRow) -> bool;
    fn append_observation((&mut self), row: &ObservationRow) -> bool;
    fn observations_of((&mut self), session: SessionKey) -> Vec<ObservationRow>;
    fn commands_of((&mut self), request: RequestId) -> Vec<ObservationRow>;
    fn event_keys_of((&mut self), request: RequestId) -> Vec<String>;
    fn append_event((&mut self), row: &EventRow) -> bool;
    fn endpoint((&mut self), id: EndpointId) -> Option<EndpointRow>;
    fn update_endpoint((&mut self), row: &EndpointRow) -> bool;
    fn settle_event_delivery((&mut self), attempt: &AttemptRow, settlement: EventSettlement) -> ();
    fn claim_command_key((&mut self), row: &CommandKeyRow) -> Option<CommandKeyRow>;
    fn finish_command((&mut self), key: &CommandKey, outcome: &str) -> ();
    fn forget_command_keys((&mut self), before: Timestamp) -> u64;
    fn save_checkpoint((&mut self), session: SessionKey, step: &str, value: &str) -> ();
    fn checkpoints_of((&mut self), session: SessionKey) -> Vec<(String, String)>;
    fn settle_delivery((&mut self), settlement: &Settlement) -> ();
    fn requeue_unmatched((&mut self), account: &AccountId, session: &SessionId, now: Timestamp) -> u64;
    fn replace_bodies_of((&mut self), account: &AccountId, session: &SessionId, body: &Sealed) -> u64;
    fn insert_job((&mut self), row: &JobRow) -> ();
    fn finish_jobs_of((&mut self), session: SessionKey, kind: JobKind) -> ();
}

/// The calls of a unit of work that somebody owns. To borrow its rows is no call to the database.
pub(super) const OWNED_CALLS: &[&str] = &["commit"];

#[async_trait::async_trait]
impl OwnedUnitOfWork for FaultyUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        super::pass("unit.commit", "before");
        let committed = self.0.commit().await;
        super::pass("unit.commit", "after");
        committed
    }

    fn as_unit_of_work(&mut self) -> &mut dyn UnitOfWork {
        self
    }
}
