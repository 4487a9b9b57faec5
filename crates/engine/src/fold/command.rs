//! What commands decided, as the fold reads it.

use idv_core::{EvidenceRole, ObservationId, RequestId, RestartTrigger, Status};
use serde::{Deserialize, Serialize};

/// What a command decided. Free of personal data: who gave it stands beside it, and their words are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommandFact {
    /// The request restarts an earlier one.
    Restarted {
        /// The request that ended.
        previous: RequestId,
        /// What caused the restart.
        trigger: RestartTrigger,
        /// True if the subject had begun and left.
        previous_was_abandoned: bool,
    },
    /// The request was withdrawn.
    Cancelled {
        /// What the vendor had said until then.
        vendor_said: Status,
    },
    /// A person granted the pass.
    Bypassed {
        /// What the vendor had said until then.
        vendor_said: Status,
    },
    /// A person of ours decided a review.
    ReviewResolved {
        /// True for a pass.
        passed: bool,
        /// What the vendor had said until then.
        vendor_said: Status,
    },
    /// A rule of ours ended the request.
    PolicyEnded {
        /// Which.
        rule: PolicyRule,
        /// What the vendor had said until then.
        vendor_said: Status,
    },
    /// Somebody was handed a file that the vendor holds. It decides nothing.
    EvidenceOpened {
        /// What the file shows.
        role: EvidenceRole,
        /// The vendor's id of it: never a link.
        vendor_file_id: String,
    },
    /// An earlier observation was put into our words again.
    Remapped {
        /// The observation.
        observation: ObservationId,
        /// The version of the mapping tables it had been put into our words with.
        from: u32,
        /// The version of the mapping tables it is in our words with now.
        to: u32,
    },
    /// An import brought history that the application is not told of. It decides nothing.
    Imported {
        /// What would have been announced, as the keys of events; it is not announced later either.
        unannounced: Vec<String>,
    },
}

/// A rule of ours that ends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PolicyRule {
    /// It was open for too long.
    ExpiresAfter,
    /// The subject began, and then did nothing for too long.
    AbandonedAfter,
    /// The subject failed too many tries at a vendor that never says "failed".
    MaxAttempts,
    /// The subject failed a try for a reason that no other try can mend, at a vendor that never says "failed".
    NotRetryable,
}

impl PolicyRule {
    /// How the request ends.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::ExpiresAfter => Status::Expired,
            Self::AbandonedAfter => Status::Abandoned,
            Self::MaxAttempts | Self::NotRetryable => Status::Failed,
        }
    }

    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::ExpiresAfter => "expires_after",
            Self::AbandonedAfter => "abandoned_after",
            Self::MaxAttempts => "max_attempts",
            Self::NotRetryable => "not_retryable",
        }
    }
}
