//! The signer against a webhook that the vendor has signed.
#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "published vectors are read here")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_simulator::plaid::WebhookKey;
use idv_testkit::shared_samples;
use serde_json::Value;

/// The parts of a token that are JSON.
fn parts(token: &str) -> Vec<Value> {
    let parts = token.split('.').take(2);
    parts
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect()
}

/// A signature differs each time it is made, so it is the rest that is compared.
#[test]
fn a_recorded_body_gets_the_vendors_token_up_to_the_signature() {
    let Some(samples) = shared_samples("plaid", 1) else {
        return;
    };
    let file = std::fs::read(samples.join("jwt_vector_real_1.json")).unwrap();
    let vector: Value = serde_json::from_slice(&file).unwrap();
    let recorded = vector["request_headers"]["Plaid-Verification"]
        .as_str()
        .unwrap();
    let signed_at = vector["jwt_claims"]["iat"].as_i64().unwrap();
    let kid = vector["jwk"]["kid"].as_str().unwrap();
    let body = vector["raw_body_utf8"].as_str().unwrap();

    let created_at = vector["jwk"]["created_at"].as_i64().unwrap();
    let key = WebhookKey::generate(kid, created_at).unwrap();
    let token = key.sign(body.as_bytes(), signed_at).unwrap();
    assert_eq!(parts(&token), parts(recorded));
    assert_eq!(token.len(), recorded.len());

    let mut jwk = key.jwk();
    for name in ["x", "y"] {
        assert_eq!(
            jwk[name].as_str().unwrap().len(),
            vector["jwk"][name].as_str().unwrap().len()
        );
        jwk[name] = vector["jwk"][name].clone();
    }
    assert_eq!(
        jwk, vector["jwk"],
        "the published half has the same members"
    );
}
