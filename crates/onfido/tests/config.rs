//! Settings that cannot be used are refused, with the key and the remedy.
#![cfg(test)]

use idv_core::{ReasonCode, Secret};
use idv_onfido::{Consent, OnfidoConfig, OnfidoOptions, Region};
use serde::Deserialize;
use serde_json::{Value, json};

fn options(json: &Value) -> Result<OnfidoOptions, String> {
    OnfidoOptions::deserialize(json).map_err(|error| error.to_string())
}

/// What is wrong with these options: when they are read, or when they are checked.
fn problem(json: &Value) -> Option<String> {
    match options(json) {
        Ok(options) => options.check().err().map(|error| error.to_string()),
        Err(error) => Some(error),
    }
}

fn config(key: &str, region: Region) -> OnfidoConfig {
    let mut config = OnfidoConfig {
        api_key: Some(Secret::from(key)),
        ..OnfidoConfig::default()
    };
    config.options.region = region;
    config
}

#[test]
fn nothing_at_all_is_the_default_and_can_be_used() {
    assert_eq!(options(&json!({})).unwrap(), OnfidoOptions::default());
    assert_eq!(OnfidoConfig::default().check(), Ok(()));
}

#[test]
fn every_option_can_be_set() {
    let all = json!({
        "region": "us",
        "api_base_url": "http://127.0.0.1:4010/",
        "workflow_id": "c1a2b3d4-0000-4111-8222-933344455566",
        "completed_redirect_url": "https://example.org/done",
        "expired_redirect_url": "https://example.org/late",
        "link_language": "fr_FR",
        "link_lifetime_secs": 86_400,
        "tags": ["web"],
        "placeholder_first_name": "No",
        "placeholder_last_name": "Name",
        "country_of_residence": "NLD",
        "consents": ["privacy_notices_read", "ssn_verification", "phone_number_verification"],
        "sdk_referrer": "https://*.example.org/*",
        "sdk_application_id": "org.example.app",
        "reasons": { "expired document": "document_expired" },
        "classic_consider": "fail",
    });
    let options = options(&all).unwrap();
    assert_eq!(options.check(), Ok(()));
    assert_eq!(options.region, Region::Us);
    assert_eq!(options.consents[0], Consent::PrivacyNoticesRead);
    assert_eq!(options.country_of_residence.unwrap().as_str(), "NL");
    let reason = &options.reasons["expired document"];
    assert_eq!(*reason, ReasonCode::DocumentExpired);
}

#[test]
fn what_cannot_be_used_is_refused_with_its_key() {
    let tag = "x".repeat(129);
    let tags: Vec<String> = (0..30).map(|tag| tag.to_string()).collect();
    for (json, says) in [
        (json!({ "regoin": "eu" }), "unknown field `regoin`"),
        (json!({ "region": "mars" }), "unknown variant `mars`"),
        (json!({ "api_base_url": "api" }), "api_base_url is no URL"),
        (
            json!({ "api_base_url": "http://example.org" }),
            "api_base_url is neither https nor http on the loopback address",
        ),
        (
            json!({ "api_base_url": "https://a:b@example.org" }),
            "api_base_url holds a password",
        ),
        (
            json!({ "api_base_url": "https://example.org/?a" }),
            "api_base_url holds a query",
        ),
        (
            json!({ "workflow_id": "my workflow" }),
            "workflow_id is not the id of a workflow",
        ),
        (
            json!({ "completed_redirect_url": "/done" }),
            "completed_redirect_url is no web address",
        ),
        (
            json!({ "expired_redirect_url": "javascript:alert(1)" }),
            "expired_redirect_url is no web address",
        ),
        (
            json!({ "link_lifetime_secs": 59 }),
            "link_lifetime_secs is not between 60 and 31536000",
        ),
        (
            json!({ "link_lifetime_secs": 31_536_001 }),
            "link_lifetime_secs",
        ),
        (json!({ "tags": [""] }), "tags holds"),
        (json!({ "tags": [tag] }), "tags holds"),
        (json!({ "tags": tags }), "tags holds more than 29 tags"),
        (
            json!({ "placeholder_first_name": " " }),
            "placeholder_first_name is blank",
        ),
        (
            json!({ "placeholder_last_name": "a;b" }),
            "placeholder_last_name",
        ),
        (
            json!({ "country_of_residence": "France" }),
            "country_of_residence is no country",
        ),
        (
            json!({ "reasons": { "old": "document_too_old" } }),
            "reasons gives a reason that is none of ours",
        ),
        (json!({ "consents": ["marketing"] }), "unknown variant"),
        (
            json!({ "classic_consider": "pass" }),
            "unknown variant `pass`",
        ),
    ] {
        let problem = problem(&json).unwrap_or_else(|| panic!("{json} can be used"));
        assert!(problem.contains(says), "{json}: {problem}");
    }
}

#[test]
fn an_api_token_that_is_none_is_refused_and_not_quoted() {
    for key in ["", " ", "Token token=api_live.Secret", "api_live.Sec\nret"] {
        let error = config(key, Region::Eu).check().unwrap_err();
        assert_eq!(error.key, "api_key");
        assert!(!error.to_string().contains("Sec"), "{error}");
    }
}

#[test]
fn a_token_of_another_region_is_refused() {
    for (key, region) in [
        ("api_live.x", Region::Eu),
        ("api_sandbox.x", Region::Eu),
        ("api_live_us.x", Region::Us),
        ("api_sandbox_ca.x", Region::Ca),
    ] {
        for tried in [Region::Eu, Region::Us, Region::Ca] {
            let result = config(key, tried).check();
            assert_eq!(result.is_ok(), tried == region, "{key} in {tried:?}");
        }
    }
    // A token of the time before prefixes says nothing about its region.
    assert_eq!(config("0123456789abcdef", Region::Ca).check(), Ok(()));
}

#[test]
fn the_environment_is_told_by_the_token() {
    for (key, live) in [
        ("api_live.x", true),
        ("api_live_us.x", true),
        ("api_sandbox.x", false),
        ("api_sandbox_ca.x", false),
        // When in doubt it is about real people.
        ("0123456789abcdef", true),
    ] {
        assert_eq!(config(key, Region::Eu).is_live(), Some(live), "{key}");
    }
    assert_eq!(OnfidoConfig::default().is_live(), None);
}

#[test]
fn a_configuration_does_not_print_its_token() {
    let printed = format!("{:?}", config("api_live.VerySecret", Region::Eu));
    assert!(!printed.contains("VerySecret"), "{printed}");
}
