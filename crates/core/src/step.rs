//! What a session is made of. Steps inform; they never decide.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{DecisionSource, Finding, Timestamp};

/// One part of a session, such as the document check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// What is done here.
    pub kind: StepKind,
    /// Collecting or checking; some vendors split the two.
    pub role: StepRole,
    /// How far it is.
    pub status: StepStatus,
    /// Who decided, where there is a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<DecisionSource>,
    /// The vendor's own id or name of the step, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_name: Option<String>,
    /// Reasons found in this step, whether or not they decided anything.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Repeats inside the vendor's object, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// Numbers the vendor gave, with their scale.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
}

impl Step {
    /// A step without findings, attempts or scores.
    #[must_use]
    pub const fn new(kind: StepKind, role: StepRole, status: StepStatus) -> Self {
        Self {
            kind,
            role,
            status,
            source: None,
            vendor_name: None,
            findings: Vec::new(),
            attempts: Vec::new(),
            scores: Vec::new(),
        }
    }
}

/// One try within a step or session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// The vendor's own id of the try, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<String>,
    /// How it went.
    pub status: StepStatus,
    /// When it happened, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Reasons found in this try.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl Attempt {
    /// A try with nothing but its status.
    #[must_use]
    pub const fn new(status: StepStatus) -> Self {
        Self {
            vendor_id: None,
            status,
            at: None,
            findings: Vec::new(),
        }
    }
}

/// A number the vendor gave, with what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The vendor's name for it, such as `similarity`.
    pub name: String,
    /// The number.
    pub value: f64,
    /// What it ranges over, such as `0..1, higher is better`.
    pub scale: String,
}

open_enum! {
    /// What a step is about. A step a tenant invented at the vendor is kept as unknown, with its name.
    pub enum StepKind {
        /// Agreement to be verified.
        Consent = "consent",
        /// Data typed in by the subject.
        Profile = "profile",
        /// An identity document.
        Document = "document",
        /// Face match and liveness as one.
        Selfie = "selfie",
        /// Comparing two faces.
        FaceMatch = "face_match",
        /// Being a live person.
        Liveness = "liveness",
        /// Data compared with records.
        Database = "database",
        /// A national identification number.
        IdNumber = "id_number",
        /// A phone number.
        Phone = "phone",
        /// An e-mail address.
        Email = "email",
        /// A postal address.
        Address = "address",
        /// Sanctions and watch lists.
        Watchlist = "watchlist",
        /// Fraud signals.
        Risk = "risk",
        /// The device.
        Device = "device",
        /// Having been seen before.
        Duplicate = "duplicate",
        /// Questions only the person can answer.
        Knowledge = "knowledge",
        /// An electronic signature.
        Signature = "signature",
        /// A call with an agent.
        VideoCall = "video_call",
    }
}

/// Whether a step collects or checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum StepRole {
    /// Collects from the subject; carries no verdict.
    Capture,
    /// Checks what was collected.
    Check,
}

open_enum! {
    /// How far a step is.
    pub enum StepStatus {
        /// Not reachable yet; may never run.
        Pending = "pending",
        /// The subject is at it.
        Active = "active",
        /// Handed in and being checked.
        Processing = "processing",
        /// A person's decision is pending.
        InReview = "in_review",
        /// Finished; carries no verdict.
        Done = "done",
        /// Finished well.
        Passed = "passed",
        /// Finished with concerns and no clear verdict.
        Flagged = "flagged",
        /// Finished badly. Says nothing about the session.
        Failed = "failed",
        /// Left out on instruction.
        Skipped = "skipped",
        /// Not part of this session.
        NotApplicable = "not_applicable",
        /// Not finished when time ran out.
        Expired = "expired",
        /// Not finished when the session was withdrawn.
        Cancelled = "cancelled",
        /// Ended by a technical problem.
        Errored = "errored",
    }
}

impl StepStatus {
    /// True once the step will not move by itself.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Pending | Self::Active | Self::Processing | Self::InReview | Self::Unknown(_)
        )
    }
}
