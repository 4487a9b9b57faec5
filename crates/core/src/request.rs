//! The request: our business intent about one subject.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{
    DataState, DecisionSource, DocumentKind, Finding, OrganizationId, Person, RequestId,
    ReviewOwner, Status, Step, SubjectRef, Timestamp, WaitingOn,
};

/// One business intent: verify this subject, for this reason. It is served by one or several vendor sessions.
///
/// Not serialized as a whole: the subject, the person and the comments are personal data, so whoever shows a
/// request decides field by field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VerificationRequest {
    /// Our id.
    pub id: RequestId,
    /// When it was made, UTC.
    pub created_at: Timestamp,
    /// When it last changed, UTC.
    pub updated_at: Timestamp,
    /// The application's reference to the person.
    pub subject: SubjectRef,
    /// The organization in whose context it was made. Context only.
    pub organization: Option<OrganizationId>,
    /// Every organization this request has consequences for. It only grows.
    pub affected_organizations: Vec<OrganizationId>,
    /// Why it was made, in the application's words, such as `onboarding_company`.
    pub reason: Option<String>,
    /// The document the application expects, if it minds.
    pub document_type: Option<DocumentKind>,
    /// What the application said about the person.
    pub person: Person,
    /// Which try of the subject this is, and what came before.
    pub attempt: AttemptContext,
    /// The state, with overrides applied.
    pub state: RequestState,
    /// Set if it was bypassed.
    pub bypass: Option<Bypass>,
    /// Set if it was cancelled by us.
    pub cancellation: Option<Cancellation>,
}

impl VerificationRequest {
    /// A request with nothing but what it must have.
    #[must_use]
    pub fn new(
        id: RequestId,
        subject: SubjectRef,
        state: RequestState,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            created_at,
            updated_at: created_at,
            subject,
            organization: None,
            affected_organizations: Vec::new(),
            reason: None,
            document_type: None,
            person: Person::default(),
            attempt: AttemptContext::first_attempt(),
            state,
            bypass: None,
            cancellation: None,
        }
    }
}

/// The state of a request: a pure fold over its current session, the commands and the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestState {
    /// The status.
    pub status: Status,
    /// Who decided, where there is a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<DecisionSource>,
    /// Whose review is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_owner: Option<ReviewOwner>,
    /// When it came to a decision or an end, UTC: when we first asked or heard and it was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// True once the subject is known to have begun.
    #[serde(default)]
    pub subject_started: bool,
    /// True if it rests on a webhook's payload alone, because the account cannot fetch.
    #[serde(default)]
    pub unconfirmed: bool,
    /// The reasons behind the status.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// The steps of the current session.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Whether the person's data are still at the vendor.
    pub data_state: DataState,
    /// What an operator should look at. Empty is good.
    #[serde(default)]
    pub attention: Vec<Attention>,
}

impl RequestState {
    /// A request of which nothing is known but that it exists.
    #[must_use]
    pub const fn created() -> Self {
        Self {
            status: Status::Created,
            source: None,
            review_owner: None,
            decided_at: None,
            subject_started: false,
            unconfirmed: false,
            findings: Vec::new(),
            steps: Vec::new(),
            data_state: DataState::Present,
            attention: Vec::new(),
        }
    }

    /// Whose move it is.
    #[must_use]
    pub const fn waiting_on(&self) -> WaitingOn {
        self.status.waiting_on()
    }
}

open_enum! {
    /// Why an operator should look.
    pub enum Attention {
        /// The vendor sent a value no table knows.
        UnknownValue = "unknown_value",
        /// The vendor reported a move out of a final status that is not listed as possible.
        Conflict = "conflict",
        /// A session that no longer counts was passed after all.
        LatePass = "late_pass",
        /// The vendor changed its mind after we had overridden it.
        ChangedAfterOverride = "changed_after_override",
        /// The vendor has no such session any more.
        SessionMissing = "session_missing",
    }
}

/// Which try this is. `RestartContext` is there from the second on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptContext {
    /// What this request restarts; none for a first attempt.
    pub restart: Option<RestartContext>,
}

impl AttemptContext {
    /// The first attempt.
    #[must_use]
    pub const fn first_attempt() -> Self {
        Self { restart: None }
    }
}

/// What a request restarts, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartContext {
    /// The request that ended.
    pub previous_request_id: RequestId,
    /// What caused the restart.
    pub trigger: RestartTrigger,
    /// The words of whoever restarted it. May name persons.
    pub comment: crate::Pii<String>,
    /// True if the subject had begun and left.
    pub previous_attempt_was_abandoned: bool,
}

open_enum! {
    /// What caused a restart.
    pub enum RestartTrigger {
        /// A person of the application's staff.
        Manual = "manual",
        /// A rule of ours.
        Policy = "policy",
    }
}

/// A pass granted by a person in spite of the vendor, or without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    /// Who, in the application's numbering.
    pub actor: Actor,
    /// Why. May name persons.
    pub comment: crate::Pii<String>,
    /// When, UTC.
    pub at: Timestamp,
}

/// A withdrawal by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Who, in the application's numbering.
    pub actor: Actor,
    /// Why. May name persons.
    pub reason: crate::Pii<String>,
    /// When, UTC.
    pub at: Timestamp,
}

/// Who gave a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
#[non_exhaustive]
pub enum Actor {
    /// The gateway itself.
    System,
    /// The application, through an API key: the key's name.
    ApiKey(String),
    /// A person of the application's staff, in its numbering.
    Staff(String),
}
