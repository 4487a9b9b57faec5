//! Writing events for the application, in the transaction that changed the request.

use idv_core::{EndpointId, EventId, OrganizationId, Timestamp, json};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::Engine;
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::observe::{corrupt, subject_place};
use crate::store::{EventKind, EventRow, KeyOwner, RequestRow, Sealed, UnitOfWork};

/// What an event says: ids, where the request is, and why. No name, no document.
#[derive(Serialize)]
struct Payload<'a> {
    request_id: String,
    subject: &'a str,
    status: String,
    status_summary: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Timestamp>,
    reasons: Vec<String>,
    organization: Option<&'a str>,
    affected_organizations: Vec<&'a str>,
    data_state: String,
    attention: Vec<String>,
    unconfirmed: bool,
    /// What the event announces, where that is not (any more) how the request is now.
    announces: &'a str,
}

impl Engine {
    /// Writes an event about a request. Of one whose subject was erased it keeps no payload.
    pub(crate) async fn append_event(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        kind: EventKind,
        announces: String,
    ) -> Result<(), KeyRingError> {
        let now = self.now();
        let id = EventId::new(now);
        let payload = match self.subject_key(unit, request.subject).await? {
            None => Sealed::from_bytes(Vec::new()),
            Some(key) => {
                let subject = unit
                    .subject(request.subject)
                    .await?
                    .ok_or_else(|| corrupt("a request without a subject"))?;
                let reference = key.open(subject_place(subject.id), &subject.reference)?;
                let reference = String::from_utf8(reference).map_err(|_| OpenFailed)?;
                let plain = payload(request, &reference, &announces)?;
                key.seal(event_place(id), &plain)?
            }
        };
        unit.append_event(&EventRow {
            id,
            request: Some(request.id),
            subject: Some(request.subject),
            addressed_to: None,
            trace: None,
            kind,
            key: announces,
            created_at: now,
            payload,
        })
        .await?;
        self.inner.outward.written.notify_one();
        Ok(())
    }

    /// Writes an event about an endpoint, for one endpoint or for every one that wants its kind.
    pub(super) async fn append_endpoint_event(
        &self,
        unit: &mut dyn UnitOfWork,
        kind: EventKind,
        addressed_to: Option<EndpointId>,
        data: &serde_json::Value,
    ) -> Result<EventId, KeyRingError> {
        let now = self.now();
        let id = EventId::new(now);
        let plain = serde_json::to_vec(data).map_err(|_| OpenFailed)?;
        let key = self.key_of(unit, &KeyOwner::Installation).await?;
        unit.append_event(&EventRow {
            id,
            request: None,
            subject: None,
            addressed_to,
            trace: None,
            kind,
            key: format!("{}/{id}", kind.as_word()),
            created_at: now,
            payload: key.seal(event_place(id), &plain)?,
        })
        .await?;
        self.inner.outward.written.notify_one();
        Ok(id)
    }

    /// Adds an organization that a request has consequences for. One that comes when the request has ended was not there
    /// when that was announced, so the application is told again.
    pub(crate) async fn add_organization(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &mut RequestRow,
        organization: &OrganizationId,
    ) -> Result<(), KeyRingError> {
        if !unit
            .add_affected_organization(request.id, organization)
            .await?
        {
            return Ok(());
        }
        request.affected_organizations.push(organization.clone());
        if !request.state.status.is_final() {
            return Ok(());
        }
        let key = format!("organization/{}", request.affected_organizations.len());
        self.append_event(unit, request, EventKind::Updated, key)
            .await
    }

    /// What an event says, as JSON. None if its subject was erased meanwhile.
    ///
    /// # Errors
    /// [`KeyRingError`] if the database failed.
    pub async fn event_payload(
        &self,
        event: &EventRow,
    ) -> Result<Option<Box<RawValue>>, KeyRingError> {
        if event.payload.as_bytes().is_empty() {
            return Ok(None);
        }
        if let Some(subject) = event.subject {
            let subject = self.store().reads().subject(subject).await?;
            if subject.is_none_or(|subject| subject.erased_at.is_some()) {
                return Ok(None);
            }
        }
        let plain = self
            .inner
            .keys
            .open_value(self.store(), event_place(event.id), &event.payload)
            .await?;
        Ok(Some(json::decode(&plain).map_err(|_| OpenFailed)?))
    }
}

fn payload(request: &RequestRow, subject: &str, announces: &str) -> Result<Vec<u8>, OpenFailed> {
    let state = &request.state;
    let payload = Payload {
        request_id: request.id.to_string(),
        subject,
        status: state.status.as_word().into_owned(),
        status_summary: state.status.summary(state.subject_started).as_word(),
        decision_source: state.source.as_ref().map(|s| s.as_word().into_owned()),
        decided_at: state.decided_at,
        reasons: state
            .findings
            .iter()
            .map(|f| f.code.as_word().into_owned())
            .collect(),
        organization: request.organization.as_ref().map(OrganizationId::as_str),
        affected_organizations: request
            .affected_organizations
            .iter()
            .map(OrganizationId::as_str)
            .collect(),
        data_state: state.data_state.as_word().into_owned(),
        attention: state
            .attention
            .iter()
            .map(|a| a.as_word().into_owned())
            .collect(),
        unconfirmed: state.unconfirmed,
        announces,
    };
    serde_json::to_vec(&payload).map_err(|_| OpenFailed)
}

/// Where an event's payload lives.
pub(crate) const fn event_place(id: EventId) -> Place {
    Place {
        column: "events.payload",
        row: id.as_uuid(),
    }
}
