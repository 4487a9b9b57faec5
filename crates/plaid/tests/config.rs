//! Settings: what is accepted, and what a refusal says.
#![cfg(test)]

use idv_core::Secret;
use idv_plaid::{Environment, LinkTokens, PlaidConfig, PlaidOptions};
use serde::Deserialize;
use serde_json::{Value, json};

fn options(value: &Value) -> Result<PlaidOptions, String> {
    PlaidOptions::deserialize(value).map_err(|error| error.to_string())
}

#[test]
fn without_a_setting_each_has_its_default() {
    let options = options(&json!({})).unwrap();
    assert_eq!(options, PlaidOptions::default());
    assert_eq!(options.environment, Environment::Production);
    assert!(options.is_shareable && !options.gave_consent);
    assert_eq!(options.tolerance_secs, 300);
    assert_eq!(
        (options.key_refresh_secs, options.key_max_age_secs),
        (3_600, 86_400)
    );
    assert_eq!(options.check(), Ok(()));
}

#[test]
fn every_setting_can_be_set() {
    let options = options(&json!({
        "environment": "sandbox",
        "api_base_url": "http://localhost:8090/",
        "client_id": "client",
        "template_id": "idvtmp_1",
        "is_shareable": false,
        "gave_consent": true,
        "link_tokens": { "client_name": "Testra", "language": "fr", "country_codes": ["GB"], "hosted": true },
        "tolerance_secs": 41_400,
        "key_refresh_secs": 60,
        "key_max_age_secs": 60,
        "unknown_key_secs": 1,
        "unknown_keys_max": 1,
        "key_requests_burst": 1,
        "key_requests_per_min": 1,
    }))
    .unwrap();
    assert_eq!(options.check(), Ok(()));
    let base = options.api_base_url.as_ref().unwrap();
    assert_eq!(format!("{base:?}"), "http://localhost:8090");
    let tokens = options.link_tokens.as_ref().unwrap();
    assert_eq!(tokens.products, ["identity_verification"]);
    assert_eq!(tokens.country_codes, ["GB"]);
    assert_eq!(LinkTokens::new("Testra").language, "en");
}

#[test]
fn an_unknown_key_or_value_is_refused_by_name() {
    for (value, names) in [
        (json!({ "tolerance": 300 }), "tolerance"),
        (json!({ "environment": "development" }), "development"),
        (json!({ "tolerance_secs": -1 }), "-1"),
        (json!({ "link_tokens": {} }), "client_name"),
        (
            json!({ "link_tokens": { "client_name": "x", "webhook": "y" } }),
            "webhook",
        ),
        (
            json!({ "api_base_url": "http://api.example" }),
            "api_base_url",
        ),
    ] {
        let error = options(&value).unwrap_err();
        assert!(error.contains(names), "{error}");
    }
}

#[test]
fn a_setting_that_cannot_work_is_refused_with_a_remedy() {
    type Change = fn(&mut PlaidOptions);
    let table: [(&str, Change); 16] = [
        ("client_id", |o| o.client_id = Some(String::new())),
        ("client_id", |o| o.client_id = Some("a b".to_owned())),
        ("template_id", |o| o.template_id = Some("a/b".to_owned())),
        ("tolerance_secs", |o| o.tolerance_secs = 0),
        ("tolerance_secs", |o| o.tolerance_secs = 86_401),
        ("key_refresh_secs", |o| o.key_refresh_secs = 0),
        ("key_max_age_secs", |o| o.key_max_age_secs = 3_599),
        ("key_max_age_secs", |o| o.key_max_age_secs = 604_801),
        ("unknown_key_secs", |o| o.unknown_key_secs = 0),
        ("unknown_keys_max", |o| o.unknown_keys_max = 0),
        ("key_requests_burst", |o| o.key_requests_burst = 0),
        ("key_requests_per_min", |o| o.key_requests_per_min = 1_001),
        ("link_tokens.client_name", |o| {
            o.link_tokens = Some(LinkTokens::new(" "));
        }),
        ("link_tokens.client_name", |o| {
            o.link_tokens = Some(LinkTokens::new("x".repeat(31)));
        }),
        ("link_tokens.country_codes", |o| {
            let mut tokens = LinkTokens::new("Testra");
            tokens.country_codes = vec!["usa".to_owned()];
            o.link_tokens = Some(tokens);
        }),
        ("link_tokens", |o| {
            let mut tokens = LinkTokens::new("Testra");
            tokens.products.clear();
            o.link_tokens = Some(tokens);
        }),
    ];
    for (key, change) in table {
        let mut options = PlaidOptions::default();
        change(&mut options);
        let error = options.check().unwrap_err();
        assert_eq!(error.key, key);
        assert!(!error.remedy.is_empty());
    }
}

#[test]
fn credentials_come_in_pairs_and_do_not_print() {
    let mut config = PlaidConfig {
        api_key: Some(Secret::from("very-secret")),
        ..PlaidConfig::default()
    };
    assert_eq!(config.check().unwrap_err().key, "options.client_id");
    config.options.client_id = Some("client".to_owned());
    assert_eq!(config.check(), Ok(()));
    assert!(!format!("{config:?}").contains("very-secret"));
    for blank in ["", " ", "a\nb"] {
        config.api_key = Some(Secret::from(blank));
        let error = config.check().unwrap_err();
        assert_eq!(error.key, "api_key");
    }
    assert_eq!(
        PlaidConfig::default().check(),
        Ok(()),
        "an account that only receives"
    );
}

#[test]
fn an_address_that_would_leak_the_secret_is_refused() {
    let options =
        |url: &str| PlaidOptions::deserialize(&serde_json::json!({ "api_base_url": url }));
    assert!(options("http://sandbox.plaid.com").is_err());
    assert!(options("http://127.0.0.1:1").is_ok());
}
