//! The provider for the fake vendor: glue.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, Cancel, Checkpoint, CredentialPointer, Depth, Error, ErrorKind, IdProvider, Kind,
    Mapped, MissedEvent, MissedEventPage, MissedEvents, MissingPart, Part, Person, ProviderId,
    ProviderInfo, Purpose, Redact, Redaction, Reopening, Secret, SessionId, Snapshot, StartSession,
    Started, StartedSession, Status, Timestamp, Transport, Unreadable, UserLink, WebhookEvent,
    json,
};
use serde_json::json;

use super::client::Client;
use super::wire::{Check, Link, PersonCreated, Undelivered};
use super::{CURRENT_SECRET, PREVIOUS_SECRET, map, webhook};

pub(super) const ID: &str = "fake";

const CHECK: &str = "check";
const DETAILS: &str = "details";

/// How the fake provider presents itself.
#[derive(Clone, Copy, Debug)]
pub struct FakeOptions {
    /// What [`ProviderInfo::webhooks_carry_state`] says. It does not change the webhooks themselves: see
    /// [`FakeVendor::notify_only`](super::FakeVendor::notify_only).
    pub webhooks_carry_state: bool,
}

impl Default for FakeOptions {
    /// Webhooks that carry the state.
    fn default() -> Self {
        Self {
            webhooks_carry_state: true,
        }
    }
}

/// The provider for the fake vendor. Accepts both of the fake vendor's webhook secrets.
#[derive(Debug)]
pub struct FakeProvider {
    info: ProviderInfo,
    pub(super) client: Client,
    keys: Vec<SigningKey>,
    erases: bool,
    asks_again: bool,
}

impl FakeProvider {
    /// Over a transport: usually a [`FakeVendor`](super::FakeVendor).
    #[must_use]
    pub fn new(options: FakeOptions, transport: Arc<dyn Transport>) -> Self {
        let mut info = ProviderInfo::new(
            ProviderId::from(ID),
            "Fake Identity",
            "1",
            map::MAPPING_VERSION,
        );
        info.passed_words = map::PASSED_WORDS;
        info.reopenings = REOPENINGS;
        info.webhooks_carry_state = options.webhooks_carry_state;
        info.usual_time_to_verdict = Duration::from_secs(60);
        info.credential_pointers = &[CredentialPointer {
            part: CHECK,
            pointer: "/link",
        }];
        let key = |label: &str, secret: &str| {
            SigningKey::new(KeyLabel::new(label), Secret::from(secret)).expect("not blank")
        };
        Self {
            info,
            client: Client::new(transport),
            keys: vec![
                key("current", CURRENT_SECRET),
                key("previous", PREVIOUS_SECRET),
            ],
            erases: true,
            asks_again: false,
        }
    }

    /// Without the ability to erase, as vendors are whose interface has no call for it.
    #[must_use]
    pub const fn without_redact(mut self) -> Self {
        self.erases = false;
        self
    }

    /// With the ability to make another session for a person who has one.
    #[must_use]
    pub const fn with_retry(mut self) -> Self {
        self.asks_again = true;
        self
    }

    pub(super) fn unreadable(operation: &'static str) -> impl Fn(Unreadable) -> Error {
        unreadable(operation)
    }

    pub(super) fn snapshot(&self, check: Bytes) -> Result<Snapshot, Unreadable> {
        let parts = vec![Part::new(CHECK, check)];
        Ok(Snapshot {
            mapped: self.assemble(&parts)?,
            parts,
            missing: Vec::new(),
        })
    }
}

/// The fake vendor looks again at what it has declined, and at nothing else.
const REOPENINGS: &[Reopening] = &[Reopening {
    from: Status::Failed,
    to: Status::InReview,
}];

#[async_trait]
impl IdProvider for FakeProvider {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        const OPERATION: &str = "create_check";
        let not_saved = |_| {
            let kind = ErrorKind::Unavailable;
            Error::new(kind, ProviderId::from(ID), OPERATION, "progress not stored")
        };
        let key = &intent.idempotency_key;

        let person = match checkpoint.saved("person") {
            Some(id) => id.to_owned(),
            None => {
                let subject = intent.subject.expose(Purpose::SendToVendor);
                let bytes = self
                    .client
                    .create_person(subject, &format!("{key}:person"))
                    .await?;
                let made: PersonCreated =
                    json::decode(&bytes).map_err(Self::unreadable("create_person"))?;
                checkpoint
                    .save("person", &made.id)
                    .await
                    .map_err(not_saved)?;
                made.id
            }
        };

        let bytes = match checkpoint.saved(CHECK) {
            Some(id) => self.client.get_check(id).await?,
            None => {
                let body = json!({
                    "person": person,
                    "subject": intent.subject.expose(Purpose::SendToVendor),
                    "reference": intent.request_id.to_string(),
                    "flow": intent.template,
                    "given_name": given_name(&intent.person),
                });
                self.client
                    .create_check(&body, &format!("{key}:check"))
                    .await?
            }
        };
        let check: Check = json::decode(&bytes).map_err(Self::unreadable(OPERATION))?;
        if checkpoint.saved(CHECK).is_none() {
            checkpoint.save(CHECK, &check.id).await.map_err(not_saved)?;
        }

