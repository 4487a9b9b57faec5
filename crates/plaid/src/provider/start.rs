//! Making a session once, whatever happens on the way.

use std::time::Duration;

use idv_core::{
    Address, Checkpoint, Error, ErrorKind, FieldValue, IdNumber, Name, PartialDate, PersonRecord,
    Provenance, Purpose, SessionId, Sourced, StartSession, Started, StartedSession, Timestamp,
};
use serde_json::{Map, Value, json};

use super::PlaidProvider;
use super::read::{Read, unreadable};
use crate::client::{Client, failed};
use crate::map;
use crate::wire::{self, Json, Members as _};

/// How many pages of one person's attempts are looked through before giving up.
const MAX_PAGES: usize = 20;

/// How far the vendor's clock may be behind ours when a session is older than the intent that made it.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// Under which name the start saves the template with which the person had no session before it asked for one.
const LOOKED: &str = "looked";
/// Under which name it saves the id of the session it has made.
const MADE: &str = "session";

impl PlaidProvider {
    /// See [`idv_core::IdProvider::start`].
    ///
    /// The vendor makes one session for a person and a template, and gives back the one there is when asked again
    /// (`is_idempotent`). It has no slot for our request, so what it gives back does not say who made it. That is
    /// found out beforehand: if the person has a session with this template before we have asked for one, another
    /// intent made it; if there was none, and this is on disk, then whatever the call gives back, now or after a
    /// crash, is this intent's.
    pub(super) async fn start_session(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        let operation = "create_session";
        let client = self.client(operation)?;
        if let Some(made) = checkpoint.saved(MADE).map(SessionId::new) {
            let read = self.get(client, &made).await.map_err(|mut error| {
                error.may_have_taken_effect = true;
                error
            })?;
            return Ok(Started::Created(self.started(client, read).await));
        }
        let looked = checkpoint.saved(LOOKED).map(str::to_owned);
        let template = match &looked {
            Some(template) => template,
            None => self.template(intent.template.as_deref(), operation)?,
        };
        let body = self.new_session(intent, template)?;
        if looked.is_none() {
            let existing = self.existing(client, intent, template).await;
            let existing = existing.map_err(|mut error| {
                // Nothing was asked for yet.
                error.may_have_taken_effect = false;
                error
            })?;
            if let Some(read) = existing {
                return Ok(Started::Existing(self.started(client, read).await));
            }
            save(checkpoint, (LOOKED, template), operation, false).await?;
        }
        let answer = client.create_session(&body).await?;
        let read = self.read(operation, None, &answer)?;
        let oldest = intent.intended_at.minus(CLOCK_SKEW);
        if read.snapshot.mapped.created_at.is_none_or(|at| at < oldest) {
            // Older than the intent: the look had missed it. One that does not say how old it is may be, too.
            return Ok(Started::Existing(self.started(client, read).await));
        }
        save(checkpoint, (MADE, read.id.as_str()), operation, true).await?;
        Ok(Started::Created(self.started(client, read).await))
    }

    /// The session another intent has made for this person and template.
    async fn existing(
        &self,
        client: &Client,
        intent: &StartSession,
        template: &str,
    ) -> Result<Option<Read>, Error> {
        let sessions = self.sessions(client, intent, template).await?;
        match newest(&sessions) {
            Some(newest) => self.get(client, &newest.id).await.map(Some),
            None => Ok(None),
        }
    }

    /// A link that cannot be had is no reason to lose the session: it can be asked for again.
    pub(super) async fn started(&self, client: &Client, read: Read) -> StartedSession {
        let link = if read.is_active {
            self.link(client, &read).await.ok()
        } else {
            None
        };
        StartedSession {
            session_id: read.id,
            link,
            snapshot: read.snapshot,
        }
    }

    /// The template of a session, or the account's.
    pub(super) fn template<'a>(
        &'a self,
        chosen: Option<&'a str>,
        operation: &'static str,
    ) -> Result<&'a str, Error> {
        let template = chosen.or(self.options.template_id.as_deref());
        template.ok_or_else(|| {
            let message = "neither the request nor the account names a template";
            failed(ErrorKind::InvalidConfig, operation, message)
        })
    }

    /// The body of the call. It is the same, byte for byte, each time the same intent runs.
    fn new_session(&self, intent: &StartSession, template: &str) -> Result<Value, Error> {
        let operation = "create_session";
        if !intent.document_kinds.is_empty() {
            let capability = "a choice of documents: the template decides".to_owned();
            let message = "the vendor cannot do what the intent asks for";
            let kind = ErrorKind::Unsupported { capability };
            return Err(failed(kind, operation, message));
        }
        let mut body = json!({
            "client_user_id": intent.subject.expose(Purpose::SendToVendor),
            "template_id": template,
            "is_shareable": self.options.is_shareable,
            "is_idempotent": true,
            "gave_consent": self.options.gave_consent,
        });
        let user = user(intent.person.expose(Purpose::SendToVendor));
        if let (Some(object), false) = (body.as_object_mut(), user.is_empty()) {
            object.insert("user".to_owned(), Value::Object(user));
        }
        Ok(body)
    }

    /// The sessions the vendor has for this person and template, whoever made them.
    pub(super) async fn sessions(
        &self,
        client: &Client,
        intent: &StartSession,
        template: &str,
    ) -> Result<Vec<Listed>, Error> {
        let operation = "list_sessions";
        let person = intent.subject.expose(Purpose::SendToVendor);
        let mut sessions = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let answer = client
                .list_sessions(person, template, cursor.as_deref())
                .await?;
            let refuse = |error| unreadable(operation, &answer, error);
            let object = map::object(&answer.body).map_err(refuse)?;
            let page = wire::List::of(&object);
            let Some(Json::List(items)) = page.identity_verifications else {
                return Err(refuse(idv_core::Unreadable::NotThisProvider {
                    why: "it holds no list of attempts",
                }));
            };
            for attempt in items.iter().map(wire::Attempt::of) {
                sessions.extend(map::session_id(attempt.id).map(|id| Listed {
                    id,
                    created_at: attempt.created_at.time(),
                    previous_attempt_id: attempt.previous_attempt_id.get().map(SessionId::new),
                }));
            }
            cursor = page.next_cursor.get().map(str::to_owned);
            if cursor.is_none() {
                return Ok(sessions);
            }
        }
        let message = "the person has more sessions than can be looked through";
        Err(failed(ErrorKind::Conflict, operation, message))
    }
}

