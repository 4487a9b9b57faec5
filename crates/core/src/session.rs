//! Making, reading and hearing about sessions.

use std::borrow::Cow;

use bytes::Bytes;

use crate::{
    DocumentKind, Mapped, Person, RequestId, RetryScope, Secret, SessionId, SubjectRef, Timestamp,
};

/// What we want the vendor to do. The same intent always has the same key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StartSession {
    /// The request this session serves.
    pub request_id: RequestId,
    /// The application's reference to the person.
    pub subject: SubjectRef,
    /// What the application says about the person, to be sent along where the vendor has a place for it.
    pub person: Person,
    /// What makes two calls the same intent. At most 255 ASCII characters.
    pub idempotency_key: String,
    /// When the intent was written down, UTC. Vendors forget keys after a while.
    pub intended_at: Timestamp,
    /// The vendor's template, workflow or flow, if not the account's default.
    pub template: Option<String>,
    /// Where the vendor should send the subject afterwards.
    pub return_url: Option<String>,
    /// Documents the application accepts; empty for all the vendor supports.
    pub document_kinds: Vec<DocumentKind>,
    /// What is asked again of a person who was asked before; for [`Retry`](crate::Retry) alone.
    pub again: RetryScope,
}

impl StartSession {
    /// An intent with nothing but what it must have.
    #[must_use]
    pub fn new(
        request_id: RequestId,
        subject: SubjectRef,
        idempotency_key: impl Into<String>,
        intended_at: Timestamp,
    ) -> Self {
        Self {
            request_id,
            subject,
            person: Person::default(),
            idempotency_key: idempotency_key.into(),
            intended_at,
            template: None,
            return_url: None,
            document_kinds: Vec::new(),
            again: RetryScope::default(),
        }
    }
}

/// A session that is there now.
#[derive(Clone, Debug)]
pub enum Started {
    /// The vendor made it for this intent, now or in an earlier run of the same intent.
    Created(StartedSession),
    /// The vendor gave back one that another intent made. It is never taken over.
    Existing(StartedSession),
}

/// A session as the vendor's answer to `start` shows it.
#[derive(Clone, Debug)]
pub struct StartedSession {
    /// The vendor's id of it.
    pub session_id: SessionId,
    /// How the subject gets to it, if the vendor says so at once.
    pub link: Option<UserLink>,
    /// The session as it is.
    pub snapshot: Snapshot,
}

/// How the subject gets to the vendor. Bearer secrets: whoever has them can act as the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserLink {
    /// A page to send the subject to.
    pub hosted_url: Option<Secret>,
    /// A token for the vendor's SDK.
    pub sdk_token: Option<Secret>,
    /// When they stop working, UTC, where the vendor says so.
    pub expires_at: Option<Timestamp>,
}

impl UserLink {
    /// A link; at least one of the two should be there.
    #[must_use]
    pub const fn new(
        hosted_url: Option<Secret>,
        sdk_token: Option<Secret>,
        expires_at: Option<Timestamp>,
    ) -> Self {
        Self {
            hosted_url,
            sdk_token,
            expires_at,
        }
    }
}

/// How much to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The session itself: one call.
    Verdict,
    /// The session and whatever explains it: reports, tasks, extracted data.
    Full,
}

/// A session as the vendor showed it: the bytes, and what they mean.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What was read, part by part.
    pub parts: Vec<Part>,
    /// The parts that could not be read, with the reason. The verdict does not depend on them.
    pub missing: Vec<MissingPart>,
    /// The parts in our words: what [`IdProvider::assemble`](crate::IdProvider::assemble) makes of them, and the links
    /// to evidence, which are fresh now.
    pub mapped: Mapped,
}

/// One answer of the vendor. The bytes hold personal data: they are stored encrypted and printed never.
#[derive(Clone)]
pub struct Part {
    /// Its name: `session`, `report` … A name of the provider's; one that is read back from a store is owned.
    pub name: Cow<'static, str>,
    /// The vendor's bytes.
    pub bytes: Bytes,
}

impl Part {
    /// An answer of the vendor, by name.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, bytes: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }

    /// The part with this name, if it is there.
    #[must_use]
    pub fn find<'p>(parts: &'p [Self], name: &str) -> Option<&'p Self> {
        parts.iter().find(|part| part.name == name)
    }
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// A part that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPart {
    /// Its name.
    pub name: &'static str,
    /// Why, in one sentence without personal data.
    pub reason: &'static str,
}

/// What a proven webhook says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebhookEvent {
    /// The vendor's word for what happened.
    pub event_type: String,
    /// When it happened by the vendor's clock, UTC. Not good enough to order events by.
    pub occurred_at: Option<Timestamp>,
    /// True for the vendor's live environment, false for its sandbox, where the event says.
    pub live: Option<bool>,
    /// What it is about.
    pub concern: Concern,
    /// The session as the payload shows it. A hint, where the gateway can fetch; none in a notification.
    pub payload: Option<Mapped>,
}

impl WebhookEvent {
    /// An event without a payload.
    #[must_use]
    pub fn new(event_type: impl Into<String>, concern: Concern) -> Self {
        Self {
            event_type: event_type.into(),
            occurred_at: None,
            live: None,
            concern,
            payload: None,
        }
    }
}

/// What a webhook is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Concern {
    /// One session.
    Session(SessionId),
    /// Nothing this gateway works on: another product, a test, an event nobody has listed.
    Nothing {
        /// Why, for the operator.
        reason: &'static str,
    },
}
