//! Asking the vendor how things are, because somebody wants to know now.

use std::time::Duration;

use idv_core::{
    Actor, Depth, ErrorKind, ObservationId, RequestId, SessionKey, Snapshot, Timestamp,
};

use super::Commanded;
use super::observe::{Given, check_actor};
use crate::account::Account;
use crate::error::CommandError;
use crate::fold::{SessionState, fold_session};
use crate::observe::{SealedParts, seal_parts};
use crate::store::{JobKind, ObservationRow, ObservationSource, SessionRow, UnitOfWork};
use crate::{Engine, words};

/// Asks the vendor how a request stands.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The request.
    pub request: RequestId,
    /// Who wants to know.
    pub actor: Actor,
}

/// How often an answer is given up because another one came in between. Then it is written down as it is.
pub(crate) const ASKED_AGAIN_AT_MOST: u32 = 3;

/// Why the vendor is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Somebody wants to know.
    Wanted,
    /// Nothing was heard for too long.
    Quiet,
}

impl Why {
    const fn word(self) -> &'static str {
        match self {
            Self::Wanted => words::SESSION_FETCHED,
            Self::Quiet => words::SESSION_POLLED,
        }
    }
}

/// What came of asking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// The status of the session is another one now.
    pub(crate) changed: bool,
    /// A webhook should have told of it, and none has.
    pub(crate) missed: bool,
}

/// What the vendor answered, to be written down.
struct Answered<'a> {
    what: &'static str,
    /// What the answer could know at best, UTC.
    as_of: Timestamp,
    /// None if the vendor has no such session.
    snapshot: Option<&'a Snapshot>,
}

/// The vendor's answers that are written down about a session.
#[derive(Clone, Copy)]
pub(crate) struct Answers {
    number: usize,
    newest_as_of: Option<Timestamp>,
}

impl Answers {
    /// Of a session that is not known yet.
    pub(crate) const NONE: Self = Self {
        number: 0,
        newest_as_of: None,
    };

    pub(crate) fn among(observations: &[ObservationRow]) -> Self {
        let confirmed = observations
            .iter()
            .filter(|seen| seen.source.is_confirmed());
        let times = confirmed.map(|seen| seen.as_of);
        Self {
            number: times.clone().count(),
            newest_as_of: times.max(),
        }
    }

    /// True if others were written down since these.
    pub(crate) const fn are_not_all(self, now: Self) -> bool {
        self.number != now.number
    }

    /// What an answer to a question that was asked at this time, knowing these, could know at best: it comes after all of
    /// them, whatever the clocks of those who asked then say.
    pub(crate) fn then_asked_at(self, asked_at: Timestamp) -> Timestamp {
        self.newest_as_of.map_or(asked_at, |newest| {
            asked_at.max(newest.plus(Duration::from_micros(1)))
        })
    }
}

impl Engine {
    /// Reads the current session of a request at the vendor, and folds the answer in. Reading twice is harmless, so it
    /// takes no key.
    ///
    /// # Errors
    /// [`CommandError::NoSession`] if it was not started yet, [`CommandError::AccountCannotFetch`] if the account only
    /// receives, [`CommandError::Provider`] as the vendor answers; the question is asked again later then.
    pub async fn refresh(&self, command: Refresh) -> Result<Commanded, CommandError> {
        check_actor(&command.actor)?;
        let mut unit = self.inner.store.begin().await?;
        let request = self.locked(unit.as_unit_of_work(), command.request).await?;
        let session = self
            .current_session(unit.as_unit_of_work(), &request)
            .await?
            .filter(|session| session.session_id.is_some())
            .ok_or(CommandError::NoSession)?;
        let account = self.account_of(&session)?;
        if !account.can_fetch {
            return Err(CommandError::AccountCannotFetch(account.id.clone()));
        }
        let mut given = Given::new(words::REFRESH_REQUESTED, &command.actor);
        given.session = Some(session.key);
        self.append_command(unit.as_unit_of_work(), &request, given)
            .await?;
        let mut job = self.job(JobKind::Refresh, request.id, Some(session.key));
        job.due_at = self.after_head_start();
        unit.insert_job(&job).await?;
        unit.commit().await?;
        self.read_at_vendor(session.key).await?;
        self.commanded(request.id).await
    }

    /// Reads a session at the vendor and folds the answer in.
    pub(crate) async fn read_at_vendor(&self, key: SessionKey) -> Result<(), CommandError> {
        self.ask_and_fold(key, Why::Wanted).await.map(drop)
    }

