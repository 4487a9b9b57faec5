//! Rows to store. Nobody in them exists.

use idv_core::webhook::{DeduplicationKey, Receipt, Strength};
use idv_core::{
    AccountId, DeliveryId, ProviderId, RequestId, RequestState, SessionId, SessionKey, Timestamp,
};
use idv_engine::Environment;
use idv_engine::fold::SessionState;
use idv_engine::store::{
    BlindIndex, NewDelivery, OwnedUnitOfWork, RequestRow, Sealed, SessionRow, Store as _,
    SubjectId, SubjectRow,
};
use uuid::Uuid;

use crate::PostgresStore;

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(1_795_000_000 + secs)
}

pub(super) fn account() -> AccountId {
    AccountId::from("acme-eu")
}

pub(super) fn subject(number: u8) -> SubjectRow {
    SubjectRow {
        id: SubjectId(Uuid::from_u128(u128::from(number) + 1)),
        blind_index: BlindIndex([number; 32]),
        reference: Sealed::from_bytes(vec![number; 40]),
        created_at: at(0),
        erased_at: None,
    }
}

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

pub(super) fn session(request: RequestId, vendor_id: Option<&str>) -> SessionRow {
    let key = SessionKey::new(at(0));
    SessionRow {
        key,
        request,
        account: account(),
        provider: ProviderId::from("fake"),
        session_id: vendor_id.map(SessionId::from),
        idempotency_key: format!("key-{key}"),
        intent: None,
        state: SessionState::created(),
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(super) fn delivery(event: &str) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(at(0)),
        account: account(),
        receipt: Receipt {
            scheme: "hmac-sha256-timestamped".to_owned(),
            key: "current".to_owned(),
            signed_at: Some(at(0)),
            deduplication_key: DeduplicationKey::event_id(event),
            strength: Strength::Signed {
                replay_window_secs: Some(300),
            },
            received_at: at(0),
        },
        body: Sealed::from_bytes(event.as_bytes().to_vec()),
        session: None,
        trace: None,
        wake_on_duplicate: false,
    }
}

pub(super) async fn begin(store: &PostgresStore) -> Box<dyn OwnedUnitOfWork> {
    store.begin().await.unwrap()
}

/// Stores a subject with an open request and a session whose vendor id is not known yet.
pub(super) async fn with_session(store: &PostgresStore, number: u8) -> SessionRow {
    let subject = subject(number);
    let mut request = request(subject.id, 0);
    let session = session(request.id, None);
    let mut unit = begin(store).await;
    assert!(unit.insert_subject(&subject).await.unwrap());
    assert!(unit.insert_request(&request).await.unwrap());
    assert!(unit.insert_session(&session).await.unwrap());
    request.current_session = Some(session.key);
    assert!(unit.update_request(&request).await.unwrap());
    unit.commit().await.unwrap();
    session
}