        let session = StartedSession {
            session_id: SessionId::new(&check.id),
            link: check.link.map(|link| hosted(&link)),
            snapshot: self.snapshot(bytes).map_err(Self::unreadable(OPERATION))?,
        };
        let ours = session.snapshot.mapped.request_id == Some(intent.request_id);
        Ok(if ours {
            Started::Created(session)
        } else {
            Started::Existing(session)
        })
    }

    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        let check = self.client.get_check(session.as_str()).await?;
        let mut snapshot = self
            .snapshot(check)
            .map_err(Self::unreadable("get_check"))?;
        if depth == Depth::Verdict {
            return Ok(snapshot);
        }
        match self.client.get_details(session.as_str()).await {
            Ok(bytes) => {
                snapshot.parts.push(Part::new(DETAILS, bytes));
                let assembled = self.assemble(&snapshot.parts);
                snapshot.mapped = assembled.map_err(Self::unreadable("get_details"))?;
            }
            Err(error) => match error.kind {
                ErrorKind::NotFound | ErrorKind::InvalidCredentials => {
                    snapshot.missing.push(MissingPart {
                        name: DETAILS,
                        reason: "the fake vendor does not show it",
                    });
                }
                _ => return Err(error),
            },
        }
        Ok(snapshot)
    }

    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        let bytes = self.client.renew_link(session.as_str()).await?;
        let found: Link = json::decode(&bytes).map_err(Self::unreadable("renew_link"))?;
        Ok(hosted(&found.link))
    }

    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        Ok(webhook::verify(&self.keys, webhook)?)
    }

    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        webhook::interpret(webhook)
    }

    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        map::translate(kind.as_ref(), bytes)
    }

    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        let missing = Unreadable::NotThisProvider {
            why: "there is no part with the check",
        };
        let check = Part::find(parts, CHECK).ok_or(missing)?;
        let mut mapped = map::translate(Some(&Kind::Session), &check.bytes)?;
        if let Some(details) = Part::find(parts, DETAILS) {
            mapped.person = map::translate(Some(&Kind::Report), &details.bytes)?.person;
        }
        Ok(mapped)
    }

    fn capabilities(&self) -> idv_core::Capabilities {
        map::capabilities()
    }

    fn abilities(&self) -> Abilities<'_> {
        let mut abilities = Abilities::none()
            .with_cancel(self)
            .with_complete_task(self)
            .with_evidence(self)
            .with_list(self)
            .with_missed_events(self)
            .with_update(self)
            .with_upload_documents(self)
            .with_webhook_admin(self);
        if self.erases {
            abilities = abilities.with_redact(self).with_restore(self);
        }
        if self.asks_again {
            abilities = abilities.with_retry(self);
        }
        abilities
    }
}

#[async_trait]
impl Cancel for FakeProvider {
    async fn cancel(&self, session: &SessionId) -> Result<Snapshot, Error> {
        let bytes = self.client.cancel_check(session.as_str()).await?;
        self.snapshot(bytes)
            .map_err(Self::unreadable("cancel_check"))
    }
}

#[async_trait]
impl MissedEvents for FakeProvider {
    async fn missed_events(
        &self,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<MissedEventPage, Error> {
        let bytes = self.client.list_undelivered(since, cursor).await?;
        let page: Undelivered =
            json::decode(&bytes).map_err(Self::unreadable("list_undelivered"))?;
        let last = page.events.last().map(|event| event.id.clone());
        let events = page
            .events
            .into_iter()
            .map(|event| MissedEvent::new(SessionId::new(event.check), event.event_type, event.at));
        Ok(MissedEventPage::new(
            events.collect(),
            last.filter(|_| page.more),
        ))
    }
}

#[async_trait]
impl Redact for FakeProvider {
    async fn redact(&self, session: &SessionId) -> Result<Redaction, Error> {
        let bytes = self.client.erase_check(session.as_str()).await?;
        let snapshot = self
            .snapshot(bytes)
            .map_err(Self::unreadable("erase_check"))?;
        Ok(Redaction::of(snapshot))
    }
}

pub(super) fn unreadable(operation: &'static str) -> impl Fn(Unreadable) -> Error {
    move |error| Error::from_unreadable(ProviderId::from(ID), operation, error)
}

pub(super) fn hosted(link: &str) -> UserLink {
    UserLink::new(Some(Secret::from(link)), None, None)
}

pub(super) fn given_name(person: &Person) -> Option<&str> {
    let record = person.expose(Purpose::SendToVendor);
    let mut names = record.names.iter();
    names.find_map(|name| name.value.as_present()?.given_name.as_deref())
}
