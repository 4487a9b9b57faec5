//! A vendor's object in our words: the result of mapping.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{
    DataState, DecisionSource, ErrorKind, EvidenceFile, Finding, Origins, Person, ProviderId,
    RequestId, ReviewOwner, SessionId, Status, Step, SubjectRef, Timestamp, VendorReference,
};

open_enum! {
    /// What sort of vendor object was mapped.
    pub enum Kind {
        /// A webhook's body.
        Webhook = "webhook",
        /// A session.
        Session = "session",
        /// A report or task below a session; it carries no verdict of its own.
        Report = "report",
        /// An error body.
        Error = "error",
        /// A page of a list.
        List = "list",
        /// Something of the vendor that says nothing about a verification.
        Other = "other",
    }
}

/// A vendor's object in our words.
///
/// Everything serialized here is free of personal data and stored in the clear; the fold reads nothing else. The
/// fields marked "not serialized" travel beside it and are stored encrypted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mapped {
    /// The provider whose tables were used.
    pub provider: ProviderId,
    /// What sort of object it was.
    pub kind: Kind,
    /// The version of the mapping tables.
    pub mapping_version: u32,
    /// The session it is or belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The session's status. None where the object carries no session verdict: a report, a notification, an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Who decided, where there is a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<DecisionSource>,
    /// Whose review is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_owner: Option<ReviewOwner>,
    /// Whether the person's data are still at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_state: Option<DataState>,
    /// True once the subject is known to have begun.
    #[serde(default)]
    pub subject_started: bool,
    /// The steps, in the vendor's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The reasons behind the status. None of a passed session; what failed and was replaced stays on its step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What kind of error it was, for [`Kind::Error`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ErrorKind>,
    /// True for the vendor's live environment, false for its sandbox, where the object says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<bool>,
    /// When the vendor made the object, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When the vendor last changed it, UTC, where the vendor says. Orders observations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The newest attempt inside the session, by the vendor's id. Marks where one try ends and the next begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_id: Option<String>,
    /// The vendor's template, workflow or flow, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// What was asked for, in the vendor's words.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub options: serde_json::Map<String, serde_json::Value>,
    /// The vendor's ids without meaning for us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<VendorReference>,
    /// Our own request id, where we had sent it along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// Values no table knows. They never fail, never grant, and ask for attention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UnknownValue>,
    /// Where every value came from.
    #[serde(default, skip_serializing_if = "Origins::is_empty")]
    pub origins: Origins,
    /// For [`Kind::List`]: the objects on the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Self>,
    /// The subject's reference that the vendor holds. Not serialized.
    #[serde(skip)]
    pub subject: Option<SubjectRef>,
    /// What the object says about the person. Not serialized.
    #[serde(skip)]
    pub person: Option<Person>,
    /// The files it names. Not serialized.
    #[serde(skip)]
    pub evidence: Vec<EvidenceFile>,
}

impl Mapped {
    /// Without the links to evidence: they are secrets, and not for long.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        for file in &mut self.evidence {
            file.link = None;
        }
        self
    }

    /// A result that says nothing yet.
    #[must_use]
    pub fn new(provider: ProviderId, kind: Kind, mapping_version: u32) -> Self {
        Self {
            provider,
            kind,
            mapping_version,
            session_id: None,
            status: None,
            source: None,
            review_owner: None,
            data_state: None,
            subject_started: false,
            steps: Vec::new(),
            findings: Vec::new(),
            error_kind: None,
            live: None,
            created_at: None,
            updated_at: None,
            attempt_id: None,
            template: None,
            options: serde_json::Map::new(),
            references: Vec::new(),
            request_id: None,
            unknown: Vec::new(),
            origins: Origins::new(),
            items: Vec::new(),
            subject: None,
            person: None,
            evidence: Vec::new(),
        }
    }
}

/// The vendor's template, workflow or flow a session runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its id at the vendor.
    pub id: String,
    /// Its version, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A value no table knows, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownValue {
    /// JSON pointer (RFC 6901) into the vendor's object.
    pub pointer: Cow<'static, str>,
    /// The value, in full.
    pub value: String,
}
