//! The vendor's side of a signature, with keys made for the test.
#![allow(dead_code, reason = "each test uses what it needs")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_plaid::Jwk;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// 2026-11-20T12:00:00Z.
pub(crate) const NOW: i64 = 1_795_176_000;

/// The SHA-256 of some bytes, in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A pair of keys, new for each test.
pub(crate) struct TestKey {
    id: String,
    pair: EcdsaKeyPair,
}

impl TestKey {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    /// The pair whose private half is the SHA-256 of the id, so that recordings can hold the public half.
    pub(crate) fn of(public: &Value) -> Self {
        let id = public["kid"].as_str().unwrap();
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(public[name].as_str().unwrap());
        let point = [
            &[4][..],
            &coordinate("x").unwrap(),
            &coordinate("y").unwrap(),
        ]
        .concat();
        let private = Sha256::digest(id);
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, &point);
        Self {
            id: id.to_owned(),
            pair: pair.unwrap(),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The public half, as the vendor writes it.
    pub(crate) fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "alg": "ES256", "crv": "P-256", "kty": "EC", "use": "sig", "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
            "created_at": 1_560_466_150, "expired_at": null,
        })
    }

    /// The same, ended.
    pub(crate) fn public_until(&self, expired_at: i64) -> Value {
        let mut public = self.public();
        public["expired_at"] = json!(expired_at);
        public
    }

    pub(crate) fn jwk(&self) -> Jwk {
        one(&self.public())
    }

    pub(crate) fn jwk_until(&self, expired_at: i64) -> Jwk {
        one(&self.public_until(expired_at))
    }

    /// The token the vendor would send with these bytes.
    pub(crate) fn sign(&self, body: &[u8], at: i64) -> String {
        let head = json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" });
        let claims = json!({ "iat": at, "request_body_sha256": digest(body) });
        self.sign_parts(&head, &claims)
    }

    pub(crate) fn sign_parts(&self, head: &Value, claims: &Value) -> String {
        self.sign_bytes(head.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    pub(crate) fn sign_bytes(&self, head: &[u8], claims: &[u8]) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let input = format!("{}.{}", encode(head), encode(claims));
        let random = SystemRandom::new();
        let signature = self.pair.sign(&random, input.as_bytes()).unwrap();
        format!("{input}.{}", encode(signature.as_ref()))
    }
}

fn one(public: &Value) -> Jwk {
    let mut keys = Jwk::read_all(public.to_string().as_bytes()).unwrap();
    keys.remove(0)
}
