//! Starts in tasks of their own: whoever waits for one may hang up.

use idv_core::{SessionKey, UserLink};

use super::start::Begun;
use crate::Engine;
use crate::error::CommandError;
use crate::observe::corrupt;
use crate::store::OwnedUnitOfWork;
use crate::trace::carried;

impl Engine {
    /// Starts a session in a task of its own. Whoever waits for it may hang up: a call that makes something at a
    /// vendor is not cut off half-way for that.
    pub(super) async fn start_undisturbed(
        &self,
        key: SessionKey,
    ) -> Result<Option<UserLink>, CommandError> {
        let engine = self.clone();
        let patience = self.inner.settings.lease;
        let start = tokio::spawn(carried(async move { engine.start(key, patience).await }));
        start.await.unwrap_or_else(|_| Err(ended_by_a_panic()))
    }

    /// Commits a unit of work in which the intent of a session was written down, and starts that session: the intent
    /// and the claim on the start are on disk together, with one sync. A task of its own from the commit on, as
    /// [`Engine::start_undisturbed`]; who hangs up before leaves nothing behind.
    pub(super) async fn commit_and_start(
        &self,
        mut unit: Box<dyn OwnedUnitOfWork>,
        key: SessionKey,
    ) -> Result<Option<UserLink>, CommandError> {
        let Begun::Ours(start) = self.begin_start_in(unit.as_unit_of_work(), key).await? else {
            unit.commit().await?;
            return Ok(None);
        };
        let engine = self.clone();
        let task = tokio::spawn(carried(async move {
            // Nobody else has heard of it before the commit, so this waits for nobody.
            let _turn = engine.turn_to_start(&start.account.id, key).await;
            unit.commit().await?;
            engine.ask_to_start(key, *start).await
        }));
        task.await.unwrap_or_else(|_| Err(ended_by_a_panic()))
    }
}

fn ended_by_a_panic() -> CommandError {
    corrupt("a start ended by a panic").into()
}
