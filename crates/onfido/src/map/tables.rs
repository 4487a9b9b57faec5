//! What each of the vendor's values means, as data. A value that is in no table is unknown: kept, never granted.
//!
//! From the vendor's OpenAPI file (2026-07-24, API v3.6), read 2026-11-20. The names of tasks are an open set of which
//! the specification lists none: those here were recorded, or follow the names of the reports.

use idv_core::{
    Capabilities, DecisionSource, DocumentKind, EvidenceRole, ReasonCode, Retryable, ReviewOwner,
    Status, StepKind, StepRole, StepStatus,
};

use crate::wire::{Product, Text};

/// The version of these tables. Grows with every change of a row.
pub(crate) const MAPPING_VERSION: u32 = 2;

/// The vendor's one word for a pass. A classic check that is `clear` is none: it is no session.
pub(crate) const PASSED_WORDS: &[&str] = &["approved"];

/// A status of a workflow run.
pub(crate) struct RunStatusRow {
    raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) status: Status,
    pub(crate) source: Option<DecisionSource>,
    pub(crate) review_owner: Option<ReviewOwner>,
}

macro_rules! run_status {
    ($($raw:literal => $status:ident $(by $source:ident)? $(of $owner:ident)?;)+) => { &[ $(
        RunStatusRow {
            raw: $raw,
            rule: concat!("run_status.", $raw),
            status: Status::$status,
            source: run_status!(@ DecisionSource $($source)?),
            review_owner: run_status!(@ ReviewOwner $($owner)?),
        },
    )+ ] };
    (@ $enum:ident) => { None };
    (@ $enum:ident $word:ident) => { Some($enum::$word) };
}

static RUN_STATUS: &[RunStatusRow] = run_status! {
    "processing" => Processing;
    // The same before the subject has come and between two tasks.
    "awaiting_input" => AwaitingUser;
    // A task that we have to complete by a call. The list filter's documentation leaves it out.
    "awaiting_client_input" => AwaitingClient;
    "approved" => Passed by Automated;
    "declined" => Failed by Automated;
    // Finished for the vendor: nothing more comes by itself.
    "review" => InReview of Client;
    "abandoned" => Abandoned;
    "error" => Errored;
};

/// The rule of a run's status that is in no row.
pub(crate) const RUN_STATUS_UNLISTED: &str = "run_status.*";
/// The rule of an outcome's reason that the account's settings name.
pub(crate) const RUN_REASON_NAMED: &str = "run_reason.named";
/// The rule of an outcome's reason that the account's settings do not name.
pub(crate) const RUN_REASON_UNLISTED: &str = "run_reason.*";
/// The rule of a declined run without a reason.
pub(crate) const RUN_REASON_NONE: &str = "run_reason.none";
/// The rule of a run that broke, whatever the type of the error.
pub(crate) const RUN_ERROR: &str = "run_error.*";

pub(crate) fn run_status(raw: &str) -> Option<&'static RunStatusRow> {
    RUN_STATUS.iter().find(|row| row.raw == raw)
}

/// What a report is about. Each family has its own breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Document,
    Facial,
    KnownFaces,
    IdentityEnhanced,
    Watchlist,
    ProofOfAddress,
    UsDrivingLicence,
    DeviceIntelligence,
    IndiaPan,
    None,
}

impl Family {
    /// What a report of this family checks.
    pub(crate) fn kind(self) -> StepKind {
        match self {
            Self::Document => StepKind::Document,
            Self::Facial => StepKind::Selfie,
            Self::KnownFaces => StepKind::Duplicate,
            Self::IdentityEnhanced | Self::UsDrivingLicence => StepKind::Database,
            Self::Watchlist => StepKind::Watchlist,
            Self::ProofOfAddress => StepKind::Address,
            Self::DeviceIntelligence => StepKind::Device,
            Self::IndiaPan => StepKind::IdNumber,
            Self::None => StepKind::Unknown("report".to_owned()),
        }
    }

    /// The family of a report that does not say what it is: the one that knows most of its breakdown.
    pub(crate) fn of_shape(report: &Product<'_>) -> Self {
        let mut best = (Self::None, 0);
        for row in REPORT_NAME {
            let mut known = 0;
            for (name, group) in &report.breakdown.0 {
                let leaves = group.get().map(|group| &group.breakdown.0);
                let leaves = leaves.into_iter().flatten();
                known += usize::from(breakdown(row.family, name, None).is_some());
                known += leaves
                    .filter(|(leaf, _)| breakdown(row.family, name, Some(leaf)).is_some())
                    .count();
            }
            if known > best.1 {
                best = (row.family, known);
            }
        }
        best.0
    }
}

