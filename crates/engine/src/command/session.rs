//! Writing down that a session is wanted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_core::{RequestId, SessionKey, Timestamp};
use uuid::Uuid;

use super::get_or_request::intent_place;
use super::progress::{WORDS, has_asked};
use crate::account::Account;
use crate::crypt::{DataKey, KeyRingError, OpenFailed};
use crate::error::CommandError;
use crate::fold::SessionState;
use crate::observe::corrupt;
use crate::store::{JobId, JobKind, JobRow, RequestRow, Sealed, SessionRow, UnitOfWork};
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
            poll_at: None, // There is nothing to ask about yet.
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

    /// What the vendor is asked for, and the same to be saved before it is asked, if it is not what was written down at
    /// first.
    ///
    /// Until the vendor was asked, a correction of the person counts. From then on the words stay what they were: to a
    /// vendor, a repeated key with other words is a mistake.
    pub(super) async fn intent_to_start(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        session: &SessionRow,
        saved: &BTreeMap<String, String>,
    ) -> Result<(SessionIntent, Option<String>), CommandError> {
        let was_asked = has_asked(saved);
        if was_asked && let Some(words) = saved.get(WORDS) {
            let unreadable = |_| corrupt("the words of a start do not read back");
            let sealed = Sealed::from_bytes(STANDARD.decode(words).map_err(unreadable)?);
            let place = intent_place(session.key);
            let plain = self.inner.keys.open_in(unit, place, &sealed).await?;
            let intent = idv_core::json::decode(&plain).map_err(|_| KeyRingError::from(OpenFailed));
            return Ok((intent?, None));
        }
        let intent = self.intent_of(unit, session).await?;
        let intent = intent.ok_or_else(|| corrupt("a start without an intent"))?;
        if was_asked {
            return Ok((intent, None));
        }
        let Some(person) = self.person_of(unit, request).await? else {
            return Ok((intent, None));
        };
        if intent.is_about(&person) && !saved.contains_key(WORDS) {
            return Ok((intent, None));
        }
        let intent = intent.with_person(person);
        let key = self.subject_key(unit, request.subject).await?;
        let key = key.ok_or(CommandError::Erased)?;
        let plain = serde_json::to_vec(&intent).map_err(|_| KeyRingError::from(OpenFailed))?;
        let sealed = key
            .seal(intent_place(session.key), &plain)
            .map_err(KeyRingError::from)?;
        Ok((intent, Some(STANDARD.encode(sealed.as_bytes()))))
    }

    /// The intent of a session that takes the place of another: the same words, about the person as they are known by
    /// now.
    pub(super) async fn intent_again(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        before: SessionIntent,
    ) -> Result<SessionIntent, KeyRingError> {
        let person = self.person_of(unit, request).await?;
        Ok(match person {
            Some(person) => before.with_person(person),
            None => before,
        })
    }

    /// Writes down that another session is wanted in place of one that ended for a technical reason: with the same
    /// account and the same words, about the person as they are known by now.
    pub(crate) async fn restart_session(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        ended: &SessionRow,
    ) -> Result<(), KeyRingError> {
        let (Some(account), Some(key)) = (
            self.inner.accounts.get(&ended.account),
            self.subject_key(unit, request.subject).await?,
        ) else {
            return Ok(());
        };
        if let Some(intent) = self.intent_of(unit, ended).await? {
            let intent = self.intent_again(unit, request, intent).await?;
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
