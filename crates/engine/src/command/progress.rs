//! How far a start is, as the database knows it: what the vendor was asked for, and who is asking.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{Checkpoint, CheckpointError, SessionKey, Timestamp};
use uuid::Uuid;

use crate::Engine;
use crate::store::{Store, StoreError, UnitOfWork};

/// Under which name it is saved whether the vendor may have made the session in a run whose end nobody has seen.
pub(super) const UNSURE: &str = "engine_unsure";
/// Under which name the words are saved, sealed as the intent is, where they are not those of the intent any more.
pub(super) const WORDS: &str = "engine_words";
/// Under which name it is saved that the vendor has a session of another intent, and that another one is wanted.
pub(super) const RETRYING: &str = "engine_retry";
/// Under which name it is saved who is asking the vendor for the session now.
const CLAIM: &str = "engine_starting_by";
/// How long whoever waits for the start of another process waits before looking again.
const PAUSE: Duration = Duration::from_millis(50);

/// The saved steps of a start.
pub(super) type Saved = BTreeMap<String, String>;

/// True if the vendor may have been asked to make the session, so that it may be there.
pub(crate) fn was_asked_for(saved: &Saved) -> bool {
    let says_nothing = [CLAIM, WORDS];
    saved.iter().any(|(step, value)| {
        !says_nothing.contains(&step.as_str()) && (step != UNSURE || value == "yes")
    })
}

/// True if the vendor was asked at all, whatever is known of what came of it: its words are fixed then.
pub(super) fn has_asked(saved: &Saved) -> bool {
    let says_nothing = [CLAIM, WORDS];
    saved
        .keys()
        .any(|step| !says_nothing.contains(&step.as_str()))
}

/// The steps of a start that were saved, as a unit of work sees them.
pub(crate) async fn saved_in(
    unit: &mut dyn UnitOfWork,
    session: SessionKey,
) -> Result<Saved, StoreError> {
    Ok(unit.checkpoints_of(session).await?.into_iter().collect())
}

/// Who is asking the vendor for a session. While one holds it no other process asks: a vendor that honours no
/// idempotency key would make two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StartClaim {
    /// The engine. Inside one, workers take turns on the session.
    holder: Uuid,
    /// When it ends unless it is renewed, microseconds since 1970, UTC.
    until_micros: i64,
}

impl StartClaim {
    /// The one that was saved, if it was not released and has not run out.
    pub(super) fn live(saved: &Saved, now: Timestamp) -> Option<Self> {
        let (holder, until) = saved.get(CLAIM)?.split_once('/')?;
        let claim = Self {
            holder: holder.parse().ok()?,
            until_micros: until.parse().ok()?,
        };
        (claim.until_micros > now.as_unix_micros()).then_some(claim)
    }

    pub(super) fn is_of(self, engine: &Engine) -> bool {
        self.holder == engine.inner.holder
    }
}

impl fmt::Display for StartClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.holder, self.until_micros)
    }
}

impl Engine {
    /// Takes or renews the claim on a start. The session must be locked.
    pub(super) async fn claim_start(
        &self,
        unit: &mut dyn UnitOfWork,
        session: SessionKey,
    ) -> Result<(), StoreError> {
        let claim = StartClaim {
            holder: self.inner.holder,
            until_micros: self.now().plus(self.inner.settings.lease).as_unix_micros(),
        };
        unit.save_checkpoint(session, CLAIM, &claim.to_string())
            .await
    }

    /// Lets go of the claim on a start, if it is still ours. False if it was not: it had run out, and another process
    /// has taken it over. The session must be locked.
    pub(super) async fn release_start(
        &self,
        unit: &mut dyn UnitOfWork,
        session: SessionKey,
    ) -> Result<bool, StoreError> {
        let saved = saved_in(unit, session).await?;
        let ours = self.inner.holder.to_string();
        let is_ours = saved.get(CLAIM).is_some_and(|by| by.starts_with(&ours));
        if is_ours {
            unit.save_checkpoint(session, CLAIM, "").await?;
        }
        Ok(is_ours)
    }

    /// Renews the claim on a start whose call is still under way, unless another process has taken it over.
    pub(crate) async fn extend_start(&self, session: SessionKey) -> Result<(), StoreError> {
        let mut unit = self.inner.store.begin().await?;
        if unit.session(session).await?.is_none() {
            return Ok(());
        }
        let saved = saved_in(unit.as_unit_of_work(), session).await?;
        let ours = self.inner.holder.to_string();
        if saved.get(CLAIM).is_some_and(|by| by.starts_with(&ours)) {
            self.claim_start(unit.as_unit_of_work(), session).await?;
            unit.commit().await?;
        }
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process makes the session, and gives no signal when it is done"
)]
pub(super) async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

/// Saves the progress of a start in transactions of its own.
pub(super) struct StoredCheckpoint {
    pub(super) store: Arc<dyn Store>,
    pub(super) session: SessionKey,
    pub(super) saved: Saved,
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
