//! What each of the vendor's values means, as data. A value that is in no table is unknown: kept, never granted.
//!
//! From the vendor's OpenAPI file (API version 2020-09-14, file version 1.697.4) and its pages, read 2026-11-20:
//! <https://plaid.com/docs/api/products/identity-verification/> and <https://plaid.com/docs/identity-verification/>.
//! Where the file and a text differ, the file counts; where only a later file has a value, the row says so.

pub(crate) mod checks;

use idv_core::{
    Capabilities, DecisionSource, DocumentKind, EvidenceRole, ReasonCode, Reopening, Retryable,
    ReviewOwner, Status, StepKind, StepStatus,
};

use crate::wire::{Capture, Images, Text};

/// The version of these tables. Grows with every change of a row.
pub(crate) const MAPPING_VERSION: u32 = 1;

/// The vendor's one word for a pass.
pub(crate) const PASSED_WORDS: &[&str] = &["success"];

/// What the vendor's dashboard can do to a session that is over: overrule a step, or decide a review. Another try
/// is another session and reopens nothing.
pub(crate) static REOPENINGS: &[Reopening] = &[
    reopening(Status::Failed, Status::Passed),
    reopening(Status::Passed, Status::Failed),
    reopening(Status::Failed, Status::InReview),
    reopening(Status::Passed, Status::InReview),
];

const fn reopening(from: Status, to: Status) -> Reopening {
    Reopening { from, to }
}

/// A status of an attempt.
pub(crate) struct SessionStatusRow {
    raw: &'static str,
    /// The row counts only if a person has overruled a step, or only if nobody has.
    overruled: Option<bool>,
    pub(crate) rule: &'static str,
    pub(crate) status: Status,
    pub(crate) source: Option<DecisionSource>,
    pub(crate) review_owner: Option<ReviewOwner>,
}

macro_rules! session_statuses {
    ($($raw:literal $(overruled $overruled:literal)? as $rule:literal => $status:ident, $source:expr, $owner:expr;)+) => { &[ $(
        SessionStatusRow {
            raw: $raw,
            overruled: session_statuses!(@ $($overruled)?),
            rule: concat!("session_status.", $rule),
            status: Status::$status,
            source: $source,
            review_owner: $owner,
        },
    )+ ] };
    (@) => { None };
    (@ $overruled:literal) => { Some($overruled) };
}

static SESSION_STATUS: &[SessionStatusRow] = session_statuses! {
    // Also before the first click: there is no other word for a session nobody has opened.
    "active" as "active" => AwaitingUser, None, None;
    "success" overruled false as "success" => Passed, Some(DecisionSource::Automated), None;
    "success" overruled true as "success+manual_step" => Passed, Some(DecisionSource::VendorReviewer), None;
    "failed" overruled false as "failed" => Failed, Some(DecisionSource::Automated), None;
    "failed" overruled true as "failed+manual_step" => Failed, Some(DecisionSource::VendorReviewer), None;
    // Our own team decides, in the vendor's dashboard.
    "pending_review" as "pending_review" => InReview, None, Some(ReviewOwner::Client);
    // The vendor says that it does not happen at present.
    "expired" as "expired" => Expired, None, None;
    "canceled" as "canceled" => Cancelled, None, None;
};

/// The rule of a session status that is in no row.
pub(crate) const SESSION_STATUS_UNLISTED: &str = "session_status.*";
/// The rule of the reason of a failed session none of whose steps failed.
pub(crate) const NO_STEP_FAILED: &str = "session_status.failed+no_failed_step";

pub(crate) fn session_status(raw: &str, overruled: bool) -> Option<&'static SessionStatusRow> {
    SESSION_STATUS
        .iter()
        .find(|row| row.raw == raw && row.overruled.is_none_or(|wanted| wanted == overruled))
}

