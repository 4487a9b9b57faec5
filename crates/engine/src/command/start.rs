//! Starting a session at a vendor: the call, and its way back into the database.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    AccountId, DecisionSource, Error, ErrorKind, Finding, Kind, Mapped, ObservationId,
    ProviderInfo, Raw, ReasonCode, RequestId, Retryable, SessionId, SessionKey, StartSession,
    StartedSession, Status, Timestamp, UserLink,
};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::make_session::make_session;
use super::progress::{
    StartClaim, StoredCheckpoint, UNSURE, WORDS, pause, saved_in, was_asked_for,
};
use crate::account::Account;
use crate::error::CommandError;
use crate::lease::Claimed;
use crate::observe::{SealedParts, corrupt, seal_parts};
use crate::store::{
    JobKind, ObservationRow, ObservationSource, SessionRow, StoreError, UnitOfWork,
};
use crate::{Engine, words};

impl Engine {
    /// Starts a session whose intent was written down, unless it was started meanwhile. Any number of times, by
    /// any number of workers in any number of processes: one of them asks the vendor.
    ///
    /// Returns the link, if the vendor gave one and it was now that it was started.
    ///
    /// # Errors
    /// [`CommandError::BeingStarted`] if another process is still asking the vendor after `patience`.
    pub(crate) async fn start(
        &self,
        key: SessionKey,
        patience: Duration,
    ) -> Result<Option<UserLink>, CommandError> {
        let patience_ends = Instant::now() + patience;
        let account = self.session_row(key).await?.account;
        let _turn = self.turn_to_start(&account, key).await;
        let start = loop {
            match self.begin_start(key).await? {
                Begun::Ours(start) => break start,
                Begun::NotNeeded => return Ok(None),
                Begun::ByAnother { request } if Instant::now() >= patience_ends => {
                    return Err(CommandError::BeingStarted { request });
                }
                Begun::ByAnother { .. } => pause().await,
            }
        };
        self.ask_to_start(key, *start).await
    }

    /// There is no vendor id yet, so the key of the intent is what workers of this process take turns on.
    pub(super) async fn turn_to_start(
        &self,
        account: &AccountId,
        key: SessionKey,
    ) -> OwnedMutexGuard<()> {
        let turn_of = SessionId::new(key.to_string());
        self.inner.session_locks.lock(account, &turn_of).await
    }

    /// Asks the vendor, as was written down, and writes down what it says.
    pub(super) async fn ask_to_start(
        &self,
        key: SessionKey,
        mut start: OurStart,
    ) -> Result<Option<UserLink>, CommandError> {
        let account = &start.account;
        let making = make_session(&*account.provider, &start.intent, &mut start.checkpoint);
        match self.holding(Claimed::Start(key), making).await {
            Ok(started) => {
                self.record_start(account, key, start.asked_at, started)
                    .await
            }
            Err(error) => {
                let proves_nothing = start.was_unsure || error.may_have_taken_effect;
                self.record_failure(account, key, start.asked_at, &error, proves_nothing)
                    .await?;
                Err(CommandError::Provider(Box::new(error)))
            }
        }
    }