/// A report by its name.
pub(crate) struct ReportNameRow {
    raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) kind: StepKind,
    pub(crate) family: Family,
}

macro_rules! report_names {
    ($($raw:literal => $kind:ident, $family:ident;)+) => { &[ $(
        ReportNameRow {
            raw: $raw,
            rule: concat!("report_name.", $raw),
            kind: StepKind::$kind,
            family: Family::$family,
        },
    )+ ] };
}

static REPORT_NAME: &[ReportNameRow] = report_names! {
    "document" => Document, Document;
    "document_video" => Document, Document;
    "document_video_with_address_information" => Document, Document;
    "document_with_address_information" => Document, Document;
    "document_with_driving_licence_information" => Document, Document;
    "document_with_driver_verification" => Document, Document;
    "facial_similarity_photo" => Selfie, Facial;
    "facial_similarity_photo_fully_auto" => Selfie, Facial;
    "facial_similarity_video" => Selfie, Facial;
    "facial_similarity_motion" => Selfie, Facial;
    "known_faces" => Duplicate, KnownFaces;
    "identity_enhanced" => Database, IdentityEnhanced;
    "watchlist_aml" => Watchlist, Watchlist;
    "watchlist_enhanced" => Watchlist, Watchlist;
    "watchlist_standard" => Watchlist, Watchlist;
    "watchlist_peps_only" => Watchlist, Watchlist;
    "watchlist_sanctions_only" => Watchlist, Watchlist;
    "proof_of_address" => Address, ProofOfAddress;
    "us_driving_licence" => Database, UsDrivingLicence;
    "device_intelligence" => Device, DeviceIntelligence;
    "india_pan" => IdNumber, IndiaPan;
};

pub(crate) fn report_name(raw: &str) -> Option<&'static ReportNameRow> {
    REPORT_NAME.iter().find(|row| row.raw == raw)
}

pub(crate) fn is_report_name(raw: &str) -> bool {
    report_name(raw).is_some()
}

/// A task by how its definition's name begins.
pub(crate) struct TaskRow {
    prefix: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) kind: StepKind,
    pub(crate) role: StepRole,
    pub(crate) family: Option<Family>,
}

macro_rules! tasks {
    ($($prefix:literal => $kind:ident, $role:ident $(, $family:ident)?;)+) => { &[ $(
        TaskRow {
            prefix: $prefix,
            rule: concat!("task.", $prefix),
            kind: StepKind::$kind,
            role: StepRole::$role,
            family: tasks!(@ $($family)?),
        },
    )+ ] };
    (@) => { None };
    (@ $family:ident) => { Some(Family::$family) };
}

/// The longest prefix counts. Recorded: `profile_data`, `upload_document_photo`, `document_check`.
static TASK: &[TaskRow] = tasks! {
    "profile" => Profile, Capture;
    "upload_document" => Document, Capture;
    "document_capture" => Document, Capture;
    "upload_face" => Selfie, Capture;
    "face_" => Selfie, Capture;
    "motion_" => Selfie, Capture;
    "document" => Document, Check, Document;
    "facial_similarity" => Selfie, Check, Facial;
    "face_check" => Selfie, Check, Facial;
    "known_faces" => Duplicate, Check, KnownFaces;
    "repeat_attempts" => Duplicate, Check;
    "watchlist" => Watchlist, Check, Watchlist;
    "identity_enhanced" => Database, Check, IdentityEnhanced;
    "idr" => Database, Check, IdentityEnhanced;
    "proof_of_address" => Address, Check, ProofOfAddress;
    "us_driving_licence" => Database, Check, UsDrivingLicence;
    "india_pan" => IdNumber, Check, IndiaPan;
    "device_intelligence" => Device, Check, DeviceIntelligence;
    "qualified_electronic_signature" => Signature, Capture;
    "signing" => Signature, Capture;
    // An e-mail address if the task's input has one.
    "one_time_password" => Phone, Capture;
};

pub(crate) fn task(definition: &str) -> Option<&'static TaskRow> {
    TASK.iter()
        .filter(|row| definition.starts_with(row.prefix))
        .max_by_key(|row| row.prefix.len())
}

/// What a word says about a step.
pub(crate) struct StepRow {
    pub(crate) raw: &'static str,
    /// The row counts only for steps of this role.
    role: Option<StepRole>,
    pub(crate) rule: &'static str,
    pub(crate) status: StepStatus,
}

macro_rules! steps {
    ($table:literal: $($raw:literal $(of $role:ident $suffix:literal)? => $status:ident;)+) => { &[ $(
        StepRow {
            raw: $raw,
            role: steps!(@ $($role)?),
            rule: concat!($table, ".", $raw $(, $suffix)?),
            status: StepStatus::$status,
        },
    )+ ] };
    (@) => { None };
    (@ $role:ident) => { Some(StepRole::$role) };
}

