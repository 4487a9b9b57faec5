//! A request as its application may see it.

use idv_core::{
    AccountId, AttemptContext, Person, PersonRecord, ProviderId, SessionId, SessionKey, SubjectRef,
    Timestamp, VerificationRequest, json,
};

use crate::Engine;
use crate::command::person_place;
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::error::QueryError;
use crate::fold::SessionState;
use crate::observe::{corrupt, subject_place};
use crate::store::{RequestRow, Sealed, SessionRow};

/// A request with its sessions.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// The request.
    pub request: VerificationRequest,
    /// Its sessions, oldest first.
    pub sessions: Vec<SessionView>,
}

/// A session of a request.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Our key of it.
    pub key: SessionKey,
    /// The account it is with.
    pub account: AccountId,
    /// The provider of that account.
    pub provider: ProviderId,
    /// The vendor's id; none while the vendor has not answered the start.
    pub session_id: Option<SessionId>,
    /// Its state.
    pub state: SessionState,
    /// True for the one the request follows.
    pub is_current: bool,
    /// When we first knew of it, UTC.
    pub created_at: Timestamp,
    /// When it last changed, UTC.
    pub updated_at: Timestamp,
}

impl Engine {
    pub(super) async fn view(&self, row: RequestRow) -> Result<RequestView, QueryError> {
        let reads = self.inner.store.reads();
        let subject = reads
            .subject(row.subject)
            .await?
            .ok_or_else(|| corrupt("a request without a subject"))?;
        let reference = self
            .open_text(subject_place(subject.id), &subject.reference)
            .await?;
        let person = match &row.person {
            Some(sealed) => {
                let plain = self
                    .inner
                    .keys
                    .open_value(self.store(), person_place(row.id), sealed)
                    .await?;
                let record: PersonRecord = json::decode(&plain).map_err(|_| OpenFailed)?;
                Person::new(record)
            }
            None => Person::default(),
        };
        let sessions = reads.sessions_of(row.id).await?;
        let current = row.current_session;
        let sessions = sessions
            .into_iter()
            .map(|session| session_view(session, current))
            .collect();
        let mut request = VerificationRequest::new(
            row.id,
            SubjectRef::new(reference),
            row.state,
            row.created_at,
        );
        request.updated_at = row.updated_at;
        request.organization = row.organization;
        request.affected_organizations = row.affected_organizations;
        request.reason = row.reason;
        request.document_type = row.document_type;
        request.person = person;
        request.attempt = AttemptContext::first_attempt();
        Ok(RequestView { request, sessions })
    }

    async fn open_text(&self, place: Place, sealed: &Sealed) -> Result<String, KeyRingError> {
        let plain = self
            .inner
            .keys
            .open_value(self.store(), place, sealed)
            .await?;
        Ok(String::from_utf8(plain).map_err(|_| OpenFailed)?)
    }
}

fn session_view(row: SessionRow, current: Option<SessionKey>) -> SessionView {
    SessionView {
        is_current: current == Some(row.key),
        key: row.key,
        account: row.account,
        provider: row.provider,
        session_id: row.session_id,
        state: row.state,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
