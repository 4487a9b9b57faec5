//! Asking the vendor how things are, because somebody wants to know now.

use idv_core::{Actor, Depth, ErrorKind, RequestId, SessionKey, Snapshot, Timestamp};

use super::Commanded;
use super::observe::{Given, check_actor};
use crate::account::Account;
use crate::error::CommandError;
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
        let session = self.session_row(key).await?;
        let account = self.account_of(&session)?;
        let (Some(session_id), true) = (&session.session_id, account.can_fetch) else {
            return self.finish_jobs(key, JobKind::Refresh).await;
        };
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let asked_at = self.now();
        let answer = match account.provider.fetch(session_id, Depth::Full).await {
            Ok(snapshot) => Some(snapshot),
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(CommandError::Provider(Box::new(error))),
        };
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        self.append_answer(
            unit.as_unit_of_work(),
            &account,
            &session,
            asked_at,
            answer.as_ref(),
        )
        .await?;
        self.refold(unit.as_unit_of_work(), &account, &mut session)
            .await?;
        unit.finish_jobs_of(key, JobKind::Refresh).await?;
        Ok(unit.commit().await?)
    }

    /// Writes down what the vendor answered when it was asked about a session; none if it has no such session.
    pub(crate) async fn append_answer(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionRow,
        asked_at: Timestamp,
        answer: Option<&Snapshot>,
    ) -> Result<(), crate::crypt::KeyRingError> {
        let id = idv_core::ObservationId::new(self.now());
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
        let what = if answer.is_some() {
            words::SESSION_FETCHED
        } else {
            words::SESSION_MISSING
        };
        unit.append_observation(&ObservationRow {
            id,
            request: session.request,
            session: Some(session.key),
            source: ObservationSource::Fetch,
            what: what.to_owned(),
            observed_at: self.now(),
            as_of: asked_at,
            delivery: None,
            vendor_time: answer.and_then(|snapshot| snapshot.mapped.updated_at),
            mapped: answer.map(|snapshot| snapshot.mapped.clone()),
            actor: None,
            command: None,
            raw,
        })
        .await?;
        Ok(())
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