fn step_row(rows: &'static [StepRow], raw: &str, role: StepRole) -> Option<&'static StepRow> {
    rows.iter()
        .find(|row| row.raw == raw && row.role.is_none_or(|wanted| wanted == role))
}

/// A status of a task, where a webhook gives one. What a check found is in its output.
static TASK_STATUS: &[StepRow] = steps! { "task_status":
    "started" of Capture "+capture" => Active;
    "started" of Check "+check" => Processing;
    "completed" => Done;
    "cancelled" => Cancelled;
};

/// The rule of a task's status that is in no row.
pub(crate) const TASK_STATUS_UNLISTED: &str = "task_status.*";

pub(crate) fn task_status(raw: &str, role: StepRole) -> Option<&'static StepRow> {
    step_row(TASK_STATUS, raw, role)
}

/// Whether a task has produced anything, where nothing else says how far it is.
static TASK_OUTPUT: &[StepRow] = steps! { "task_output":
    "none" of Capture "+capture" => Active;
    "none" of Check "+check" => Processing;
    "given" => Done;
};

pub(crate) fn task_output(is_given: bool, role: StepRole) -> Option<&'static StepRow> {
    step_row(TASK_OUTPUT, if is_given { "given" } else { "none" }, role)
}

/// A status of a report that is not complete.
static REPORT_STATUS: &[StepRow] = steps! { "report_status":
    "awaiting_data" => Active;
    "awaiting_approval" => InReview;
    "cancelled" => Cancelled;
    "withdrawn" => Cancelled;
};

pub(crate) fn report_status(raw: &str) -> Option<&'static StepRow> {
    step_row(REPORT_STATUS, raw, StepRole::Check)
}

/// The rule of a report in an event that is complete: the event does not say how it ended.
pub(crate) const REPORT_DONE: &str = "report_status.complete+no_result";

/// A result of a report that is complete.
pub(crate) struct ReportResultRow {
    raw: &'static str,
    /// None: there is no such word.
    pub(crate) sub_result: Option<&'static str>,
    pub(crate) rule: &'static str,
    pub(crate) status: StepStatus,
    pub(crate) reason: Option<(ReasonCode, Retryable)>,
}

macro_rules! results {
    ($($raw:literal $(+ $sub:literal)? => $status:ident $(, $reason:ident $retryable:ident)?;)+) => { &[ $(
        ReportResultRow {
            raw: $raw,
            sub_result: results!(@ $($sub)?),
            rule: concat!("report_result.", $raw $(, "+", $sub)?),
            status: StepStatus::$status,
            reason: results!(@@ $($reason $retryable)?),
        },
    )+ ] };
    (@) => { None };
    (@ $sub:literal) => { Some($sub) };
    (@@) => { None };
    (@@ $reason:ident $retryable:ident) => { Some((ReasonCode::$reason, Retryable::$retryable)) };
}

static REPORT_RESULT: &[ReportResultRow] = results! {
    "clear" => Passed;
    "clear" + "clear" => Passed;
    "consider" => Flagged;
    "consider" + "caution" => Flagged;
    "consider" + "rejected" => Failed;
    "consider" + "suspected" => Failed, SuspectedFraud No;
    "unidentified" => Failed, DataNotFound Yes;
};

/// The rule of a report's result that is in no row.
pub(crate) const REPORT_RESULT_UNLISTED: &str = "report_result.*";

pub(crate) fn report_result(
    result: &str,
    sub_result: &Text<'_>,
) -> Option<&'static ReportResultRow> {
    REPORT_RESULT.iter().find(|row| {
        row.raw == result && row.sub_result == sub_result.get() && {
            // Something that is no text is no sub-result we know.
            row.sub_result.is_some() || !sub_result.is_given()
        }
    })
}

