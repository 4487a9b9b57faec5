//! The keys of a recording: what stands for the vendor's own when its webhooks are signed anew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_simulator::plaid::WebhookKey;
use idv_simulator::{onfido, stripe};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::vendor::Vendor;

/// The keys a recording signs with. They protect nothing, and lie in it for everybody to read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestKeys {
    vendor: Vendor,
    /// What to give a gateway as the webhook's secret. Unused where the vendor signs with a key pair.
    webhook_secret: String,
    /// The private half of the key pair, PKCS #8 in base64.
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

/// The key that a recording of Plaid signs with is called so.
const KEY_ID: &str = "00000000-0000-4000-8000-1dface000001";

impl TestKeys {
    /// New keys for a recording that begins at this time.
    ///
    /// # Errors
    /// [`KeyFault::NoRandomness`].
    pub fn generate(vendor: Vendor, now_unix_secs: i64) -> Result<Self, KeyFault> {
        let webhook_secret = match vendor {
            Vendor::Stripe => "whsec_redactedTestSecretOfThisRecording00",
            // 32 characters, as all of them have.
            Vendor::Onfido => "redactedTestTokenOfThisRecording",
            Vendor::Plaid => "",
        };
        let mut keys = Self {
            vendor,
            webhook_secret: webhook_secret.to_owned(),
            private_key: None,
            jwk: None,
        };
        if vendor == Vendor::Plaid {
            let pair =
                WebhookKey::generate(KEY_ID, now_unix_secs).map_err(|_| KeyFault::NoRandomness)?;
            let private = pair.to_pkcs8().map_err(|_| KeyFault::NoRandomness)?;
            keys.jwk = Some(pair.jwk());
            keys.private_key = Some(STANDARD.encode(private));
        }
        Ok(keys)
    }

    /// What webhooks are signed with, as an account is told it; empty where the vendor signs with a key pair.
    #[must_use]
    pub fn webhook_secret(&self) -> &str {
        &self.webhook_secret
    }

    /// The public half of the key pair, as the vendor's key endpoint shows it.
    #[must_use]
    pub fn jwk(&self) -> Option<Value> {
        self.jwk.clone()
    }

    /// The header, and its value, with which the vendor would send this body at this time.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn sign(&self, body: &[u8], at_unix_secs: i64) -> Result<(&'static str, String), KeyFault> {
        Ok(match self.vendor {
            Vendor::Stripe => (
                "stripe-signature",
                stripe::sign(&self.webhook_secret, body, at_unix_secs),
            ),
            Vendor::Onfido => ("x-sha2-signature", onfido::sign(&self.webhook_secret, body)),
            Vendor::Plaid => {
                let private = self.private_key.as_deref().unwrap_or_default();
                let private = STANDARD.decode(private).map_err(|_| KeyFault::NoKey)?;
                let pair = WebhookKey::from_pkcs8(KEY_ID, at_unix_secs, &private)
                    .map_err(|_| KeyFault::NoKey)?;
                let token = pair
                    .sign(body, at_unix_secs)
                    .map_err(|_| KeyFault::NoRandomness)?;
                ("plaid-verification", token)
            }
        })
    }
}
