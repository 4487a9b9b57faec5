//! The fake vendor's checks, page by page.

use std::time::Duration;

use idv_core::{ErrorKind, List as _, ListQuery, SessionId, SessionPage, SubjectRef, Timestamp};

use super::*;

async fn walk(provider: &FakeProvider, query: &ListQuery) -> (Vec<SessionId>, u32, usize) {
    let (mut met, mut unreadable, mut pages, mut cursor) = (Vec::new(), 0, 0, None);
    loop {
        let page = provider.list(query, cursor.as_deref()).await.unwrap();
        met.extend(ids(&page));
        unreadable += page.unreadable;
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            return (met, unreadable, pages);
        }
    }
}

fn ids(page: &SessionPage) -> Vec<SessionId> {
    let sessions = page.sessions.iter();
    sessions
        .filter_map(|session| session.mapped.session_id.clone())
        .collect()
}

#[tokio::test]
async fn every_check_is_met_once_also_while_others_are_made_or_lost() {
    let (provider, vendor) = pair();
    let (nobody, ..) = walk(&provider, &ListQuery::default()).await;
    assert!(nobody.is_empty());
    for number in 0..7 {
        let _ = vendor.make_check(&format!("subject-{number}"), FakeState::Approved);
    }
    let all = vendor.sessions();
    let (met, _, pages) = walk(&provider, &ListQuery::default()).await;
    assert_eq!((met, pages), (all.clone(), 3));

    let first = provider.list(&ListQuery::default(), None).await.unwrap();
    let subject = first.sessions[0].mapped.subject.as_ref();
    assert_eq!(subject, Some(&SubjectRef::new("subject-0")));
    let made_at = first.sessions[0].mapped.created_at;
    assert_eq!(made_at, Some(ManualClock::NOON));
    // The last of the page is lost, and another is made, before the next page is asked for.
    vendor.forget(&all[2]);
    let late = vendor.make_check("subject-late", FakeState::Open);
    let next = first.next.as_deref();
    let second = provider.list(&ListQuery::default(), next).await.unwrap();
    assert_eq!(ids(&second), all[3..6]);
    let next = second.next.as_deref();
    let third = provider.list(&ListQuery::default(), next).await.unwrap();
    assert_eq!(ids(&third), [all[6].clone(), late]);
}

#[tokio::test]
async fn a_query_leaves_out_other_subjects_and_other_times() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let provider = FakeProvider::new(FakeOptions::default(), vendor.clone());
    let early = vendor.make_check("a subject & more", FakeState::Open);
    clock.advance(Duration::from_secs(60));
    let late = vendor.make_check("another", FakeState::Open);
    let mut query = ListQuery::default();
    query.subject = Some(SubjectRef::new("a subject & more"));
    assert_eq!(
        walk(&provider, &query).await.0,
        std::slice::from_ref(&early)
    );
    let at =
        |secs| -> Option<Timestamp> { Some(ManualClock::NOON.plus(Duration::from_secs(secs))) };
    let mut query = ListQuery::default();
    query.created_since = at(60);
    assert_eq!(walk(&provider, &query).await.0, [late]);
    query.created_since = None;
    query.created_before = at(60);
    assert_eq!(walk(&provider, &query).await.0, [early]);
}

#[tokio::test]
async fn a_check_that_cannot_be_read_hides_no_other_and_a_strange_cursor_is_refused() {
    let (provider, vendor) = pair();
    for number in 0..4 {
        let _ = vendor.make_check(&format!("subject-{number}"), FakeState::Open);
    }
    let all = vendor.sessions();
    vendor.garble(&all[1]);
    let (met, unreadable, pages) = walk(&provider, &ListQuery::default()).await;
    let rest = [all[0].clone(), all[2].clone(), all[3].clone()];
    assert_eq!((met.as_slice(), unreadable, pages), (&rest[..], 1, 2));

    let strange = Some("chk_of_somebody_else");
    let error = provider.list(&ListQuery::default(), strange).await;
    let kind = error.unwrap_err().kind;
    assert!(matches!(kind, ErrorKind::InvalidInput { .. }), "{kind:?}");
}
