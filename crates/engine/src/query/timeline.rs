//! The story of a request, entry by entry.

use std::collections::HashMap;
use std::sync::Arc;

use idv_core::{
    AccountId, Actor, Attention, ObservationId, ProviderId, ReasonCode, RequestId, SessionId,
    SessionKey, Status, Timestamp,
};

use crate::Engine;
use crate::account::Account;
use crate::error::QueryError;
use crate::fold::{CommandFact, SessionState, fold_session};
use crate::store::{ObservationRow, ObservationSource, Page, PageRequest, SessionRow};

/// One thing that was learned, and what it changed.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// The observation.
    pub id: ObservationId,
    /// When it was learned, UTC.
    pub at: Timestamp,
    /// How it was learned.
    pub source: ObservationSource,
    /// A word of ours, or the vendor's type of event.
    pub what: String,
    /// The account, for what is about a session.
    pub account: Option<AccountId>,
    /// The provider of that account.
    pub provider: Option<ProviderId>,
    /// The vendor's id of the session, for what is about one.
    pub session_id: Option<SessionId>,
    /// The status the vendor's object carried.
    pub says: Option<Status>,
    /// The status of the session before, folded up to here.
    pub status_before: Option<Status>,
    /// The status of the session after.
    pub status_after: Option<Status>,
    /// The reasons the vendor's object carried.
    pub findings: Vec<ReasonCode>,
    /// What it made worth a look.
    pub attention: Vec<Attention>,
    /// When it happened by the vendor's clock, UTC.
    pub vendor_time: Option<Timestamp>,
    /// Who gave the command, for a command.
    pub actor: Option<Actor>,
    /// What a command decided.
    pub decided: Option<CommandFact>,
}

/// A page of one request's story is folded from its beginning, so there is an end to how long a story can be read.
const LONGEST_STORY: u32 = 10_000;

impl Engine {
    /// The timeline of a request, oldest first. None if there is no such request.
    ///
    /// What each entry changed is not stored but folded again, so that it can never disagree with the state.
    ///
    /// # Errors
    /// [`QueryError`] if the database failed.
    pub async fn timeline(
        &self,
        request: RequestId,
        page: PageRequest<ObservationId>,
    ) -> Result<Option<Page<TimelineEntry, ObservationId>>, QueryError> {
        let reads = self.inner.store.reads();
        if reads.request(request).await?.is_none() {
            return Ok(None);
        }
        let sessions: HashMap<_, _> = reads
            .sessions_of(request)
            .await?
            .into_iter()
            .map(|s| (s.key, s))
            .collect();
        let whole = PageRequest {
            after: None,
            limit: LONGEST_STORY,
        };
        let observations = reads.observations_of(request, whole).await?.rows;

        let mut story = Story {
            engine: self,
            sessions,
            so_far: HashMap::new(),
        };
        let entries: Vec<_> = observations
            .into_iter()
            .map(|observation| story.entry(observation))
            .collect();
        let skip = page.after.map_or(0, |after| {
            entries
                .iter()
                .position(|e| e.id == after)
                .map_or(entries.len(), |i| i + 1)
        });
        let limit = usize::try_from(page.limit.clamp(1, 500)).unwrap_or(500);
        let more = entries.len() > skip.saturating_add(limit);
        let rows: Vec<_> = entries.into_iter().skip(skip).take(limit).collect();
        let next = rows.last().map(|entry| entry.id).filter(|_| more);
        Ok(Some(Page { rows, next }))
    }
}

/// Folds session by session, as far as it has been told.
struct Story<'a> {
    engine: &'a Engine,
    sessions: HashMap<SessionKey, SessionRow>,
    so_far: HashMap<SessionKey, (Vec<ObservationRow>, SessionState)>,
}

impl Story<'_> {
    fn entry(&mut self, observation: ObservationRow) -> TimelineEntry {
        let session = observation.session.and_then(|key| self.sessions.get(&key));
        let mut entry = TimelineEntry {
            id: observation.id,
            at: observation.observed_at,
            source: observation.source,
            what: observation.what.clone(),
            account: session.map(|s| s.account.clone()),
            provider: session.map(|s| s.provider.clone()),
            session_id: session.and_then(|s| s.session_id.clone()),
            says: observation
                .mapped
                .as_ref()
                .and_then(|mapped| mapped.status.clone()),
            status_before: None,
            status_after: None,
            findings: observation
                .mapped
                .iter()
                .flat_map(|m| &m.findings)
                .map(|finding| finding.code.clone())
                .collect(),
            attention: Vec::new(),
            vendor_time: observation.vendor_time,
            actor: observation.actor.clone(),
            decided: observation.command.clone(),
        };
        let account = session
            .and_then(|s| self.engine.inner.accounts.get(&s.account))
            .map(Arc::clone);
        if let (Some(key), Some(account)) = (observation.session, account) {
            self.fold(key, &account, observation, &mut entry);
        }
        entry
    }

    fn fold(
        &mut self,
        key: SessionKey,
        account: &Account,
        observation: ObservationRow,
        entry: &mut TimelineEntry,
    ) {
        let (seen, state) = self
            .so_far
            .entry(key)
            .or_insert_with(|| (Vec::new(), SessionState::created()));
        seen.push(observation);
        let after = fold_session(account.provider.info(), seen);
        entry.attention = after
            .attention
            .iter()
            .filter(|a| !state.attention.contains(a))
            .cloned()
            .collect();
        entry.status_before = Some(std::mem::replace(&mut state.status, after.status.clone()));
        entry.status_after = Some(after.status.clone());
        *state = after;
    }
}
