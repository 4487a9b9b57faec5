//! A fresh link for the subject.

use idv_core::{Actor, ErrorKind, RequestId, SessionKey, UserLink, WaitingOn};

use crate::error::CommandError;
use crate::{Engine, words};

impl Engine {
    /// A fresh link for the subject of a request. Links are bearer secrets: they are never stored.
    ///
    /// # Errors
    /// [`CommandError::NotFound`], [`CommandError::NotAwaitingSubject`] if the subject has nothing to do there, or
    /// as the vendor answers.
    pub async fn renew_link(
        &self,
        request: RequestId,
        actor: Actor,
    ) -> Result<UserLink, CommandError> {
        let row = self
            .inner
            .store
            .reads()
            .request(request)
            .await?
            .ok_or(CommandError::NotFound)?;
        let waits_for_subject = row.state.status.waiting_on() == WaitingOn::Subject;
        if !waits_for_subject {
            return Err(CommandError::NotAwaitingSubject {
                status: row.state.status,
            });
        }
        let session = row.current_session.ok_or(CommandError::NoSession)?;
        let link = self
            .link_for(session)
            .await?
            .ok_or(CommandError::NoSession)?;
        let mut unit = self.inner.store.begin().await?;
        let observation =
            self.command_observation(request, Some(session), words::LINK_RENEWED, &actor);
        unit.append_observation(&observation).await?;
        unit.commit().await?;
        tracing::info!(%request, ?actor, "a link was renewed");
        Ok(link)
    }

    /// The link of a session, which is started if it was not. None where the subject has nothing to do there, or
    /// the account only receives.
    pub(super) async fn link_for(&self, key: SessionKey) -> Result<Option<UserLink>, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let session = unit.session(key).await?.ok_or(CommandError::NoSession)?;
        drop(unit);
        let account = self.account_of(&session)?;
        if !account.can_fetch || session.state.status.waiting_on() != WaitingOn::Subject {
            return Ok(None);
        }
        if session.session_id.is_none()
            && let Some(link) = self.start_undisturbed(key).await?
        {
            return Ok(Some(link));
        }
        let mut unit = self.inner.store.begin().await?;
        let session = unit.session(key).await?.ok_or(CommandError::NoSession)?;
        drop(unit);
        let Some(session_id) = &session.session_id else {
            return Ok(None);
        };
        match account.provider.renew_link(session_id).await {
            Ok(link) => Ok(Some(link)),
            // It moved on at the vendor, and the news is on its way.
            Err(error) if error.kind == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(CommandError::Provider(Box::new(error))),
        }
    }
}
