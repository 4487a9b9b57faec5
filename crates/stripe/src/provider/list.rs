//! Going through the sessions of the account.
//!
//! <https://docs.stripe.com/api/identity/verification_sessions/list>, read 2026-11-20. The list is newest first and is
//! walked by the id of the last session seen, so what is made meanwhile moves nothing.

use std::borrow::Cow;

use idv_core::{Error, ListQuery, Part, Purpose, SessionPage, Snapshot, json};

use super::StripeProvider;
use super::read::unreadable;
use super::start::NOT_A_LIST;
use crate::client::Which;
use crate::{map, wire};

impl StripeProvider {
    /// See [`idv_core::List::list`].
    pub(super) async fn list_page(
        &self,
        query: &ListQuery,
        cursor: Option<&str>,
    ) -> Result<SessionPage, Error> {
        let operation = "list_sessions";
        let client = self.client(operation)?;
        let subject = query.subject.as_ref();
        let which = Which {
            client_reference_id: subject.map(|subject| subject.expose(Purpose::SendToVendor)),
            created_since_unix_secs: query.created_since.map(|at| at.as_unix_secs()),
            created_before_unix_secs: query.created_before.map(|at| at.as_unix_secs()),
        };
        let answer = client.list_sessions(&which, cursor).await?;
        let unreadable = |error| unreadable(operation, &answer, error);
        let page: wire::List<'_> = map::object(&answer.body).map_err(unreadable)?;
        let (mut sessions, mut broken, mut last) = (Vec::new(), 0_u32, None);
        for item in page.data.iter().flatten() {
            let bytes = item.get().as_bytes();
            last = json::find_text(bytes, "id")
                .filter(|id| map::is_vendor_id(id))
                .map(Cow::into_owned);
            match snapshot(bytes) {
                Some(session) if is_of(&session, query) => sessions.push(session),
                Some(_) => {}
                // One that cannot be read must not hide the others.
                None => broken = broken.saturating_add(1),
            }
        }
        let next = match (page.object.get(), page.has_more.0, last) {
            (Some(wire::LIST), Some(false), _) => None,
            (Some(wire::LIST), Some(true), Some(last)) => Some(last),
            // Only a list that says so has ended.
            _ => return Err(unreadable(NOT_A_LIST)),
        };
        Ok(SessionPage::new(sessions, broken, next))
    }
}

/// A session as the list shows it, if it is one that can be asked for.
fn snapshot(bytes: &[u8]) -> Option<Snapshot> {
    let parts = vec![Part::new(map::SESSION_PART, bytes.to_vec())];
    let mapped = map::assemble(&parts).ok()?;
    let id = mapped.session_id.as_ref()?;
    map::is_vendor_id(id.as_str()).then_some(())?;
    Some(Snapshot {
        mapped,
        parts,
        missing: Vec::new(),
    })
}

/// The list cannot be asked for one flow alone.
fn is_of(session: &Snapshot, query: &ListQuery) -> bool {
    let Some(wanted) = &query.template else {
        return true;
    };
    let template = session.mapped.template.as_ref();
    template.is_some_and(|template| template.id == *wanted)
}
