//! A request as its application may see it.

use idv_core::{
    AccountId, Actor, Bypass, Cancellation, Person, PersonRecord, Pii, ProviderId, RestartContext,
    SessionId, SessionKey, SubjectRef, Timestamp, VerificationRequest, json,
};

use crate::Engine;
use crate::account::Environment;
use crate::command::person_place;
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::error::QueryError;
use crate::fold::{CommandFact, SessionState};
use crate::observe::{corrupt, raw_place, subject_place};
use crate::store::{ObservationRow, RequestRow, Sealed, SessionRow};

/// A request with its sessions.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// The request.
    pub request: VerificationRequest,
    /// Its environment; none for a request that was written before this was kept.
    pub environment: Option<Environment>,
    /// Its sessions, oldest first.
    pub sessions: Vec<SessionView>,
    /// When its subject was erased, UTC. Then nothing personal is left in it; the decision stays.
    pub erased_at: Option<Timestamp>,
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

/// What is read where something personal stood before its person was erased.
const ERASED: &str = "[redacted]";

impl Engine {
    pub(super) async fn view(&self, row: RequestRow) -> Result<RequestView, QueryError> {
        let reads = self.inner.store.reads();
        let subject = reads
            .subject(row.subject)
            .await?
            .ok_or_else(|| corrupt("a request without a subject"))?;
        let is_erased = subject.erased_at.is_some();
        let reference = if is_erased {
            ERASED.to_owned()
        } else {
            self.open_text(subject_place(subject.id), &subject.reference)
                .await?
        };
        let person = match &row.person {
            Some(sealed) if !is_erased => {
                let plain = self
                    .inner
                    .keys
                    .open_value(self.store(), person_place(row.id), sealed)
                    .await?;
                let record: PersonRecord = json::decode(&plain).map_err(|_| OpenFailed)?;
                Person::new(record)
            }
            _ => Person::default(),
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
        for command in reads.commands_of(row.id).await? {
            self.tell(&mut request, command, is_erased).await?;
        }
        Ok(RequestView {
            request,
            environment: row.environment,
            sessions,
            erased_at: subject.erased_at,
        })
    }

    /// Adds what a command decided. The last word about a matter is the one that counts.
    async fn tell(
        &self,
        request: &mut VerificationRequest,
        command: ObservationRow,
        is_erased: bool,
    ) -> Result<(), QueryError> {
        let at = command.as_of;
        let actor = command.actor.clone().unwrap_or(Actor::System);
        match &command.command {
            Some(CommandFact::Restarted {
                previous,
                trigger,
                previous_was_abandoned,
            }) => {
                request.attempt.restart = Some(RestartContext {
                    previous_request_id: *previous,
                    trigger: trigger.clone(),
                    comment: self.comment(&command, is_erased).await?,
                    previous_attempt_was_abandoned: *previous_was_abandoned,
                });
            }
            Some(CommandFact::Cancelled { .. }) => {
                request.cancellation = Some(Cancellation {
                    actor,
                    reason: self.comment(&command, is_erased).await?,
                    at,
                });
            }
            Some(CommandFact::Bypassed { .. }) => {
                request.bypass = Some(Bypass {
                    actor,
                    comment: self.comment(&command, is_erased).await?,
                    at,
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// The words of whoever gave a command.
    pub(super) async fn comment(
        &self,
        command: &ObservationRow,
        is_erased: bool,
    ) -> Result<Pii<String>, QueryError> {
        let text = match &command.raw {
            _ if is_erased => ERASED.to_owned(),
            Some(sealed) => self.open_text(raw_place(command.id), sealed).await?,
            None => String::new(),
        };
        Ok(Pii::new(text))
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
