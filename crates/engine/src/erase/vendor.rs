//! Having a vendor erase a session's data, and following it until it has.

use std::sync::Arc;

use idv_core::{
    DataState, Depth, ErrorKind, Kind, Mapped, ObservationId, Redact, RedactionProgress, SessionId,
    SessionKey, Snapshot, Timestamp,
};

use super::receipt;
use crate::account::Account;
use crate::error::CommandError;
use crate::store::{
    JobKind, JobRow, ObservationRow, ObservationSource, SessionRow, StoreError, UnitOfWork,
};
use crate::{Engine, words};

/// A vendor that has taken the request may take days over it. So it is asked less often than one that
/// fails, by this factor: with the usual settings for about two weeks.
const PATIENCE: u32 = 4;

/// What there is to write down.
struct Answer {
    what: &'static str,
    asked_at: Timestamp,
    mapped: Option<Mapped>,
    /// True if nothing more is to be asked.
    is_last: bool,
}

impl Engine {
    /// True if the vendor can be asked to erase the data of a session, and has not done so yet.
    pub(super) fn may_ask_to_erase(&self, session: &SessionRow) -> bool {
        let account = self.inner.accounts.get(&session.account);
        session.session_id.is_some()
            && session.state.data_state != DataState::Redacted
            && account.is_some_and(|a| a.can_fetch && a.provider.abilities().redact.is_some())
    }

    /// Has the vendor erase a session of somebody who was erased before it was known that the vendor holds it: its start
    /// was given up, and now a webhook has named it.
    pub(crate) async fn erase_late(
        &self,
        unit: &mut dyn UnitOfWork,
        session: &SessionRow,
    ) -> Result<(), StoreError> {
        let observations = unit.observations_of(session.key).await?;
        let was_known = observations.iter().any(|row| {
            let is_start =
                row.source == ObservationSource::Start && row.what == words::SESSION_STARTED;
            is_start || receipt::is_answer(row)
        });
        if session.intent.is_some() && !was_known && self.may_ask_to_erase(session) {
            let job = self.job(JobKind::Redact, session.request, Some(session.key));
            unit.insert_job(&job).await?;
        }
        Ok(())
    }

    /// Works on an erasure: makes what was deleted unreadable in the files, or asks the vendor of a session.
    pub(crate) async fn redact(&self, job: &JobRow) -> Result<(), CommandError> {
        match job.session {
            Some(session) => self.redact_at_vendor(job, session).await,
            None => {
                self.inner.store.scrub().await?;
                Ok(self.inner.store.jobs().finish(job.id).await?)
            }
        }
    }

    async fn redact_at_vendor(&self, job: &JobRow, key: SessionKey) -> Result<(), CommandError> {
        let session = self.session_row(key).await?;
        let account = self.account_of(&session)?;
        let abilities = account.provider.abilities();
        let (Some(session_id), Some(redact), true) =
            (&session.session_id, abilities.redact, account.can_fetch)
        else {
            return self.give_up_redaction(job).await;
        };
        if session.state.data_state == DataState::Redacted {
            return self.finish_jobs(key, JobKind::Redact).await;
        }
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let is_last_try = job.attempts >= self.inner.settings.max_attempts;
        let answer = match self
            .ask_to_erase(&account, &session, session_id, redact)
            .await
        {
            Ok(answer) => answer,
            Err(error) if is_last_try || error.kind == ErrorKind::NotFound => {
                tracing::error!(%session_id, account = %account.id, %error, "a vendor did not erase a person's data");
                failed(&account, self.now(), error.kind)
            }
            Err(error) => return Err(CommandError::Provider(Box::new(error))),
        };
        if is_last_try && !answer.is_last {
            self.record_redaction(&account, key, answer).await?;
            return self.give_up_redaction(job).await;
        }
        let is_last = answer.is_last;
        self.record_redaction(&account, key, answer).await?;
        if is_last {
            return Ok(());
        }
        let spread = job.id.0.as_u64_pair().1;
        let pause = self.inner.settings.pause_after(job.attempts, spread);
        let due_at = self.now().plus(pause.saturating_mul(PATIENCE));
        let jobs = self.inner.store.jobs();
        let why = "the vendor is erasing the data";
        Ok(jobs.give_back(job.id, due_at, why, true).await?)
    }

