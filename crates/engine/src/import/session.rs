//! Taking in one session.

use std::borrow::Cow;

use idv_core::{Actor, SessionId, SessionKey, Snapshot, SubjectRef, Timestamp};

use super::{ImportError, ImportWatcher, Walk};
use crate::account::Environment;
use crate::command::Given;
use crate::crypt::KeyRingError;
use crate::fold::{SessionState, fold_request};
use crate::inbox::Home;
use crate::observe::corrupt;
use crate::refold::Telling;
use crate::store::{OwnedUnitOfWork, SessionRow, SubjectId, UnitOfWork};
use crate::{Engine, words};

/// What became of a session on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Imported,
    Joined,
    Known,
    WithoutSubject,
    OtherEnvironment,
    OpenElsewhere,
    Unreadable,
}

impl Walk<'_> {
    /// What marks the sessions of this walk, by what became of them.
    fn mark(&self, taken: Taken) -> String {
        let word = match taken {
            Taken::Joined => "joined",
            _ => "imported",
        };
        format!("idv-{word}-{}-", self.position.walk)
    }

    /// As what a session that is here already counts: an earlier run of this very walk may have taken it in, and have
    /// been interrupted before its page was done.
    fn known(&self, known: &SessionRow) -> Taken {
        let earlier = [Taken::Imported, Taken::Joined];
        let is_it = |taken: &Taken| known.idempotency_key.starts_with(&self.mark(*taken));
        earlier
            .into_iter()
            .find(|taken| self.is_repeating && is_it(taken))
            .unwrap_or(Taken::Known)
    }
}

impl Engine {
    /// Takes in a session as the list shows it. `listed`: when the page was asked for, UTC, and what it shows.
    pub(super) async fn import_session(
        &self,
        walk: &Walk<'_>,
        watcher: &mut dyn ImportWatcher,
        listed: (Timestamp, &Snapshot),
    ) -> Result<Taken, ImportError> {
        let (mut asked_at, snapshot) = listed;
        let account = walk.account;
        let Some(id) = &snapshot.mapped.session_id else {
            return Ok(Taken::Unreadable);
        };
        let of_account = account.environment == Environment::Live;
        if snapshot.mapped.live.is_some_and(|live| live != of_account) {
            return Ok(Taken::OtherEnvironment);
        }
        let _turn = self.inner.session_locks.lock(&account.id, id).await;
        let mut unit = self.inner.store.begin().await?;
        if let Some(known) = unit.session_by_vendor_id(&account.id, id).await? {
            return Ok(walk.known(&known));
        }
        let mut snapshot = Cow::Borrowed(snapshot);
        if walk.order.full && !walk.order.dry_run {
            drop(unit);
            match self.in_full(walk, watcher, id).await? {
                None => return Ok(Taken::Unreadable),
                Some((at, full)) => (asked_at, snapshot) = (at, Cow::Owned(full)),
            }
            unit = self.inner.store.begin().await?;
        }
        self.take_in(walk, unit, id, (asked_at, &snapshot)).await
    }

    async fn take_in(
        &self,
        walk: &Walk<'_>,
        mut unit: Box<dyn OwnedUnitOfWork>,
        id: &SessionId,
        listed: (Timestamp, &Snapshot),
    ) -> Result<Taken, ImportError> {
        let mapped = &listed.1.mapped;
        let account = walk.account;
        let within = unit.as_unit_of_work();
        // A start of ours whose answer was lost is waited for: it is no history, and the application hears of it.
        let ours = match mapped.request_id {
            Some(request) => {
                self.started_without_answer(within, &account.id, request, id)
                    .await?
            }
            None => None,
        };
        let (taken, mut row, telling) = match (ours, &mapped.subject) {
            (Some(ours), _) => (Taken::Joined, ours, Telling::Aloud),
            (None, None) => return Ok(Taken::WithoutSubject),
            (None, Some(subject)) => {
                let found = self.home_of(walk, within, (id, subject), listed).await?;
                let Some((taken, row)) = found else {
                    return Ok(Taken::OpenElsewhere);
                };
                if !within.insert_session(&row).await? {
                    // Somebody else has written it down in between: that one counts.
                    return Ok(Taken::Known);
                }
                within
                    .requeue_unmatched(&account.id, id, self.now())
                    .await?;
                (taken, row, telling(walk.order.announce))
            }
        };
        self.append_imported(within, account, &row, listed).await?;
        if telling == Telling::Aloud && row.intent.is_none() {
            let request = within.request(row.request).await?;
            let request = request.ok_or_else(|| corrupt("a session without a request"))?;
            let given = Given::new(words::HISTORY_IMPORTED, &Actor::System);
            self.append_command(within, &request, given).await?;
        }
        self.refold_telling(within, account, &mut row, telling)
            .await?;
        if !walk.order.dry_run {
            unit.commit().await?;
        }
        Ok(taken)
    }