/// What a classic check says about its result.
#[derive(Clone, Copy)]
enum CheckResult {
    /// It does not matter.
    Any,
    Is(&'static str),
    /// There is none.
    None,
    /// It is in an event, which carries no result.
    NotCarried,
}

/// A status of a classic check.
pub(crate) struct CheckStatusRow {
    raw: &'static str,
    result: CheckResult,
    pub(crate) rule: &'static str,
    pub(crate) status: StepStatus,
}

const fn check(
    raw: &'static str,
    result: CheckResult,
    rule: &'static str,
    status: StepStatus,
) -> CheckStatusRow {
    CheckStatusRow {
        raw,
        result,
        rule,
        status,
    }
}

static CHECK_STATUS: &[CheckStatusRow] = &[
    check(
        "in_progress",
        CheckResult::Any,
        "check_status.in_progress",
        StepStatus::Processing,
    ),
    check(
        "paused",
        CheckResult::Any,
        "check_status.paused",
        StepStatus::Processing,
    ),
    check(
        "reopened",
        CheckResult::Any,
        "check_status.reopened",
        StepStatus::Processing,
    ),
    check(
        "awaiting_applicant",
        CheckResult::Any,
        "check_status.awaiting_applicant",
        StepStatus::Active,
    ),
    check(
        "withdrawn",
        CheckResult::Any,
        "check_status.withdrawn",
        StepStatus::Cancelled,
    ),
    check(
        "complete",
        CheckResult::Is("clear"),
        "check_status.complete+clear",
        StepStatus::Passed,
    ),
    // Failed where the account's settings say so.
    check(
        "complete",
        CheckResult::Is("consider"),
        "check_status.complete+consider",
        StepStatus::InReview,
    ),
    check(
        "complete",
        CheckResult::None,
        "check_status.complete+no_result",
        StepStatus::InReview,
    ),
    check(
        "complete",
        CheckResult::NotCarried,
        "check_status.complete+not_carried",
        StepStatus::Done,
    ),
];

/// The rule of a status of a check, or of a report in an event, that is in no row.
pub(crate) const CHECK_STATUS_UNLISTED: &str = "check_status.*";

/// `result`: none where results are not carried.
pub(crate) fn check_status(
    raw: &str,
    result: Option<&Text<'_>>,
) -> Option<&'static CheckStatusRow> {
    CHECK_STATUS.iter().find(|row| {
        row.raw == raw
            && match (row.result, result) {
                (CheckResult::Any, _) | (CheckResult::NotCarried, None) => true,
                (CheckResult::Is(word), Some(result)) => result.get() == Some(word),
                (CheckResult::None, Some(result)) => !result.is_given(),
                _ => false,
            }
    })
}

/// A line or a group of a breakdown that is of concern.
pub(crate) struct BreakdownRow {
    family: Family,
    group: &'static str,
    leaf: Option<&'static str>,
    pub(crate) rule: &'static str,
    pub(crate) reason: ReasonCode,
    pub(crate) retryable: Retryable,
}

macro_rules! breakdowns {
    ($(
        $family:ident $word:literal {
            $($group:literal $(/ $leaf:literal)? => $reason:ident $retryable:ident;)+
        }
    )+) => { &[ $( $(
        BreakdownRow {
            family: Family::$family,
            group: $group,
            leaf: breakdowns!(@ $($leaf)?),
            rule: concat!("breakdown.", $word, ".", $group $(, ".", $leaf)?),
            reason: ReasonCode::$reason,
            retryable: Retryable::$retryable,
        },
    )+ )+ ] };
    (@) => { None };
    (@ $leaf:literal) => { Some($leaf) };
}

