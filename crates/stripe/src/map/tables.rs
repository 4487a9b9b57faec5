//! What each of the vendor's values means, as data. A value that is in no table is unknown: kept, never granted.
//!
//! From the vendor's OpenAPI file (2026-07-29.dahlia) and its guides, read 2026-11-20:
//! <https://docs.stripe.com/identity/how-sessions-work> and
//! <https://docs.stripe.com/identity/handle-verification-outcomes>.
//! Where only a guide or a text names a value, the row says so.

use idv_core::{
    Capabilities, DataState, DecisionSource, DocumentKind, EvidenceRole, ReasonCode, Retryable,
    Sex, Status, StepKind, StepStatus,
};

/// The version of these tables. Grows with every change of a row.
pub(crate) const MAPPING_VERSION: u32 = 1;

/// The vendor's one word for a pass.
pub(crate) const PASSED_WORDS: &[&str] = &["verified"];

/// A status of a session. The vendor has no word for "failed": a failed try leaves the session usable.
pub(crate) struct SessionStatusRow {
    raw: &'static str,
    /// The row counts only if `last_error` has a code or a reason, or only if it has none.
    last_error: Option<bool>,
    pub(crate) rule: &'static str,
    pub(crate) status: Status,
    pub(crate) source: Option<DecisionSource>,
}

static SESSION_STATUS: &[SessionStatusRow] = &[
    SessionStatusRow {
        raw: "requires_input",
        last_error: Some(false),
        rule: "session_status.requires_input",
        status: Status::AwaitingUser,
        source: None,
    },
    // The subject failed a try and the same session takes another; also after `abandoned`.
    SessionStatusRow {
        raw: "requires_input",
        last_error: Some(true),
        rule: "session_status.requires_input+last_error",
        status: Status::RetryRequired,
        source: None,
    },
    SessionStatusRow {
        raw: "processing",
        last_error: None,
        rule: "session_status.processing",
        status: Status::Processing,
        source: None,
    },
    SessionStatusRow {
        raw: "verified",
        last_error: None,
        rule: "session_status.verified",
        status: Status::Passed,
        source: Some(DecisionSource::Automated),
    },
    SessionStatusRow {
        raw: "canceled",
        last_error: None,
        rule: "session_status.canceled",
        status: Status::Cancelled,
        source: None,
    },
];

/// The rule of a session status that is in no row.
pub(crate) const SESSION_STATUS_UNLISTED: &str = "session_status.*";

pub(crate) fn session_status(raw: &str, last_error: bool) -> Option<&'static SessionStatusRow> {
    SESSION_STATUS
        .iter()
        .find(|row| row.raw == raw && row.last_error.is_none_or(|wanted| wanted == last_error))
}

/// A status of a check. The same two words in every check; the rule names the check.
pub(crate) struct CheckRow {
    check: &'static str,
    raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) kind: StepKind,
    pub(crate) status: StepStatus,
}

macro_rules! checks {
    ($($check:literal => $kind:ident;)+) => { &[ $(
        CheckRow {
            check: $check,
            raw: "verified",
            rule: concat!("report_check.", $check, ".verified"),
            kind: StepKind::$kind,
            status: StepStatus::Passed,
        },
        CheckRow {
            check: $check,
            raw: "unverified",
            rule: concat!("report_check.", $check, ".unverified"),
            kind: StepKind::$kind,
            status: StepStatus::Failed,
        },
    )+ ] };
}

static REPORT_CHECK: &[CheckRow] = checks! {
    "document" => Document;
    "selfie" => Selfie;
    "id_number" => IdNumber;
    "email" => Email;
    "phone" => Phone;
};

/// The rule of a check, or of a status of a check, that is in no row.
pub(crate) const REPORT_CHECK_UNLISTED: &str = "report_check.*";

pub(crate) fn report_check(check: &str, raw: &str) -> Option<&'static CheckRow> {
    REPORT_CHECK
        .iter()
        .find(|row| row.check == check && row.raw == raw)
}

/// What a check is about, whatever its status.
pub(crate) fn check_kind(check: &str) -> Option<&'static StepKind> {
    let row = REPORT_CHECK.iter().find(|row| row.check == check)?;
    Some(&row.kind)
}

/// A code of a failure.
pub(crate) struct CodeRow {
    pub(crate) raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) reason: ReasonCode,
    pub(crate) retryable: Retryable,
    /// The step the code names, if it names one.
    pub(crate) step: Option<StepKind>,
}

macro_rules! codes {
    ($table:literal: $($raw:literal => $reason:ident, $retryable:ident, $step:expr;)+) => { &[ $(
        CodeRow {
            raw: $raw,
            rule: concat!($table, ".", $raw),
            reason: ReasonCode::$reason,
            retryable: Retryable::$retryable,
            step: $step,
        },
    )+ ] };
}

