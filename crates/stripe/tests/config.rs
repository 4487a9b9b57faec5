//! Settings: what is accepted, and what a refusal says.
#![cfg(test)]

use idv_core::{DocumentKind, Secret};
use idv_stripe::{ApiVersion, StripeConfig, StripeOptions, Verification};
use serde::Deserialize;
use serde_json::{Value, json};

fn options(value: &Value) -> Result<StripeOptions, String> {
    StripeOptions::deserialize(value).map_err(|error| error.to_string())
}

#[test]
fn without_a_setting_each_has_its_default() {
    let options = options(&json!({})).unwrap();
    assert_eq!(options, StripeOptions::default());
    assert_eq!(
        format!("{:?}", options.api_base_url),
        "https://api.stripe.com"
    );
    assert_eq!(options.api_version, ApiVersion::Dahlia20260729);
    assert_eq!(options.api_version.as_str(), "2026-07-29.dahlia");
    assert_eq!(options.tolerance_secs, 300);
    assert_eq!(options.verification, Verification::Document);
    assert_eq!(options.check(), Ok(()));
}

#[test]
fn every_setting_can_be_set() {
    let options = options(&json!({
        "api_base_url": "http://localhost:12111",
        "api_version": "2026-10-28.endive",
        "tolerance_secs": 60,
        "verification": "document",
        "allowed_documents": ["passport", "driving_licence"],
        "require_id_number": true,
        "require_live_capture": true,
        "require_matching_selfie": true,
        "sensitive_results": true,
    }))
    .unwrap();
    assert_eq!(options.check(), Ok(()));
    assert_eq!(
        options.allowed_documents,
        [DocumentKind::Passport, DocumentKind::DrivingLicence]
    );
    assert!(options.require_matching_selfie && options.sensitive_results);
}

#[test]
fn an_unknown_key_or_value_is_refused_by_name() {
    for (value, names) in [
        (json!({ "tolerance": 300 }), "tolerance"),
        (json!({ "api_version": "2020-08-27" }), "2020-08-27"),
        (json!({ "verification": "selfie" }), "selfie"),
        (json!({ "tolerance_secs": -1 }), "-1"),
    ] {
        let error = options(&value).unwrap_err();
        assert!(error.contains(names), "{error}");
    }
}

#[test]
fn settings_that_cannot_work_together_are_refused_with_a_remedy() {
    for (value, key, remedy) in [
        (
            json!({ "tolerance_secs": 0 }),
            "tolerance_secs",
            "leave it out",
        ),
        (
            json!({ "tolerance_secs": 3601 }),
            "tolerance_secs",
            "leave it out",
        ),
        (
            json!({ "allowed_documents": ["visa"] }),
            "allowed_documents",
            "use passport",
        ),
        (
            json!({ "allowed_documents": ["driving_license"] }),
            "allowed_documents",
            "driving_licence",
        ),
        (
            json!({ "verification_flow": "my flow" }),
            "verification_flow",
            "dashboard",
        ),
        (
            json!({ "verification_flow": "" }),
            "verification_flow",
            "dashboard",
        ),
        (
            json!({ "verification_flow": "vf_1", "require_matching_selfie": true }),
            "verification_flow",
            "in the flow",
        ),
        (
            json!({ "verification_flow": "vf_1", "allowed_documents": ["passport"] }),
            "verification_flow",
            "in the flow",
        ),
        (
            json!({ "verification_flow": "vf_1", "verification": "id_number" }),
            "verification_flow",
            "in the flow",
        ),
        (
            json!({ "verification": "id_number", "require_live_capture": true }),
            "verification",
            "verify a document",
        ),
    ] {
        let error = options(&value).unwrap().check().unwrap_err();
        assert_eq!(error.key, key, "{value}");
        let text = error.to_string();
        assert!(text.starts_with(key) && text.contains(remedy), "{text}");
    }
    assert_eq!(
        options(&json!({ "verification_flow": "vf_1" }))
            .unwrap()
            .check(),
        Ok(())
    );
}

#[test]
fn the_key_travels_over_https_or_stays_on_the_machine() {
    assert_eq!(
        StripeOptions::default().api_base_url.as_str(),
        "https://api.stripe.com"
    );
    assert!(options(&json!({ "api_base_url": "http://127.0.0.1:8080" })).is_ok());
    let error = options(&json!({ "api_base_url": "http://hush.example.com" })).unwrap_err();
    assert!(
        error.contains("api_base_url") && !error.contains("hush"),
        "{error}"
    );
}

#[test]
fn a_key_of_the_wrong_kind_is_refused_and_never_shown() {
    let with_key = |key: &str| StripeConfig {
        api_key: Some(Secret::from(key)),
        ..StripeConfig::default()
    };
    for (bad, remedy) in [
        ("", "leave it out"),
        ("  ", "leave it out"),
        ("pk_live_hush", "restricted key"),
        ("whsec_hush", "webhook secrets"),
        ("sk_live_hush\n", "copy it again"),
        ("sk_live_húsh", "copy it again"),
    ] {
        let error = with_key(bad).check().unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(error.key == "api_key" && text.contains(remedy), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }
    for (good, live) in [
        ("sk_live_1", Some(true)),
        ("rk_test_1", Some(false)),
        ("anything", None),
    ] {
        let config = with_key(good);
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.is_live(), live);
    }
    assert_eq!(StripeConfig::default().is_live(), None);
}