static BREAKDOWN: &[BreakdownRow] = breakdowns! {
    Document "document" {
        // The document and what the application said about the person.
        "data_comparison" => DocumentInconsistent Yes;
        "data_comparison" / "first_name" => NameMismatch Yes;
        "data_comparison" / "last_name" => NameMismatch Yes;
        "data_comparison" / "date_of_birth" => BirthDateMismatch Yes;
        "data_comparison" / "document_numbers" => IdNumberMismatch Yes;
        "data_comparison" / "date_of_expiry" => DocumentInconsistent Yes;
        "data_comparison" / "document_type" => DocumentInconsistent Yes;
        "data_comparison" / "gender" => DocumentInconsistent Yes;
        "data_comparison" / "issuing_country" => DocumentInconsistent Yes;
        // Whether what can be computed is right.
        "data_validation" => DocumentInconsistent Unknown;
        "data_validation" / "barcode" => DocumentInconsistent Unknown;
        "data_validation" / "date_of_birth" => DocumentInconsistent Unknown;
        "data_validation" / "document_expiration" => DocumentExpired Yes;
        "data_validation" / "document_numbers" => DocumentInconsistent Unknown;
        // The form of the date, not the date.
        "data_validation" / "expiry_date" => DocumentInconsistent Unknown;
        "data_validation" / "gender" => DocumentInconsistent Unknown;
        "data_validation" / "mrz" => DocumentInconsistent Unknown;
        "image_integrity" => DocumentImageQuality Yes;
        "image_integrity" / "colour_picture" => DocumentImageQuality Yes;
        "image_integrity" / "conclusive_document_quality" => DocumentImageQuality Yes;
        "image_integrity" / "image_quality" => DocumentImageQuality Yes;
        "image_integrity" / "supported_document" => DocumentTypeNotSupported Yes;
        "visual_authenticity" => DocumentUnverified Unknown;
        "visual_authenticity" / "digital_tampering" => DocumentTampered No;
        "visual_authenticity" / "face_detection" => DocumentFaceMissing Yes;
        "visual_authenticity" / "fonts" => DocumentTampered No;
        "visual_authenticity" / "original_document_present" => DocumentNotOriginal Yes;
        // Set whenever one of its neighbours is, for old clients.
        "visual_authenticity" / "other" => DocumentUnverified Unknown;
        "visual_authenticity" / "picture_face_integrity" => DocumentTampered No;
        "visual_authenticity" / "security_features" => DocumentTampered No;
        "visual_authenticity" / "template" => DocumentTampered No;
        // The parts of the document among each other.
        "data_consistency" => DocumentInconsistent Unknown;
        "data_consistency" / "date_of_birth" => DocumentInconsistent Unknown;
        "data_consistency" / "date_of_expiry" => DocumentInconsistent Unknown;
        "data_consistency" / "document_numbers" => DocumentInconsistent Unknown;
        "data_consistency" / "document_type" => DocumentInconsistent Unknown;
        "data_consistency" / "first_name" => DocumentInconsistent Unknown;
        "data_consistency" / "gender" => DocumentInconsistent Unknown;
        "data_consistency" / "issuing_country" => DocumentInconsistent Unknown;
        "data_consistency" / "last_name" => DocumentInconsistent Unknown;
        "data_consistency" / "multiple_data_sources_present" => DocumentInconsistent Unknown;
        "data_consistency" / "nationality" => DocumentInconsistent Unknown;
        "police_record" => SuspectedFraud No;
        // Recorded, and not in the specification.
        "police_record" / "document_has_not_been_recorded_as_lost,_stolen_or_compromised" => SuspectedFraud No;
        "compromised_document" => DocumentCompromised No;
        "compromised_document" / "document_database" => DocumentCompromised No;
        "compromised_document" / "repeat_attempts" => DuplicateIdentity No;
        "age_validation" => Underage No;
        "age_validation" / "minimum_accepted_age" => Underage No;
        "issuing_authority" => DocumentUnverified Unknown;
        // A copied chip, and one whose data were changed.
        "issuing_authority" / "nfc_active_authentication" => DocumentNotOriginal No;
        "issuing_authority" / "nfc_passive_authentication" => DocumentTampered No;
    }
    Facial "facial_similarity" {
        "face_comparison" => FaceMismatch Yes;
        "face_comparison" / "face_match" => FaceMismatch Yes;
        "image_integrity" => SelfieQuality Yes;
        "image_integrity" / "face_detected" => FaceNotDetected Yes;
        "image_integrity" / "source_integrity" => SelfieManipulated Unknown;
        "visual_authenticity" => LivenessFailed Yes;
        "visual_authenticity" / "liveness_detected" => LivenessFailed Yes;
        "visual_authenticity" / "spoofing_detection" => SelfieManipulated Unknown;
    }
    KnownFaces "known_faces" {
        "previously_seen_faces" => DuplicateIdentity No;
        "image_integrity" => SelfieQuality Yes;
    }
    IdentityEnhanced "identity_enhanced" {
        "sources" => DataNotFound Yes;
        "sources" / "total_sources" => DataNotFound Yes;
        "address" => AddressMismatch Yes;
        "address" / "credit_agencies" => AddressMismatch Yes;
        "address" / "telephone_database" => AddressMismatch Yes;
        "address" / "voting_register" => AddressMismatch Yes;
        "date_of_birth" => BirthDateMismatch Yes;
        "date_of_birth" / "credit_agencies" => BirthDateMismatch Yes;
        "date_of_birth" / "voting_register" => BirthDateMismatch Yes;
        // There is a death record for the person.
        "mortality" => StolenIdentity No;
        "ssn" => IdNumberMismatch Yes;
        "ssn" / "last_4_digits_match" => IdNumberMismatch Yes;
        "ssn" / "full_match" => IdNumberMismatch Yes;
        "ssn1" => IdNumberMismatch Yes;
        "ssn1" / "last_4_digits_match" => IdNumberMismatch Yes;
        "ssn1" / "full_match" => IdNumberMismatch Yes;
    }
    Watchlist "watchlist" {
        "sanction" => WatchlistHit No;
        "politically_exposed_person" => WatchlistHit No;
        "legal_and_regulatory_warnings" => WatchlistHit No;
        "adverse_media" => WatchlistHit No;
        "monitored_lists" => WatchlistHit No;
    }
    ProofOfAddress "proof_of_address" {
        "data_comparison" => AddressMismatch Yes;
        "data_comparison" / "address" => AddressMismatch Yes;
        "data_comparison" / "first_name" => NameMismatch Yes;
        "data_comparison" / "last_name" => NameMismatch Yes;
        "document_classification" => DocumentTypeNotSupported Yes;
        "document_classification" / "supported_document" => DocumentTypeNotSupported Yes;
        "image_integrity" => DocumentImageQuality Yes;
        "image_integrity" / "image_quality" => DocumentImageQuality Yes;
    }
    UsDrivingLicence "us_driving_licence" {
        "document" => IdNumberUnverified Yes;
        "document" / "category" => IdNumberUnverified Yes;
        "document" / "expiration_date" => IdNumberUnverified Yes;
        "document" / "issue_date" => IdNumberUnverified Yes;
        "document" / "document_number" => IdNumberMismatch Yes;
        "address" => AddressMismatch Yes;
        "address" / "city" => AddressMismatch Yes;
        "address" / "line_1" => AddressMismatch Yes;
        "address" / "line_2" => AddressMismatch Yes;
        "address" / "state_code" => AddressMismatch Yes;
        "address" / "zip4" => AddressMismatch Yes;
        "address" / "zip5" => AddressMismatch Yes;
        "personal" => DataNotFound Yes;
        "personal" / "first_name" => NameMismatch Yes;
        "personal" / "first_name_fuzzy" => NameMismatch Yes;
        "personal" / "middle_name" => NameMismatch Yes;
        "personal" / "middle_name_fuzzy" => NameMismatch Yes;
        "personal" / "middle_initial" => NameMismatch Yes;
        "personal" / "last_name" => NameMismatch Yes;
        "personal" / "last_name_fuzzy" => NameMismatch Yes;
        "personal" / "name_suffix" => NameMismatch Yes;
        "personal" / "date_of_birth" => BirthDateMismatch Yes;
        "personal" / "eye_color" => DocumentInconsistent Yes;
        "personal" / "height" => DocumentInconsistent Yes;
        "personal" / "sex_code" => DocumentInconsistent Yes;
        "personal" / "weight" => DocumentInconsistent Yes;
    }
    DeviceIntelligence "device_intelligence" {
        "device" => HighRiskDevice Unknown;
        "device" / "application_authenticity" => HighRiskDevice Unknown;
        "device" / "device_integrity" => HighRiskDevice Unknown;
        "device" / "device_reputation" => HighRiskDevice Unknown;
    }
    IndiaPan "india_pan" {
        // The specification's name for the group, whatever a device has to do with it.
        "device" => IdNumberUnverified Yes;
        "device" / "pan_valid" => IdNumberUnverified Yes;
        "device" / "name_match" => NameMismatch Yes;
    }
};

