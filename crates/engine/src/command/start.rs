//! Starting a session at a vendor: the call, and its way back into the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use idv_core::{
    Checkpoint, CheckpointError, DecisionSource, Error, ErrorKind, Finding, IdProvider, Kind,
    Mapped, ObservationId, Raw, ReasonCode, Retryable, SessionId, SessionKey, StartSession,
    Started, StartedSession, Status, Timestamp, UserLink,
};

use crate::account::Account;
use crate::error::CommandError;
use crate::observe::{SealedParts, corrupt, seal_parts};
use crate::store::{
    JobKind, ObservationRow, ObservationSource, SessionRow, Store, StoreError, UnitOfWork,
};
use crate::{Engine, words};

impl Engine {
    /// Starts a session in a task of its own. Whoever waits for it may hang up: a call that makes something at a
    /// vendor is not cut off half-way for that.
    pub(super) async fn start_undisturbed(
        &self,
        key: SessionKey,
    ) -> Result<Option<UserLink>, CommandError> {
        let engine = self.clone();
        let start = tokio::spawn(async move { engine.start(key).await });
        start
            .await
            .unwrap_or_else(|_| Err(corrupt("a start ended by a panic").into()))
    }

    /// Starts a session whose intent was written down, unless it was started meanwhile. Any number of times, by
    /// any number of workers: the vendor makes one session.
    ///
    /// Returns the link, if the vendor gave one and it was now that it was started.
    pub(crate) async fn start(&self, key: SessionKey) -> Result<Option<UserLink>, CommandError> {
        // No vendor id yet, so the key of the intent is what workers take turns on.
        let turn_of = SessionId::new(key.to_string());
        let mut unit = self.inner.store.begin().await?;
        let Some(session) = unit.session(key).await? else {
            return Err(CommandError::NotFound);
        };
        drop(unit);
        let account = self.account_of(&session)?;
        let _turn = self.inner.session_locks.lock(&account.id, &turn_of).await;

        let mut unit = self.inner.store.begin().await?;
        let session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let saved: BTreeMap<_, _> = unit.checkpoints_of(key).await?.into_iter().collect();
        let request = self.locked(unit.as_unit_of_work(), session.request).await?;
        let is_unknown_to_vendor = session.session_id.is_none() && !was_asked_for(&saved);
        if request.state.status.is_final() && is_unknown_to_vendor {
            // It was withdrawn, or ran out of time, before the vendor was asked for it.
            drop(unit);
            self.record_end(&account, key, self.now(), End::Withdrawn)
                .await?;
            return Ok(None);
        }
        if session.state.status.is_final() || session.session_id.is_some() {
            // Somebody has finished it meanwhile: another worker, or a webhook that named our request.
            self.finish_start(unit.as_unit_of_work(), key).await?;
            if let Some(known) = &session.session_id {
                unit.requeue_unmatched(&account.id, known, self.now())
                    .await?;
            }
            unit.commit().await?;
            return Ok(None);
        }
        let (intent, new_words) = self
            .intent_to_start(unit.as_unit_of_work(), &request, &session, &saved)
            .await?;
        drop(unit);
        let intent = intent.into_start(
            session.request,
            session.idempotency_key.clone(),
            session.created_at,
        );

        let mut checkpoint = StoredCheckpoint {
            store: Arc::clone(&self.inner.store),
            session: key,
            saved,
        };
        let asked_at = self.now();
        // Until it is known what an earlier run has done, a refusal of this one proves nothing: the vendor may hold
        // the session that run has made.
        if let Some(words) = new_words {
            checkpoint.remember(WORDS, &words).await?;
        }
        let was_unsure = checkpoint.saved(UNSURE) == Some("yes");
        checkpoint.remember(UNSURE, "yes").await?;
        match make_session(&*account.provider, &intent, &mut checkpoint).await {
            Ok(started) => self.record_start(&account, key, asked_at, started).await,
            Err(error) => {
                if !was_unsure && !error.may_have_taken_effect {
                    checkpoint.remember(UNSURE, "no").await?;
                    if !error.retryable {
                        let end = End::Refused(error.kind.clone());
                        self.record_end(&account, key, asked_at, end).await?;
                    }
                }
                Err(CommandError::Provider(Box::new(error)))
            }
        }
    }

