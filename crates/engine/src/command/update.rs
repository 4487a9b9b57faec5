//! Correcting what the application has said about a request.

use idv_core::{Actor, DocumentKind, OrganizationId, Person, PersonRecord, Purpose, RequestId};
use serde_json::json;

use super::get_or_request::person_place;
use super::idempotency::Claim;
use super::observe::{Given, check_actor};
use super::{Commanded, IdempotencyKey};
use crate::crypt::{KeyRingError, OpenFailed};
use crate::error::CommandError;
use crate::{Engine, words};

/// Corrects a request. What is absent stays as it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Update {
    /// The request.
    pub request: RequestId,
    /// Who corrects it.
    pub actor: Actor,
    /// Another organization it has consequences for.
    pub organization: Option<OrganizationId>,
    /// Why the request was made, in the application's words.
    pub reason: Option<String>,
    /// The document the application expects.
    pub document_type: Option<DocumentKind>,
    /// What the application knows about the person: replaces what it said before, kind of value by kind of value.
    pub person: Option<Person>,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Update {
    /// A correction of nothing yet.
    #[must_use]
    pub const fn new(request: RequestId, actor: Actor) -> Self {
        Self {
            request,
            actor,
            organization: None,
            reason: None,
            document_type: None,
            person: None,
            idempotency_key: None,
        }
    }
}

impl Engine {
    /// Corrects a request. It is what we say about the person from now on: in mails, and to a vendor whose session is
    /// started later. What it says about the person changes a session under way too, where the vendor can do that (ability
    /// [`idv_core::Update`]) and the subject has not handed it in yet; else it stays as it was begun. Organizations may be
    /// added to any request; the rest changes on an open one only.
    ///
    /// # Errors
    /// [`CommandError::AlreadyEnded`] if it is not open, [`CommandError::Erased`].
    pub async fn update(&self, command: Update) -> Result<Commanded, CommandError> {
        check_actor(&command.actor)?;
        super::input::check_context(command.organization.as_ref(), command.reason.as_deref())?;
        let mut unit = self.inner.store.begin().await?;
        let says = json!({
            "update": command.request,
            "actor": command.actor,
            "organization": command.organization,
            "reason": command.reason,
            "document_type": command.document_type,
            "person": command.person.as_ref().map(|p| p.expose(Purpose::Store)),
        });
        let key = command.idempotency_key.as_ref();
        let claim = self
            .claim(unit.as_unit_of_work(), key, Some(command.request), &says)
            .await?;
        let Claim::New(claimed) = claim else {
            drop(unit);
            return self.commanded_before(command.request).await;
        };
        let mut request = self.locked(unit.as_unit_of_work(), command.request).await?;
        let changes_more =
            command.reason.is_some() || command.document_type.is_some() || command.person.is_some();
        if changes_more && request.state.status.is_final() {
            return Err(CommandError::AlreadyEnded {
                status: request.state.status,
            });
        }
        if let Some(organization) = &command.organization {
            self.add_organization(unit.as_unit_of_work(), &mut request, organization)
                .await?;
        }
        if command.reason.is_some() {
            request.reason = command.reason;
        }
        if command.document_type.is_some() {
            request.document_type = command.document_type;
        }
        if let Some(person) = &command.person {
            let subject_key = self
                .subject_key(unit.as_unit_of_work(), request.subject)
                .await?
                .ok_or(CommandError::Erased)?;
            let before = self
                .person_of(unit.as_unit_of_work(), &request)
                .await?
                .unwrap_or_default();
            let merged = merge(before, person.expose(Purpose::Store))?;
            let plain = serde_json::to_vec(&merged).map_err(|_| KeyRingError::from(OpenFailed))?;
            let sealed = subject_key
                .seal(person_place(request.id), &plain)
                .map_err(KeyRingError::from)?;
            request.person = Some(sealed);
        }
        // Also if only an organization was added: whoever is spoken of is not forgotten yet.
        request.updated_at = self.now();
        unit.update_request(&request).await?;
        if command.person.is_some() {
            self.insert_update_job(unit.as_unit_of_work(), &request)
                .await?;
        }
        let given = Given::new(words::REQUEST_UPDATED, &command.actor);
        self.append_command(unit.as_unit_of_work(), &request, given)
            .await?;
        self.finish_claim(unit.as_unit_of_work(), claimed, request.id)
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        self.commanded(request.id).await
    }
}

/// The old record with every member of the new one that says something in its place.
fn merge(before: PersonRecord, new: &PersonRecord) -> Result<PersonRecord, CommandError> {
    let unreadable = |_| CommandError::from(KeyRingError::from(OpenFailed));
    let mut merged = serde_json::to_value(before).map_err(unreadable)?;
    let new = serde_json::to_value(new).map_err(unreadable)?;
    if let (Some(merged), serde_json::Value::Object(new)) = (merged.as_object_mut(), new) {
        for (member, value) in new {
            let says_nothing = value.is_null()
                || value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(serde_json::Map::is_empty);
            if !says_nothing {
                merged.insert(member, value);
            }
        }
    }
    let bytes = serde_json::to_vec(&merged).map_err(unreadable)?;
    idv_core::json::decode(&bytes).map_err(|_| KeyRingError::from(OpenFailed).into())
}