/// The rule of a line or a group of a breakdown that is in no row.
pub(crate) const BREAKDOWN_UNLISTED: &str = "breakdown.*";

pub(crate) fn breakdown(
    family: Family,
    group: &str,
    leaf: Option<&str>,
) -> Option<&'static BreakdownRow> {
    BREAKDOWN
        .iter()
        .find(|row| row.family == family && row.group == group && row.leaf == leaf)
}

/// True for a line that only repeats what its neighbours say.
pub(crate) fn is_echo(group: &str, leaf: &str) -> bool {
    group == "visual_authenticity" && leaf == "other"
}

/// A reason in the properties of a line.
pub(crate) struct PropertyRow {
    leaf: &'static str,
    property: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) reason: ReasonCode,
    pub(crate) retryable: Retryable,
}

macro_rules! properties {
    ($( $leaf:literal { $($property:literal => $reason:ident $retryable:ident;)+ } )+) => { &[ $( $(
        PropertyRow {
            leaf: $leaf,
            property: $property,
            rule: concat!("property.", $leaf, ".", $property),
            reason: ReasonCode::$reason,
            retryable: Retryable::$retryable,
        },
    )+ )+ ] };
}

static PROPERTY: &[PropertyRow] = properties! {
    "image_quality" {
        "dark_photo" => DocumentImageQuality Yes;
        "glare_on_photo" => DocumentImageQuality Yes;
        "blurred_photo" => DocumentImageQuality Yes;
        "covered_photo" => DocumentObscured Yes;
        "other_photo_issue" => DocumentImageQuality Yes;
        "damaged_document" => DocumentDamaged Yes;
        "incorrect_side" => DocumentIncomplete Yes;
        "cut_off_document" => DocumentIncomplete Yes;
        "no_document_in_image" => DocumentMissing Yes;
        "two_documents_uploaded" => DocumentInconsistent Yes;
    }
    "conclusive_document_quality" {
        "obscured_data_points" => DocumentObscured Yes;
        "obscured_security_features" => DocumentObscured Yes;
        "abnormal_document_features" => DocumentNotOriginal Yes;
        "watermarks_digital_text_overlay" => DocumentNotOriginal Yes;
        "corner_removed" => DocumentDamaged Yes;
        "punctured_document" => DocumentDamaged Yes;
        "missing_back" => DocumentIncomplete Yes;
        "digital_document" => DocumentNotOriginal Yes;
    }
    "original_document_present" {
        "photo_of_screen" => DocumentNotOriginal Yes;
        "screenshot" => DocumentNotOriginal Yes;
        "document_on_printed_paper" => DocumentNotOriginal Yes;
        "scan" => DocumentNotOriginal Yes;
    }
    "source_integrity" {
        "digital_tampering" => SelfieManipulated No;
        "fake_webcam" => SelfieManipulated No;
        "time_of_capture" => LivenessFailed Yes;
        "challenge_reuse" => LivenessFailed No;
        "emulator" => HighRiskDevice Unknown;
    }
};

