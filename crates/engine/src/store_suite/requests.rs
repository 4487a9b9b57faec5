//! Requests.

use std::sync::Arc;

use idv_core::{Attention, DocumentKind, OrganizationId, Status};
use tokio::task::JoinSet;

use super::sample::{
    at, begin, index, request, sealed, session, state, with_session, with_subject,
};
use crate::store::{PageRequest, RequestFilter, RequestRow, Store};

fn organization(name: &str) -> OrganizationId {
    OrganizationId::from(name)
}

fn assert_same(found: &RequestRow, written: &RequestRow) {
    // Everything in a row prints, apart from what is sealed.
    assert_eq!(format!("{found:?}"), format!("{written:?}"));
    assert_eq!(found.person, written.person);
}

pub(super) async fn a_request_reads_back_as_written(store: Arc<dyn Store>) {
    let mut written = request(with_subject(&store, 1).await, 5);
    written.organization = Some(organization("org 1"));
    written.affected_organizations = vec![organization("org 2"), organization("org 1")];
    written.reason = Some("onboarding".to_owned());
    written.document_type = Some(DocumentKind::Unknown("fishing_licence".to_owned()));
    written.person = Some(sealed("a person"));
    written.state = state(Status::Unknown("passed".to_owned()));
    written.state.attention = vec![Attention::UnknownValue];
    written.state.subject_started = true;
    written.updated_at = at(6);
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&written).await.unwrap());
    let locked = unit.request(written.id).await.unwrap().unwrap();
    assert_same(&locked, &written);
    let open = unit.open_request_of(written.subject).await.unwrap();
    assert_same(&open.unwrap(), &written);
    unit.commit().await.unwrap();
    let read = store.reads().request(written.id).await.unwrap().unwrap();
    assert_same(&read, &written);
}

/// A word that no compression makes short, with every character a database may object to.
fn monstrous_word() -> String {
    let mut word = String::from("on\0hold");
    let mut next = 1_u32;
    while word.len() < 5000 {
        next = next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        word.push(char::from_u32(0x21 + (next >> 16) % 90).unwrap_or('?'));
    }
    word
}

pub(super) async fn a_status_of_any_length_is_kept_and_found(store: Arc<dyn Store>) {
    let usual = request(with_subject(&store, 1).await, 5);
    let mut monster = request(with_subject(&store, 2).await, 6);
    monster.state = state(Status::Unknown(monstrous_word()));
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&usual).await.unwrap());
    assert!(unit.insert_request(&monster).await.unwrap());
    assert!(unit.update_request(&monster).await.unwrap());
    unit.commit().await.unwrap();
    let read = store.reads().request(monster.id).await.unwrap().unwrap();
    assert_same(&read, &monster);
    let filter = RequestFilter {
        status: Some(monster.state.status.clone()),
        ..RequestFilter::default()
    };
    let page = PageRequest {
        after: None,
        limit: 10,
    };
    let found = store.reads().requests(&filter, page).await.unwrap();
    let ids: Vec<_> = found.rows.iter().map(|row| row.id).collect();
    assert_eq!(ids, [monster.id]);
}

pub(super) async fn a_subject_has_one_open_request(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let other = with_subject(&store, 2).await;
    let (first, second) = (request(subject, 0), request(subject, 1));
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&first).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert!(!unit.insert_request(&second).await.unwrap());
    assert!(unit.insert_request(&request(other, 2)).await.unwrap());
    let open = unit.open_request_of(subject).await.unwrap().unwrap();
    assert_eq!(open.id, first.id);
    assert!(unit.request(second.id).await.unwrap().is_none());
}

pub(super) async fn a_final_request_makes_room_for_the_next(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let mut unit = begin(&store).await;
    for (secs, status) in (0..).zip(Status::KNOWN) {
        let mut row = request(subject, secs);
        assert!(unit.insert_request(&row).await.unwrap(), "before {status}");
        row.state = state(status.clone());
        assert!(unit.update_request(&row).await.unwrap());
        let open = unit.open_request_of(subject).await.unwrap();
        assert_eq!(open.is_none(), status.is_final(), "{status}");
        row.state = state(Status::Cancelled);
        assert!(unit.update_request(&row).await.unwrap());
    }
}

pub(super) async fn a_refused_request_leaves_no_organization(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let mut refused = request(subject, 1);
    refused.affected_organizations = vec![organization("org")];
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&request(subject, 0)).await.unwrap());
    assert!(!unit.insert_request(&refused).await.unwrap());
    // Had it been left behind, it would be in the way of the same request later.
    let mut open = unit.open_request_of(subject).await.unwrap().unwrap();
    open.state = state(Status::Failed);
    assert!(unit.update_request(&open).await.unwrap());
    assert!(unit.insert_request(&refused).await.unwrap());
    let found = unit.request(refused.id).await.unwrap().unwrap();
    assert_same(&found, &refused);
}