    /// Decides whether the vendor is to be asked, and if so writes down that it is and by whom: in one unit, so that
    /// of a withdrawal and any number of starts each finds what the one before it has decided.
    async fn begin_start(&self, key: SessionKey) -> Result<Begun, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let begun = self.begin_start_in(unit.as_unit_of_work(), key).await?;
        unit.commit().await?;
        Ok(begun)
    }

    /// As [`Engine::begin_start`], inside the caller's unit of work, which is committed whatever comes of it.
    pub(super) async fn begin_start_in(
        &self,
        unit: &mut dyn UnitOfWork,
        key: SessionKey,
    ) -> Result<Begun, CommandError> {
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let saved = saved_in(unit, key).await?;
        let request = self.locked(unit, session.request).await?;
        let is_unknown_to_vendor = session.session_id.is_none() && !was_asked_for(&saved);
        if request.state.status.is_final() && is_unknown_to_vendor {
            // It was withdrawn, or ran out of time, before the vendor was asked for it.
            let now = self.now();
            self.record_end(unit, &mut session, now, End::Withdrawn)
                .await?;
            return Ok(Begun::NotNeeded);
        }
        if session.state.status.is_final() || session.session_id.is_some() {
            // Somebody has finished it meanwhile: another worker, or a webhook that named our request.
            self.finish_start(unit, key).await?;
            if let Some(known) = &session.session_id {
                unit.requeue_unmatched(&session.account, known, self.now())
                    .await?;
            }
            return Ok(Begun::NotNeeded);
        }
        // A claim of this engine is one that it could not let go of: it has the turn, so nobody of it is asking.
        if StartClaim::live(&saved, self.now()).is_some_and(|claim| !claim.is_of(self)) {
            let request = session.request;
            return Ok(Begun::ByAnother { request });
        }
        let account = self.account_of(&session)?;
        let (intent, new_words) = self
            .intent_to_start(unit, &request, &session, &saved)
            .await?;
        let intent = intent.into_start(
            session.request,
            session.idempotency_key.clone(),
            session.created_at,
        );
        // Until it is known what an earlier run has done, a refusal of this one proves nothing: the vendor may hold
        // the session that run has made.
        if let Some(words) = new_words {
            unit.save_checkpoint(key, WORDS, &words).await?;
        }
        let was_unsure = saved.get(UNSURE).is_some_and(|unsure| unsure == "yes");
        let asked_at = self.now();
        unit.save_checkpoint(key, UNSURE, "yes").await?;
        self.claim_start(unit, key).await?;
        Ok(Begun::Ours(Box::new(OurStart {
            account,
            intent,
            asked_at,
            was_unsure,
            checkpoint: StoredCheckpoint {
                store: Arc::clone(&self.inner.store),
                session: key,
                saved,
            },
        })))
    }

    async fn record_failure(
        &self,
        account: &Account,
        key: SessionKey,
        asked_at: Timestamp,
        error: &Error,
        proves_nothing: bool,
    ) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let is_ours = self.release_start(unit.as_unit_of_work(), key).await?;
        // Who has taken it over may have made one by now.
        if is_ours && !proves_nothing {
            unit.save_checkpoint(key, UNSURE, "no").await?;
            if !error.retryable {
                tracing::warn!(session = %key, account = %account.id, "a vendor refused to make a session");
                let end = End::Refused(error.kind.clone());
                self.record_end(unit.as_unit_of_work(), &mut session, asked_at, end)
                    .await?;
            }
        }
        Ok(unit.commit().await?)
    }

    /// Ends a start that was tried as often as a start is tried, so that its subject is free for another one. The
    /// vendor may hold a session all the same. If it does, its webhooks are kept: as unmatched, or, where the session
    /// names our request, as a conflict that asks for attention. They never move the request again.
    pub(crate) async fn give_up(&self, key: SessionKey) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        if session.session_id.is_some() || session.state.status.is_final() {
            self.finish_start(unit.as_unit_of_work(), key).await?;
            return Ok(unit.commit().await?);
        }
        let saved = saved_in(unit.as_unit_of_work(), key).await?;
        if StartClaim::live(&saved, self.now()).is_some() {
            let request = session.request;
            return Err(CommandError::BeingStarted { request });
        }
        tracing::error!(session = %key, request = %session.request, "a session could not be started in all the tries there are");
        let now = self.now();
        self.record_end(unit.as_unit_of_work(), &mut session, now, End::GivenUp)
            .await?;
        Ok(unit.commit().await?)
    }

    async fn record_start(
        &self,
        account: &Account,
        key: SessionKey,
        asked_at: Timestamp,
        started: StartedSession,
    ) -> Result<Option<UserLink>, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        if session
            .session_id
            .as_ref()
            .is_some_and(|known| *known != started.session_id)
        {
            return Err(corrupt("a start that made a second session").into());
        }
        session.session_id = Some(started.session_id.clone());
        if !unit.update_session(&session).await? {
            return Err(corrupt("the vendor gave two requests the same session").into());
        }
        self.release_start(unit.as_unit_of_work(), key).await?;
        let request = self.locked(unit.as_unit_of_work(), session.request).await?;
        let has_ended = request.state.status.is_final();
        let owner = self.subject_key(unit.as_unit_of_work(), request.subject);
        if owner.await?.is_none() {
            self.erase_late(unit.as_unit_of_work(), &session).await?;
        }
        let id = ObservationId::new(self.now());
        let parts = SealedParts {
            id,
            request: session.request,
            snapshot: &started.snapshot,
            info: account.provider.info(),
        };
        let raw = seal_parts(self, unit.as_unit_of_work(), parts).await?;
        unit.append_observation(&ObservationRow {
            id,
            request: session.request,
            session: Some(key),
            source: ObservationSource::Start,
            what: words::SESSION_STARTED.to_owned(),
            observed_at: self.now(),
            as_of: asked_at,
            delivery: None,
            vendor_time: started
                .snapshot
                .mapped
                .updated_at
                .or(started.snapshot.mapped.created_at),
            mapped: Some(started.snapshot.mapped),
            actor: None,
            command: None,
            raw,
        })
        .await?;
        self.refold(unit.as_unit_of_work(), account, &mut session)
            .await?;
        let can_cancel = account.can_fetch && account.provider.abilities().cancel.is_some();
        if has_ended && can_cancel {
            // Nobody wants it any more. Whoever ended the request has usually left a job that withdraws it, and that
            // one goes first.
            let mut job = self.job(JobKind::Cancel, session.request, Some(key));
            job.due_at = self.after_head_start();
            unit.insert_job(&job).await?;
        }
        self.finish_start(unit.as_unit_of_work(), key).await?;
        // The vendor may have told us about it before it told us its id.
        unit.requeue_unmatched(&account.id, &started.session_id, self.now())
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        Ok(started.link.filter(|_| !has_ended))
    }

    /// There will be no session. That says nothing about the person. The session must be locked; its account may be
    /// gone from the configuration.
    pub(super) async fn record_end(
        &self,
        unit: &mut dyn UnitOfWork,
        session: &mut SessionRow,
        asked_at: Timestamp,
        end: End,
    ) -> Result<(), CommandError> {
        let key = session.key;
        if session.session_id.is_some() {
            // A webhook has shown that there is one after all.
            return Ok(self.finish_start(unit, key).await?);
        }
        let account = self.inner.accounts.get(&session.account).cloned();
        let version = account
            .as_ref()
            .map_or(0, |account| account.provider.info().mapping_version);
        let mut mapped = Mapped::new(session.provider.clone(), Kind::Error, version);
        mapped.source = Some(DecisionSource::Policy);
        let what = match end {
            End::Withdrawn => {
                mapped.status = Some(Status::Cancelled);
                words::SESSION_WITHDRAWN
            }
            End::Refused(error) => {
                technical_end(&mut mapped, error);
                words::SESSION_REFUSED
            }
            End::GivenUp => {
                technical_end(&mut mapped, ErrorKind::Unavailable);
                words::SESSION_GIVEN_UP
            }
        };
        unit.append_observation(&ObservationRow {
            id: ObservationId::new(self.now()),
            request: session.request,
            session: Some(key),
            source: ObservationSource::Start,
            what: what.to_owned(),
            observed_at: self.now(),
            as_of: asked_at,
            delivery: None,
            vendor_time: None,
            mapped: Some(mapped),
            actor: None,
            command: None,
            raw: None,
        })
        .await?;
        match account {
            Some(account) => self.refold(unit, &account, session).await?,
            None => {
                // What ended without a vendor needs nothing of what is known about one.
                let unknown = ProviderInfo::new(session.provider.clone(), "", "", 0);
                self.refold_as(unit, &unknown, session).await?;
            }
        }
        Ok(self.finish_start(unit, key).await?)
    }

    async fn finish_start(
        &self,
        unit: &mut dyn UnitOfWork,
        key: SessionKey,
    ) -> Result<(), StoreError> {
        unit.finish_jobs_of(key, JobKind::Start).await
    }

    pub(crate) fn account_of(&self, session: &SessionRow) -> Result<Arc<Account>, CommandError> {
        let account = self.inner.accounts.get(&session.account);
        account
            .cloned()
            .ok_or_else(|| CommandError::AccountGone(session.account.clone()))
    }
}

/// What became of the attempt to begin a start.
pub(super) enum Begun {
    /// This worker asks the vendor, and nobody else does meanwhile.
    Ours(Box<OurStart>),
    /// There is nothing to start any more.
    NotNeeded,
    /// Another process is asking the vendor.
    ByAnother { request: RequestId },
}

/// What is needed to ask the vendor.
pub(super) struct OurStart {
    pub(super) account: Arc<Account>,
    intent: StartSession,
    asked_at: Timestamp,
    was_unsure: bool,
    checkpoint: StoredCheckpoint,
}

/// How a session ends that the vendor never made.
pub(super) enum End {
    /// The vendor does not make it.
    Refused(ErrorKind),
    /// It could not be made in all the tries there are.
    GivenUp,
    /// It was not wanted any more before the vendor was asked.
    Withdrawn,
}

fn technical_end(mapped: &mut Mapped, error: ErrorKind) {
    mapped.status = Some(Status::Errored);
    let raw = Raw {
        pointer: "".into(),
        value: error.as_word().into(),
    };
    mapped.findings = vec![Finding::new(
        ReasonCode::ProviderError,
        Retryable::Unknown,
        raw,
    )];
    mapped.error_kind = Some(error);
}