pub(crate) fn property(leaf: &str, property: &str) -> Option<&'static PropertyRow> {
    PROPERTY
        .iter()
        .find(|row| row.leaf == leaf && row.property == property)
}

/// The documents the vendor tells apart, as far as they are told apart here. Others are kept as they are.
pub(crate) static DOCUMENT_KINDS: &[(&str, DocumentKind)] = &[
    ("passport", DocumentKind::Passport),
    ("national_identity_card", DocumentKind::IdCard),
    ("driving_licence", DocumentKind::DrivingLicence),
    ("uk_driving_licence", DocumentKind::DrivingLicence),
    ("non_uk_driving_licence", DocumentKind::DrivingLicence),
    (
        "international_driving_licence",
        DocumentKind::DrivingLicence,
    ),
    ("residence_permit", DocumentKind::ResidencePermit),
    (
        "uk_biometric_residence_permit",
        DocumentKind::ResidencePermit,
    ),
    ("visa", DocumentKind::Visa),
    ("voter_id", DocumentKind::VoterId),
    ("work_permit", DocumentKind::WorkPermit),
    ("utility_bill", DocumentKind::UtilityBill),
    ("utility_bill_electric", DocumentKind::UtilityBill),
    ("utility_bill_gas", DocumentKind::UtilityBill),
    ("utility_bill_other", DocumentKind::UtilityBill),
    ("electricity_bill", DocumentKind::UtilityBill),
    ("gas_bill", DocumentKind::UtilityBill),
    ("water_bill", DocumentKind::UtilityBill),
    ("phone_bill", DocumentKind::UtilityBill),
    ("mobile_phone_bill", DocumentKind::UtilityBill),
    ("internet_bill", DocumentKind::UtilityBill),
    ("bank_statement", DocumentKind::BankStatement),
    (
        "bank_building_society_statement",
        DocumentKind::BankStatement,
    ),
    ("credit_card_statement", DocumentKind::BankStatement),
    ("council_tax", DocumentKind::TaxDocument),
    ("p45_p60", DocumentKind::TaxDocument),
];

/// A collection of a person's files.
pub(crate) struct MediaRow {
    /// What the vendor calls such a file among the outputs of a task.
    raw: &'static [&'static str],
    /// The collection in the singular: how our ids of its files begin.
    pub(crate) kind: &'static str,
    /// The vendor's name of the collection.
    pub(crate) collection: &'static str,
    /// What its files show, where nothing says more.
    pub(crate) role: EvidenceRole,
}

pub(crate) static MEDIA: &[MediaRow] = &[
    MediaRow {
        raw: &["document_photo", "document"],
        kind: "document",
        collection: "documents",
        role: EvidenceRole::Other,
    },
    MediaRow {
        raw: &["live_photo"],
        kind: "live_photo",
        collection: "live_photos",
        role: EvidenceRole::Selfie,
    },
    MediaRow {
        raw: &["live_video"],
        kind: "live_video",
        collection: "live_videos",
        role: EvidenceRole::SelfieVideo,
    },
    MediaRow {
        raw: &["motion_capture"],
        kind: "motion_capture",
        collection: "motion_captures",
        role: EvidenceRole::SelfieVideo,
    },
];

/// How our id of a file begins that is in no collection known here.
pub(crate) const OTHER_MEDIA: &str = "media";

pub(crate) fn media(raw: &str) -> Option<&'static MediaRow> {
    MEDIA.iter().find(|row| row.raw.contains(&raw))
}

/// The vendor's ids are unique within a collection, so ours say which.
pub(crate) fn file_id(kind: &str, id: &str) -> String {
    format!("{kind}:{id}")
}

/// The files the vendor writes about a run, and what each shows.
pub(crate) static WRITTEN: &[(&str, EvidenceRole)] = &[
    ("signed_evidence_file", EvidenceRole::Report),
    ("evidence_folder", EvidenceRole::Other),
    ("timeline_file", EvidenceRole::Timeline),
];

