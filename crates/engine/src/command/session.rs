//! Writing down that a session is wanted.

use idv_core::{RequestId, SessionKey, Timestamp};
use uuid::Uuid;

use super::get_or_request::intent_place;
use crate::account::Account;
use crate::crypt::{DataKey, KeyRingError, OpenFailed};
use crate::fold::SessionState;
use crate::store::{JobId, JobKind, JobRow, SessionRow, UnitOfWork};
use crate::{Engine, SessionIntent};

impl Engine {
    /// Writes down the intent to make a session, and the job that makes it. `due_at`: in the future if the caller goes
    /// on to make it at once.
    pub(crate) async fn insert_intent(
        &self,
        unit: &mut dyn UnitOfWork,
        key: &DataKey,
        request: RequestId,
        account: &Account,
        intent: &SessionIntent,
        due_at: Timestamp,
    ) -> Result<SessionKey, KeyRingError> {
        let now = self.now();
        let session = SessionKey::new(now);
        let plain = serde_json::to_vec(intent).map_err(|_| OpenFailed)?;
        unit.insert_session(&SessionRow {
            key: session,
            request,
            account: account.id.clone(),
            provider: account.provider.info().id.clone(),
            session_id: None,
            idempotency_key: format!("idv-start-{session}"),
            intent: Some(key.seal(intent_place(session), &plain)?),
            state: SessionState::created(),
            created_at: now,
            updated_at: now,
        })
        .await?;
        let mut job = self.job(JobKind::Start, request, Some(session));
        job.due_at = due_at;
        unit.insert_job(&job).await?;
        Ok(session)
    }

    /// A job that is due now.
    pub(crate) fn job(
        &self,
        kind: JobKind,
        request: RequestId,
        session: Option<SessionKey>,
    ) -> JobRow {
        let now = self.now();
        JobRow {
            id: JobId(Uuid::now_v7()),
            kind,
            session,
            request,
            detail: None,
            due_at: now,
            attempts: 0,
            last_error: None,
            created_at: now,
        }
    }

    /// The intent behind a session of ours.
    pub(crate) async fn intent_of(
        &self,
        unit: &mut dyn UnitOfWork,
        session: &SessionRow,
    ) -> Result<Option<SessionIntent>, KeyRingError> {
        let Some(sealed) = &session.intent else {
            return Ok(None);
        };
        let plain = self
            .inner
            .keys
            .open_in(unit, intent_place(session.key), sealed)
            .await?;
        Ok(Some(
            idv_core::json::decode(&plain).map_err(|_| OpenFailed)?,
        ))
    }

    /// Writes down that another session is wanted in place of one that ended for a technical reason: with the same
    /// account and the same words.
    pub(crate) async fn restart_session(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &crate::store::RequestRow,
        ended: &SessionRow,
    ) -> Result<(), KeyRingError> {
        let (Some(account), Some(key)) = (
            self.inner.accounts.get(&ended.account),
            self.subject_key(unit, request.subject).await?,
        ) else {
            return Ok(());
        };
        if let Some(intent) = self.intent_of(unit, ended).await? {
            self.insert_intent(unit, &key, request.id, account, &intent, self.now())
                .await?;
            let mut given = super::observe::Given::new(
                crate::words::SESSION_RESTARTED,
                &idv_core::Actor::System,
            );
            given.session = Some(ended.key);
            self.append_command(unit, request, given).await?;
        }
        Ok(())
    }
}
