//! The vendors' hands, for those of them that have no simulator: how they sign what they send. Shared by the tests
//! that span all vendors.
#![allow(dead_code, reason = "each test uses what it needs")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The value of `X-SHA2-Signature`.
pub(crate) fn onfido(token: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}

/// A key of Plaid's, made for this run.
pub(crate) struct PlaidKey {
    id: &'static str,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl PlaidKey {
    pub(crate) fn new(id: &'static str) -> Self {
        Self {
            id,
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            random: SystemRandom::new(),
        }
    }

    /// The public half, as the vendor's key endpoint writes it.
    pub(crate) fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "alg": "ES256", "crv": "P-256", "kty": "EC", "use": "sig", "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
            "created_at": 1_790_000_000, "expired_at": null,
        })
    }

    /// The value of `Plaid-Verification`.
    pub(crate) fn sign(&self, body: &[u8], at_unix_secs: i64) -> String {
        let digest = hex(&Sha256::digest(body));
        let head = format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, self.id);
        let claims = format!(r#"{{"iat":{at_unix_secs},"request_body_sha256":"{digest}"}}"#);
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(head),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
