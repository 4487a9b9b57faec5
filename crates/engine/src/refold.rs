//! From observations to state, inside one unit of work: the session, its request, and what is announced about it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use idv_core::{
    Actor, Attention, EventId, ProviderInfo, RequestId, RequestState, Retryable, SessionKey,
    Status, Timestamp,
};

use crate::account::Account;
use crate::command::Given;
use crate::crypt::KeyRingError;
use crate::fold::{
    Announcement, Chapter, CommandFact, PolicyRule, SessionState, announcements, fold_request,
    fold_session, kind_of_state,
};
use crate::observe::corrupt;
use crate::reconcile::next_poll;
use crate::store::{
    JobKind, ObservationRow, RequestRow, SessionRow, StoreError, UnitOfWork, short_word,
};
use crate::{Engine, words};

/// Whether the application is told what a fold brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// As always.
    Aloud,
    /// It was long ago, or elsewhere: what would be announced now is written down as not to be announced, and only what
    /// comes after it is.
    Quietly,
}

impl Engine {
    /// Folds a session anew, and its request with it. Everything is read inside the unit of work, so the result
    /// rests on all that was written before it commits. The session must be locked.
    pub(crate) async fn refold(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &mut SessionRow,
    ) -> Result<(), KeyRingError> {
        self.refold_as(unit, account.provider.info(), session).await
    }

    /// As [`Engine::refold`], and says whether the application is told.
    pub(crate) async fn refold_telling(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &mut SessionRow,
        telling: Telling,
    ) -> Result<(), KeyRingError> {
        self.fold_and_settle(unit, account.provider.info(), session, telling)
            .await
    }

    /// As [`Engine::refold`], for a session of this provider, whose account may be gone from the configuration.
    pub(crate) async fn refold_as(
        &self,
        unit: &mut dyn UnitOfWork,
        info: &ProviderInfo,
        session: &mut SessionRow,
    ) -> Result<(), KeyRingError> {
        self.fold_and_settle(unit, info, session, Telling::Aloud)
            .await
    }

    async fn fold_and_settle(
        &self,
        unit: &mut dyn UnitOfWork,
        info: &ProviderInfo,
        session: &mut SessionRow,
        telling: Telling,
    ) -> Result<(), KeyRingError> {
        let observations = unit.observations_of(session.key).await?;
        session.state = fold_session(info, &observations);
        session.updated_at = self.now();
        session.poll_at = session
            .session_id
            .is_some()
            .then(|| {
                let longest = self.inner.settings.longest_poll_pause;
                next_poll(info, session.key, &session.state, &observations, longest)
            })
            .flatten();
        if !unit.update_session(session).await? {
            return Err(corrupt("two sessions of an account have the same vendor id").into());
        }
        let mut request = unit
            .request(session.request)
            .await?
            .ok_or_else(|| corrupt("a session without a request"))?;
        let read = HashMap::from([(session.key, observations)]);
        self.settle_request(unit, &mut request, read, telling).await
    }

    /// Folds a request that is locked, applies the rules of ours that end or restart it, stores it, and announces what
    /// is new.
    pub(crate) async fn refold_request(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &mut RequestRow,
    ) -> Result<(), KeyRingError> {
        self.settle_request(unit, request, HashMap::new(), Telling::Aloud)
            .await
    }

    async fn settle_request(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &mut RequestRow,
        mut observations: HashMap<SessionKey, Vec<ObservationRow>>,
        telling: Telling,
    ) -> Result<(), KeyRingError> {
        let mut history = self
            .read_history(unit, request.id, &mut observations)
            .await?;
        let mut state = history.fold();
        // A rule ends the request, or starts another session; either way it is folded once more.
        if let Some(rule) = self.rule_that_ends(request, &history, &state) {
            let vendor_said = history.current()?.state.status.clone();
            self.append_end(unit, request, rule, vendor_said).await?;
            self.withdraw(unit, request.id, history.current()?).await?;
            history = self
                .read_history(unit, request.id, &mut observations)
                .await?;
            state = history.fold();
        } else if self.may_restart(request, &history, &state) {
            self.restart_session(unit, request, history.current()?)
                .await?;
            history = self
                .read_history(unit, request.id, &mut observations)
                .await?;
            state = history.fold();
        }
        let current = history.current()?.key;
        let before = request.state.clone();
        if before != state || request.current_session != Some(current) {
            request.state = state;
            request.current_session = Some(current);
            request.updated_at = self.now();
            if !unit.update_request(request).await? {
                // It would be open again while another request of the subject is open.
                request.state = before.clone();
                request.state.attention.push(Attention::Conflict);
                request.state.attention.sort();
                request.state.attention.dedup();
                unit.update_request(request).await?;
            }
        }
        let new = self.not_announced(unit, request, &history).await?;
        match telling {
            Telling::Aloud => self.announce(unit, request, &before.status, new).await,
            Telling::Quietly => self.keep_quiet(unit, request, new).await,
        }
    }

