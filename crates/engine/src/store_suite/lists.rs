//! Lists of requests.

use std::sync::Arc;

use idv_core::{OrganizationId, RequestId, Status, StatusSummary};

use super::sample::{at, begin, index, request, state, with_subject};
use crate::store::{PageRequest, RequestFilter, RequestRow, Store};

const ALL: PageRequest<RequestId> = PageRequest {
    after: None,
    limit: 1_000,
};

/// 24 requests of three subjects, one per second, oldest first. The last of each subject is open.
async fn some_requests(store: &Arc<dyn Store>) -> Vec<(u8, RequestRow)> {
    let mut written = Vec::new();
    for number in 0..3 {
        with_subject(store, number).await;
    }
    let mut unit = begin(store).await;
    for secs in 0..24_u8 {
        let owner = secs % 3;
        let mut row = request(super::sample::subject(owner).id, i64::from(secs));
        row.state = state(match secs {
            21.. => Status::AwaitingUser,
            _ if secs % 2 == 0 => Status::Passed,
            _ => Status::Errored,
        });
        row.state.subject_started = secs == 22;
        if secs % 4 == 0 {
            row.affected_organizations = vec![OrganizationId::from("four")];
        }
        if secs % 5 == 0 {
            row.affected_organizations
                .push(OrganizationId::from("five"));
        }
        assert!(unit.insert_request(&row).await.unwrap());
        written.push((owner, row));
    }
    unit.commit().await.unwrap();
    written
}

async fn ids(store: &Arc<dyn Store>, filter: &RequestFilter) -> Vec<RequestId> {
    let page = store.reads().requests(filter, ALL).await.unwrap();
    assert!(page.next.is_none());
    page.rows.iter().map(|row| row.id).collect()
}

pub(super) async fn requests_are_listed_newest_first(store: Arc<dyn Store>) {
    assert!(ids(&store, &RequestFilter::default()).await.is_empty());
    let written = some_requests(&store).await;
    let page = store.reads().requests(&RequestFilter::default(), ALL).await;
    let rows = page.unwrap().rows;
    let expected: Vec<_> = written.iter().rev().map(|(_, row)| row).collect();
    assert_eq!(format!("{rows:?}"), format!("{expected:?}"));
}

pub(super) async fn every_condition_of_a_list_holds(store: Arc<dyn Store>) {
    let written = some_requests(&store).await;
    let subjects = [None, Some(index(1)), Some(index(99))];
    let organizations = [None, Some("four"), Some("five"), Some("none")];
    let statuses = [None, Some(Status::Passed), Some(Status::AwaitingUser)];
    let summaries = [
        None,
        Some(StatusSummary::Failed),
        Some(StatusSummary::Started),
    ];
    let times = [None, Some(at(8))];
    for subject in subjects {
        for organization in organizations.map(|name| name.map(OrganizationId::from)) {
            for status in statuses.clone() {
                for summary in summaries {
                    for created_before in times {
                        for created_after in times {
                            let filter = RequestFilter {
                                subject,
                                organization: organization.clone(),
                                status: status.clone(),
                                summary,
                                open: None,
                                not_cancelled: false,
                                updated_before: None,
                                created_before,
                                created_after,
                            };
                            let expected = expected(&written, &filter);
                            assert_eq!(ids(&store, &filter).await, expected, "{filter:?}");
                        }
                    }
                }
            }
        }
    }
}

fn expected(written: &[(u8, RequestRow)], filter: &RequestFilter) -> Vec<RequestId> {
    let holds = |(owner, row): &&(u8, RequestRow)| {
        let summary = row.state.status.summary(row.state.subject_started);
        filter
            .subject
            .is_none_or(|subject| subject == index(*owner))
            && filter
                .organization
                .as_ref()
                .is_none_or(|name| row.affected_organizations.contains(name))
            && filter
                .status
                .as_ref()
                .is_none_or(|status| row.state.status == *status)
            && filter.summary.is_none_or(|wanted| summary == wanted)
            && filter
                .created_before
                .is_none_or(|time| row.created_at < time)
            && filter
                .created_after
                .is_none_or(|time| row.created_at >= time)
    };
    written
        .iter()
        .rev()
        .filter(holds)
        .map(|(_, row)| row.id)
        .collect()
}

pub(super) async fn pages_of_requests_miss_nothing(store: Arc<dyn Store>) {
    let written = some_requests(&store).await;
    let filters = [
        RequestFilter::default(),
        RequestFilter {
            organization: Some(OrganizationId::from("four")),
            ..RequestFilter::default()
        },
        RequestFilter {
            status: Some(Status::Passed),
            created_before: Some(at(15)),
            ..RequestFilter::default()
        },
    ];
    for filter in filters {
        let expected = expected(&written, &filter);
        for limit in [1, 2, 5, 24, 25] {
            let mut page = PageRequest { after: None, limit };
            let mut seen = Vec::new();
            loop {
                let found = store.reads().requests(&filter, page).await.unwrap();
                assert!(found.rows.len() <= limit as usize);
                seen.extend(found.rows.iter().map(|row| row.id));
                page.after = found.next;
                if page.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected, "{filter:?} in pages of {limit}");
        }
    }
}