/// The steps in the order the vendor's pages give them; an attempt lists them in any.
pub(crate) struct StepRow {
    pub(crate) name: &'static str,
    pub(crate) kind: StepKind,
    /// What a failure of this step means where nothing says more.
    pub(crate) failed: Option<(&'static str, ReasonCode)>,
}

pub(crate) static STEPS: &[StepRow] = &[
    StepRow {
        name: "accept_tos",
        kind: StepKind::Consent,
        failed: Some(("step_failed.accept_tos", ReasonCode::ConsentDeclined)),
    },
    StepRow {
        name: "verify_sms",
        kind: StepKind::Phone,
        failed: Some(("step_failed.verify_sms", ReasonCode::PhoneUnverified)),
    },
    StepRow {
        name: "kyc_check",
        kind: StepKind::Database,
        failed: None,
    },
    StepRow {
        name: "documentary_verification",
        kind: StepKind::Document,
        failed: Some((
            "step_failed.documentary_verification",
            ReasonCode::DocumentUnverified,
        )),
    },
    StepRow {
        name: "selfie_check",
        kind: StepKind::Selfie,
        failed: Some(("step_failed.selfie_check", ReasonCode::SelfieUnverified)),
    },
    StepRow {
        name: "watchlist_screening",
        kind: StepKind::Watchlist,
        failed: Some(("step_failed.watchlist_screening", ReasonCode::WatchlistHit)),
    },
    StepRow {
        name: "risk_check",
        kind: StepKind::Risk,
        failed: None,
    },
];

/// The rule of the reason of a failed step of which nothing says why it failed.
pub(crate) const STEP_FAILED_UNLISTED: &str = "step_failed.*";
/// The rule of the hint that a screening waits for a person to look at its hits.
pub(crate) const SCREENING_IN_REVIEW: &str = "step_in_review.watchlist_screening";

/// A status, of one of the vendor's smaller things, and who decided it.
pub(crate) struct StepStatusRow {
    raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) status: StepStatus,
    pub(crate) source: Option<DecisionSource>,
}

/// The words of one thing, and the rule of a word that is in no row.
pub(crate) struct StepStatusTable {
    rows: &'static [StepStatusRow],
    pub(crate) unlisted: &'static str,
}

impl StepStatusTable {
    pub(crate) fn find(&self, raw: &str) -> Option<&'static StepStatusRow> {
        self.rows.iter().find(|row| row.raw == raw)
    }
}

macro_rules! step_statuses {
    ($table:literal: $($raw:literal => $status:ident $(by $source:ident)?;)+) => { StepStatusTable {
        rows: &[ $( StepStatusRow {
            raw: $raw,
            rule: concat!($table, ".", $raw),
            status: StepStatus::$status,
            source: step_statuses!(@ $($source)?),
        }, )+ ],
        unlisted: concat!($table, ".*"),
    } };
    (@) => { None };
    (@ $source:ident) => { Some(DecisionSource::$source) };
}

/// Of a step. Each pair of status and source stands for one word.
pub(crate) static STEP_STATUS: StepStatusTable = step_statuses! { "step_status":
    "active" => Active;
    "success" => Passed by Automated;
    "failed" => Failed by Automated;
    "waiting_for_prerequisite" => Pending;
    "not_applicable" => NotApplicable;
    "skipped" => Skipped;
    "expired" => Expired;
    "canceled" => Cancelled;
    "pending_review" => InReview;
    // By our own team, in the vendor's dashboard.
    "manually_approved" => Passed by VendorReviewer;
    "manually_rejected" => Failed by VendorReviewer;
};

/// Of one upload of a document.
pub(crate) static DOCUMENT_STATUS: StepStatusTable = step_statuses! { "document_status":
    "success" => Passed by Automated;
    "failed" => Failed by Automated;
    "manually_approved" => Passed by VendorReviewer;
};

/// Of one selfie.
pub(crate) static SELFIE_STATUS: StepStatusTable = step_statuses! { "selfie_status":
    "success" => Passed by Automated;
    "failed" => Failed by Automated;
};

/// Of one phone number.
pub(crate) static SMS_STATUS: StepStatusTable = step_statuses! { "sms_status":
    "pending" => Active;
    "success" => Passed by Automated;
    "failed" => Failed by Automated;
    "canceled" => Cancelled;
};

/// Of a screening; it is our own team that clears or rejects one.
pub(crate) static SCREENING_STATUS: StepStatusTable = step_statuses! { "screening_status":
    "cleared" => Passed;
    "pending_review" => InReview;
    "rejected" => Failed;
};

/// The documents the vendor tells apart.
pub(crate) static DOCUMENT_KINDS: &[(&str, DocumentKind)] = &[
    ("passport", DocumentKind::Passport),
    ("id_card", DocumentKind::IdCard),
    ("drivers_license", DocumentKind::DrivingLicence),
    ("residence_permit_card", DocumentKind::ResidencePermit),
    ("resident_card", DocumentKind::ResidencePermit),
    ("visa", DocumentKind::Visa),
];

/// A picture: its name in ids, what it shows, and where its address stands.
pub(crate) type Picture<From> = (&'static str, EvidenceRole, From);
type OfDocument = for<'t> fn(&Images<'t>) -> Text<'t>;
type OfSelfie = for<'t> fn(&Capture<'t>) -> Text<'t>;

