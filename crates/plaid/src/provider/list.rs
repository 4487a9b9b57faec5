//! Going through the sessions of a person.
//!
//! <https://plaid.com/docs/api/products/identity-verification/#identity_verificationlist>, read 2026-11-20. The vendor lists
//! the sessions of one person with one template, and has no list of all.

use idv_core::json::decode_borrowed;
use idv_core::{
    Error, ErrorKind, ListQuery, Part, Purpose, SessionPage, Snapshot, Timestamp, Unreadable,
};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::PlaidProvider;
use super::read::unreadable;
use crate::client::failed;
use crate::map;

const OPERATION: &str = "list_sessions";
const NOT_A_LIST: Unreadable = Unreadable::NotThisProvider {
    why: "it is not a page of a list",
};

/// A page whose items are kept as they came.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    identity_verifications: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    next_cursor: Option<String>,
}

impl PlaidProvider {
    /// See [`idv_core::List::list`].
    pub(super) async fn list_page(
        &self,
        query: &ListQuery,
        cursor: Option<&str>,
    ) -> Result<SessionPage, Error> {
        let client = self.client(OPERATION)?;
        let Some(subject) = &query.subject else {
            let field = Some("subject".to_owned());
            let message = "the vendor lists the sessions of one subject at a time: name it";
            return Err(failed(
                ErrorKind::InvalidInput { field },
                OPERATION,
                message,
            ));
        };
        let template = self.template(query.template.as_deref(), OPERATION)?;
        let subject = subject.expose(Purpose::SendToVendor);
        let answer = client.list_sessions(subject, template, cursor).await?;
        let unreadable = |error| unreadable(OPERATION, &answer, error);
        let page: Page<'_> = decode_borrowed(&answer.body).map_err(unreadable)?;
        let items = page.identity_verifications;
        let items = items.ok_or_else(|| unreadable(NOT_A_LIST))?;
        let (mut sessions, mut broken) = (Vec::new(), 0_u32);
        for item in items {
            match snapshot(item.get().as_bytes()) {
                Some(session) if is_within(&session, query) => sessions.push(session),
                Some(_) => {}
                // One that cannot be read must not hide the others.
                None => broken = broken.saturating_add(1),
            }
        }
        Ok(SessionPage::new(sessions, broken, page.next_cursor))
    }
}

/// A session as the list shows it, without links: they are as old as the page.
fn snapshot(item: &[u8]) -> Option<Snapshot> {
    let parts = vec![Part::new(map::SESSION_PART, item.to_vec())];
    let mapped = map::assemble(&parts).ok()?.without_links();
    Some(Snapshot {
        mapped,
        parts,
        missing: Vec::new(),
    })
}

/// The list cannot be asked for a span of time. What does not say when it was made is not left out.
fn is_within(session: &Snapshot, query: &ListQuery) -> bool {
    let made = session.mapped.created_at;
    let is = |bound: Option<Timestamp>, holds: fn(Timestamp, Timestamp) -> bool| {
        made.zip(bound)
            .is_none_or(|(made, bound)| holds(made, bound))
    };
    is(query.created_since, |made, since| made >= since)
        && is(query.created_before, |made, before| made < before)
}
