//! Erasing a person, and what is left.

use std::slice::from_ref;
use std::sync::Arc;

use idv_core::{AccountId, Actor, ErasureId, RequestId, SessionId, SessionKey, Status};
use uuid::Uuid;

use super::deliveries::{append, found, settle, settlement};
use super::sample::{
    account, at, begin, data_key, delivery, index, request, sealed, state, subject, with_session,
    with_subject,
};
use crate::store::{
    DataKeyId, DeliveryState, ErasedSession, ErasureReceipt, ErasureRow, KeyOwner, Sealed, Store,
    SubjectId, SubjectRow,
};

/// What is left of a subject.
fn erased(number: u8, secs: i64) -> SubjectRow {
    SubjectRow {
        blind_index: index(number + 200),
        reference: Sealed::from_bytes(Vec::new()),
        erased_at: Some(at(secs)),
        ..subject(number)
    }
}

async fn erase(store: &Arc<dyn Store>, number: u8) {
    let mut unit = begin(store).await;
    unit.erase_subject(&erased(number, 50)).await.unwrap();
    unit.commit().await.unwrap();
}

pub(super) async fn an_erased_subject_is_found_no_more(store: Arc<dyn Store>) {
    with_subject(&store, 1).await;
    with_subject(&store, 2).await;
    let mut unit = begin(&store).await;
    unit.erase_subject(&erased(1, 50)).await.unwrap();
    drop(unit);
    let mut unit = begin(&store).await;
    assert!(
        unit.lock_subject(&index(1)).await.unwrap().is_some(),
        "not yet"
    );
    unit.erase_subject(&erased(1, 50)).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert!(unit.lock_subject(&index(1)).await.unwrap().is_none());
    let left = unit.subject(subject(1).id).await.unwrap().unwrap();
    assert_eq!(left.blind_index, erased(1, 50).blind_index);
    assert_eq!(format!("{left:?}"), format!("{:?}", erased(1, 50)));
    assert!(left.reference.as_bytes().is_empty());
    let other = unit.lock_subject(&index(2)).await.unwrap().unwrap();
    assert_eq!((other.id, other.erased_at), (subject(2).id, None));
    assert_eq!(other.reference, subject(2).reference);
}

