//! Rows to store. Nobody in them exists.

use std::sync::Arc;

use idv_core::webhook::{DeduplicationKey, Receipt, Strength};
use idv_core::{
    AccountId, DeliveryId, Kind, Mapped, ObservationId, ProviderId, RequestId, RequestState,
    SessionId, SessionKey, Status, Timestamp,
};
use uuid::Uuid;

use crate::account::Environment;
use crate::fold::SessionState;
use crate::store::{
    BlindIndex, DataKeyId, KeyOwner, NewDelivery, ObservationRow, ObservationSource,
    OwnedUnitOfWork, RequestRow, Sealed, SessionRow, Store, SubjectId, SubjectRow, WrappedKey,
};

/// A moment, in seconds after one that is fixed.
pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(1_795_000_000 + secs)
}

pub(super) fn sealed(text: &str) -> Sealed {
    Sealed::from_bytes(text.as_bytes().to_vec())
}

pub(super) fn account() -> AccountId {
    AccountId::from("acme-eu")
}

pub(super) fn index(number: u8) -> BlindIndex {
    BlindIndex([number; 32])
}

pub(super) fn subject(number: u8) -> SubjectRow {
    SubjectRow {
        id: SubjectId(Uuid::from_u128(u128::from(number) + 1)),
        blind_index: index(number),
        reference: sealed("the reference"),
        created_at: at(0),
        erased_at: None,
    }
}

/// A data key; the bytes tell which.
pub(super) fn data_key(number: u128, owner: &KeyOwner, master_key_id: &str) -> WrappedKey {
    WrappedKey {
        id: DataKeyId(Uuid::from_u128(number)),
        owner: owner.clone(),
        master_key_id: master_key_id.to_owned(),
        wrapped: number.to_be_bytes().to_vec(),
        created_at: at(3),
    }
}

/// An open request, made at this second.
pub(super) fn request(subject: SubjectId, secs: i64) -> RequestRow {
    RequestRow {
        id: RequestId::new(at(secs)),
        subject,
        environment: Some(Environment::Live),
        organization: None,
        affected_organizations: Vec::new(),
        reason: None,
        document_type: None,
        person: None,
        state: RequestState::created(),
        current_session: None,
        created_at: at(secs),
        updated_at: at(secs),
    }
}

/// A state with this status and nothing else.
pub(super) fn state(status: Status) -> RequestState {
    let mut state = RequestState::created();
    state.status = status;
    state
}

pub(super) fn session(request: RequestId, secs: i64) -> SessionRow {
    SessionRow {
        key: SessionKey::new(at(secs)),
        request,
        account: account(),
        provider: ProviderId::from("fake"),
        session_id: None,
        idempotency_key: format!("key-{secs}"),
        intent: None,
        state: SessionState::created(),
        created_at: at(secs),
        updated_at: at(secs),
    }
}

pub(super) fn mapped(status: Status) -> Mapped {
    let mut mapped = Mapped::new(ProviderId::from("fake"), Kind::Session, 1);
    mapped.status = Some(status);
    mapped
}

pub(super) fn observation(
    request: RequestId,
    session: Option<SessionKey>,
    secs: i64,
) -> ObservationRow {
    ObservationRow {
        id: ObservationId::new(at(secs)),
        request,
        session,
        source: ObservationSource::Fetch,
        what: crate::words::SESSION_FETCHED.to_owned(),
        observed_at: at(secs),
        as_of: at(secs),
        delivery: None,
        vendor_time: None,
        mapped: None,
        actor: None,
        command: None,
        raw: None,
    }
}

/// A delivery of [`account`] that arrived at this second.
pub(super) fn delivery(event: &str, secs: i64) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(at(secs)),
        account: account(),
        receipt: Receipt {
            scheme: "hmac-sha256-timestamped".to_owned(),
            key: "current".to_owned(),
            signed_at: Some(at(secs - 1)),
            deduplication_key: DeduplicationKey::event_id(event),
            strength: Strength::Signed {
                replay_window_secs: Some(300),
            },
            received_at: at(secs),
        },
        body: sealed(event),
        session: None,
        trace: None,
        wake_on_duplicate: false,
    }
}

/// The same, about this session.
pub(super) fn about(session: &str, event: &str, secs: i64) -> NewDelivery {
    NewDelivery {
        session: Some(SessionId::from(session)),
        ..delivery(event, secs)
    }
}

pub(super) async fn begin(store: &Arc<dyn Store>) -> Box<dyn OwnedUnitOfWork> {
    store.begin().await.unwrap()
}

/// Stores a subject.
pub(super) async fn with_subject(store: &Arc<dyn Store>, number: u8) -> SubjectId {
    let row = subject(number);
    let mut unit = begin(store).await;
    assert!(unit.insert_subject(&row).await.unwrap());
    unit.commit().await.unwrap();
    row.id
}

/// Stores a subject with an open request and a session that the vendor knows by this id.
pub(super) async fn with_session(store: &Arc<dyn Store>, vendor_id: &str) -> SessionRow {
    let subject = with_subject(store, 1).await;
    let mut request = request(subject, 0);
    let mut session = session(request.id, 0);
    session.session_id = Some(SessionId::from(vendor_id));
    let mut unit = begin(store).await;
    assert!(unit.insert_request(&request).await.unwrap());
    assert!(unit.insert_session(&session).await.unwrap());
    request.current_session = Some(session.key);
    assert!(unit.update_request(&request).await.unwrap());
    unit.commit().await.unwrap();
    session
}