    /// The sessions of a request in the order in which they count, with what was observed about each, and its commands.
    async fn read_history(
        &self,
        unit: &mut dyn UnitOfWork,
        request: RequestId,
        read: &mut HashMap<SessionKey, Vec<ObservationRow>>,
    ) -> Result<History, KeyRingError> {
        let mut sessions = unit.sessions_of(request).await?;
        sessions.sort_by_key(order_of);
        let mut accounts = Vec::with_capacity(sessions.len());
        for session in &sessions {
            if let Entry::Vacant(vacant) = read.entry(session.key) {
                vacant.insert(unit.observations_of(session.key).await?);
            }
            accounts.push(self.inner.accounts.get(&session.account).map(Arc::clone));
        }
        let observations = sessions
            .iter()
            .map(|session| read.get(&session.key).cloned().unwrap_or_default())
            .collect();
        Ok(History {
            sessions,
            accounts,
            observations,
            commands: unit.commands_of(request).await?,
        })
    }

    /// The rule of ours that ends a request at a vendor that never says "failed". Rules about time are the sweeper's.
    fn rule_that_ends(
        &self,
        request: &RequestRow,
        history: &History,
        state: &RequestState,
    ) -> Option<PolicyRule> {
        let policy = &self.inner.settings.policy;
        if request.state.status.is_final() || state.status != Status::RetryRequired {
            return None;
        }
        let tries = history.sessions.last()?.state.failed_tries;
        if policy.max_attempts.is_some_and(|most| tries >= most) {
            return Some(PolicyRule::MaxAttempts);
        }
        let hopeless = state
            .findings
            .iter()
            .any(|finding| finding.retryable == Retryable::No);
        (policy.end_not_retryable && hopeless).then_some(PolicyRule::NotRetryable)
    }

    /// True if the vendor ended the session for a technical reason and there is another try left. What the vendor
    /// refused to start, it would refuse again.
    fn may_restart(&self, request: &RequestRow, history: &History, state: &RequestState) -> bool {
        let errored = history
            .sessions
            .iter()
            .filter(|session| session.state.status == Status::Errored);
        let can_start = history
            .accounts
            .last()
            .and_then(Option::as_ref)
            .is_some_and(|account| account.can_fetch);
        state.status == Status::Errored
            && !request.state.status.is_final()
            && can_start
            && history
                .sessions
                .last()
                .is_some_and(|s| s.session_id.is_some() && s.intent.is_some())
            && u32::try_from(errored.count())
                .is_ok_and(|used| used <= self.inner.settings.policy.errored_restarts)
    }

    /// What was neither announced before nor is not to be.
    async fn not_announced(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        history: &History,
    ) -> Result<Vec<Announcement>, KeyRingError> {
        let mut known: HashSet<_> = unit.event_keys_of(request.id).await?.into_iter().collect();
        known.extend(unannounced(&history.commands));
        let mut all = announcements(&history.chapters(), &history.commands, &request.state);
        all.retain(|announcement| !known.contains(&announcement.key));
        Ok(all)
    }

    /// Writes down what is not to be announced. It is an observation as any other, so that every later fold knows it.
    async fn keep_quiet(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        new: Vec<Announcement>,
    ) -> Result<(), KeyRingError> {
        let mut given = Given::new(words::HISTORY_IMPORTED, &Actor::System);
        given.fact = Some(CommandFact::Imported {
            unannounced: new.into_iter().map(|a| a.key).collect(),
        });
        self.append_command(unit, request, given).await
    }

