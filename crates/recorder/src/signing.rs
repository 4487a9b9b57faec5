//! The keys of a recording: what stands for the vendor's own when its webhooks are signed anew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::table::Signing;
use crate::vendor::Vendor;

/// The keys a recording signs with. They protect nothing, and lie in it for everybody to read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestKeys {
    vendor: Vendor,
    /// What to give a gateway as the webhook's secret. Unused where the vendor signs with a pair of keys.
    webhook_secret: String,
    /// The private half of the pair of keys, PKCS #8 in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
    /// The public half, as the vendor's key endpoint shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jwk: Option<Value>,
}

/// A key could not be made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// The system gives no random numbers.
    #[error("no key or signature can be made: the system gives no random numbers")]
    NoRandomness,
    /// What the recording holds is no key.
    #[error("the recording's key is no P-256 key in PKCS #8")]
    NoKey,
}

impl TestKeys {
    /// New keys for a recording that begins at this time.
    ///
    /// # Errors
    /// [`KeyFault::NoRandomness`].
    pub fn generate(vendor: Vendor, now_unix_secs: i64) -> Result<Self, KeyFault> {
        let mut keys = Self {
            vendor,
            webhook_secret: String::new(),
            private_key: None,
            jwk: None,
        };
        match vendor.table().signing {
            Signing::Secret { test_secret, .. } => test_secret.clone_into(&mut keys.webhook_secret),
            Signing::KeyPair { generate, .. } => {
                let pair = generate(now_unix_secs)?;
                keys.private_key = Some(STANDARD.encode(pair.private));
                keys.jwk = Some(pair.jwk);
            }
        }
        Ok(keys)
    }

    /// What webhooks are signed with, as an account is told it; empty where the vendor signs with a pair of keys.
    #[must_use]
    pub fn webhook_secret(&self) -> &str {
        &self.webhook_secret
    }

    /// The public half of the pair of keys, as the vendor's key endpoint shows it.
    #[must_use]
    pub fn jwk(&self) -> Option<Value> {
        self.jwk.clone()
    }

    /// The header, and its value, with which the vendor would send this body at this time.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn sign(&self, body: &[u8], at_unix_secs: i64) -> Result<(&'static str, String), KeyFault> {
        match self.vendor.table().signing {
            Signing::Secret { header, sign, .. } => {
                Ok((header, sign(&self.webhook_secret, body, at_unix_secs)))
            }
            Signing::KeyPair { header, sign, .. } => {
                let private = self.private_key.as_deref().unwrap_or_default();
                let private = STANDARD.decode(private).map_err(|_| KeyFault::NoKey)?;
                Ok((header, sign(&private, body, at_unix_secs)?))
            }
        }
    }
}
