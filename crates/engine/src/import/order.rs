//! What is to be imported.

use idv_core::{AccountId, List, ListQuery, ListScope, SubjectRef, Timestamp};

use super::ImportError;
use crate::account::Account;

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub struct Import {
    /// The account whose vendor is asked.
    pub account: AccountId,
    /// Only the sessions of these subjects, one after the other; empty for all that the list shows. Where the vendor
    /// lists the sessions of one subject at a time, there must be some.
    pub subjects: Vec<SubjectRef>,
    /// Only the sessions of this template, workflow or flow.
    pub template: Option<String>,
    /// Only sessions made at or after this time, UTC.
    pub created_since: Option<Timestamp>,
    /// Only sessions made before this time, UTC.
    pub created_before: Option<Timestamp>,
    /// Read everything that explains a session too: at least one call more for each.
    pub full: bool,
    /// Tell the application what is taken in. Else it is told only what changes later.
    pub announce: bool,
    /// Write nothing, and count what would be taken in. It begins at the beginning and reads the list alone.
    pub dry_run: bool,
    /// Begin anew, whatever walk was interrupted.
    pub restart: bool,
}

impl Import {
    /// Everything the list of this account shows, without a word to the application.
    #[must_use]
    pub const fn new(account: AccountId) -> Self {
        Self {
            account,
            subjects: Vec::new(),
            template: None,
            created_since: None,
            created_before: None,
            full: false,
            announce: false,
            dry_run: false,
            restart: false,
        }
    }

    /// The list to walk through, if the account has one that can be asked like this.
    pub(super) fn check<'a>(&self, account: &'a Account) -> Result<&'a dyn List, ImportError> {
        if !account.can_fetch {
            return Err(ImportError::CannotFetch(account.id.clone()));
        }
        let list = account.provider.abilities().list;
        let list = list.ok_or_else(|| ImportError::NoList(account.id.clone()))?;
        if list.scope() == ListScope::Subject && self.subjects.is_empty() {
            return Err(ImportError::NeedsSubjects(account.id.clone()));
        }
        Ok(list)
    }

    /// How many lists there are to walk through.
    pub(super) fn lists(&self) -> u64 {
        u64::try_from(self.subjects.len().max(1)).unwrap_or(u64::MAX)
    }

    /// What the vendor is asked for in the list of this number.
    pub(super) fn query(&self, list: u64) -> ListQuery {
        let index = usize::try_from(list).unwrap_or(usize::MAX);
        let mut query = ListQuery::default();
        query.subject = self.subjects.get(index).cloned();
        query.template.clone_from(&self.template);
        query.created_since = self.created_since;
        query.created_before = self.created_before;
        query
    }
}