/// The pictures of one document, as the vendor calls them.
pub(crate) static DOCUMENT_PICTURES: &[Picture<OfDocument>] = &[
    ("original_front", EvidenceRole::DocumentFront, |all| {
        all.original_front
    }),
    ("original_back", EvidenceRole::DocumentBack, |all| {
        all.original_back
    }),
    ("cropped_front", EvidenceRole::DocumentFront, |all| {
        all.cropped_front
    }),
    ("cropped_back", EvidenceRole::DocumentBack, |all| {
        all.cropped_back
    }),
    ("face", EvidenceRole::DocumentFace, |all| all.face),
];

/// The picture and the film of one selfie.
pub(crate) static SELFIE_PICTURES: &[Picture<OfSelfie>] = &[
    ("image", EvidenceRole::Selfie, |all| all.image_url),
    ("video", EvidenceRole::SelfieVideo, |all| all.video_url),
];

/// What these tables can tell; the webhooks are told by whoever reads them.
pub(crate) fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::default();
    let statuses = SESSION_STATUS.iter().map(|row| row.status.clone());
    capabilities.statuses = statuses.collect();
    capabilities.steps = STEPS.iter().map(|row| row.kind.clone()).collect();
    let of_steps = STEPS
        .iter()
        .filter_map(|row| Some(row.failed.as_ref()?.1.clone()));
    capabilities.reasons = of_steps.chain(checks::reasons()).collect();
    let documents = DOCUMENT_KINDS.iter().map(|row| row.1.clone());
    capabilities.document_kinds = documents.collect();
    let pictures = DOCUMENT_PICTURES.iter().map(|row| row.1.clone());
    let selfies = SELFIE_PICTURES.iter().map(|row| row.1.clone());
    capabilities.evidence = pictures.chain(selfies).collect();
    capabilities
}

/// The vendor's words in these tables, for the comparison with its description.
pub(crate) mod known {
    use super::{SESSION_STATUS, StepStatusTable};

    pub(crate) fn session_statuses() -> impl Iterator<Item = &'static str> {
        SESSION_STATUS.iter().map(|row| row.raw)
    }

    pub(crate) fn words(table: &'static StepStatusTable) -> impl Iterator<Item = &'static str> {
        table.rows.iter().map(|row| row.raw)
    }
}

/// The rule of a phone number that could not be verified.
pub(crate) const SMS_FAILED: &str = "sms_failed";
/// The rule of a person found on a list.
pub(crate) const SCREENING_REJECTED: &str = "screening_rejected";

/// The rule of an attempt whose data are still there.
pub(crate) const REDACTION_NONE: &str = "redaction.none";
/// The rule of an attempt whose data are erased.
pub(crate) const REDACTION_DONE: &str = "redaction.redacted_at";

/// The name of every row of the tables that make an origin, for tests of totality.
pub(crate) fn rows() -> impl Iterator<Item = &'static str> {
    let session_status = SESSION_STATUS.iter().map(|row| row.rule);
    let steps = STEPS
        .iter()
        .filter_map(|row| row.failed.as_ref().map(|(rule, _)| *rule));
    let tables = [
        &STEP_STATUS,
        &DOCUMENT_STATUS,
        &SELFIE_STATUS,
        &SMS_STATUS,
        &SCREENING_STATUS,
    ];
    let statuses = tables.into_iter().flat_map(|table| {
        let rows = table.rows.iter().map(|row| row.rule);
        rows.chain([table.unlisted])
    });
    session_status.chain(steps).chain(statuses).chain([
        SESSION_STATUS_UNLISTED,
        NO_STEP_FAILED,
        STEP_FAILED_UNLISTED,
        SCREENING_IN_REVIEW,
        SMS_FAILED,
        SCREENING_REJECTED,
        REDACTION_NONE,
        REDACTION_DONE,
    ])
}

/// Whether another try of the subject may change a reason.
pub(crate) const fn retryable(reason: &ReasonCode) -> Retryable {
    match reason {
        ReasonCode::WatchlistHit
        | ReasonCode::SuspectedFraud
        | ReasonCode::SyntheticIdentity
        | ReasonCode::StolenIdentity
        | ReasonCode::DuplicateIdentity
        | ReasonCode::HighRiskDevice
        | ReasonCode::DocumentTampered
        | ReasonCode::Unclassified(_) => Retryable::Unknown,
        _ => Retryable::Yes,
    }
}
