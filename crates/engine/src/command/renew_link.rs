//! A fresh link for the subject.

use idv_core::{Actor, ErrorKind, RequestId, SessionKey, UserLink, WaitingOn};

use crate::error::CommandError;
use crate::{Engine, words};

impl Engine {
    /// A fresh link for the subject of a request. Links are bearer secrets: they are never stored.
    ///
    /// # Errors
    /// [`CommandError::NotFound`]; [`CommandError::NotAwaitingSubject`] if the subject has nothing to do there, by what
    /// we know or by what the vendor says; [`CommandError::AccountCannotFetch`] if the account only receives;
    /// [`CommandError::AccountGone`] if it is not configured any more; [`CommandError::BeingStarted`] if another
    /// process is still asking the vendor for the session; or as the vendor answers.
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
        let link = self.fresh_link(session).await?;
        let mut unit = self.inner.store.begin().await?;
        let observation =
            self.command_observation(request, Some(session), words::LINK_RENEWED, &actor);
        unit.append_observation(&observation).await?;
        unit.commit().await?;
        tracing::info!(%request, ?actor, "a link was renewed");
        Ok(link)
    }

    /// The link of a session, which is started if it was not. None where there is none to be had now: the subject has
    /// nothing to do there, the account only receives or is gone from the configuration, or another process is still
    /// asking the vendor for the session.
    pub(super) async fn link_for(&self, key: SessionKey) -> Result<Option<UserLink>, CommandError> {
        match self.fresh_link(key).await {
            Ok(link) => Ok(Some(link)),
            Err(
                CommandError::NotAwaitingSubject { .. }
                | CommandError::AccountCannotFetch(_)
                | CommandError::AccountGone(_)
                | CommandError::BeingStarted { .. }
                | CommandError::NoSession,
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fresh_link(&self, key: SessionKey) -> Result<UserLink, CommandError> {
        let session = self.session_row(key).await?;
        let account = self.account_of(&session)?;
        if !account.can_fetch {
            return Err(CommandError::AccountCannotFetch(account.id.clone()));
        }
        let not_awaiting = |status| Err(CommandError::NotAwaitingSubject { status });
        if session.state.status.waiting_on() != WaitingOn::Subject {
            return not_awaiting(session.state.status);
        }
        if session.session_id.is_none()
            && let Some(link) = self.start_undisturbed(key).await?
        {
            return Ok(link);
        }
        let session = self.session_row(key).await?;
        let request = self.inner.store.reads().request(session.request).await?;
        let status = request.ok_or(CommandError::NotFound)?.state.status;
        if status.is_final() {
            // It was withdrawn while the vendor made the session.
            return not_awaiting(status);
        }
        let session_id = session.session_id.ok_or(CommandError::NoSession)?;
        match account.provider.renew_link(&session_id).await {
            Ok(link) => Ok(link),
            // It moved on at the vendor, and the news is on its way.
            Err(error) if error.kind == ErrorKind::Conflict => not_awaiting(session.state.status),
            Err(error) => Err(CommandError::Provider(Box::new(error))),
        }
    }
}
