//! What is in the database in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use idv_core::{AccountId, RequestId, SessionId, Status, Timestamp};
use idv_engine::store::{ObservationSource, PageRequest, Store as _};
use idv_sqlite::SqliteStore;

use super::vendor::Held;

#[derive(Default)]
pub(crate) struct Books {
    pub(crate) sessions: usize,
    /// The vendor's ids of them.
    pub(crate) ids: BTreeSet<SessionId>,
    /// Each with its status.
    pub(crate) requests: BTreeMap<RequestId, Status>,
    /// When they were made, UTC, and the sessions they have.
    made: Vec<(Timestamp, Vec<SessionId>)>,
    /// What an import has learned.
    pub(crate) imported_observations: usize,
    pub(crate) events: usize,
}

impl Books {
    pub(crate) async fn read(dir: &Path) -> Self {
        let store = SqliteStore::open(&dir.join("idv.db")).await.unwrap();
        let reads = store.reads();
        let account = AccountId::from("stripe-eu");
        let mut books = Self::default();
        let mut of_request: BTreeMap<RequestId, Vec<SessionId>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = PageRequest { after, limit: 500 };
            let found = reads.sessions_of_account(&account, page).await.unwrap();
            for session in found.rows {
                books.sessions += 1;
                let id = session.session_id.expect("the vendor's id");
                of_request
                    .entry(session.request)
                    .or_default()
                    .push(id.clone());
                books.ids.insert(id);
            }
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        for (id, sessions) in of_request {
            let request = reads.request(id).await.unwrap().expect("the request");
            books.requests.insert(id, request.state.status);
            books.made.push((request.created_at, sessions));
            let page = PageRequest {
                after: None,
                limit: 100,
            };
            let learned = reads.observations_of(id, page).await.unwrap().rows;
            books.imported_observations += learned
                .iter()
                .filter(|row| row.source == ObservationSource::Fetch)
                .count();
            books.events += reads.events_of(id).await.unwrap().len();
        }
        books
    }

    pub(crate) fn with_status(&self, status: &Status) -> usize {
        self.requests.values().filter(|is| *is == status).count()
    }

    /// True if every request is as old as one of its sessions is at the vendor.
    pub(crate) fn made_when_the_vendor_made_them(&self, held: Held) -> bool {
        self.made.iter().all(|(made_at, sessions)| {
            sessions
                .iter()
                .any(|id| held.created_unix_secs(id.as_str()) == Some(made_at.as_unix_secs()))
        })
    }
}
