//! The signer against vectors that the vendor's own libraries have made or judged.
#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "published vectors are read here")]

use base64::Engine as _;
use idv_simulator::stripe::{Signing, sign};
use idv_testkit::shared_samples;
use serde_json::Value;

#[test]
fn the_vendors_own_signed_body_gets_the_vendors_signature() {
    let Some(samples) = shared_samples("stripe", 1) else {
        return;
    };
    let body = std::fs::read(samples.join("webhook_signed_customer_created.json")).unwrap();
    assert_eq!(
        sign("webhook_secret", &body, 1_533_204_620),
        "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7"
    );
}

#[test]
fn every_vector_with_one_good_signature_is_signed_alike() {
    let Some(samples) = shared_samples("stripe", 24) else {
        return;
    };
    let text = std::fs::read(samples.join("signature_vectors.json")).unwrap();
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let mut compared = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let name = vector["name"].as_str().unwrap();
        let header = vector["header"].as_str().unwrap_or_default();
        let accepted = vector["official_sdks"]
            .as_object()
            .unwrap()
            .values()
            .all(|verdict| verdict == "accept");
        let Some(at) = header
            .split(',')
            .find_map(|part| part.trim().strip_prefix("t="))
            .and_then(|at| at.parse().ok())
        else {
            continue;
        };
        if !accepted {
            continue;
        }
        let body = base64::engine::general_purpose::STANDARD
            .decode(vector["body_b64"].as_str().unwrap())
            .unwrap();
        let signed = Signing {
            secrets: &[vector["secret"].as_str().unwrap()],
            with_v0: false,
        }
        .header(&body, at);
        let ours = signed.split_once(",").unwrap().1;
        assert!(header.contains(ours), "{name}: {header} has no {ours}");
        compared += 1;
    }
    assert!(compared >= 5, "only {compared} vectors were accepted ones");
}