pub(super) async fn an_erased_reference_is_somebody_new(store: Arc<dyn Store>) {
    let old = with_subject(&store, 1).await;
    let mut unit = begin(&store).await;
    let mut new = subject(1);
    new.id = SubjectId(Uuid::from_u128(77));
    assert!(!unit.insert_subject(&new).await.unwrap());
    unit.erase_subject(&erased(1, 50)).await.unwrap();
    assert!(unit.insert_subject(&new).await.unwrap());
    assert!(unit.insert_request(&request(new.id, 1)).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    let found = unit.lock_subject(&index(1)).await.unwrap().unwrap();
    assert_eq!((found.id, found.erased_at), (new.id, None));
    assert!(unit.requests_of(old).await.unwrap().is_empty());
}

pub(super) async fn a_destroyed_data_key_is_gone(store: Arc<dyn Store>) {
    let of_subject = KeyOwner::Subject(with_subject(&store, 1).await);
    let of_another = KeyOwner::Subject(with_subject(&store, 2).await);
    let of_account = KeyOwner::Account(account());
    let of_another_account = KeyOwner::Account(AccountId::from("acme-us"));
    let others = [&of_another, &of_account, &of_another_account];
    let mut unit = begin(&store).await;
    assert!(!unit.delete_data_key_of(&of_subject).await.unwrap());
    for (number, owner) in (1..).zip([&of_subject].into_iter().chain(others)) {
        let key = data_key(number, owner, "master-1");
        assert!(unit.insert_data_key(&key).await.unwrap());
    }
    unit.commit().await.unwrap();
    let id = DataKeyId(Uuid::from_u128(1));
    let mut unit = begin(&store).await;
    assert!(unit.delete_data_key_of(&of_subject).await.unwrap());
    drop(unit);
    assert!(store.reads().data_key(id).await.unwrap().is_some());
    let mut unit = begin(&store).await;
    assert!(unit.delete_data_key_of(&of_subject).await.unwrap());
    assert!(!unit.delete_data_key_of(&of_subject).await.unwrap());
    for owner in others {
        assert!(unit.data_key_of(owner).await.unwrap().is_some());
    }
    unit.commit().await.unwrap();
    assert!(store.reads().data_key(id).await.unwrap().is_none());
    let mut unit = begin(&store).await;
    assert!(unit.data_key_of(&of_subject).await.unwrap().is_none());
    assert!(
        !unit
            .rewrap_data_key(&data_key(1, &of_subject, "master-2"))
            .await
            .unwrap()
    );
    assert!(unit.data_key(id).await.unwrap().is_none());
    // An account's key goes in the same way, and leaves the others as well.
    assert!(unit.delete_data_key_of(&of_account).await.unwrap());
    for owner in [&of_another, &of_another_account] {
        assert!(unit.data_key_of(owner).await.unwrap().is_some());
    }
}

pub(super) async fn bodies_are_replaced_where_no_work_is_left(store: Arc<dyn Store>) {
    let mut expected = Vec::new();
    let states = DeliveryState::ALL.into_iter();
    for (number, state) in (0..).zip(states.cycle().take(15)) {
        let mut new = delivery(&format!("evt_{number}"), number);
        let session = if number < 10 { "vs_1" } else { "vs_2" };
        if number % 10 > 4 {
            new.account = AccountId::from("acme-us");
        }
        append(&store, from_ref(&new)).await;
        let mut end = settlement(new.id, state);
        end.session = Some(SessionId::from(session));
        if state != DeliveryState::Pending {
            settle(&store, &end).await;
        }
        let is_replaced = number < 5 && state != DeliveryState::Pending;
        expected.push((new, is_replaced));
    }
    // One that was about the session and is to be worked on again.
    let again = delivery("again", 20);
    append(&store, from_ref(&again)).await;
    let mut end = settlement(again.id, DeliveryState::Unmatched);
    end.session = Some(SessionId::from("vs_1"));
    settle(&store, &end).await;
    assert!(store.inbox().requeue(again.id, at(30)).await.unwrap());
    expected.push((again, false));
    let session = SessionId::from("vs_1");
    let empty = sealed("nothing");
    let mut unit = begin(&store).await;
    let replaced = unit.replace_bodies_of(&account(), &session, &empty).await;
    assert_eq!(replaced.unwrap(), 4);
    unit.commit().await.unwrap();
    for (new, is_replaced) in expected {
        let row = found(&store, new.id).await;
        let body = if is_replaced { &empty } else { &new.body };
        assert!(row.body == *body, "{:?}", new.receipt.deduplication_key);
    }
}

pub(super) async fn an_erasure_reads_back_as_written(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let written = ErasureRow {
        id: ErasureId::new(at(0)),
        subject,
        actor: Actor::Staff("user \"7\"".to_owned()),
        erased_at: at(1),
        receipt: ErasureReceipt {
            requests: vec![RequestId::new(at(2)), RequestId::new(at(3))],
            sessions: vec![
                ErasedSession {
                    key: SessionKey::new(at(4)),
                    account: account(),
                    session_id: Some(SessionId::from("vs_1")),
                    vendor_asked: true,
                },
                ErasedSession {
                    key: SessionKey::new(at(5)),
                    account: AccountId::from("acme-us"),
                    session_id: None,
                    vendor_asked: false,
                },
            ],
            emptied_deliveries: 3,
        },
    };
    let nothing = ErasureRow {
        id: ErasureId::new(at(9)),
        receipt: ErasureReceipt::default(),
        actor: Actor::System,
        ..written.clone()
    };
    let mut unit = begin(&store).await;
    unit.insert_erasure(&written).await.unwrap();
    unit.insert_erasure(&nothing).await.unwrap();
    unit.commit().await.unwrap();
    for written in [written, nothing] {
        let found = store.reads().erasure(written.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{written:?}"));
    }
    let other = ErasureId::new(at(0));
    assert!(store.reads().erasure(other).await.unwrap().is_none());
}

/// The status of a request and when it changed last.
type Change = (Status, i64);

/// Each subject with the status and the time of the last change of its requests, and whether it is at rest since
/// before second 10.
const AT_REST: [(u8, &[Change], bool); 10] = [
    (1, &[], false),
    (2, &[(Status::Passed, 5)], true),
    (3, &[(Status::Passed, 9)], true),
    (4, &[(Status::Passed, 10)], false),
    (5, &[(Status::Passed, 50)], false),
    (6, &[(Status::AwaitingUser, 5)], false),
    (7, &[(Status::Failed, 5), (Status::Processing, 4)], false),
    (8, &[(Status::Failed, 50), (Status::Passed, 6)], false),
    (
        9,
        &[
            (Status::Failed, 7),
            (Status::Passed, 6),
            (Status::Cancelled, 7),
        ],
        true,
    ),
    (10, &[(Status::Passed, 5)], true),
];

pub(super) async fn subjects_at_rest_are_those_nothing_happens_to(store: Arc<dyn Store>) {
    for (number, requests, _) in AT_REST {
        let subject = with_subject(&store, number).await;
        let mut unit = begin(&store).await;
        for (secs, (status, changed)) in (0..).zip(requests) {
            let mut row = request(subject, secs);
            row.state = state(status.clone());
            row.updated_at = at(*changed);
            assert!(unit.insert_request(&row).await.unwrap());
        }
        unit.commit().await.unwrap();
    }
    let mut expected: Vec<_> = AT_REST
        .iter()
        .filter(|(_, _, rests)| *rests)
        .map(|(number, _, _)| subject(*number).id)
        .collect();
    assert_eq!(at_rest(&store, 10, 99).await, expected);
    let some = at_rest(&store, 10, 2).await;
    assert_eq!(some.len(), 2);
    assert!(some.iter().all(|id| expected.contains(id)), "{some:?}");
    assert!(at_rest(&store, 5, 99).await.is_empty());
    // Whoever was erased makes room for those who were not.
    erase(&store, 10).await;
    expected.pop();
    assert_eq!(at_rest(&store, 10, 3).await, expected);
    // A request that moves is no rest any more.
    let mut unit = begin(&store).await;
    let mut row = unit.requests_of(subject(2).id).await.unwrap().remove(0);
    row.updated_at = at(11);
    assert!(unit.update_request(&row).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(at_rest(&store, 10, 99).await, expected[1..]);
}

async fn at_rest(store: &Arc<dyn Store>, secs: i64, limit: u32) -> Vec<SubjectId> {
    let found = store.reads().subjects_at_rest_since(at(secs), limit).await;
    let mut found = found.unwrap();
    found.sort();
    found
}

pub(super) async fn a_scrub_leaves_what_is_there(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let owner = KeyOwner::Account(account());
    let mut unit = begin(&store).await;
    let key = data_key(1, &owner, "master-1");
    assert!(unit.insert_data_key(&key).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert!(unit.delete_data_key_of(&owner).await.unwrap());
    unit.commit().await.unwrap();
    for _ in 0..2 {
        store.scrub().await.unwrap();
    }
    let reads = store.reads();
    assert!(reads.data_key(key.id).await.unwrap().is_none());
    let sessions = reads.sessions_of(session.request).await.unwrap();
    assert_eq!(format!("{sessions:?}"), format!("{:?}", [session]));
    store.check().await.unwrap();
}
