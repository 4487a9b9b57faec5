//! Lists of requests.

use std::sync::Arc;

use idv_core::{OrganizationId, RequestId, Status, StatusSummary};

use super::sample::{at, begin, index, request, state, with_subject};
use crate::account::Environment;
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
            _ if secs % 3 == 0 => Status::Cancelled,
            _ => Status::Errored,
        });
        row.state.subject_started = secs == 22;
        row.environment = match secs % 7 {
            0 => None,
            1..4 => Some(Environment::Sandbox),
            _ => Some(Environment::Live),
        };
        if secs % 5 == 1 {
            row.updated_at = at(40);
        }
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
    for filter in filters() {
        let expected = expected(&written, &filter);
        assert_eq!(ids(&store, &filter).await, expected, "{filter:?}");
    }
    let unknown = RequestFilter {
        subject: Some(index(99)),
        ..RequestFilter::default()
    };
    assert!(ids(&store, &unknown).await.is_empty());
}

/// Every condition together with every other one.
fn filters() -> Vec<RequestFilter> {
    let mut all = vec![RequestFilter::default()];
    vary(&mut all, [Some(index(1))], |filter, subject| {
        filter.subject = subject;
    });
    let environments = [Some(Environment::Live), Some(Environment::Sandbox)];
    vary(&mut all, environments, |filter, environment| {
        filter.environment = environment;
    });
    let organization = Some(OrganizationId::from("four"));
    vary(&mut all, [organization], |filter, name| {
        filter.organization = name;
    });
    let statuses = [Some(Status::Passed), Some(Status::AwaitingUser)];
    vary(&mut all, statuses, |filter, status| filter.status = status);
    let summaries = [
        Some(StatusSummary::Failed),
        Some(StatusSummary::Cancelled),
        Some(StatusSummary::Started),
    ];
    vary(&mut all, summaries, |filter, summary| {
        filter.summary = summary;
    });
    vary(&mut all, [Some(true), Some(false)], |filter, open| {
        filter.open = open;
    });
    vary(&mut all, [true], |filter, not_cancelled| {
        filter.not_cancelled = not_cancelled;
    });
    // One request changed at that very second, and one was made then.
    vary(&mut all, [Some(at(22))], |filter, time| {
        filter.updated_before = time;
    });
    let made = [(Some(at(8)), None), (None, Some(at(8)))];
    vary(&mut all, made, |filter, (before, after)| {
        filter.created_before = before;
        filter.created_after = after;
    });
    all
}

/// Adds every filter once more for each of these values.
fn vary<T: Clone>(
    all: &mut Vec<RequestFilter>,
    values: impl IntoIterator<Item = T>,
    set: fn(&mut RequestFilter, T),
) {
    let so_far = all.clone();
    for value in values {
        all.extend(so_far.iter().cloned().map(|mut filter| {
            set(&mut filter, value.clone());
            filter
        }));
    }
}

fn expected(written: &[(u8, RequestRow)], filter: &RequestFilter) -> Vec<RequestId> {
    let holds = |(owner, row): &&(u8, RequestRow)| {
        let summary = row.state.status.summary(row.state.subject_started);
        filter
            .subject
            .is_none_or(|subject| subject == index(*owner))
            && filter.environment.is_none_or(|wanted| {
                row.environment
                    .is_none_or(|environment| environment == wanted)
            })
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
                .open
                .is_none_or(|open| open != row.state.status.is_final())
            && !(filter.not_cancelled && row.state.status == Status::Cancelled)
            && filter
                .updated_before
                .is_none_or(|time| row.updated_at < time)
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
            environment: Some(Environment::Live),
            ..RequestFilter::default()
        },
        RequestFilter {
            organization: Some(OrganizationId::from("five")),
            environment: Some(Environment::Sandbox),
            ..RequestFilter::default()
        },
        RequestFilter {
            open: Some(true),
            ..RequestFilter::default()
        },
        RequestFilter {
            not_cancelled: true,
            updated_before: Some(at(22)),
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
