//! Sessions and checkpoints.

use std::sync::Arc;

use idv_core::{AccountId, SessionId, SessionKey, Status, Timestamp};
use uuid::Uuid;

use super::sample::{account, at, begin, sealed, session, with_session};
use crate::store::{PageRequest, SessionRow, Store};

fn assert_same(found: &SessionRow, written: &SessionRow) {
    assert_eq!(format!("{found:?}"), format!("{written:?}"));
    assert_eq!(found.intent, written.intent);
}

pub(super) async fn a_session_reads_back_as_written(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let mut second = session(first.request, 1);
    second.intent = Some(sealed("an intent"));
    second.created_at = Timestamp::from_unix_micros(1_795_000_000_000_001);
    second.state.status = Status::Unknown("half_done".to_owned());
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&second).await.unwrap());
    second.session_id = Some(SessionId::from("vs_2"));
    second.state.status = Status::Processing;
    second.updated_at = at(2);
    assert!(unit.update_session(&second).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    let by_key = unit.session(second.key).await.unwrap().unwrap();
    assert_same(&by_key, &second);
    let vendor_id = SessionId::from("vs_2");
    let by_vendor_id = unit.session_by_vendor_id(&account(), &vendor_id).await;
    assert_same(&by_vendor_id.unwrap().unwrap(), &second);
    assert_same(&unit.session(first.key).await.unwrap().unwrap(), &first);
}

pub(super) async fn a_vendor_id_is_unique_within_an_account(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let vendor_id = SessionId::from("vs_1");
    let mut unit = begin(&store).await;
    let mut same = session(first.request, 1);
    same.session_id = Some(vendor_id.clone());
    assert!(!unit.insert_session(&same).await.unwrap());
    assert!(unit.session(same.key).await.unwrap().is_none());
    let mut elsewhere = same.clone();
    elsewhere.account = AccountId::from("acme-us");
    assert!(unit.insert_session(&elsewhere).await.unwrap());
    // Intents have no vendor id yet, and there may be several.
    for secs in [2, 3] {
        let intent = session(first.request, secs);
        assert!(unit.insert_session(&intent).await.unwrap());
    }
    for row in [&first, &elsewhere] {
        let found = unit.session_by_vendor_id(&row.account, &vendor_id).await;
        assert_eq!(found.unwrap().unwrap().key, row.key);
    }
}

pub(super) async fn an_update_cannot_take_another_sessions_vendor_id(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let written = session(first.request, 1);
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&written).await.unwrap());
    let mut update = written.clone();
    update.session_id = Some(SessionId::from("vs_1"));
    update.state.status = Status::Passed;
    assert!(!unit.update_session(&update).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert_same(&unit.session(written.key).await.unwrap().unwrap(), &written);
}

pub(super) async fn sessions_come_oldest_first(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let (second, third) = (session(first.request, 1), session(first.request, 2));
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&second).await.unwrap());
    assert!(unit.insert_session(&third).await.unwrap());
    let inside = unit.sessions_of(first.request).await.unwrap();
    unit.commit().await.unwrap();
    let outside = store.reads().sessions_of(first.request).await.unwrap();
    for found in [inside, outside] {
        let keys: Vec<_> = found.iter().map(|row| row.key).collect();
        assert_eq!(keys, [first.key, second.key, third.key]);
    }
}

pub(super) async fn a_checkpoint_is_replaced_by_its_name(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let other = session(first.request, 1);
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&other).await.unwrap());
    for (key, step, value) in [
        (first.key, "applicant", "app_1"),
        (first.key, "run", "run_1"),
        (other.key, "applicant", "app_9"),
        (first.key, "applicant", "app_2"),
    ] {
        unit.save_checkpoint(key, step, value).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    let mut saved = unit.checkpoints_of(first.key).await.unwrap();
    saved.sort();
    let expected = [("applicant", "app_2"), ("run", "run_1")];
    assert_eq!(saved, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

pub(super) async fn pages_of_an_accounts_sessions_miss_nothing(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let mut written = vec![first.clone()];
    let mut unit = begin(&store).await;
    // Keys are compared byte by byte, also where the first bit is set.
    for number in [3, u128::MAX, 7, 0x80 << 120, 1] {
        let mut row = session(first.request, 1);
        row.key = SessionKey::from_uuid(Uuid::from_u128(number));
        row.intent = Some(sealed("an intent"));
        assert!(unit.insert_session(&row).await.unwrap());
        written.push(row);
    }
    let mut elsewhere = session(first.request, 2);
    elsewhere.account = AccountId::from("acme-us");
    assert!(unit.insert_session(&elsewhere).await.unwrap());
    unit.commit().await.unwrap();
    written.sort_by_key(|row| row.key.as_uuid());
    for limit in 1..=7 {
        let mut page = PageRequest { after: None, limit };
        let mut seen = Vec::new();
        loop {
            let found = store.reads().sessions_of_account(&account(), page).await;
            let found = found.unwrap();
            assert!(found.rows.len() <= limit as usize);
            seen.extend(found.rows);
            page.after = found.next;
            if page.after.is_none() || seen.len() > written.len() {
                break;
            }
        }
        assert_eq!(seen.len(), written.len(), "pages of {limit}");
        for (found, written) in seen.iter().zip(&written) {
            assert_same(found, written);
        }
    }
    // A page begins after a key, whether or not it is there.
    let page = PageRequest {
        after: Some(SessionKey::from_uuid(Uuid::from_u128(2))),
        limit: 1,
    };
    let found = store.reads().sessions_of_account(&account(), page).await;
    assert_eq!(found.unwrap().rows[0].key.as_uuid().as_u128(), 3);
    let nobody = AccountId::from("nobody");
    let found = store.reads().sessions_of_account(&nobody, page).await;
    assert!(found.unwrap().rows.is_empty());
}