/// What these tables can tell; the webhooks are told by whoever reads them.
pub(crate) fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::default();
    capabilities.statuses = RUN_STATUS.iter().map(|row| row.status.clone()).collect();
    let tasks = TASK.iter().map(|row| row.kind.clone());
    let reports = REPORT_NAME.iter().map(|row| row.kind.clone());
    // A code is sent to a phone, or to an e-mail address.
    capabilities.steps = tasks.chain(reports).chain([StepKind::Email]).collect();
    let results = REPORT_RESULT
        .iter()
        .filter_map(|row| Some(row.reason.as_ref()?.0.clone()));
    let lines = BREAKDOWN.iter().map(|row| row.reason.clone());
    let properties = PROPERTY.iter().map(|row| row.reason.clone());
    // Of a run that broke.
    let broken = [ReasonCode::ProviderError];
    let reasons = results.chain(lines).chain(properties);
    capabilities.reasons = reasons.chain(broken).collect();
    let documents = DOCUMENT_KINDS.iter().map(|row| row.1.clone());
    capabilities.document_kinds = documents.collect();
    let media = MEDIA.iter().map(|row| row.role.clone());
    let sides = DOCUMENT_SIDES.iter().map(|row| row.1.clone());
    let written = WRITTEN.iter().map(|row| row.1.clone());
    capabilities.evidence = media.chain(sides).chain(written).collect();
    capabilities
}

/// The sides of a document, in the list of an applicant's documents.
pub(crate) static DOCUMENT_SIDES: &[(&str, EvidenceRole)] = &[
    ("front", EvidenceRole::DocumentFront),
    ("back", EvidenceRole::DocumentBack),
];

/// The vendor's words in these tables, for the comparison with its description.
pub(crate) mod known {
    use super::{
        BREAKDOWN, CHECK_STATUS, Family, PROPERTY, REPORT_NAME, REPORT_RESULT, REPORT_STATUS,
        RUN_STATUS,
    };

    pub(crate) fn run_statuses() -> impl Iterator<Item = &'static str> {
        RUN_STATUS.iter().map(|row| row.raw)
    }

    pub(crate) fn report_names() -> impl Iterator<Item = &'static str> {
        REPORT_NAME.iter().map(|row| row.raw)
    }

    pub(crate) fn report_statuses() -> impl Iterator<Item = &'static str> {
        REPORT_STATUS.iter().map(|row| row.raw)
    }

    pub(crate) fn report_results() -> impl Iterator<Item = &'static str> {
        REPORT_RESULT.iter().map(|row| row.raw)
    }

    pub(crate) fn report_sub_results() -> impl Iterator<Item = &'static str> {
        REPORT_RESULT.iter().filter_map(|row| row.sub_result)
    }

    pub(crate) fn check_statuses() -> impl Iterator<Item = &'static str> {
        CHECK_STATUS.iter().map(|row| row.raw)
    }

    /// The groups of a breakdown.
    pub(crate) fn groups(family: Family) -> impl Iterator<Item = &'static str> {
        let rows = BREAKDOWN.iter().filter(move |row| row.family == family);
        rows.map(|row| row.group)
    }

    /// The reasons in the properties of a line.
    pub(crate) fn properties(leaf: &'static str) -> impl Iterator<Item = &'static str> {
        let rows = PROPERTY.iter().filter(move |row| row.leaf == leaf);
        rows.map(|row| row.property)
    }
}

/// The name of every row of these tables, for tests of totality.
pub(crate) fn rows() -> impl Iterator<Item = &'static str> {
    let run_status = RUN_STATUS.iter().map(|row| row.rule);
    let report_name = REPORT_NAME.iter().map(|row| row.rule);
    let task = TASK.iter().map(|row| row.rule);
    let steps = [TASK_STATUS, TASK_OUTPUT, REPORT_STATUS].into_iter();
    let steps = steps.flatten().map(|row| row.rule);
    let report_result = REPORT_RESULT.iter().map(|row| row.rule);
    let check_status = CHECK_STATUS.iter().map(|row| row.rule);
    let breakdown = BREAKDOWN.iter().map(|row| row.rule);
    let property = PROPERTY.iter().map(|row| row.rule);
    let others = [
        RUN_STATUS_UNLISTED,
        RUN_REASON_NAMED,
        RUN_REASON_UNLISTED,
        RUN_REASON_NONE,
        RUN_ERROR,
        TASK_STATUS_UNLISTED,
        REPORT_DONE,
        REPORT_RESULT_UNLISTED,
        CHECK_STATUS_UNLISTED,
        BREAKDOWN_UNLISTED,
    ];
    run_status
        .chain(report_name)
        .chain(task)
        .chain(steps)
        .chain(report_result)
        .chain(check_status)
        .chain(breakdown)
        .chain(property)
        .chain(others)
}
