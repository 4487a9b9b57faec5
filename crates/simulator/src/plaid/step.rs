//! The steps of an attempt, and how each may stand.

use serde::Deserialize;

/// A step a template can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The subject agrees to the terms.
    AcceptTos,
    /// A code on the subject's phone.
    VerifySms,
    /// What the subject says is compared with data sources.
    KycCheck,
    /// A document.
    DocumentaryVerification,
    /// A selfie.
    SelfieCheck,
    /// Lists of persons.
    WatchlistScreening,
    /// Network, device and behaviour.
    RiskCheck,
}

impl Step {
    /// Every step, in the order of the vendor's pages.
    pub const ALL: [Self; 7] = [
        Self::AcceptTos,
        Self::VerifySms,
        Self::KycCheck,
        Self::DocumentaryVerification,
        Self::SelfieCheck,
        Self::WatchlistScreening,
        Self::RiskCheck,
    ];

    /// The vendor's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AcceptTos => "accept_tos",
            Self::VerifySms => "verify_sms",
            Self::KycCheck => "kyc_check",
            Self::DocumentaryVerification => "documentary_verification",
            Self::SelfieCheck => "selfie_check",
            Self::WatchlistScreening => "watchlist_screening",
            Self::RiskCheck => "risk_check",
        }
    }

    /// Whether the vendor does it without the person, once the person has done the rest.
    #[must_use]
    pub const fn is_background(self) -> bool {
        matches!(self, Self::WatchlistScreening | Self::RiskCheck)
    }
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepStatus {
    Active,
    WaitingForPrerequisite,
    Success,
    Failed,
    NotApplicable,
    Skipped,
    Expired,
    Canceled,
    PendingReview,
    ManuallyApproved,
    ManuallyRejected,
}

impl StepStatus {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::WaitingForPrerequisite => "waiting_for_prerequisite",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::NotApplicable => "not_applicable",
            Self::Skipped => "skipped",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
            Self::PendingReview => "pending_review",
            Self::ManuallyApproved => "manually_approved",
            Self::ManuallyRejected => "manually_rejected",
        }
    }

    /// Whether a step that stands so has passed, in the words of those sections that know two words only. None: it has
    /// come to nothing yet, and there is no section.
    ///
    /// The vendor says that a section is null unless its step succeeded or failed. What it shows of a step somebody
    /// has overruled is not written down; here the section stays, for a document can be `manually_approved` itself.
    pub(super) const fn passed(self) -> Option<bool> {
        match self {
            Self::Success | Self::ManuallyApproved => Some(true),
            Self::Failed | Self::ManuallyRejected => Some(false),
            _ => None,
        }
    }
}
