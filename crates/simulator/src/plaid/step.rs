//! The steps of an attempt.

use serde_json::{Value, json};

/// A step a template can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// What an attempt tells of the step beyond its status: null unless it has succeeded or failed. No picture and no
    /// person is in it. Only what the data sources, the document and the selfie yield is told; of the others the
    /// vendor may tell nothing either.
    pub(super) fn detail(self, status: &str) -> Value {
        let passed = match status {
            "success" => true,
            "failed" => false,
            _ => return Value::Null,
        };
        let matches = if passed { "match" } else { "no_match" };
        match self {
            Self::KycCheck => json!({
                "status": status,
                "address": { "summary": matches, "po_box": "no_data", "type": "no_data" },
                "name": { "summary": matches },
                "date_of_birth": { "summary": "match" },
                "id_number": { "summary": "no_input" },
                "phone_number": { "summary": "no_data", "area_code": "no_data" },
            }),
            Self::DocumentaryVerification => json!({
                "status": status,
                "documents": [{
                    "status": status,
                    "attempt": 1,
                    "images": {
                        "original_front": null, "original_back": null,
                        "cropped_front": null, "cropped_back": null, "face": null,
                    },
                    "extracted_data": null,
                    "analysis": {
                        "authenticity": matches,
                        "image_quality": "high",
                        "extracted_data": {
                            "name": "match",
                            "date_of_birth": "match",
                            "expiration_date": "not_expired",
                            "issuing_country": "match",
                        },
                        "fraud_analysis_details": null,
                        "image_quality_details": null,
                        "aamva_verification": null,
                    },
                    "redacted_at": null,
                }],
            }),
            Self::SelfieCheck => json!({
                "status": status,
                "selfies": [{
                    "status": status,
                    "attempt": 1,
                    "capture": { "image_url": null, "video_url": null },
                    "analysis": { "document_comparison": matches, "liveness_check": "success" },
                }],
            }),
            _ => Value::Null,
        }
    }
}