static LAST_ERROR: &[CodeRow] = codes! { "last_error":
    "abandoned" => UserAbandoned, Yes, None;
    // The subject may need another way than a face picture.
    "consent_declined" => ConsentDeclined, Yes, Some(StepKind::Consent);
    // A document of another country may do.
    "country_not_supported" => DocumentCountryNotSupported, Unknown, None;
    "device_not_supported" => DeviceNotSupported, Yes, None;
    "under_supported_age" => Underage, No, None;
    "document_expired" => DocumentExpired, Yes, Some(StepKind::Document);
    "document_type_not_supported" => DocumentTypeNotSupported, Yes, Some(StepKind::Document);
    // Only in the text about `options.document.allowed_types`; every enum has `document_type_not_supported`.
    "document_type_not_allowed" => DocumentTypeNotAllowed, Yes, Some(StepKind::Document);
    "document_unverified_other" => DocumentUnverified, Yes, Some(StepKind::Document);
    "email_unverified_other" => EmailUnverified, Yes, Some(StepKind::Email);
    "email_verification_declined" => EmailDeclined, Yes, Some(StepKind::Email);
    "phone_unverified_other" => PhoneUnverified, Yes, Some(StepKind::Phone);
    "phone_verification_declined" => PhoneDeclined, Yes, Some(StepKind::Phone);
    "id_number_insufficient_document_data" => InsufficientDocumentData, Yes, Some(StepKind::IdNumber);
    "id_number_mismatch" => IdNumberMismatch, Yes, Some(StepKind::IdNumber);
    "id_number_unverified_other" => IdNumberUnverified, Yes, Some(StepKind::IdNumber);
    "selfie_document_missing_photo" => DocumentFaceMissing, Yes, Some(StepKind::Selfie);
    "selfie_face_mismatch" => FaceMismatch, Yes, Some(StepKind::Selfie);
    "selfie_manipulated" => SelfieManipulated, Unknown, Some(StepKind::Selfie);
    "selfie_unverified_other" => SelfieUnverified, Yes, Some(StepKind::Selfie);
    // Only in the guide about outcomes; address checks are by invitation.
    "address_mismatch" => AddressMismatch, Yes, Some(StepKind::Address);
};

/// The rule of a session's error code that is in no row.
pub(crate) const LAST_ERROR_UNLISTED: &str = "last_error.*";

pub(crate) fn last_error(raw: &str) -> Option<&'static CodeRow> {
    LAST_ERROR.iter().find(|row| row.raw == raw)
}

static CHECK_ERROR: &[CodeRow] = codes! { "check_error":
    "document_expired" => DocumentExpired, Yes, None;
    "document_type_not_supported" => DocumentTypeNotSupported, Yes, None;
    // As above: only in a text.
    "document_type_not_allowed" => DocumentTypeNotAllowed, Yes, None;
    "document_unverified_other" => DocumentUnverified, Yes, None;
    "email_unverified_other" => EmailUnverified, Yes, None;
    "email_verification_declined" => EmailDeclined, Yes, None;
    "phone_unverified_other" => PhoneUnverified, Yes, None;
    "phone_verification_declined" => PhoneDeclined, Yes, None;
    "id_number_insufficient_document_data" => InsufficientDocumentData, Yes, None;
    "id_number_mismatch" => IdNumberMismatch, Yes, None;
    "id_number_unverified_other" => IdNumberUnverified, Yes, None;
    "selfie_document_missing_photo" => DocumentFaceMissing, Yes, None;
    "selfie_face_mismatch" => FaceMismatch, Yes, None;
    "selfie_manipulated" => SelfieManipulated, Unknown, None;
    "selfie_unverified_other" => SelfieUnverified, Yes, None;
};

/// The rule of a check's error code that is in no row.
pub(crate) const CHECK_ERROR_UNLISTED: &str = "check_error.*";

pub(crate) fn check_error(raw: &str) -> Option<&'static CodeRow> {
    CHECK_ERROR.iter().find(|row| row.raw == raw)
}

/// A state of the redaction.
pub(crate) struct RedactionRow {
    raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) data_state: DataState,
}

static REDACTION: &[RedactionRow] = &[
    // This object is blank already; reports, events and logs follow within four days.
    RedactionRow {
        raw: "processing",
        rule: "redaction.processing",
        data_state: DataState::RedactionPending,
    },
    // Published 2026-06-24 without a description. Read as accepted and not finished.
    RedactionRow {
        raw: "validated",
        rule: "redaction.validated",
        data_state: DataState::RedactionPending,
    },
    RedactionRow {
        raw: "redacted",
        rule: "redaction.redacted",
        data_state: DataState::Redacted,
    },
];

