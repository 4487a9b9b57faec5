//! The way in: the open request of a subject, or a new one.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    AccountId, Actor, DocumentKind, OrganizationId, Person, Purpose, RequestId, RequestState,
    SessionKey, StartSession, Status, SubjectRef, Timestamp, UserLink,
};

use super::IdempotencyKey;
use super::idempotency::{Claim, Outcome};
use super::input::{check_context, check_subject};
use super::observe::{Given, check_actor};
use crate::account::Account;
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::error::CommandError;
use crate::store::{KeyOwner, RequestRow, SubjectId, UnitOfWork};
use crate::{Engine, RequestView, SessionIntent, words};

/// Asks for a verification of a subject.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GetOrRequest {
    /// The application's reference to the person. 1 to 200 characters.
    pub subject: SubjectRef,
    /// The organization in whose context it is asked. It is mapped to the request either way.
    pub organization: Option<OrganizationId>,
    /// Why, in the application's words.
    pub reason: Option<String>,
    /// The document the application expects.
    pub document_type: Option<DocumentKind>,
    /// What the application knows about the person.
    pub person: Person,
    /// The account to use, if not the default one.
    pub account: Option<AccountId>,
    /// The vendor's template, if not the account's.
    pub template: Option<String>,
    /// Where the vendor should send the subject afterwards.
    pub return_url: Option<String>,
    /// Documents the application accepts; empty for all the vendor supports.
    pub document_kinds: Vec<DocumentKind>,
    /// Which request that is there may be given out again.
    pub reuse: Reuse,
    /// Who asks.
    pub actor: Actor,
    /// The key of the command. Even without one, asking twice gives one request.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl GetOrRequest {
    /// Asks for no more than that the subject be verified.
    #[must_use]
    pub fn new(subject: SubjectRef, actor: Actor) -> Self {
        Self {
            subject,
            organization: None,
            reason: None,
            document_type: None,
            person: Person::default(),
            account: None,
            template: None,
            return_url: None,
            document_kinds: Vec::new(),
            reuse: Reuse::default(),
            actor,
            idempotency_key: None,
        }
    }

    /// Everything it says, to compare it by.
    fn said(&self) -> serde_json::Value {
        serde_json::json!({
            "request for": self.subject.expose(Purpose::Store),
            "organization": self.organization,
            "reason": self.reason,
            "document_type": self.document_type,
            "person": self.person.expose(Purpose::Store),
            "account": self.account,
            "template": self.template,
            "return_url": self.return_url,
            "document_kinds": self.document_kinds,
            "reuse_passed_secs": match self.reuse {
                Reuse::PendingOnly => None,
                Reuse::PendingOrPassed { max_age } => Some(max_age.as_secs()),
            },
        })
    }
}

/// The request of a subject.
#[derive(Clone, Debug)]
pub struct GetOrRequested {
    /// The request.
    pub request: RequestView,
    /// A fresh link for the subject; none where the subject has nothing to do, or the account only receives.
    pub link: Option<UserLink>,
    /// True if this command has made it, false if it was there.
    pub created: bool,
    /// True if the command had been given before, with the same key.
    pub replayed: bool,
}

/// Which request came of it, before anybody has asked a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The request.
    pub request: RequestId,
    /// True if this command has made it, false if it was there.
    pub created: bool,
    /// True if the command had been given before, with the same key.
    pub replayed: bool,
}

/// Which request that is there may be given out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// One that is open.
    #[default]
    PendingOnly,
    /// One that is open, else one that passed not longer ago than this.
    PendingOrPassed {
        /// How old the pass may be.
        max_age: Duration,
    },
}

/// How long a call to a vendor belongs to the command that made it, before a worker takes it over.
const HEAD_START_LEASES: u32 = 6;

