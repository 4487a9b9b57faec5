//! Making a session once, whatever happens on the way.

use std::time::Duration;

use idv_core::{
    Checkpoint, DocumentKind, Error, ErrorKind, Provenance, Purpose, Repeat, SessionId, Sourced,
    StartSession, Started, StartedSession, Unreadable,
};

use super::StripeProvider;
use super::read::{Read, unreadable};
use crate::client::{Client, DEADLINE, Form, Which, failed};
use crate::config::Verification;
use crate::map::{self, document_word};
use crate::wire;

const OPERATION: &str = "create_session";

/// How long the vendor remembers an `Idempotency-Key`, at least.
const KEY_LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// How far the vendor's clock may be behind ours when a session is looked up by its time.
const CLOCK_SKEW: Duration = Duration::from_secs(300);
/// How many pages of one subject's recent sessions are looked through before giving up.
const MAX_PAGES: usize = 20;

pub(super) const NOT_A_LIST: Unreadable = Unreadable::NotThisProvider {
    why: "it is not a page of a list",
};

/// Under which name a start of an earlier version has saved the id of the session it had made.
const MADE: &str = "session";

impl StripeProvider {
    /// See [`idv_core::IdProvider::start`].
    pub(super) async fn start_session(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        let operation = OPERATION;
        let client = self.client(operation)?;
        if let Some(made) = checkpoint.saved(MADE).map(SessionId::new) {
            return Ok(self.retrieve(client, &made).await?.into_started());
        }
        let form = self.new_session(intent)?;

        // As long as the vendor surely knows the key, it makes no second session for it. Later we look first.
        let age = self.clock.now().since(intent.intended_at);
        let is_key_alive = age.saturating_add(DEADLINE) < KEY_LIFETIME;
        let made = if is_key_alive {
            None
        } else {
            self.find(client, intent).await?
        };
        let read = match made {
            Some(id) => self.retrieve(client, &id).await?,
            None => {
                let repeat = if is_key_alive {
                    Repeat::Keyed
                } else {
                    Repeat::Never
                };
                let key = &intent.idempotency_key;
                let answer = client.create_session(form, key, repeat).await?;
                let read = self.read(operation, None, &answer)?;
                if answer.is_replayed {
                    // The answer is as old as the first call: its link is used up, its status may be past.
                    let now = self.retrieve(client, &read.id).await;
                    now.map_err(|mut error| {
                        error.may_have_taken_effect = true;
                        error
                    })?
                } else {
                    read
                }
            }
        };
        // Its id is not saved: it is what is returned, and written down at once. Should that be cut off, the key or the
        // look-up finds the session again, as after an answer that was lost.
        Ok(read.into_started())
    }

    /// The parameters of a new session. Personal data goes into the fields made for it and nowhere else.
    fn new_session(&self, intent: &StartSession) -> Result<Form, Error> {
        let options = &self.options;
        let mut form = Form::default();
        let flow = intent
            .template
            .as_ref()
            .or(options.verification_flow.as_ref());
        let takes_documents = flow.is_none() && options.verification == Verification::Document;
        if !takes_documents && !intent.document_kinds.is_empty() {
            return Err(unsupported(
                OPERATION,
                "a choice of documents in a verification flow or without a document",
            ));
        }
        match flow {
            Some(flow) => form.set("verification_flow", flow),
            None => form.set("type", options.verification.word()),
        };
        if takes_documents {
            form.set_list(
                "options[document][allowed_types]",
                &self.allowed_documents(&intent.document_kinds, OPERATION)?,
            );
            for (name, is_required) in [
                ("require_id_number", options.require_id_number),
                ("require_live_capture", options.require_live_capture),
                ("require_matching_selfie", options.require_matching_selfie),
            ] {
                if is_required {
                    form.set(&format!("options[document][{name}]"), "true");
                }
            }
        }
        let subject = intent.subject.expose(Purpose::SendToVendor);
        form.set("client_reference_id", subject);
        let request_id = intent.request_id.to_string();
        form.set(&metadata(wire::METADATA_REQUEST_ID), &request_id);
        form.set(&metadata(wire::METADATA_INTENT), &intent.idempotency_key);
        if let Some(return_url) = &intent.return_url {
            form.set("return_url", return_url);
        }
        let person = intent.person.expose(Purpose::SendToVendor);
        if let Some(email) = claimed(&person.emails) {
            form.set("provided_details[email]", email);
        }
        if let Some(phone) = claimed(&person.phones) {
            form.set("provided_details[phone]", phone);
        }
        Ok(form)
    }

