//! The way in: the open request of a subject, or a new one.

use std::sync::Arc;

use idv_core::{
    AccountId, Actor, DocumentKind, ObservationId, OrganizationId, Person, Purpose, RequestId,
    RequestState, SessionKey, StartSession, SubjectRef, UserLink,
};
use uuid::Uuid;

use crate::account::Account;
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::error::CommandError;
use crate::fold::SessionState;
use crate::store::{
    JobId, JobKind, JobRow, KeyOwner, ObservationRow, ObservationSource, RequestRow, SessionRow,
    SubjectId, UnitOfWork,
};
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
    /// Who asks.
    pub actor: Actor,
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
            actor,
        }
    }
}

/// The request of a subject.
#[derive(Clone, Debug)]
pub struct GetOrRequested {
    /// The request.
    pub request: RequestView,
    /// A fresh link for the subject; none where the subject has nothing to do, or the account only receives.
    pub link: Option<UserLink>,
    /// True if it was made now, false if it was there.
    pub created: bool,
}

/// How long a start belongs to the command that made it, before a worker takes it over.
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
        check(&command)?;
        let account = self.account_to_start_with(command.account.as_ref())?;
        let mut unit = self.inner.store.begin().await?;
        let subject = self
            .lock_or_insert_subject(
                unit.as_unit_of_work(),
                account.environment,
                &command.subject,
            )
            .await?;
        let open = unit.open_request_of(subject).await?;
        let (request, session, created) = match open {
            Some(open) => {
                self.reuse(unit.as_unit_of_work(), &open, &command).await?;
                (open.id, open.current_session, false)
            }
            None => {
                let (request, session) = self
                    .create(unit.as_unit_of_work(), &account, subject, &command)
                    .await?;
                (request, Some(session), true)
            }
        };
        unit.commit().await?;

        let link = match session {
            Some(session) => self.link_for(session).await?,
            None => None,
        };
        let request = self.request(request).await?.ok_or(CommandError::NotFound)?;
        tracing::info!(request = %request.request.id, created, "a verification was requested");
        Ok(GetOrRequested {
            request,
            link,
            created,
        })
    }

    fn account_to_start_with(
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

    /// The open request is theirs too: the organization is mapped to it either way.
    async fn reuse(
        &self,
        unit: &mut dyn UnitOfWork,
        open: &RequestRow,
        command: &GetOrRequest,
    ) -> Result<(), CommandError> {
        if let Some(organization) = &command.organization {
            unit.add_affected_organization(open.id, organization)
                .await?;
        }
        unit.append_observation(&self.command_observation(
            open.id,
            open.current_session,
            words::REQUEST_REUSED,
        ))
        .await?;
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
        let (id, session) = (RequestId::new(now), SessionKey::new(now));
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
        let request = RequestRow {
            id,
            subject,
            organization: command.organization.clone(),
            affected_organizations: command.organization.iter().cloned().collect(),
            reason: command.reason.clone(),
            document_type: command.document_type.clone(),
            person,
            state: RequestState::created(),
            current_session: Some(session),
            created_at: now,
            updated_at: now,
        };
        if !unit.insert_request(&request).await? {
            // The subject is locked and has no open request, so the index cannot object.
            return Err(crate::observe::corrupt("an open request that cannot be found").into());
        }
        unit.append_observation(&self.command_observation(id, None, words::REQUEST_CREATED))
            .await?;

        let idempotency_key = format!("idv-start-{session}");
        let mut start =
            StartSession::new(id, command.subject.clone(), idempotency_key.clone(), now);
        start.person = command.person.clone();
        start.template.clone_from(&command.template);
        start.return_url.clone_from(&command.return_url);
        start.document_kinds.clone_from(&command.document_kinds);
        let plain = serde_json::to_vec(&SessionIntent::of(&start))
            .map_err(|_| KeyRingError::from(OpenFailed))?;
        unit.insert_session(&SessionRow {
            key: session,
            request: id,
            account: account.id.clone(),
            provider: account.provider.info().id.clone(),
            session_id: None,
            idempotency_key,
            intent: Some(
                key.seal(intent_place(session), &plain)
                    .map_err(KeyRingError::from)?,
            ),
            state: SessionState::created(),
            created_at: now,
            updated_at: now,
        })
        .await?;
        unit.insert_job(&JobRow {
            id: JobId(Uuid::now_v7()),
            kind: JobKind::Start,
            session: Some(session),
            request: id,
            detail: None,
            due_at: now.plus(self.inner.settings.lease.saturating_mul(HEAD_START_LEASES)),
            attempts: 0,
            last_error: None,
            created_at: now,
        })
        .await?;
        Ok((id, session))
    }

    /// An entry of the timeline that says what the application did.
    pub(crate) fn command_observation(
        &self,
        request: RequestId,
        session: Option<SessionKey>,
        what: &str,
    ) -> ObservationRow {
        let now = self.now();
        ObservationRow {
            id: ObservationId::new(now),
            request,
            session,
            source: ObservationSource::Command,
            what: what.to_owned(),
            observed_at: now,
            as_of: now,
            delivery: None,
            vendor_time: None,
            mapped: None,
            actor: None,
            command: None,
            raw: None,
        }
    }
}

fn check(command: &GetOrRequest) -> Result<(), CommandError> {
    let invalid = |field, problem| Err(CommandError::InvalidInput { field, problem });
    let subject = command.subject.expose(Purpose::Store);
    if subject.trim().is_empty() {
        return invalid("subject", "it must not be blank");
    }
    // The narrowest limit of the vendors' reference fields.
    if subject.chars().count() > 200 {
        return invalid("subject", "it must not be longer than 200 characters");
    }
    if subject.chars().any(char::is_control) {
        return invalid("subject", "it must not contain control characters");
    }
    if command
        .organization
        .as_ref()
        .is_some_and(|o| o.as_str().trim().is_empty() || o.as_str().len() > 200)
    {
        return invalid("organization", "it must be 1 to 200 bytes long");
    }
    if command
        .reason
        .as_ref()
        .is_some_and(|reason| reason.trim().is_empty() || reason.len() > 200)
    {
        return invalid("reason", "it must be 1 to 200 bytes long");
    }
    Ok(())
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
