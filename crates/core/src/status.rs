//! What a session or request is doing, who decided, and whether the data are still there: three separate axes.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;

open_enum! {
    /// The state of a session, and of the request it serves.
    ///
    /// Serialized as its word (`in_review`). A value nobody has listed is `unknown:<raw>`: it never grants, is
    /// never final, and never replaces a decided status.
    pub enum Status {
        /// Known to us; nothing from the subject yet.
        Created = "created",
        /// The vendor waits for the subject.
        AwaitingUser = "awaiting_user",
        /// The vendor waits for us, the client.
        AwaitingClient = "awaiting_client",
        /// The vendor's machines are at work.
        Processing = "processing",
        /// A person's decision is pending; see [`ReviewOwner`].
        InReview = "in_review",
        /// The subject failed a try, and the same vendor object accepts another.
        RetryRequired = "retry_required",
        /// The vendor says: this is the person.
        Passed = "passed",
        /// The vendor, a reviewer or our policy says: not verified.
        Failed = "failed",
        /// Time ran out, for the session or for an old pass.
        Expired = "expired",
        /// The subject began and left.
        Abandoned = "abandoned",
        /// Withdrawn by us, the subject or the vendor's staff.
        Cancelled = "cancelled",
        /// A technical end. It says nothing about the person.
        Errored = "errored",
    }
}

/// The three phases of a [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// Something is still to happen.
    Open,
    /// There is a verdict about the person.
    Decided,
    /// It ended without a verdict about the person.
    Closed,
}

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum WaitingOn {
    /// The person being verified.
    Subject,
    /// We, the vendor's client.
    Client,
    /// The vendor's machines.
    Vendor,
    /// A human reviewer.
    Reviewer,
    /// Nobody: it is over.
    Nobody,
}

/// The coarse five words an application can build its screens on. Total: every [`Status`] has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum StatusSummary {
    /// Nothing has happened yet.
    Created,
    /// Under way.
    Started,
    /// Verified.
    Passed,
    /// Ended without a pass and not withdrawn.
    Failed,
    /// Withdrawn.
    Cancelled,
}

impl StatusSummary {
    /// Final means: completed or ended; a new request may be made.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Passed | Self::Failed | Self::Cancelled)
    }

    /// The word, as in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started => "started",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Status {
    /// Open, decided or closed. An unlisted value is open.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Passed | Self::Failed => Phase::Decided,
            Self::Expired | Self::Abandoned | Self::Cancelled | Self::Errored => Phase::Closed,
            Self::Created
            | Self::AwaitingUser
            | Self::AwaitingClient
            | Self::Processing
            | Self::InReview
            | Self::RetryRequired
            | Self::Unknown(_) => Phase::Open,
        }
    }

    /// True once nothing more is expected. Only a listed re-opening leaves such a status.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self.phase(), Phase::Open)
    }

    /// Whose move it is.
    #[must_use]
    pub const fn waiting_on(&self) -> WaitingOn {
        match self {
            Self::Created | Self::AwaitingUser | Self::RetryRequired => WaitingOn::Subject,
            Self::AwaitingClient | Self::Unknown(_) => WaitingOn::Client,
            Self::Processing => WaitingOn::Vendor,
            Self::InReview => WaitingOn::Reviewer,
            _ => WaitingOn::Nobody,
        }
    }

    /// The coarse word. `subject_started`: the subject is known to have begun; it splits
    /// [`Status::AwaitingUser`] into created and started.
    #[must_use]
    pub const fn summary(&self, subject_started: bool) -> StatusSummary {
        match self {
            Self::Created => StatusSummary::Created,
            Self::AwaitingUser if !subject_started => StatusSummary::Created,
            Self::AwaitingUser
            | Self::AwaitingClient
            | Self::Processing
            | Self::InReview
            | Self::RetryRequired
            | Self::Unknown(_) => StatusSummary::Started,
            Self::Passed => StatusSummary::Passed,
            Self::Failed | Self::Expired | Self::Abandoned | Self::Errored => StatusSummary::Failed,
            Self::Cancelled => StatusSummary::Cancelled,
        }
    }

    /// How far along this is, 0 to 4. Breaks ties between reports of unknown order, and nothing else.
    /// An unlisted value has no rank: it never wins.
    #[must_use]
    pub const fn rank(&self) -> Option<u8> {
        match self {
            Self::Unknown(_) => None,
            Self::Created => Some(0),
            Self::AwaitingUser | Self::AwaitingClient => Some(1),
            Self::Processing => Some(2),
            Self::RetryRequired | Self::InReview => Some(3),
            _ => Some(4),
        }
    }
}

open_enum! {
    /// Who decided.
    pub enum DecisionSource {
        /// The vendor's machines.
        Automated = "automated",
        /// A person, through the vendor: the vendor's staff or our own in the vendor's dashboard.
        VendorReviewer = "vendor_reviewer",
        /// A person on our side, through this gateway.
        ClientReviewer = "client_reviewer",
        /// A rule of ours: attempts used up, time limit, a reason that allows no retry.
        Policy = "policy",
        /// An explicit bypass with actor and comment.
        Bypass = "bypass",
    }
}

open_enum! {
    /// Whose review is pending while a session is [`Status::InReview`].
    pub enum ReviewOwner {
        /// The vendor's staff decide.
        Vendor = "vendor",
        /// We decide. Waiting alone will never end it.
        Client = "client",
    }
}

open_enum! {
    /// Whether the person's data are still at the vendor. A verdict outlives the data.
    pub enum DataState {
        /// There.
        Present = "present",
        /// Erasure was asked for and is under way.
        RedactionPending = "redaction_pending",
        /// Erased.
        Redacted = "redacted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_grants_nothing_and_ends_nothing() {
        let unknown = Status::Unknown("approved_maybe".into());
        assert!(!unknown.is_final());
        assert_eq!(unknown.rank(), None);
        assert_eq!(unknown.summary(true), StatusSummary::Started);
        assert_eq!(unknown.waiting_on(), WaitingOn::Client);
    }

    #[test]
    fn only_passed_is_summarised_as_passed() {
        for status in Status::KNOWN {
            for started in [false, true] {
                let passed = status.summary(started) == StatusSummary::Passed;
                assert_eq!(passed, *status == Status::Passed, "{status}");
            }
        }
    }

    #[test]
    fn final_is_the_same_in_the_fine_and_the_coarse_words() {
        for status in Status::KNOWN {
            assert_eq!(
                status.summary(true).is_final(),
                status.is_final(),
                "{status}"
            );
        }
    }
}