    /// The documents both the application and the account accept, in the vendor's words; empty for all.
    pub(super) fn allowed_documents(
        &self,
        wanted: &[DocumentKind],
        operation: &'static str,
    ) -> Result<Vec<&'static str>, Error> {
        let account = &self.options.allowed_documents;
        if wanted.is_empty() {
            return Ok(account.iter().filter_map(document_word).collect());
        }
        let mut words = Vec::new();
        for kind in wanted {
            let word = document_word(kind)
                .ok_or_else(|| unsupported(operation, &format!("the document {kind}")))?;
            let is_allowed = account.is_empty() || account.contains(kind);
            if is_allowed && !words.contains(&word) {
                words.push(word);
            }
        }
        if words.is_empty() {
            let capability = "a document that the account does not allow";
            return Err(unsupported(operation, capability));
        }
        Ok(words)
    }

    /// The session that an earlier run of this intent made, found by what it had sent along.
    async fn find(
        &self,
        client: &Client,
        intent: &StartSession,
    ) -> Result<Option<SessionId>, Error> {
        let operation = "list_sessions";
        let subject = intent.subject.expose(Purpose::SendToVendor);
        let since = intent.intended_at.minus(CLOCK_SKEW).as_unix_secs();
        let request_id = intent.request_id.to_string();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let which = Which {
                client_reference_id: Some(subject),
                created_since_unix_secs: Some(since),
                created_before_unix_secs: None,
            };
            let answer = client.list_sessions(&which, after.as_deref()).await?;
            let unreadable = |error| unreadable(operation, &answer, error);
            let page: wire::List<'_> = map::object(&answer.body).map_err(unreadable)?;
            let mut last = None;
            for item in page.data.iter().flatten() {
                let session: wire::Session<'_> =
                    map::object(item.get().as_bytes()).map_err(unreadable)?;
                let is_ours = session.metadata.get().is_some_and(|metadata| {
                    metadata.idv_request_id.get() == Some(&request_id)
                        && metadata.idv_intent.get() == Some(&intent.idempotency_key)
                });
                last = map::session_id(&session.id);
                if is_ours && last.is_some() {
                    return Ok(last);
                }
            }
            // Only a list that says so has ended: from anything else it does not follow that there is no session.
            match (page.object.get(), page.has_more.0, last) {
                (Some(wire::LIST), Some(false), _) => return Ok(None),
                (Some(wire::LIST), Some(true), Some(last)) => {
                    after = Some(last.as_str().to_owned());
                }
                _ => return Err(unreadable(NOT_A_LIST)),
            }
        }
        // Making another session could make a second one: better to stop.
        let message = "the subject has more sessions than can be looked through";
        Err(failed(ErrorKind::Conflict, operation, message))
    }
}

impl Read {
    fn into_started(self) -> Started {
        Started::Created(StartedSession {
            session_id: self.id,
            link: self.link,
            snapshot: self.snapshot,
        })
    }
}

fn unsupported(operation: &'static str, capability: &str) -> Error {
    let capability = capability.to_owned();
    let message = "the vendor cannot do what is asked for";
    failed(ErrorKind::Unsupported { capability }, operation, message)
}

fn metadata(key: &str) -> String {
    format!("metadata[{key}]")
}

/// The first value the application itself has given.
pub(super) fn claimed(values: &[Sourced<String>]) -> Option<&String> {
    let claimed = values
        .iter()
        .filter(|value| value.provenance == Provenance::Claimed);
    claimed.filter_map(|value| value.value.as_present()).next()
}