    /// Asks the vendor about a session, and folds the answer in.
    ///
    /// Two processes may ask about one session at the same moment, and whoever asked first may have been answered last,
    /// with what is newer. Nobody can tell the order of such answers by a clock. So an answer counts only if no other
    /// one was written down while it was waited for; else the vendor is asked once more, and that answer is the newest.
    pub(crate) async fn ask_and_fold(
        &self,
        key: SessionKey,
        why: Why,
    ) -> Result<Asked, CommandError> {
        let session = self.session_row(key).await?;
        let account = self.account_of(&session)?;
        let (Some(session_id), true) = (&session.session_id, account.can_fetch) else {
            self.finish_jobs(key, JobKind::Refresh).await?;
            return Ok(Asked::default());
        };
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let mut tries_left = ASKED_AGAIN_AT_MOST;
        loop {
            let known = self.answers_to(key).await?;
            let asked_at = self.now();
            let answer = match account.provider.fetch(session_id, Depth::Full).await {
                Ok(snapshot) => Some(snapshot),
                Err(error) if error.kind == ErrorKind::NotFound => None,
                Err(error) => return Err(CommandError::Provider(Box::new(error))),
            };
            let mut unit = self.inner.store.begin().await?;
            let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
            let observations = unit.observations_of(key).await?;
            let answers = Answers::among(&observations);
            if known.are_not_all(answers) && tries_left > 0 {
                tries_left = tries_left.saturating_sub(1);
                continue;
            }
            let answered = Answered {
                what: why.word(),
                as_of: known.then_asked_at(asked_at),
                snapshot: answer.as_ref(),
            };
            let before = session.state.status.clone();
            let found_by = self
                .append_answered(unit.as_unit_of_work(), &account, &session, answered)
                .await?;
            self.refold(unit.as_unit_of_work(), &account, &mut session)
                .await?;
            let missed = why == Why::Quiet
                && self
                    .note_miss(
                        unit.as_unit_of_work(),
                        account.provider.info(),
                        found_by,
                        &before,
                        &session,
                        &observations,
                    )
                    .await?;
            unit.finish_jobs_of(key, JobKind::Refresh).await?;
            unit.commit().await?;
            return Ok(Asked {
                changed: before != session.state.status,
                missed,
            });
        }
    }

    /// Writes down what the vendor answered when it was asked about a session; none if it has no such session.
    /// `as_of`: what the answer could know at best, UTC.
    pub(crate) async fn append_answer(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionRow,
        as_of: Timestamp,
        answer: Option<&Snapshot>,
    ) -> Result<(), crate::crypt::KeyRingError> {
        let answered = Answered {
            what: words::SESSION_FETCHED,
            as_of,
            snapshot: answer,
        };
        self.append_answered(unit, account, session, answered)
            .await
            .map(drop)
    }

    /// Writes down what the vendor showed when it had changed a session as we asked.
    pub(crate) async fn append_updated(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionRow,
        as_of: Timestamp,
        answer: &Snapshot,
    ) -> Result<(), crate::crypt::KeyRingError> {
        let answered = Answered {
            what: words::SESSION_UPDATED,
            as_of,
            snapshot: Some(answer),
        };
        self.append_answered(unit, account, session, answered)
            .await
            .map(drop)
    }

    /// Writes down how the vendor's list showed a session.
    pub(crate) async fn append_imported(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionRow,
        listed: (Timestamp, &Snapshot),
    ) -> Result<(), crate::crypt::KeyRingError> {
        self.append_answered(unit, account, session, imported(listed))
            .await
            .map(drop)
    }

    /// As which a session that nothing else is known of folds, once it is written down by [`Engine::append_imported`].
    pub(crate) fn folded_alone(
        &self,
        account: &Account,
        session: &SessionRow,
        listed: (Timestamp, &Snapshot),
    ) -> SessionState {
        let id = ObservationId::new(self.now());
        let row = self.answer_row(session, &imported(listed), id);
        fold_session(account.provider.info(), &[row])
    }

    async fn append_answered(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionRow,
        answered: Answered<'_>,
    ) -> Result<ObservationId, crate::crypt::KeyRingError> {
        let id = ObservationId::new(self.now());
        let answer = answered.snapshot;
        let raw = match answer {
            Some(snapshot) => {
                let parts = SealedParts {
                    id,
                    request: session.request,
                    snapshot,
                    info: account.provider.info(),
                };
                seal_parts(self, unit, parts).await?
            }
            None => None,
        };
        let mut row = self.answer_row(session, &answered, id);
        row.raw = raw;
        unit.append_observation(&row).await?;
        Ok(id)
    }

    fn answer_row(
        &self,
        session: &SessionRow,
        answered: &Answered<'_>,
        id: ObservationId,
    ) -> ObservationRow {
        let answer = answered.snapshot;
        let what = match answer {
            Some(_) => answered.what,
            None => words::SESSION_MISSING,
        };
        ObservationRow {
            id,
            request: session.request,
            session: Some(session.key),
            source: ObservationSource::Fetch,
            what: what.to_owned(),
            observed_at: self.now(),
            as_of: answered.as_of,
            delivery: None,
            vendor_time: answer.and_then(|snapshot| snapshot.mapped.updated_at),
            mapped: answer.map(|snapshot| snapshot.mapped.clone()),
            actor: None,
            command: None,
            raw: None,
        }
    }

    async fn answers_to(&self, key: SessionKey) -> Result<Answers, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        Ok(Answers::among(&unit.observations_of(key).await?))
    }

    pub(crate) async fn finish_jobs(
        &self,
        key: SessionKey,
        kind: JobKind,
    ) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        unit.finish_jobs_of(key, kind).await?;
        Ok(unit.commit().await?)
    }

    pub(crate) async fn session_row(&self, key: SessionKey) -> Result<SessionRow, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        unit.session(key).await?.ok_or(CommandError::NotFound)
    }
}

/// `listed`: what the list could know at best, UTC, and what it showed.
const fn imported(listed: (Timestamp, &Snapshot)) -> Answered<'_> {
    Answered {
        what: words::SESSION_IMPORTED,
        as_of: listed.0,
        snapshot: Some(listed.1),
    }
}
