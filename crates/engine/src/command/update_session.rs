//! Telling the vendor of a session under way what the application has corrected.

use idv_core::{ErrorKind, Person, SessionChange, SessionKey};

use crate::Engine;
use crate::error::CommandError;
use crate::store::{JobKind, RequestRow, UnitOfWork};

impl Engine {
    /// Writes down that the vendor is to be told, if there is a session that it can change.
    pub(super) async fn insert_update_job(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<(), CommandError> {
        let Some(session) = self.current_session(unit, request).await? else {
            return Ok(());
        };
        // An account that has gone from the configuration changes nothing any more.
        let Some(account) = self.inner.accounts.get(&session.account) else {
            return Ok(());
        };
        let may_be_told = account.can_fetch
            && account.provider.abilities().update.is_some()
            && !session.state.status.is_final();
        // One that is still being started may have been asked for with other words already: it is told afterwards.
        if may_be_told {
            let job = self.job(JobKind::Update, request.id, Some(session.key));
            unit.insert_job(&job).await?;
        }
        Ok(())
    }

    /// Tells the vendor what is known by now, whatever it was when the job was written: of several corrections the last
    /// one counts. A session that takes no change any more stays as it is; what the application says is kept here.
    pub(crate) async fn update_at_vendor(&self, key: SessionKey) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
        let account = self.account_of(&session)?;
        let is_over = session.state.status.is_final();
        let (Some(update), false) = (account.provider.abilities().update, is_over) else {
            unit.finish_jobs_of(key, JobKind::Update).await?;
            return Ok(unit.commit().await?);
        };
        // It is being started, and nobody knows with which words: the job comes back.
        let session_id = session.session_id.clone().ok_or(CommandError::NoSession)?;
        let request = self.locked(unit.as_unit_of_work(), session.request).await?;
        let mut change = SessionChange::default();
        change.person = self
            .person_of(unit.as_unit_of_work(), &request)
            .await?
            .map(Person::new);
        // The documents that are accepted stay those of the start: what is expected of the subject is no rule for the vendor.
        drop(unit);

        let _turn = self
            .inner
            .session_locks
            .lock(&account.id, &session_id)
            .await;
        let asked_at = self.now();
        let answer = match update.update(&session_id, &change).await {
            Ok(snapshot) => Some(snapshot),
            // Handed in meanwhile, gone, or a value that this vendor does not take: trying again changes nothing.
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::Conflict
                        | ErrorKind::NotFound
                        | ErrorKind::InvalidInput { .. }
                        | ErrorKind::Unsupported { .. }
                ) =>
            {
                tracing::warn!(%error, "the vendor does not change the session");
                None
            }
            Err(error) => return Err(CommandError::Provider(Box::new(error))),
        };
        let mut unit = self.inner.store.begin().await?;
        if let Some(snapshot) = answer {
            let mut session = unit.session(key).await?.ok_or(CommandError::NotFound)?;
            self.append_updated(
                unit.as_unit_of_work(),
                &account,
                &session,
                asked_at,
                &snapshot,
            )
            .await?;
            self.refold(unit.as_unit_of_work(), &account, &mut session)
                .await?;
        }
        unit.finish_jobs_of(key, JobKind::Update).await?;
        Ok(unit.commit().await?)
    }
}