impl Engine {
    /// Returns the open request of a subject with a fresh link, or makes one and starts it at the vendor.
    ///
    /// Of any number of calls at the same time, for one subject, one makes the request; all get the same.
    ///
    /// # Errors
    /// [`CommandError`]. After [`CommandError::Provider`] the request exists, unless the vendor refused it for
    /// good; asking again finds it and goes on.
    pub async fn get_or_request(
        &self,
        command: GetOrRequest,
    ) -> Result<GetOrRequested, CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let (done, intended) = self
            .get_or_intend_in(unit.as_unit_of_work(), &command)
            .await?;
        let link = match intended {
            Some(session) => match self.commit_and_start(unit, session).await? {
                Some(link) => Some(link),
                None => self.link_for(session).await?,
            },
            None => {
                unit.commit().await?;
                self.link_to(done.request).await?
            }
        };
        let request = self
            .request(done.request)
            .await?
            .ok_or(CommandError::NotFound)?;
        tracing::info!(request = %done.request, created = done.created, "a verification was requested");
        Ok(GetOrRequested {
            request,
            link,
            created: done.created,
            replayed: done.replayed,
        })
    }

    /// As [`Engine::get_or_request`], inside the caller's unit of work: nothing is committed, and no vendor is asked.
    /// After the commit a worker starts the session; [`Engine::renew_link`] does so at once and gives the link.
    ///
    /// # Errors
    /// [`CommandError`], but none of a vendor's.
    pub async fn get_or_request_in(
        &self,
        unit: &mut dyn UnitOfWork,
        command: &GetOrRequest,
    ) -> Result<Requested, CommandError> {
        Ok(self.get_or_intend_in(unit, command).await?.0)
    }

    /// As [`Engine::get_or_request_in`]. With the session whose intent was written down, if it made the request.
    async fn get_or_intend_in(
        &self,
        unit: &mut dyn UnitOfWork,
        command: &GetOrRequest,
    ) -> Result<(Requested, Option<SessionKey>), CommandError> {
        check_subject(&command.subject)?;
        check_context(command.organization.as_ref(), command.reason.as_deref())?;
        check_actor(&command.actor)?;
        let account = self.account_to_start_with(command.account.as_ref())?;
        let key = command.idempotency_key.as_ref();
        let claimed = match self.claim(unit, key, None, &command.said()).await? {
            Claim::New(claimed) => claimed,
            Claim::Before(made) => {
                let before = Requested {
                    request: made.request,
                    created: made.created,
                    replayed: true,
                };
                return Ok((before, None));
            }
        };
        let subject = self
            .lock_or_insert_subject(unit, account.environment, &command.subject)
            .await?;
        let (request, intended) = match self.reusable(unit, subject, command.reuse).await? {
            Some(there) => {
                self.reuse(unit, &there, command).await?;
                (there.id, None)
            }
            None => {
                let (made, session) = self.create(unit, &account, subject, command).await?;
                (made, Some(session))
            }
        };
        let created = intended.is_some();
        self.finish_claim(unit, claimed, Outcome { request, created })
            .await?;
        let done = Requested {
            request,
            created,
            replayed: false,
        };
        Ok((done, intended))
    }

    /// A fresh link of the session that an open request follows.
    async fn link_to(&self, id: RequestId) -> Result<Option<UserLink>, CommandError> {
        let request = self.inner.store.reads().request(id).await?;
        let request = request.ok_or(CommandError::NotFound)?;
        match request.current_session {
            Some(session) if !request.state.status.is_final() => self.link_for(session).await,
            _ => Ok(None),
        }
    }

    pub(super) fn account_to_start_with(
        &self,
        named: Option<&AccountId>,
    ) -> Result<Arc<Account>, CommandError> {
        let account = match named {
            Some(id) => self
                .inner
                .accounts
                .get(id)
                .ok_or_else(|| CommandError::UnknownAccount(id.clone()))?,
            None => self
                .inner
                .accounts
                .default_account()
                .ok_or(CommandError::NoDefaultAccount)?,
        };
        if account.can_fetch {
            Ok(Arc::clone(account))
        } else {
            Err(CommandError::AccountCannotStart(account.id.clone()))
        }
    }

    /// The request of a subject that is to be given out again.
    async fn reusable(
        &self,
        unit: &mut dyn UnitOfWork,
        subject: SubjectId,
        reuse: Reuse,
    ) -> Result<Option<RequestRow>, CommandError> {
        if let Some(open) = unit.open_request_of(subject).await? {
            return Ok(Some(open));
        }
        let limit = self.inner.settings.policy.max_requests;
        if reuse == Reuse::PendingOnly && limit.is_none() {
            return Ok(None);
        }
        let requests = unit.requests_of(subject).await?;
        let now = self.now();
        if let Reuse::PendingOrPassed { max_age } = reuse {
            let passed = requests
                .iter()
                .filter(|request| request.state.status == Status::Passed)
                .filter(|request| {
                    let passed_at = request.state.decided_at;
                    passed_at.is_some_and(|at| at.plus(max_age) >= now)
                })
                .max_by_key(|request| (request.state.decided_at, request.id));
            if let Some(passed) = passed {
                return Ok(Some(passed.clone()));
            }
        }
        if let Some((most, within)) = limit {
            let recent = requests
                .iter()
                .filter(|request| request.created_at.plus(within) > now)
                .count();
            if recent >= usize::try_from(most).unwrap_or(usize::MAX) {
                return Err(CommandError::TooManyRequests { most, within });
            }
        }
        Ok(None)
    }

    /// The request is theirs too: the organization is mapped to it either way.
    async fn reuse(
        &self,
        unit: &mut dyn UnitOfWork,
        there: &RequestRow,
        command: &GetOrRequest,
    ) -> Result<(), CommandError> {
        // Somebody relies on it: the time after which it would be forgotten begins anew.
        let mut there = there.clone();
        there.updated_at = self.now();
        unit.update_request(&there).await?;
        if let Some(organization) = &command.organization {
            self.add_organization(unit, &mut there, organization)
                .await?;
        }
        let mut given = Given::new(words::REQUEST_REUSED, &command.actor);
        given.session = there.current_session;
        self.append_command(unit, &there, given).await?;
        Ok(())
    }

    async fn create(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        subject: SubjectId,
        command: &GetOrRequest,
    ) -> Result<(RequestId, SessionKey), CommandError> {
        let now = self.now();
        let id = RequestId::new(now);
        let key = self.key_of(unit, &KeyOwner::Subject(subject)).await?;
        let record = command.person.expose(Purpose::Store);
        let person = if record.is_empty() {
            None
        } else {
            let plain = serde_json::to_vec(record).map_err(|_| KeyRingError::from(OpenFailed))?;
            Some(
                key.seal(person_place(id), &plain)
                    .map_err(KeyRingError::from)?,
            )
        };
        let mut request = RequestRow {
            id,
            subject,
            environment: Some(account.environment),
            organization: command.organization.clone(),
            affected_organizations: command.organization.iter().cloned().collect(),
            reason: command.reason.clone(),
            document_type: command.document_type.clone(),
            person,
            state: RequestState::created(),
            current_session: None,
            created_at: now,
            updated_at: now,
        };
        if !unit.insert_request(&request).await? {
            // The subject is locked and has no open request, so the index cannot object.
            return Err(crate::observe::corrupt("an open request that cannot be found").into());
        }
        let given = Given::new(words::REQUEST_CREATED, &command.actor);
        self.append_command(unit, &request, given).await?;

        let mut start = StartSession::new(id, command.subject.clone(), String::new(), now);
        start.person = command.person.clone();
        start.template.clone_from(&command.template);
        start.return_url.clone_from(&command.return_url);
        start.document_kinds.clone_from(&command.document_kinds);
        let intent = SessionIntent::of(&start);
        let due_at = self.after_head_start();
        let session = self
            .insert_intent(unit, &key, id, account, &intent, due_at)
            .await?;
        self.refold_request(unit, &mut request).await?;
        Ok((id, session))
    }

    /// When a worker takes over what a command has begun and not finished.
    pub(crate) fn after_head_start(&self) -> Timestamp {
        let head_start = self.inner.settings.lease.saturating_mul(HEAD_START_LEASES);
        self.now().plus(head_start)
    }
}

/// Where the application's description of a person lives.
pub(crate) const fn person_place(id: RequestId) -> Place {
    Place {
        column: "requests.person",
        row: id.as_uuid(),
    }
}

/// Where an intent lives.
pub(crate) const fn intent_place(key: SessionKey) -> Place {
    Place {
        column: "sessions.intent",
        row: key.as_uuid(),
    }
}
