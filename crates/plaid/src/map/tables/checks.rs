//! The vendor's many small checks, as data: where each stands, what it may say, and what that means.
//!
//! A word that is listed without a reason is one the vendor documents and that says nothing against the person. A
//! word that is not listed is unknown.

use idv_core::{ReasonCode, Severity};

/// One check: a word at a place.
pub(crate) struct Check {
    /// JSON pointer below the object the table is about; `*` stands for every index of a list.
    pub(crate) pointer: &'static str,
    pub(crate) words: &'static [Word],
}

/// One word a check may say.
pub(crate) struct Word {
    pub(crate) raw: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) reason: Option<(ReasonCode, Severity)>,
}

/// One number the vendor gives.
pub(crate) struct Number {
    pub(crate) pointer: &'static str,
    pub(crate) name: &'static str,
    pub(crate) scale: &'static str,
    /// From which value on it is a reason: the bound, the rule and the reason.
    pub(crate) reason: Option<(f64, &'static str, ReasonCode)>,
}

macro_rules! checks {
    ($table:literal: $($name:literal at $pointer:literal {
        $($raw:literal => $reason:ident $(($severity:ident))?,)*
        $(ok $($fine:literal)+)?
    })+) => { &[ $(
        Check {
            pointer: $pointer,
            words: &[
                $( Word {
                    raw: $raw,
                    rule: concat!($table, ".", $name, ".", $raw),
                    reason: Some((ReasonCode::$reason, checks!(@ $($severity)?))),
                }, )*
                $( $( Word { raw: $fine, rule: "", reason: None }, )+ )?
            ],
        },
    )+ ] };
    (@) => { Severity::Normal };
    (@ $severity:ident) => { Severity::$severity };
}

/// Of one document, below its `analysis`.
pub(crate) static DOCUMENT: &[Check] = checks! { "document_check":
    "authenticity" at "/authenticity" {
        "no_match" => DocumentUnverified,
        "partial_match" => DocumentUnverified (Low),
        ok "match" "no_data"
    }
    "image_quality" at "/image_quality" {
        "low" => DocumentImageQuality,
        ok "high" "medium"
    }
    "name" at "/extracted_data/name" {
        "no_match" => NameMismatch,
        "partial_match" => NameMismatch (Low),
        ok "match" "no_data"
    }
    "date_of_birth" at "/extracted_data/date_of_birth" {
        "no_match" => BirthDateMismatch,
        "partial_match" => BirthDateMismatch (Low),
        ok "match" "no_data"
    }
    "expiration_date" at "/extracted_data/expiration_date" {
        "expired" => DocumentExpired,
        ok "not_expired" "no_data"
    }
    // Compared with the countries the template accepts.
    "issuing_country" at "/extracted_data/issuing_country" {
        "no_match" => DocumentCountryNotSupported,
        ok "match"
    }
    "type_supported" at "/fraud_analysis_details/type_supported" {
        "failed" => DocumentTypeNotSupported,
        ok "success"
    }
    "portrait_presence_check" at "/fraud_analysis_details/portrait_presence_check" {
        "failed" => DocumentFaceMissing,
        ok "success"
    }
    "portrait_details_check" at "/fraud_analysis_details/portrait_details_check" {
        "failed" => DocumentTampered,
        ok "success"
    }
    // A photograph of a screen, or a digital forgery.
    "image_composition_check" at "/fraud_analysis_details/image_composition_check" {
        "failed" => DocumentNotOriginal,
        ok "success"
    }
    "integrity_check" at "/fraud_analysis_details/integrity_check" {
        "failed" => DocumentTampered,
        ok "success"
    }
    "detail_check" at "/fraud_analysis_details/detail_check" {
        "failed" => DocumentTampered,
        ok "success"
    }
    "issue_date_check" at "/fraud_analysis_details/issue_date_check" {
        "failed" => DocumentTampered,
        ok "success" "no_data"
    }
    "glare_check" at "/image_quality_details/glare_check" {
        "failed" => DocumentImageQuality,
        ok "success"
    }
    "dimensions_check" at "/image_quality_details/dimensions_check" {
        "failed" => DocumentImageQuality,
        ok "success"
    }
    "blur_check" at "/image_quality_details/blur_check" {
        "failed" => DocumentImageQuality,
        ok "success"
    }
    // A document specialist of the vendor; hidden from its pages. `no_data`: not done in time.
    "human_review" at "/human_review/status" {
        "failed" => DocumentUnverified,
        ok "success" "no_data"
    }
    // The register of driving licences of some states of the US.
    "aamva.is_verified" at "/aamva_verification/is_verified" {
        "false" => DocumentUnverified,
        ok "true"
    }
    "aamva.id_number" at "/aamva_verification/id_number" {
        "no_match" => DocumentInconsistent,
        ok "match" "no_data"
    }
    "aamva.id_issue_date" at "/aamva_verification/id_issue_date" {
        "no_match" => DocumentInconsistent,
        ok "match" "no_data"
    }
    "aamva.id_expiration_date" at "/aamva_verification/id_expiration_date" {
        "no_match" => DocumentInconsistent,
        ok "match" "no_data"
    }
    "aamva.gender" at "/aamva_verification/gender" {
        "no_match" => DocumentInconsistent,
        ok "match" "no_data"
    }
    "aamva.height" at "/aamva_verification/height" {
        "no_match" => DocumentInconsistent,
        ok "match" "no_data"
    }
    "aamva.eye_color" at "/aamva_verification/eye_color" {
        "no_match" => DocumentInconsistent,
        ok "match" "no_data"
    }
    "aamva.date_of_birth" at "/aamva_verification/date_of_birth" {
        "no_match" => BirthDateMismatch,
        ok "match" "no_data"
    }
    "aamva.city" at "/aamva_verification/city" {
        "no_match" => AddressMismatch,
        ok "match" "no_data"
    }
    "aamva.street" at "/aamva_verification/street" {
        "no_match" => AddressMismatch,
        "partial_match" => AddressMismatch (Low),
        ok "match" "no_data"
    }
    "aamva.postal_code" at "/aamva_verification/postal_code" {
        "no_match" => AddressMismatch,
        "partial_match" => AddressMismatch (Low),
        ok "match" "no_data"
    }
    "aamva.first_name" at "/aamva_verification/first_name" {
        "no_match" => NameMismatch,
        "partial_match" => NameMismatch (Low),
        ok "match" "no_data"
    }
    "aamva.middle_name" at "/aamva_verification/middle_name" {
        "no_match" => NameMismatch,
        "partial_match" => NameMismatch (Low),
        ok "match" "no_data"
    }
    "aamva.last_name" at "/aamva_verification/last_name" {
        "no_match" => NameMismatch,
        "partial_match" => NameMismatch (Low),
        ok "match" "no_data"
    }
};

/// Of one selfie, below its `analysis`.
pub(crate) static SELFIE: &[Check] = checks! { "selfie_check":
    // `no_input` where no document was shown to compare with.
    "document_comparison" at "/document_comparison" {
        "no_match" => FaceMismatch,
        "no_input" => InsufficientInput (Low),
        ok "match"
    }
    "liveness_check" at "/liveness_check" {
        "failed" => LivenessFailed,
        ok "success"
    }
    // Newer than the file; an estimate from the picture.
    "age_check" at "/age_check/status" {
        "no_match" => BirthDateMismatch (Low),
        "warning" => BirthDateMismatch (Low),
        ok "match" "no_data"
    }
};

/// Of the comparison with the vendor's data sources, below `kyc_check`.
pub(crate) static KYC: &[Check] = checks! { "kyc_check":
    "name" at "/name/summary" {
        "no_match" => NameMismatch,
        "partial_match" => NameMismatch (Low),
        "no_data" => DataNotFound,
        "no_input" => InsufficientInput,
        ok "match"
    }
    "date_of_birth" at "/date_of_birth/summary" {
        "no_match" => BirthDateMismatch,
        "partial_match" => BirthDateMismatch (Low),
        "no_data" => DataNotFound,
        "no_input" => InsufficientInput,
        ok "match"
    }
    "address" at "/address/summary" {
        "no_match" => AddressMismatch,
        "partial_match" => AddressMismatch (Low),
        "no_data" => DataNotFound,
        "no_input" => InsufficientInput,
        ok "match"
    }
    "id_number" at "/id_number/summary" {
        "no_match" => IdNumberMismatch,
        "partial_match" => IdNumberMismatch (Low),
        "no_data" => DataNotFound,
        "no_input" => InsufficientInput,
        ok "match"
    }
    "phone_number" at "/phone_number/summary" {
        "no_match" => ContactMismatch,
        "partial_match" => ContactMismatch (Low),
        "no_data" => DataNotFound,
        "no_input" => InsufficientInput,
        ok "match"
    }
    // A part of the one above: a hint at most.
    "phone_number.area_code" at "/phone_number/area_code" {
        "no_match" => ContactMismatch (Low),
        ok "match" "partial_match" "no_data" "no_input"
    }
    // They describe the address and compare nothing.
    "address.po_box" at "/address/po_box" { ok "yes" "no" "no_data" }
    "address.type" at "/address/type" { ok "residential" "commercial" "no_data" }
};

/// Of the signals of fraud, below `risk_check`. What the vendor counts as one signal of several is a hint.
pub(crate) static RISK: &[Check] = checks! { "risk_check":
    "fraud_ring_detected" at "/behavior/fraud_ring_detected" {
        "yes" => SuspectedFraud,
        ok "no" "no_data"
    }
    "bot_detected" at "/behavior/bot_detected" {
        "yes" => SuspectedFraud,
        ok "no" "no_data"
    }
    "user_interactions" at "/behavior/user_interactions" {
        "risky" => SuspectedFraud (Low),
        ok "genuine" "neutral" "no_data"
    }
    "behavior.risk_level" at "/behavior/risk_level" {
        "high" => SuspectedFraud (Low),
        ok "low" "medium" "no_data"
    }
    "email.is_deliverable" at "/email/is_deliverable" {
        "no" => EmailUnverified (Low),
        ok "yes" "no_data"
    }
    "email.domain_is_disposable" at "/email/domain_is_disposable" {
        "yes" => SuspectedFraud (Low),
        ok "no" "no_data"
    }
    "email.top_level_domain_is_suspicious" at "/email/top_level_domain_is_suspicious" {
        "yes" => SuspectedFraud (Low),
        ok "no" "no_data"
    }
    "email.domain_is_free_provider" at "/email/domain_is_free_provider" { ok "yes" "no" "no_data" }
    "email.domain_is_custom" at "/email/domain_is_custom" { ok "yes" "no" "no_data" }
    "email.is_edu" at "/email/is_edu" { ok "yes" "no" "no_data" }
    "email.includes_date_of_birth" at "/email/includes_date_of_birth" { ok "yes" "no" "no_data" }
    // Newer than the file.
    "email.name" at "/email/name" {
        "no_match" => NameMismatch (Low),
        ok "match" "partial_match" "indeterminate" "no_input" "no_data"
    }
    "email.risk_level" at "/email/risk_level" {
        "high" => SuspectedFraud (Low),
        ok "low" "medium"
    }
    "phone.risk_level" at "/phone/risk_level" {
        "high" => SuspectedFraud (Low),
        ok "low" "medium"
    }
    "device.ip_proxy_type" at "/devices/*/ip_proxy_type" {
        "tor" => HighRiskDevice (Low),
        "vpn" => HighRiskDevice (Low),
        "web_proxy" => HighRiskDevice (Low),
        "public_proxy" => HighRiskDevice (Low),
        ok "none_detected"
    }
    "device.risk_level" at "/devices/*/risk_level" {
        "high" => HighRiskDevice,
        ok "low" "medium"
    }
    "network.risk_level" at "/network/risk_level" {
        "high" => HighRiskDevice,
        ok "low" "medium"
    }
    "synthetic_identity.risk_level" at "/identity_abuse_signals/synthetic_identity/risk_level" {
        "high" => SyntheticIdentity,
        ok "low" "medium"
    }
    "stolen_identity.risk_level" at "/identity_abuse_signals/stolen_identity/risk_level" {
        "high" => StolenIdentity,
        ok "low" "medium"
    }
};

/// The numbers below `risk_check`. The bounds are those from which on the vendor's pages speak of a high risk.
pub(crate) static RISK_NUMBERS: &[Number] = &[
    Number {
        pointer: "/identity_abuse_signals/synthetic_identity/score",
        name: "synthetic_identity",
        scale: "0..100, higher is riskier, high from 70",
        reason: Some((
            70.0,
            "risk_check.synthetic_identity.score",
            ReasonCode::SyntheticIdentity,
        )),
    },
    Number {
        pointer: "/identity_abuse_signals/stolen_identity/score",
        name: "stolen_identity",
        scale: "0..100, higher is riskier, high from 90",
        reason: Some((
            90.0,
            "risk_check.stolen_identity.score",
            ReasonCode::StolenIdentity,
        )),
    },
    // The vendor lists duplicates only: that one is there is the reason, and how alike they are is its score.
    Number {
        pointer: "/facial_duplicates/*/similarity",
        name: "facial_duplicate_similarity",
        scale: "0..100, higher is more alike",
        reason: Some((
            0.0,
            "risk_check.facial_duplicates",
            ReasonCode::DuplicateIdentity,
        )),
    },
    Number {
        pointer: "/trust_index_score",
        name: "trust_index",
        scale: "the Trust Index of the vendor, which publishes no bounds",
        reason: None,
    },
];

/// The numbers below `latest_scored_protect_event`: they may change after the session is over.
pub(crate) static PROTECT_NUMBERS: &[Number] = &[
    Number {
        pointer: "/trust_index/score",
        name: "protect_trust_index",
        scale: "the Trust Index of the vendor, which publishes no bounds",
        reason: None,
    },
    Number {
        pointer: "/trust_index/subscores/device_and_connection/score",
        name: "protect_device_and_connection",
        scale: "the Trust Index of the vendor, which publishes no bounds",
        reason: None,
    },
    Number {
        pointer: "/trust_index/subscores/bank_account_insights/score",
        name: "protect_bank_account_insights",
        scale: "the Trust Index of the vendor, which publishes no bounds",
        reason: None,
    },
];

/// Every reason of these tables.
pub(crate) fn reasons() -> impl Iterator<Item = ReasonCode> {
    let checks = [DOCUMENT, SELFIE, KYC, RISK].into_iter().flatten();
    let words = checks
        .flat_map(|check| check.words)
        .filter_map(|word| Some(word.reason.as_ref()?.0.clone()));
    let numbers = RISK_NUMBERS
        .iter()
        .filter_map(|number| Some(number.reason.as_ref()?.2.clone()));
    words.chain(numbers)
}

/// The name of every row that makes an origin, for tests of totality.
pub(crate) fn rows() -> impl Iterator<Item = &'static str> {
    let checks = [DOCUMENT, SELFIE, KYC, RISK].into_iter().flatten();
    let words = checks
        .flat_map(|check| check.words)
        .filter(|word| word.reason.is_some())
        .map(|word| word.rule);
    let numbers = RISK_NUMBERS.iter().filter_map(|number| {
        let (_, rule, _) = number.reason.as_ref()?;
        Some(*rule)
    });
    words.chain(numbers)
}
