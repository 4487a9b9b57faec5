//! Taking in what a vendor holds: a walk through its list, and a request for every session on it.
//!
//! Every session of the past becomes a request of its own, made when the vendor made the session. One that is still
//! open belongs to the open request of its subject, as an adopted one does. What the vendor shows is written down as an
//! answer of the vendor and folded like any other: nothing but the vendor's own verdict makes a pass here either.
//!
//! A walk may be killed at any time. Its position is kept in the database and moves on only when everything on a page
//! is in; a page that is read twice changes nothing, because a vendor's session is here once for each account.
//!
//! A person who was erased stays erased: their sessions are still known by the vendor's ids, without the person, and are
//! left alone. A session of theirs that was never known here is taken in as that of a new subject, as if the
//! application had named the reference again. Whoever wants none of them has the vendor erase them first: then its
//! objects name no subject, and nothing is imported.

mod error;
mod order;
mod page;
mod position;
mod report;
mod session;

use idv_core::List;

pub use error::ImportError;
pub use order::Import;
use position::Position;
pub use report::{ImportReport, ImportWatcher};
use session::Taken;

use crate::Engine;
use crate::account::Account;

/// A walk under way.
struct Walk<'a> {
    account: &'a Account,
    list: &'a dyn List,
    order: &'a Import,
    position: Position,
    /// True until a page is done, if an earlier run may have done a part of it.
    is_repeating: bool,
}

impl Engine {
    /// Walks through the vendor's list and takes in every session for a subject that is not known yet.
    ///
    /// It begins where an interrupted walk with the same order stopped, and anew once one has come to its end.
    ///
    /// # Errors
    /// [`ImportError`]. What was taken in until then stays, and the same order goes on there.
    pub async fn import(
        &self,
        order: &Import,
        watcher: &mut dyn ImportWatcher,
    ) -> Result<ImportReport, ImportError> {
        let account = self
            .inner
            .accounts
            .get(&order.account)
            .ok_or_else(|| ImportError::UnknownAccount(order.account.clone()))?;
        let list = order.check(account)?;
        let position = self.begin_at(order, account).await?;
        let mut walk = Walk {
            account,
            list,
            order,
            is_repeating: position.is_old,
            position,
        };
        while !walk.position.is_finished {
            self.import_page(&mut walk, watcher).await?;
            if !order.dry_run {
                self.save_walk(&account.id, &walk.position).await?;
            }
            watcher.page_done(&walk.position.report);
        }
        Ok(walk.position.report)
    }

    async fn import_page(
        &self,
        walk: &mut Walk<'_>,
        watcher: &mut dyn ImportWatcher,
    ) -> Result<(), ImportError> {
        let (asked_at, page) = self.listed(walk, watcher).await?;
        let mut report = walk.position.report;
        for snapshot in &page.sessions {
            let taken = self
                .import_session(walk, watcher, (asked_at, snapshot))
                .await?;
            report.count(taken);
        }
        report.pages = report.pages.saturating_add(1);
        report.unreadable = report.unreadable.saturating_add(u64::from(page.unreadable));
        report.sessions = report.sessions.saturating_add(u64::from(page.unreadable));
        if page.next.is_some() && page.next == walk.position.cursor {
            return Err(ImportError::GoesInCircles);
        }
        walk.position.report = report;
        walk.is_repeating = false;
        walk.position.cursor = page.next;
        if walk.position.cursor.is_none() {
            walk.position.lists_done = walk.position.lists_done.saturating_add(1);
            walk.position.is_finished = walk.position.lists_done >= walk.order.lists();
        }
        Ok(())
    }
}
