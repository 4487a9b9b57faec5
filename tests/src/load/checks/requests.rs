//! The requests and their sessions, held against what is true at the vendors.

use std::collections::{BTreeMap, HashMap, HashSet};

use idv_core::{AccountId, RequestId};
use idv_engine::store::{PageRequest, RequestFilter, RequestRow, SessionRow, Store};
use idv_simulator::VendorKind;

use super::Check;
use crate::load::ledger::Pages;
use crate::load::vendors::{Vendors, account};

const PAGE: u32 = 500;

/// Reads every session, and holds it and the requests against the truth.
pub(crate) async fn requests(
    store: &dyn Store,
    requests: &HashMap<RequestId, RequestRow>,
    books: &Pages,
    vendors: &Vendors,
    asked_about: &[String],
) -> Vec<Check> {
    let mut sessions = Vec::new();
    for vendor in VendorKind::ALL {
        sessions.extend(all_sessions(store, vendor).await);
    }
    vec![
        as_the_vendor_says(books, vendors, requests, &sessions),
        one_to_one(requests, &sessions),
        made_once(vendors, &sessions, asked_about),
        nobody_need_look(requests),
    ]
}

/// Every request there is.
pub(crate) async fn all_requests(store: &dyn Store) -> HashMap<RequestId, RequestRow> {
    let mut found = HashMap::new();
    let filter = RequestFilter::default();
    let mut page = PageRequest {
        after: None,
        limit: PAGE,
    };
    loop {
        let read = store.reads().requests(&filter, page).await.unwrap();
        found.extend(read.rows.into_iter().map(|row| (row.id, row)));
        match read.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
    }
}

async fn all_sessions(store: &dyn Store, vendor: VendorKind) -> Vec<(VendorKind, SessionRow)> {
    let account = AccountId::from(account(vendor));
    let mut found = Vec::new();
    let mut page = PageRequest {
        after: None,
        limit: PAGE,
    };
    loop {
        let read = store.reads().sessions_of_account(&account, page).await;
        let read = read.unwrap();
        found.extend(read.rows.into_iter().map(|row| (vendor, row)));
        match read.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
    }
}

fn as_the_vendor_says(
    books: &Pages,
    vendors: &Vendors,
    requests: &HashMap<RequestId, RequestRow>,
    sessions: &[(VendorKind, SessionRow)],
) -> Check {
    let known: HashMap<_, _> = sessions
        .iter()
        .filter_map(|(vendor, row)| {
            let id = row.session_id.as_ref()?;
            Some(((*vendor, id.as_str()), row))
        })
        .collect();
    let breaches = books.sessions.iter().filter_map(|(vendor, id)| {
        let name = format!("{} {id}", account(*vendor));
        let Some(session) = known.get(&(*vendor, &**id)) else {
            return Some(format!("{name} has no request"));
        };
        let request = session.request;
        let Some(row) = requests.get(&request) else {
            return Some(format!("{name}: its request {request} is not there"));
        };
        let (is, must_be) = (row.state.status.as_word(), vendors.truth(*vendor, id));
        (must_be.as_deref() != Some(is.as_ref())).then(|| {
            let must_be = must_be.as_deref().unwrap_or("nothing of it");
            format!("{name}: its request {request} is {is}, and the vendor says {must_be}")
        })
    });
    Check::new(
        "every request is in the state its last vendor snapshot says",
        books.sessions.len(),
        breaches.collect(),
    )
}

/// Here every session has a subject of its own.
fn one_to_one(
    requests: &HashMap<RequestId, RequestRow>,
    sessions: &[(VendorKind, SessionRow)],
) -> Check {
    let mut breaches = Vec::new();
    let mut by_session: BTreeMap<_, Vec<String>> = BTreeMap::new();
    let mut by_request: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (vendor, row) in sessions {
        let id = row.session_id.as_ref().map_or("none", |id| id.as_str());
        let name = format!("{} {id}", account(*vendor));
        by_request
            .entry(row.request)
            .or_default()
            .push(name.clone());
        by_session
            .entry(name)
            .or_default()
            .push(row.request.to_string());
    }
    for (session, requests) in by_session.iter().filter(|(_, requests)| requests.len() > 1) {
        breaches.push(format!(
            "{session} has the requests {}",
            requests.join(", ")
        ));
    }
    for (request, sessions) in by_request.iter().filter(|(_, sessions)| sessions.len() > 1) {
        breaches.push(format!(
            "{request} has the sessions {}",
            sessions.join(", ")
        ));
    }
    for request in requests.keys().filter(|id| !by_request.contains_key(id)) {
        breaches.push(format!("{request} has no session"));
    }
    Check::new(
        "no session has two requests, no request two sessions",
        requests.len(),
        breaches,
    )
}

/// Whom the application has asked about has one session at the vendor, and the gateway knows it.
fn made_once(
    vendors: &Vendors,
    sessions: &[(VendorKind, SessionRow)],
    asked_about: &[String],
) -> Check {
    let known: HashSet<_> = sessions
        .iter()
        .filter_map(|(vendor, row)| Some((*vendor, row.session_id.as_ref()?.as_str())))
        .collect();
    let mut breaches = Vec::new();
    let mut made: HashMap<String, usize> = HashMap::new();
    let asked_about: HashSet<_> = asked_about.iter().collect();
    for vendor in VendorKind::ALL {
        for (subject, id) in vendors.sessions(vendor) {
            if asked_about.contains(&subject) && !known.contains(&(vendor, &*id)) {
                breaches.push(format!(
                    "{} {id} of {subject} has no request",
                    account(vendor)
                ));
            }
            *made.entry(subject).or_default() += 1;
        }
    }
    let twice = made.iter().filter(|(_, count)| **count > 1);
    breaches.extend(twice.map(|(subject, count)| format!("{subject} has {count} sessions")));
    let never = asked_about
        .iter()
        .filter(|subject| !made.contains_key(**subject));
    breaches.extend(never.map(|subject| format!("{subject} has no session")));
    let promise = "for every request of the application one session was made, and no other";
    Check::new(promise, asked_about.len(), breaches)
}

/// Vendors that keep to their rules give nobody a reason to look.
fn nobody_need_look(requests: &HashMap<RequestId, RequestRow>) -> Check {
    let breaches = requests.values().filter_map(|row| {
        let attention = &row.state.attention;
        (!attention.is_empty()).then(|| format!("{}: {attention:?}", row.id))
    });
    Check::new(
        "no request asks for attention",
        requests.len(),
        breaches.collect(),
    )
}