    /// Ends a start that was tried as often as a start is tried, so that its subject is free for another one. The
    /// vendor may hold a session all the same. If it does, its webhooks are kept: as unmatched, or, where the session
    /// names our request, as a conflict that asks for attention. They never move the request again.
    pub(crate) async fn give_up(&self, key: SessionKey) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        if session.session_id.is_some() || session.state.status.is_final() {
            self.finish_start(unit.as_unit_of_work(), key).await?;
            return Ok(unit.commit().await?);
        }
        drop(unit);
        tracing::error!(session = %key, request = %session.request, "a session could not be started in all the tries there are");
        let account = self.account_of(&session)?;
        self.record_end(&account, key, self.now(), End::GivenUp)
            .await
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
        self.finish_start(unit.as_unit_of_work(), key).await?;
        // The vendor may have told us about it before it told us its id.
        unit.requeue_unmatched(&account.id, &started.session_id, self.now())
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        Ok(started.link)
    }

    /// There will be no session. That says nothing about the person.
    pub(super) async fn record_end(
        &self,
        account: &Account,
        key: SessionKey,
        asked_at: Timestamp,
        end: End,
    ) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        if session.session_id.is_some() {
            // A webhook has shown that there is one after all.
            self.finish_start(unit.as_unit_of_work(), key).await?;
            return Ok(unit.commit().await?);
        }
        let info = account.provider.info();
        let mut mapped = Mapped::new(info.id.clone(), Kind::Error, info.mapping_version);
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
        self.refold(unit.as_unit_of_work(), account, &mut session)
            .await?;
        self.finish_start(unit.as_unit_of_work(), key).await?;
        unit.commit().await?;
        Ok(())
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
            .ok_or_else(|| CommandError::UnknownAccount(session.account.clone()))
    }
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

/// True if the vendor may have been asked to make the session, so that it may be there.
pub(super) fn was_asked_for(saved: &BTreeMap<String, String>) -> bool {
    saved
        .iter()
        .any(|(step, value)| step != WORDS && (step != UNSURE || value == "yes"))
}

/// Under which name it is saved whether the vendor may have made the session in a run whose end nobody has seen.
pub(super) const UNSURE: &str = "engine_unsure";
/// Under which name the words are saved, sealed as the intent is, where they are not those of the intent any more.
pub(super) const WORDS: &str = "engine_words";
/// Under which name it is saved that the vendor has a session of another intent, and that another one is wanted.
const RETRYING: &str = "engine_retry";

/// Makes the session of this intent. One that another intent made is never taken over: its subject may have meant
/// something else, or be somebody else. A vendor that keeps one per person makes another one when asked to.
async fn make_session(
    provider: &dyn IdProvider,
    intent: &StartSession,
    checkpoint: &mut StoredCheckpoint,
) -> Result<StartedSession, Error> {
    if checkpoint.saved(RETRYING).is_none() {
        match provider.start(intent, checkpoint).await? {
            Started::Created(started) => return Ok(started),
            Started::Existing(existing) => {
                tracing::info!(vendor_session = %existing.session_id, "the vendor has a session of another intent");
            }
        }
    }
    let failed = |kind, message| Error::new(kind, provider.info().id.clone(), "retry", message);
    let Some(retry) = provider.abilities().retry else {
        let message = "the vendor returned a session that was not made for this request";
        return Err(failed(ErrorKind::Conflict, message));
    };
    // Saved first: run again, this must not take the session it made for one of another intent.
    if checkpoint.save(RETRYING, "begun").await.is_err() {
        let message = "the progress of the start could not be stored";
        return Err(failed(ErrorKind::Unavailable, message));
    }
    retry.retry(intent, checkpoint).await
}

/// Saves the progress of a start in transactions of its own.
struct StoredCheckpoint {
    store: Arc<dyn Store>,
    session: SessionKey,
    saved: BTreeMap<String, String>,
}

impl StoredCheckpoint {
    async fn remember(&mut self, step: &'static str, value: &str) -> Result<(), StoreError> {
        if self.saved(step) == Some(value) {
            return Ok(());
        }
        let mut unit = self.store.begin().await?;
        unit.save_checkpoint(self.session, step, value).await?;
        unit.commit().await?;
        self.saved.insert(step.to_owned(), value.to_owned());
        Ok(())
    }
}

#[async_trait]
impl Checkpoint for StoredCheckpoint {
    fn saved(&self, step: &'static str) -> Option<&str> {
        self.saved.get(step).map(String::as_str)
    }

    async fn save(&mut self, step: &'static str, value: &str) -> Result<(), CheckpointError> {
        self.remember(step, value)
            .await
            .map_err(|_| CheckpointError)
    }
}
