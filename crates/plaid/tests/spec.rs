//! The tables beside the vendor's own list of values, where the OpenAPI file is at hand.
#![cfg(test)]

use std::collections::BTreeSet;

use idv_core::{IdProvider, Kind, Mapped, Status};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_testkit::{ManualClock, shared_samples};
use serde_json::{Value, json};

/// The values of an enumeration, read off the file's own lines: an `enum:` below the name of a schema.
fn enumeration(file: &str, schema: &str) -> BTreeSet<String> {
    let mut lines = file
        .lines()
        .skip_while(|line| line.trim_end() != format!("    {schema}:"))
        .skip(1)
        .take_while(|line| line.starts_with("     ") || line.trim().is_empty())
        .skip_while(|line| line.trim() != "enum:")
        .skip(1)
        .map(str::trim)
        .peekable();
    let mut values = BTreeSet::new();
    while let Some(value) = lines.next_if(|line| line.starts_with("- ")) {
        let value = value.trim_start_matches("- ");
        values.insert(value.trim_matches(['\'', '"']).to_owned());
    }
    assert!(!values.is_empty(), "the file has no enumeration {schema}");
    values
}

fn translate(change: impl FnOnce(&mut Value)) -> Mapped {
    let mut attempt = json!({ "id": "idv_1", "status": "active", "template": { "id": "t", "version": 1 },
        "steps": {}, "documentary_verification": { "documents": [{ "attempt": 1, "analysis": {} }] },
        "selfie_check": { "selfies": [{ "attempt": 1, "analysis": {} }] }, "kyc_check": {}, "risk_check": { "devices": [{}] },
        "verify_sms": { "verifications": [{}] } });
    for step in [
        "accept_tos",
        "verify_sms",
        "kyc_check",
        "documentary_verification",
        "selfie_check",
        "watchlist_screening",
        "risk_check",
    ] {
        attempt["steps"][step] = json!("success");
    }
    change(&mut attempt);
    let provider = PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon());
    let bytes = attempt.to_string().into_bytes();
    provider.translate(Some(Kind::Session), &bytes).unwrap()
}

#[test]
fn each_value_of_each_enumeration_in_use_is_listed_and_no_other_is() {
    // Where each enumeration of the file is read, as pointers into an attempt.
    const PLACES: &[(&str, &str)] = &[
        ("IdentityVerificationStatus", "/status"),
        ("IdentityVerificationStepStatus", "/steps/kyc_check"),
        (
            "DocumentStatus",
            "/documentary_verification/documents/0/status",
        ),
        ("SelfieStatus", "/selfie_check/selfies/0/status"),
        (
            "DocumentAuthenticityMatchCode",
            "/documentary_verification/documents/0/analysis/authenticity",
        ),
        (
            "ImageQuality",
            "/documentary_verification/documents/0/analysis/image_quality",
        ),
        (
            "DocumentNameMatchCode",
            "/documentary_verification/documents/0/analysis/extracted_data/name",
        ),
        (
            "DocumentDateOfBirthMatchCode",
            "/documentary_verification/documents/0/analysis/extracted_data/date_of_birth",
        ),
        (
            "ExpirationDate",
            "/documentary_verification/documents/0/analysis/extracted_data/expiration_date",
        ),
        (
            "IssuingCountry",
            "/documentary_verification/documents/0/analysis/extracted_data/issuing_country",
        ),
        (
            "FraudCheckOutcome",
            "/documentary_verification/documents/0/analysis/fraud_analysis_details/type_supported",
        ),
        (
            "FraudCheckOutcomeWithNoData",
            "/documentary_verification/documents/0/analysis/fraud_analysis_details/issue_date_check",
        ),
        (
            "ImageQualityOutcome",
            "/documentary_verification/documents/0/analysis/image_quality_details/blur_check",
        ),
        (
            "HumanReviewStatus",
            "/documentary_verification/documents/0/analysis/human_review/status",
        ),
        (
            "AAMVAMatchResult",
            "/documentary_verification/documents/0/analysis/aamva_verification/city",
        ),
        (
            "AAMVADetailedMatchResult",
            "/documentary_verification/documents/0/analysis/aamva_verification/last_name",
        ),
        (
            "SelfieAnalysisDocumentComparison",
            "/selfie_check/selfies/0/analysis/document_comparison",
        ),
        (
            "SelfieAnalysisLivenessCheck",
            "/selfie_check/selfies/0/analysis/liveness_check",
        ),
        ("MatchSummaryCode", "/kyc_check/name/summary"),
        ("MatchSummaryCode", "/kyc_check/phone_number/area_code"),
        ("POBoxStatus", "/kyc_check/address/po_box"),
        ("AddressPurposeLabel", "/kyc_check/address/type"),
        ("RiskLevelWithNoData", "/risk_check/behavior/risk_level"),
        (
            "RiskCheckBehaviorUserInteractionsLabel",
            "/risk_check/behavior/user_interactions",
        ),
        (
            "RiskCheckBehaviorBotDetectedLabel",
            "/risk_check/behavior/bot_detected",
        ),
        (
            "RiskCheckEmailIsDeliverableStatus",
            "/risk_check/email/is_deliverable",
        ),
        (
            "RiskCheckEmailDomainIsDisposable",
            "/risk_check/email/domain_is_disposable",
        ),
        ("RiskCheckEmailIsEdu", "/risk_check/email/is_edu"),
        ("RiskLevel", "/risk_check/devices/0/risk_level"),
        ("ProxyType", "/risk_check/devices/0/ip_proxy_type"),
        (
            "SMSVerificationStatus",
            "/verify_sms/verifications/0/status",
        ),
    ];
    let Some(samples) = shared_samples("plaid", PLACES.len()) else {
        return;
    };
    let file = samples.join("../../plaid-idv-openapi.yaml");
    let file = std::fs::read_to_string(file).unwrap();
    for (schema, pointer) in PLACES {
        let with = |word: &str| {
            translate(|attempt| {
                let mut at = &mut *attempt;
                for segment in pointer.split('/').skip(1) {
                    at = match segment.parse::<usize>() {
                        Ok(index) => &mut at[index],
                        Err(_) => &mut at[segment],
                    };
                }
                *at = json!(word);
            })
        };
        let unknown = |word: &str| with(word).unknown.iter().any(|u| u.pointer == *pointer);
        for word in enumeration(&file, schema) {
            assert!(!unknown(&word), "{schema}: {word} is in no row");
        }
        for word in ["a_new_word", "SUCCESS", " match", ""] {
            assert!(
                unknown(word),
                "{schema}: {word:?} is taken for a listed word"
            );
        }
    }
    for word in enumeration(&file, "IdentityVerificationStatus") {
        let mapped = translate(|attempt| attempt["status"] = json!(word));
        let is_pass = mapped.status == Some(Status::Passed);
        assert_eq!(is_pass, word == "success", "{word}");
    }
}