/// The rule of an object without a redaction.
pub(crate) const REDACTION_NONE: &str = "redaction.none";
/// The rule of an object whose texts say that it is blank.
pub(crate) const REDACTION_SENTINEL: &str = "redaction.sentinel";
/// The rule of a redaction in a state that is in no row.
pub(crate) const REDACTION_UNLISTED: &str = "redaction.*";

pub(crate) fn redaction(raw: &str) -> Option<&'static RedactionRow> {
    REDACTION.iter().find(|row| row.raw == raw)
}

/// What the vendor writes in the place of a text it has erased.
pub(crate) const SENTINEL: &str = "[redacted]";

/// The documents the vendor tells apart, and can ask for.
pub(crate) static DOCUMENT_KINDS: &[(&str, DocumentKind)] = &[
    ("passport", DocumentKind::Passport),
    ("id_card", DocumentKind::IdCard),
    ("driving_license", DocumentKind::DrivingLicence),
];

/// The sexes the vendor tells apart; another word is kept as it is.
pub(crate) static SEXES: &[(&str, Sex)] = &[("female", Sex::Female), ("male", Sex::Male)];

/// The vendor's word for a sex it does not know.
pub(crate) const SEX_UNKNOWN: &str = "unknown";

/// Of a number of this type the vendor shows the last four digits.
pub(crate) const SHORTENED_NUMBER: &str = "us_ssn";
/// The types of identification numbers. They are passed on word for word.
pub(crate) const NUMBER_TYPES: &[&str] = &["br_cpf", "sg_nric", SHORTENED_NUMBER];

/// The types of a session or report. They say what was asked for and nothing about the result.
pub(crate) const SESSION_TYPES: &[&str] = &["document", "id_number", "verification_flow"];

/// What these tables can tell; the webhooks are told by whoever reads them.
pub(crate) fn capabilities() -> Capabilities {
    let codes = LAST_ERROR.iter().chain(CHECK_ERROR);
    let mut capabilities = Capabilities::default();
    capabilities.statuses = SESSION_STATUS
        .iter()
        .map(|row| row.status.clone())
        .collect();
    capabilities.steps = REPORT_CHECK.iter().map(|row| row.kind.clone()).collect();
    capabilities.reasons = codes.map(|row| row.reason.clone()).collect();
    capabilities.document_kinds = DOCUMENT_KINDS.iter().map(|row| row.1.clone()).collect();
    // Which side of a document a file shows, the vendor does not say.
    capabilities.evidence = vec![EvidenceRole::Other, EvidenceRole::Selfie];
    capabilities
}

/// The vendor's words in these tables, for the comparison with its description.
pub(crate) mod known {
    use super::{CHECK_ERROR, LAST_ERROR, REDACTION, REPORT_CHECK, SESSION_STATUS};

    pub(crate) fn session_statuses() -> impl Iterator<Item = &'static str> {
        SESSION_STATUS.iter().map(|row| row.raw)
    }

    pub(crate) fn check_statuses(check: &str) -> impl Iterator<Item = &'static str> {
        REPORT_CHECK
            .iter()
            .filter(move |row| row.check == check)
            .map(|row| row.raw)
    }

    pub(crate) fn last_errors() -> impl Iterator<Item = &'static str> {
        LAST_ERROR.iter().map(|row| row.raw)
    }

    pub(crate) fn check_errors() -> impl Iterator<Item = &'static str> {
        CHECK_ERROR.iter().map(|row| row.raw)
    }

    pub(crate) fn redactions() -> impl Iterator<Item = &'static str> {
        REDACTION.iter().map(|row| row.raw)
    }
}

/// The name of every row of these tables, for tests of totality.
pub(crate) fn rows() -> impl Iterator<Item = &'static str> {
    let session_status = SESSION_STATUS.iter().map(|row| row.rule);
    let report_check = REPORT_CHECK.iter().map(|row| row.rule);
    let codes = LAST_ERROR.iter().chain(CHECK_ERROR).map(|row| row.rule);
    let redaction = REDACTION.iter().map(|row| row.rule);
    let unlisted = [
        SESSION_STATUS_UNLISTED,
        REPORT_CHECK_UNLISTED,
        LAST_ERROR_UNLISTED,
        CHECK_ERROR_UNLISTED,
        REDACTION_NONE,
        REDACTION_SENTINEL,
        REDACTION_UNLISTED,
    ];
    session_status
        .chain(report_check)
        .chain(codes)
        .chain(redaction)
        .chain(unlisted)
}