pub(super) async fn a_second_request_cannot_be_reopened(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let mut old = request(subject, 0);
    old.state = state(Status::Expired);
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&old).await.unwrap());
    assert!(unit.insert_request(&request(subject, 1)).await.unwrap());
    let mut reopened = old.clone();
    reopened.state = state(Status::InReview);
    reopened.person = Some(sealed("somebody"));
    reopened.updated_at = at(9);
    assert!(!unit.update_request(&reopened).await.unwrap());
    assert_same(&unit.request(old.id).await.unwrap().unwrap(), &old);
    unit.commit().await.unwrap();
    let read = store.reads().request(old.id).await.unwrap().unwrap();
    assert_same(&read, &old);
}

pub(super) async fn an_update_changes_what_may_change_only(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let mut unit = begin(&store).await;
    let before = unit.request(first.request).await.unwrap().unwrap();
    let second = session(first.request, 1);
    assert!(unit.insert_session(&second).await.unwrap());
    let mut after = before.clone();
    after.state = state(Status::Passed);
    after.current_session = Some(second.key);
    after.reason = Some("another".to_owned());
    after.document_type = Some(DocumentKind::Visa);
    after.person = Some(sealed("a person"));
    after.updated_at = at(60);
    let mut update = after.clone();
    update.organization = Some(organization("another"));
    update.affected_organizations = vec![organization("another")];
    update.created_at = at(60);
    assert!(unit.update_request(&update).await.unwrap());
    unit.commit().await.unwrap();
    let read = store.reads().request(first.request).await.unwrap().unwrap();
    assert_same(&read, &after);
}

pub(super) async fn one_of_many_who_insert_an_open_request_wins(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let mut tasks = JoinSet::new();
    for secs in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            let won = unit.insert_request(&request(subject, secs)).await.unwrap();
            unit.commit().await.unwrap();
            won
        });
    }
    let winners = tasks.join_all().await.into_iter().filter(|won| *won);
    assert_eq!(winners.count(), 1);
}

pub(super) async fn many_who_ask_first_share_one_open_request(store: Arc<dyn Store>) {
    with_subject(&store, 1).await;
    let mut tasks = JoinSet::new();
    for secs in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            let subject = unit.lock_subject(&index(1)).await.unwrap().unwrap().id;
            if let Some(open) = unit.open_request_of(subject).await.unwrap() {
                return open.id;
            }
            let row = request(subject, secs);
            assert!(unit.insert_request(&row).await.unwrap());
            unit.commit().await.unwrap();
            row.id
        });
    }
    let mut seen = tasks.join_all().await;
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

pub(super) async fn affected_organizations_only_grow(store: Arc<dyn Store>) {
    let mut row = request(with_subject(&store, 1).await, 0);
    row.affected_organizations = vec![organization("b")];
    let mut unit = begin(&store).await;
    assert!(unit.insert_request(&row).await.unwrap());
    for (name, is_new) in [("a", true), ("b", false), ("c", true), ("a", false)] {
        let added = unit
            .add_affected_organization(row.id, &organization(name))
            .await
            .unwrap();
        assert_eq!(added, is_new, "{name}");
    }
    unit.commit().await.unwrap();
    let read = store.reads().request(row.id).await.unwrap().unwrap();
    let mut found = read.affected_organizations;
    found.sort();
    assert_eq!(found, ["a", "b", "c"].map(organization));
}

pub(super) async fn requests_of_a_subject_come_oldest_first(store: Arc<dyn Store>) {
    let subject = with_subject(&store, 1).await;
    let other = with_subject(&store, 2).await;
    let mut unit = begin(&store).await;
    assert!(unit.requests_of(subject).await.unwrap().is_empty());
    let mut written = Vec::new();
    for secs in [3, 1, 4, 0, 2] {
        let mut row = request(subject, secs);
        row.affected_organizations = vec![organization(&secs.to_string()), organization("all")];
        row.person = Some(sealed("a person"));
        row.updated_at = at(9 - secs);
        if secs != 2 {
            row.state = state(Status::Expired);
        }
        assert!(unit.insert_request(&row).await.unwrap());
        written.push(row);
    }
    assert!(unit.insert_request(&request(other, 2)).await.unwrap());
    unit.commit().await.unwrap();
    written.sort_by_key(|row| row.created_at);
    let mut unit = begin(&store).await;
    let found = unit.requests_of(subject).await.unwrap();
    assert_eq!(found.len(), written.len());
    for (found, written) in found.iter().zip(&written) {
        assert_same(found, written);
    }
}
