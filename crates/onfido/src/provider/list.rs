//! Going through the runs of the account.
//!
//! From the vendor's OpenAPI file (`/workflow_runs`), read 2026-11-20. Pages are numbered and the vendor does not say how
//! long one is, so the list is walked oldest first, where what is made meanwhile comes at the end, and ends with a page
//! that is empty. Times can be asked for in days only.

use std::time::Duration;

use idv_core::{Error, ErrorKind, ListQuery, Part, Purpose, SessionPage, Snapshot, Timestamp};

use super::OnfidoProvider;
use super::read::unreadable;
use crate::client::failed;
use crate::map;

const OPERATION: &str = "list_workflow_runs";
const DAY: Duration = Duration::from_secs(86_400);

impl OnfidoProvider {
    /// See [`idv_core::List::list`].
    pub(super) async fn list_page(
        &self,
        query: &ListQuery,
        cursor: Option<&str>,
    ) -> Result<SessionPage, Error> {
        let client = self.client(OPERATION)?;
        let page: u32 = match cursor {
            None => 1,
            Some(cursor) => cursor.parse().map_err(|_| {
                let field = Some("cursor".to_owned());
                let message = "the cursor is none of this list";
                failed(ErrorKind::InvalidInput { field }, OPERATION, message)
            })?,
        };
        // The days that are named are left out by the vendor.
        let since = query.created_since.map(|at| day(at.minus(DAY)));
        let before = query.created_before.map(|at| day(at.plus(DAY)));
        let answer = client
            .list_all_workflow_runs(since.as_deref(), before.as_deref(), page)
            .await?;
        let runs = map::elements(&answer.body).map_err(|error| unreadable(OPERATION, error))?;
        let is_last = runs.is_empty();
        let (mut sessions, mut broken) = (Vec::new(), 0_u32);
        for run in runs {
            match self.listed(run.get().as_bytes()) {
                Some(session) if is_wanted(&session, query) => sessions.push(session),
                Some(_) => {}
                // One that cannot be read must not hide the others.
                None => broken = broken.saturating_add(1),
            }
        }
        let next = page.checked_add(1).filter(|_| !is_last);
        let next = next.map(|page| page.to_string());
        Ok(SessionPage::new(sessions, broken, next))
    }

    /// A run as the list shows it, if it is one that can be asked for.
    fn listed(&self, bytes: &[u8]) -> Option<Snapshot> {
        let parts = vec![Part::new(map::SESSION_PART, bytes.to_vec())];
        let mapped = map::assemble(&self.options, &parts).ok()?;
        let id = mapped.session_id.as_ref()?;
        map::is_vendor_id(id.as_str()).then_some(())?;
        Some(Snapshot {
            mapped,
            parts,
            missing: Vec::new(),
        })
    }
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// What the vendor cannot be asked for is looked at here. What does not say when it was made is not left out.
fn is_wanted(session: &Snapshot, query: &ListQuery) -> bool {
    let mapped = &session.mapped;
    let is = |bound: Option<Timestamp>, holds: fn(Timestamp, Timestamp) -> bool| {
        let both = mapped.created_at.zip(bound);
        both.is_none_or(|(made, bound)| holds(made, bound))
    };
    let subject = query.subject.as_ref().is_none_or(|wanted| {
        let wanted = wanted.expose(Purpose::SendToVendor);
        let found = mapped.subject.as_ref();
        found.is_some_and(|found| found.expose(Purpose::SendToVendor) == wanted)
    });
    let template = query.template.as_ref().is_none_or(|wanted| {
        let found = mapped.template.as_ref();
        found.is_some_and(|found| found.id == *wanted)
    });
    subject
        && template
        && is(query.created_since, |made, since| made >= since)
        && is(query.created_before, |made, before| made < before)
}
