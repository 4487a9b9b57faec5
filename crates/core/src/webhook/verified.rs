//! A webhook that was proven to come from the vendor.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{InboundWebhook, Proof};
use crate::Timestamp;

/// A webhook that was proven to come from the vendor.
///
/// There are two ways to one: [`VerifiedWebhook::new`] with a [`Proof`], which only the schemes of this module
/// make, and [`VerifiedWebhook::restored_from_inbox`], which is the engine's.
#[derive(Clone)]
pub struct VerifiedWebhook {
    body: Bytes,
    receipt: Receipt,
}

/// How a webhook was proven. Stored beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The scheme, such as `hmac-sha256-timestamped`.
    pub scheme: String,
    /// The label of the key that matched; never the key.
    pub key: String,
    /// When the vendor signed it, UTC, where the scheme says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// What makes two deliveries the same delivery.
    pub deduplication_key: DeduplicationKey,
    /// How much the proof is worth.
    pub strength: Strength,
    /// When it arrived, UTC, by our clock.
    pub received_at: Timestamp,
}

/// How much a proof is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strength {
    /// The body is signed.
    Signed {
        /// How old a signature may be, in seconds; none if the scheme has no time and replays are only caught
        /// by the deduplication key.
        replay_window_secs: Option<u64>,
    },
    /// The sender knew a password; the body is not signed. Good for triggering a fetch, for nothing else.
    SharedSecret,
    /// The sender has the right address. Good for triggering a fetch, for nothing else.
    NetworkOnly,
}

/// What makes two deliveries the same delivery, within one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeduplicationKey(String);

impl DeduplicationKey {
    /// The vendor's own id of the event.
    #[must_use]
    pub fn event_id(id: &str) -> Self {
        Self(["event:", id].concat())
    }

    /// The SHA-256 of some bytes: a signature that no other body has, or a token that is new for each delivery.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        let mut digits = [0; 64];
        let (pairs, _) = digits.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(sha2::Sha256::digest(bytes)) {
            *pair = [hex_digit(byte >> 4), hex_digit(byte & 0xf)];
        }
        let mut key = String::with_capacity(71);
        key.push_str("sha256:");
        key.extend(digits.map(char::from));
        Self(key)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The digit of half a byte, in lower case.
const fn hex_digit(half: u8) -> u8 {
    match half {
        0..=9 => b'0' + half,
        _ => b'a' + half - 10,
    }
}

impl VerifiedWebhook {
    /// Joins a webhook with its proof.
    #[must_use]
    pub fn new(
        webhook: &InboundWebhook,
        proof: Proof,
        deduplication_key: DeduplicationKey,
    ) -> Self {
        let Proof {
            scheme,
            key,
            signed_at,
            strength,
        } = proof;
        Self {
            body: webhook.body.clone(),
            receipt: Receipt {
                scheme: scheme.to_owned(),
                key: key.into(),
                signed_at,
                deduplication_key,
                strength,
                received_at: webhook.received_at,
            },
        }
    }

    /// A webhook that was proven before it was stored. Only the engine, reading its own inbox, may say so.
    #[must_use]
    pub const fn restored_from_inbox(body: Bytes, receipt: Receipt) -> Self {
        Self { body, receipt }
    }

    /// The exact bytes that were proven.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// How they were proven.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl fmt::Debug for VerifiedWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedWebhook")
            .field("body_bytes", &self.body.len())
            .field("receipt", &self.receipt)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_written_in_lower_case_hexadecimal() {
        // FIPS 180-2, the message "abc".
        assert_eq!(
            DeduplicationKey::sha256(b"abc").as_str(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
