//! Finding the session a webhook is about, or taking it over.

use idv_core::{
    AccountId, Actor, Mapped, ObservationId, RequestId, RequestState, SessionId, SessionKey,
    SubjectRef, Timestamp,
};

use crate::account::{Account, Unmatched};
use crate::crypt::KeyRingError;
use crate::fold::SessionState;
use crate::observe::corrupt;
use crate::store::{
    ObservationRow, ObservationSource, RequestRow, SessionRow, SubjectId, UnitOfWork,
};
use crate::{Engine, words};

/// What a vendor's object says about where a session belongs.
pub(crate) struct Hints {
    /// Our request, which we had sent along.
    pub(crate) request: Option<RequestId>,
    /// The application's reference to the person.
    pub(crate) subject: Option<SubjectRef>,
}

impl Hints {
    /// Of several objects about one session, the first that says something.
    pub(crate) fn of<'a>(objects: impl IntoIterator<Item = &'a Mapped>) -> Self {
        let mut hints = Self {
            request: None,
            subject: None,
        };
        for object in objects {
            hints.request = hints.request.or(object.request_id);
            hints.subject = hints.subject.or_else(|| object.subject.clone());
        }
        hints
    }
}

/// The request that a session from elsewhere belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// It was open already.
    Joined(RequestId),
    /// It was made for it.
    Made(RequestId),
}

impl Home {
    pub(crate) const fn request(self) -> RequestId {
        match self {
            Self::Joined(request) | Self::Made(request) => request,
        }
    }
}

impl Engine {
    /// The session with this vendor id. One that is not known by it yet may be ours all the same: the vendor's
    /// object then names our request, and the answer to our start is still under way or was lost. Else it is
    /// adopted, if the account says so and the vendor's object names a subject.
    pub(crate) async fn find_or_adopt(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionId,
        hints: Hints,
    ) -> Result<Option<SessionRow>, KeyRingError> {
        if let Some(known) = unit.session_by_vendor_id(&account.id, session).await? {
            return Ok(Some(known));
        }
        if let Some(request) = hints.request
            && let Some(ours) = self
                .started_without_answer(unit, &account.id, request, session)
                .await?
        {
            return Ok(Some(ours));
        }
        match hints.subject {
            Some(subject) if account.unmatched == Unmatched::Adopt => {
                self.adopt(unit, account, session, &subject).await
            }
            _ => Ok(None),
        }
    }

    /// The session of ours that was started and never got the vendor's answer, if the vendor's object names its request.
    pub(crate) async fn started_without_answer(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &AccountId,
        request: RequestId,
        session: &SessionId,
    ) -> Result<Option<SessionRow>, KeyRingError> {
        let sessions = unit.sessions_of(request).await?;
        let Some(mut ours) = sessions
            .into_iter()
            .find(|row| row.account == *account && row.session_id.is_none())
        else {
            return Ok(None);
        };
        ours.session_id = Some(session.clone());
        if !unit.update_session(&ours).await? {
            return Ok(None);
        }
        unit.requeue_unmatched(account, session, self.now()).await?;
        Ok(Some(ours))
    }

    async fn adopt(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &SessionId,
        subject: &SubjectRef,
    ) -> Result<Option<SessionRow>, KeyRingError> {
        let subject = self
            .lock_or_insert_subject(unit, account.environment, subject)
            .await?;
        let now = self.now();
        let key = SessionKey::new(now);
        let Some(home) = self
            .open_request_for(unit, account, subject, (now, key))
            .await?
        else {
            return Ok(None);
        };
        if let Home::Made(request) = home {
            unit.append_observation(&ObservationRow {
                id: ObservationId::new(now),
                request,
                session: None,
                source: ObservationSource::Command,
                what: words::REQUEST_ADOPTED.to_owned(),
                observed_at: now,
                as_of: now,
                delivery: None,
                vendor_time: None,
                mapped: None,
                actor: Some(Actor::System),
                command: None,
                raw: None,
            })
            .await?;
        }
        let row = SessionRow {
            key,
            request: home.request(),
            account: account.id.clone(),
            provider: account.provider.info().id.clone(),
            session_id: Some(session.clone()),
            idempotency_key: format!("idv-adopted-{key}"),
            intent: None,
            state: SessionState::created(),
            created_at: now,
            updated_at: now,
            poll_at: None, // The fold writes it.
        };
        if !unit.insert_session(&row).await? {
            // Somebody else has written it down in between: that one counts.
            return Err(corrupt("a session that appeared while it was being adopted").into());
        }
        unit.requeue_unmatched(&account.id, session, now).await?;
        Ok(Some(row))
    }

    /// The request that an open session from elsewhere belongs to; none if it can belong to none now. `made`: when it is
    /// made, if there is none yet, UTC, and the key that the session will have. The subject must be locked.
    pub(crate) async fn open_request_for(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        subject: SubjectId,
        made: (Timestamp, SessionKey),
    ) -> Result<Option<Home>, KeyRingError> {
        // A subject has one open request. A second session of an open one joins it, if it is of the same account: what
        // one vendor was asked, no other vendor answers.
        if let Some(open) = unit.open_request_of(subject).await? {
            let sessions = unit.sessions_of(open.id).await?;
            if sessions.iter().any(|other| other.account != account.id) {
                return Ok(None);
            }
            // It may be the very session that a start of ours is just making: its answer claims it, and brings
            // back what was set aside under its id.
            let is_being_started =
                |other: &SessionRow| other.session_id.is_none() && !other.state.status.is_final();
            if sessions.iter().any(is_being_started) {
                return Ok(None);
            }
            return Ok(Some(Home::Joined(open.id)));
        }
        let (made_at, key) = made;
        let mut request = self.request_from_elsewhere(account, subject, made_at);
        request.current_session = Some(key);
        unit.insert_request(&request).await?;
        Ok(Some(Home::Made(request.id)))
    }

    /// A request of which the application knows nothing yet.
    pub(crate) fn request_from_elsewhere(
        &self,
        account: &Account,
        subject: SubjectId,
        made_at: Timestamp,
    ) -> RequestRow {
        RequestRow {
            id: RequestId::new(made_at),
            subject,
            environment: Some(account.environment),
            organization: None,
            affected_organizations: Vec::new(),
            reason: None,
            document_type: None,
            person: None,
            state: RequestState::created(),
            current_session: None,
            created_at: made_at,
            updated_at: self.now(),
        }
    }
}