/// What a list tells of a session.
pub(super) struct Listed {
    pub(super) id: SessionId,
    created_at: Option<Timestamp>,
    /// The session this one is another try after.
    pub(super) previous_attempt_id: Option<SessionId>,
}

/// The newest of some sessions, and of several that are equally new the one the vendor names first.
pub(super) fn newest<'a>(sessions: impl IntoIterator<Item = &'a Listed>) -> Option<&'a Listed> {
    sessions.into_iter().reduce(|newest, one| {
        if newest.created_at < one.created_at {
            one
        } else {
            newest
        }
    })
}

/// `is_made`: whether the vendor may hold a session by now.
pub(super) async fn save(
    checkpoint: &mut dyn Checkpoint,
    (step, value): (&'static str, &str),
    operation: &'static str,
    is_made: bool,
) -> Result<(), Error> {
    checkpoint.save(step, value).await.map_err(|error| {
        let message = "the progress of the start could not be stored";
        let kind = ErrorKind::Unavailable;
        let mut failure = failed(kind, operation, message).with_source(error);
        failure.may_have_taken_effect = is_made;
        failure
    })
}

/// What the application says about the person, as far as the vendor takes it. Each member is there in full or not
/// at all: the vendor refuses halves and asks the subject for what is missing.
/// <https://plaid.com/docs/identity-verification/hybrid-input-validation/>, read 2026-11-20.
pub(super) fn user(person: &PersonRecord) -> Map<String, Value> {
    let mut user = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        user.extend(value.map(|value| (name.to_owned(), value)));
    };
    let email = claimed(&person.emails).map(|email| json!(email.trim()));
    set("email_address", email);
    // Only as E.164 writes them; a number without its country is nobody's.
    let phone = claimed(&person.phones).filter(|phone| {
        let digits = phone.strip_prefix('+').unwrap_or_default();
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    });
    set("phone_number", phone.map(|phone| json!(phone)));
    set("date_of_birth", claimed(&person.birthdates).and_then(date));
    set("name", claimed(&person.names).and_then(name));
    set("address", claimed(&person.addresses).and_then(address));
    set("id_number", claimed(&person.id_numbers).and_then(id_number));
    user
}

fn date(date: &PartialDate) -> Option<Value> {
    let (month, day) = (date.month?, date.day?);
    Some(json!(format!("{:04}-{month:02}-{day:02}", date.year)))
}

fn name(name: &Name) -> Option<Value> {
    Some(json!({
        "given_name": filled(name.given_name.as_ref())?,
        "family_name": filled(name.family_name.as_ref())?,
    }))
}

fn address(address: &Address) -> Option<Value> {
    let idv_core::Country::Known(country) = address.country.as_ref()? else {
        return None;
    };
    let mut made = Map::new();
    made.insert("country".to_owned(), json!(country));
    // All of it, or the country alone.
    if let (Some(street), Some(city)) =
        (filled(address.lines.first()), filled(address.city.as_ref()))
    {
        for (name, value) in [
            ("street", Some(street)),
            ("street2", filled(address.lines.get(1))),
            ("city", Some(city)),
            ("region", filled(address.region.as_ref())),
            ("postal_code", filled(address.postal_code.as_ref())),
        ] {
            made.extend(value.map(|value| (name.to_owned(), json!(value))));
        }
    }
    Some(Value::Object(made))
}

/// Stripped of what people write between the digits.
fn id_number(number: &IdNumber) -> Option<Value> {
    let kind = filled(number.kind.as_ref())?;
    let value: String = number
        .value
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-'))
        .collect();
    (!value.is_empty()).then(|| json!({ "value": value, "type": kind }))
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The first value the application itself has given.
fn claimed<T>(values: &[Sourced<T>]) -> Option<&T> {
    let mut claimed = values
        .iter()
        .filter(|value| value.provenance == Provenance::Claimed);
    claimed.find_map(|value| match &value.value {
        FieldValue::Present(value) => Some(value),
        FieldValue::Redacted | FieldValue::Absent => None,
    })
}