    /// The row of a session from the past, with a request of its own; or of an open one, with the open request of its
    /// subject. None if it can belong to no request now.
    async fn home_of(
        &self,
        walk: &Walk<'_>,
        unit: &mut dyn UnitOfWork,
        (id, subject): (&SessionId, &SubjectRef),
        listed: (Timestamp, &Snapshot),
    ) -> Result<Option<(Taken, SessionRow)>, KeyRingError> {
        let account = walk.account;
        let subject = self
            .lock_or_insert_subject(unit, account.environment, subject)
            .await?;
        let now = self.now();
        // The vendor's clock may be ahead of ours: nothing here is made in the future.
        let made_at = listed.1.mapped.created_at.map_or(now, |made| made.min(now));
        let mut row = self.row_from_elsewhere(walk, id, made_at);
        let state = self.folded_alone(account, &row, listed);
        if state.status.is_final() {
            row.request = self
                .past_request(walk, unit, (subject, &row, &state))
                .await?;
            return Ok(Some((Taken::Imported, row)));
        }
        let made = (made_at, row.key);
        let home = self.open_request_for(unit, account, subject, made).await?;
        let Some(home) = home else {
            return Ok(None);
        };
        row.request = home.request();
        let Home::Joined(_) = home else {
            return Ok(Some((Taken::Imported, row)));
        };
        // When it came to a request that has a history of its own.
        row.created_at = now;
        row.idempotency_key = format!("{}{}", walk.mark(Taken::Joined), row.key);
        Ok(Some((Taken::Joined, row)))
    }

    /// A request that is over before anybody here has heard of it: it is never open, so that it is in nobody's way.
    async fn past_request(
        &self,
        walk: &Walk<'_>,
        unit: &mut dyn UnitOfWork,
        (subject, row, state): (SubjectId, &SessionRow, &SessionState),
    ) -> Result<idv_core::RequestId, KeyRingError> {
        let mut request = self.request_from_elsewhere(walk.account, subject, row.created_at);
        request.current_session = Some(row.key);
        request.state = fold_request(state, &[], &[]);
        if !unit.insert_request(&request).await? {
            return Err(corrupt("a request that is over and in the way of an open one").into());
        }
        Ok(request.id)
    }

    fn row_from_elsewhere(
        &self,
        walk: &Walk<'_>,
        id: &SessionId,
        made_at: Timestamp,
    ) -> SessionRow {
        let key = SessionKey::new(made_at);
        SessionRow {
            key,
            request: idv_core::RequestId::new(made_at), // Whoever asks for the row says which.
            account: walk.account.id.clone(),
            provider: walk.account.provider.info().id.clone(),
            session_id: Some(id.clone()),
            idempotency_key: format!("{}{key}", walk.mark(Taken::Imported)),
            intent: None,
            state: SessionState::created(),
            created_at: made_at,
            updated_at: self.now(),
            poll_at: None, // The fold writes it.
        }
    }
}

const fn telling(announce: bool) -> Telling {
    if announce {
        Telling::Aloud
    } else {
        Telling::Quietly
    }
}