    async fn ask_to_erase(
        &self,
        account: &Account,
        session: &SessionRow,
        session_id: &SessionId,
        redact: &dyn Redact,
    ) -> Result<Answer, idv_core::Error> {
        let asked_at = self.now();
        if session.state.data_state == DataState::RedactionPending {
            // It was asked before. If it is through, a look shows it; else asking again does no harm.
            if let Ok(seen) = account.provider.fetch(session_id, Depth::Verdict).await
                && seen.mapped.data_state == Some(DataState::Redacted)
            {
                return Ok(answered(asked_at, seen.mapped, true));
            }
        }
        let asked_at = self.now();
        let redaction = redact.redact(session_id).await?;
        let state = redaction.data_state();
        let is_done = redaction.progress == RedactionProgress::Done;
        let info = account.provider.info();
        let mut mapped = redaction.snapshot.map_or_else(
            || Mapped::new(info.id.clone(), Kind::Session, info.mapping_version),
            |Snapshot { mapped, .. }| mapped,
        );
        mapped.data_state = Some(state);
        Ok(answered(asked_at, mapped, is_done))
    }

    /// Writes down that a vendor has not erased a session's data in all the tries there are.
    pub(crate) async fn give_up_redaction(&self, job: &JobRow) -> Result<(), CommandError> {
        tracing::error!(request = %job.request, session = ?job.session, "an erasure was not confirmed in all the tries there are");
        let jobs = self.inner.store.jobs();
        let Some(key) = job.session else {
            return Ok(jobs.finish(job.id).await?);
        };
        let mut unit = self.inner.store.begin().await?;
        let session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let answer = Answer {
            what: words::REDACTION_FAILED,
            asked_at: self.now(),
            mapped: None,
            is_last: true,
        };
        let row = self.redaction_observation(&session, answer);
        unit.append_observation(&row).await?;
        unit.finish_jobs_of(key, JobKind::Redact).await?;
        Ok(unit.commit().await?)
    }

    /// Writes down what the vendor said, unless it has said so before.
    async fn record_redaction(
        &self,
        account: &Arc<Account>,
        key: SessionKey,
        answer: Answer,
    ) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let is_last = answer.is_last;
        let row = self.redaction_observation(&session, answer);
        let data_state = |row: &ObservationRow| row.mapped.as_ref()?.data_state.clone();
        let said_before = unit
            .observations_of(key)
            .await?
            .iter()
            .any(|before| before.what == row.what && data_state(before) == data_state(&row));
        if !said_before {
            unit.append_observation(&row).await?;
            self.refold(unit.as_unit_of_work(), account, &mut session)
                .await?;
        }
        if is_last {
            unit.finish_jobs_of(key, JobKind::Redact).await?;
        }
        Ok(unit.commit().await?)
    }

    /// Without the vendor's bytes: of a person who was erased nothing is kept.
    fn redaction_observation(&self, session: &SessionRow, answer: Answer) -> ObservationRow {
        ObservationRow {
            id: ObservationId::new(self.now()),
            request: session.request,
            session: Some(session.key),
            source: ObservationSource::Fetch,
            what: answer.what.to_owned(),
            observed_at: self.now(),
            as_of: answer.asked_at,
            delivery: None,
            vendor_time: answer.mapped.as_ref().and_then(|m| m.updated_at),
            mapped: answer.mapped,
            actor: None,
            command: None,
            raw: None,
        }
    }
}

fn answered(asked_at: Timestamp, mapped: Mapped, is_last: bool) -> Answer {
    Answer {
        what: words::REDACTION_REQUESTED,
        asked_at,
        mapped: Some(mapped),
        is_last,
    }
}

fn failed(account: &Account, asked_at: Timestamp, kind: ErrorKind) -> Answer {
    let info = account.provider.info();
    let mut mapped = Mapped::new(info.id.clone(), Kind::Error, info.mapping_version);
    mapped.error_kind = Some(kind);
    Answer {
        what: words::REDACTION_FAILED,
        asked_at,
        mapped: Some(mapped),
        is_last: true,
    }
}
