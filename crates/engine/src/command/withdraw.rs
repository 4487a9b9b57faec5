//! Having the vendor withdraw a session.

use idv_core::{ErrorKind, SessionKey};

use super::start::{End, was_asked_for};
use crate::Engine;
use crate::error::CommandError;
use crate::store::JobKind;

impl Engine {
    /// Withdraws a session at the vendor, if it can still be withdrawn. One that was never asked for is ended here; one
    /// of which nobody knows whether the vendor has made it is first found out about.
    pub(crate) async fn withdraw_at_vendor(&self, key: SessionKey) -> Result<(), CommandError> {
        let mut session = self.session_row(key).await?;
        let account = self.account_of(&session)?;
        if session.session_id.is_none() && !session.state.status.is_final() {
            let mut unit = self.inner.store.begin().await?;
            let saved = unit.checkpoints_of(key).await?.into_iter().collect();
            drop(unit);
            if !was_asked_for(&saved) {
                self.record_end(&account, key, self.now(), End::Withdrawn)
                    .await?;
                return self.finish_jobs(key, JobKind::Cancel).await;
            }
            self.start(key).await?;
            session = self.session_row(key).await?;
        }
        let (Some(session_id), Some(cancel)) =
            (&session.session_id, account.provider.abilities().cancel)
        else {
            return self.finish_jobs(key, JobKind::Cancel).await;
        };
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let asked_at = self.now();
        let answer = match cancel.cancel(session_id).await {
            Ok(snapshot) => Some(snapshot),
            // It has ended by itself, or is gone: there is nothing to withdraw any more.
            Err(error) if matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound) => None,
            Err(error) => return Err(CommandError::Provider(Box::new(error))),
        };
        let mut unit = self.inner.store.begin().await?;
        if let Some(snapshot) = answer {
            let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
            self.append_answer(
                unit.as_unit_of_work(),
                &account,
                &session,
                asked_at,
                Some(&snapshot),
            )
            .await?;
            self.refold(unit.as_unit_of_work(), &account, &mut session)
                .await?;
        }
        unit.finish_jobs_of(key, JobKind::Cancel).await?;
        Ok(unit.commit().await?)
    }
}
