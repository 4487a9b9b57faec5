//! Having the vendor withdraw a session.

use std::time::Duration;

use idv_core::{ErrorKind, SessionKey};

use super::progress::{saved_in, was_asked_for};
use super::start::End;
use crate::Engine;
use crate::error::CommandError;
use crate::store::JobKind;

impl Engine {
    /// Withdraws a session at the vendor, if it can still be withdrawn. One that was never asked for is ended here; one
    /// of which nobody knows whether the vendor has made it is first found out about.
    pub(crate) async fn withdraw_at_vendor(&self, key: SessionKey) -> Result<(), CommandError> {
        // Whether the vendor was asked and that it will not be are decided in one unit: no start gets in between.
        let mut unit = self.inner.store.begin().await?;
        let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        if session.session_id.is_none() && !session.state.status.is_final() {
            let saved = saved_in(unit.as_unit_of_work(), key).await?;
            if !was_asked_for(&saved) {
                let now = self.now();
                self.record_end(unit.as_unit_of_work(), &mut session, now, End::Withdrawn)
                    .await?;
                unit.finish_jobs_of(key, JobKind::Cancel).await?;
                return Ok(unit.commit().await?);
            }
            drop(unit);
            self.start(key, Duration::ZERO).await?;
            session = self.session_row(key).await?;
        } else {
            drop(unit);
        }
        let account = self.account_of(&session)?;
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