    /// Writes an event for each of these.
    async fn announce(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        before: &Status,
        new: Vec<Announcement>,
    ) -> Result<(), KeyRingError> {
        let state_word = request.state.status.as_word();
        let state_word = short_word(&state_word);
        let tells_state = new.iter().any(|a| {
            a.key
                .rsplit_once('/')
                .is_some_and(|(status, _)| *status == *state_word)
        });
        for announcement in new {
            self.append_event(unit, request, announcement.kind, announcement.key)
                .await?;
        }
        if !tells_state && *before != request.state.status {
            // The vendor contradicts itself, and the request is back where it was before: that is announced again.
            let key = format!("{state_word}/again/{}", EventId::new(self.now()));
            let kind = kind_of_state(&request.state.status);
            self.append_event(unit, request, kind, key).await?;
        }
        Ok(())
    }

    /// Writes down that a rule of ours ended a request.
    pub(crate) async fn append_end(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        rule: PolicyRule,
        vendor_said: Status,
    ) -> Result<(), KeyRingError> {
        let mut given = Given::new(words::POLICY_ENDED, &Actor::System);
        given.fact = Some(CommandFact::PolicyEnded { rule, vendor_said });
        self.append_command(unit, request, given).await
    }

    /// Has the vendor withdraw a session, if it can, or stops one that was not started yet.
    pub(crate) async fn withdraw(
        &self,
        unit: &mut dyn UnitOfWork,
        request: RequestId,
        session: &SessionRow,
    ) -> Result<(), StoreError> {
        let can_cancel = self
            .inner
            .accounts
            .get(&session.account)
            .is_some_and(|a| a.can_fetch && a.provider.abilities().cancel.is_some());
        let was_started = session.session_id.is_some();
        if session.state.status.is_final() || (was_started && !can_cancel) {
            return Ok(());
        }
        unit.insert_job(&self.job(JobKind::Cancel, request, Some(session.key)))
            .await
    }
}

/// The keys of what an import brought and the application is not told of.
fn unannounced(commands: &[ObservationRow]) -> impl Iterator<Item = String> {
    commands
        .iter()
        .filter_map(|row| match &row.command {
            Some(CommandFact::Imported { unannounced }) => Some(unannounced),
            _ => None,
        })
        .flatten()
        .cloned()
}

/// The order in which the sessions of a request count; the last is the current one. Ours by when we wanted them: what
/// the vendor dates them depends on when it answered. Those made elsewhere by when the vendor made them.
pub(crate) fn order_of(session: &SessionRow) -> (Timestamp, SessionKey) {
    let vendor = session.state.vendor_created_at;
    let at = match session.intent {
        Some(_) => session.created_at,
        None => vendor.unwrap_or(session.created_at),
    };
    (at, session.key)
}

/// Everything a request's state rests on.
struct History {
    sessions: Vec<SessionRow>,
    accounts: Vec<Option<Arc<Account>>>,
    observations: Vec<Vec<ObservationRow>>,
    commands: Vec<ObservationRow>,
}

impl History {
    fn current(&self) -> Result<&SessionRow, StoreError> {
        self.sessions
            .last()
            .ok_or_else(|| corrupt("a request without a session"))
    }

    fn fold(&self) -> RequestState {
        let created = SessionState::created();
        let (current, superseded) = match self.sessions.split_last() {
            Some((current, superseded)) => (&current.state, superseded),
            None => (&created, [].as_slice()),
        };
        let superseded: Vec<_> = superseded.iter().map(|session| &session.state).collect();
        fold_request(current, &superseded, &self.commands)
    }

    /// Sessions of accounts that are no longer configured tell nothing new.
    fn chapters(&self) -> Vec<Chapter<'_>> {
        let next = self.sessions.iter().skip(1).map(|s| Some(s.created_at));
        self.accounts
            .iter()
            .zip(&self.observations)
            .zip(next.chain([None]))
            .filter_map(|((account, observations), superseded_at)| {
                Some(Chapter {
                    info: account.as_ref()?.provider.info(),
                    observations,
                    superseded_at,
                })
            })
            .collect()
    }
}
