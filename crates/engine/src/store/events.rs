//! The outbox: what the application is told.

use std::fmt;

use idv_core::{EndpointId, EventId, RequestId, Timestamp};

use super::{Sealed, SubjectId};

/// One event, written in the transaction that changed the request.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// The request it is about; none for what is about an endpoint.
    pub request: Option<RequestId>,
    /// The subject of that request.
    pub subject: Option<SubjectId>,
    /// The only endpoint it is sent to; none for every one that wants its kind.
    pub addressed_to: Option<EndpointId>,
    /// The trace it belongs to: a W3C `traceparent`.
    pub trace: Option<String>,
    /// What happened.
    pub kind: EventKind,
    /// What it announces, such as `passed/1` for the first pass. A request announces each key once, however often and
    /// in whatever order we learned of it.
    pub key: String,
    /// When it was written, UTC.
    pub created_at: Timestamp,
    /// The event's data, JSON under the subject's key (the installation's, where it is about nobody).
    pub payload: Sealed,
}

/// What happened to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EventKind {
    /// It was made.
    Created,
    /// It moved in a way that has no word of its own.
    Updated,
    /// The subject is who they say they are.
    Passed,
    /// The subject failed.
    Failed,
    /// A person has to decide.
    InReview,
    /// The subject must try again.
    RetryRequired,
    /// It was withdrawn.
    Cancelled,
    /// Time ran out.
    Expired,
    /// It ended for a technical reason.
    Errored,
    /// The person's data are gone.
    Redacted,
    /// The subject was reminded.
    ReminderDue,
    /// An operator should look.
    Attention,
    /// An endpoint of the application is no longer sent anything.
    EndpointDisabled,
    /// Somebody tries an endpoint.
    EndpointTest,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Created,
        Self::Updated,
        Self::Passed,
        Self::Failed,
        Self::InReview,
        Self::RetryRequired,
        Self::Cancelled,
        Self::Expired,
        Self::Errored,
        Self::Redacted,
        Self::ReminderDue,
        Self::Attention,
        Self::EndpointDisabled,
        Self::EndpointTest,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::InReview => "in_review",
            Self::RetryRequired => "retry_required",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Errored => "errored",
            Self::Redacted => "redacted",
            Self::ReminderDue => "reminder_due",
            Self::Attention => "attention",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::EndpointTest => "endpoint_test",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_word() == word)
    }
}

impl fmt::Display for EventKind {
    /// The type of the event, such as `verification_request.passed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndpointDisabled => f.write_str("endpoint.disabled"),
            Self::EndpointTest => f.write_str("endpoint.test"),
            _ => write!(f, "verification_request.{}", self.as_word()),
        }
    }
}
