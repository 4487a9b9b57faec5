//! The signature schemes.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Refusal, Strength};
use crate::{Secret, Timestamp};

/// A proof that some bytes come from the holder of a key. Only the schemes of this module make one.
#[derive(Debug)]
pub struct Proof {
    pub(super) scheme: &'static str,
    pub(super) key: KeyLabel,
    pub(super) signed_at: Option<Timestamp>,
    pub(super) strength: Strength,
}

impl Proof {
    /// The scheme that proved it.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The key that matched.
    #[must_use]
    pub const fn key(&self) -> &KeyLabel {
        &self.key
    }
}

/// What operators call a key: its place in the configuration. Never the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyLabel(String);

impl KeyLabel {
    /// Names a key.
    pub fn new(label: impl Into<String>) -> Self {
        Self(label.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<KeyLabel> for String {
    fn from(label: KeyLabel) -> Self {
        label.0
    }
}

impl fmt::Display for KeyLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key that signs webhooks, with a name to speak of it.
#[derive(Clone, Debug)]
pub struct SigningKey {
    label: KeyLabel,
    secret: Secret<Vec<u8>>,
}

/// A blank signing key: anybody could sign with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is blank; take it from the vendor's dashboard or leave it out")]
pub struct SigningKeyError;

impl SigningKey {
    /// A key. Its bytes are those of the text, as given.
    ///
    /// # Errors
    /// [`SigningKeyError`] if it is blank.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "whoever makes a key hands the secret over, and it is wiped here"
    )]
    pub fn new(label: KeyLabel, secret: Secret) -> Result<Self, SigningKeyError> {
        if secret.is_blank() {
            Err(SigningKeyError)
        } else {
            let secret = Secret::new(secret.expose().as_bytes().to_vec());
            Ok(Self { label, secret })
        }
    }

    /// The same key written another way, to find out whether that is how the sender has it: with white space taken off,
    /// say. None if `rewrite` has nothing to say, or leaves nothing. For diagnosis: no webhook is taken in with it.
    pub fn rewritten(
        &self,
        label: KeyLabel,
        rewrite: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let bytes = Secret::new(rewrite(self.secret.expose())?);
        let is_blank = bytes.expose().iter().all(u8::is_ascii_whitespace);
        (!is_blank).then_some(Self {
            label,
            secret: bytes,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn label(&self) -> &KeyLabel {
        &self.label
    }
}

/// How far the time of signing may be from now, in both directions.
///
/// The two directions are one number for a reason: a signature accepted from the future stays valid for that much
/// longer, so whoever may choose the time chooses the length of the replay window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance(Duration);

impl Tolerance {
    /// Five minutes: what vendors recommend.
    pub const DEFAULT: Self = Self(Duration::from_secs(300));

    /// A tolerance in whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// In whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }

    /// Checks a time of signing. The bounds themselves are within the tolerance; whole seconds count, since
    /// vendors sign whole seconds.
    ///
    /// # Errors
    /// [`Refusal::Stale`] or [`Refusal::FromTheFuture`].
    pub const fn check(self, signed_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        let age_secs = now.as_unix_secs().saturating_sub(signed_at.as_unix_secs());
        let beyond = age_secs.unsigned_abs().saturating_sub(self.0.as_secs());
        if beyond == 0 {
            Ok(())
        } else if age_secs > 0 {
            Err(Refusal::Stale { by_secs: beyond })
        } else {
            Err(Refusal::FromTheFuture { by_secs: beyond })
        }
    }
}

/// A signature of 32 bytes written as 64 hexadecimal digits of either case; none if it is anything else.
#[must_use]
pub fn signature_from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    let (pairs, _) = digits.as_chunks::<2>();
    let mut are_digits = true;
    // Without a branch for each digit: nobody can guess which way it goes.
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        are_digits &= pair[0].is_ascii_hexdigit() & pair[1].is_ascii_hexdigit();
        // Of a digit the low half is its value, and of a letter of either case 9 less; only letters have the bit 64.
        let [high, low] = pair.map(|digit| (digit & 0xf) + 9 * (digit >> 6));
        *byte = (high << 4) | (low & 0xf);
    }
    are_digits.then_some(bytes)
}

/// HMAC with SHA-256, with any number of keys at once so that keys can be rotated.
#[derive(Clone, Copy, Debug)]
pub struct HmacSha256<'a> {
    keys: &'a [SigningKey],
}

impl<'a> HmacSha256<'a> {
    /// With these keys. No keys means that nothing is ever believed.
    #[must_use]
    pub const fn new(keys: &'a [SigningKey]) -> Self {
        Self { keys }
    }

    /// Proves a message that carries no time: replays are only caught by the deduplication key.
    ///
    /// `message`: the signed bytes, in pieces. `signatures`: decoded, any one of which may match.
    ///
    /// # Errors
    /// [`Refusal::NoMatchingKey`].
    pub fn prove(self, message: &[&[u8]], signatures: &[[u8; 32]]) -> Result<Proof, Refusal> {
        let key = self.matching_key(message, signatures)?;
        Ok(Proof {
            scheme: "hmac-sha256",
            key,
            signed_at: None,
            strength: Strength::Signed {
                replay_window_secs: None,
            },
        })
    }

    /// Proves a message that carries the time of signing.
    ///
    /// The signature is checked first: of a message nobody signed, not even its age is worth a word.
    ///
    /// # Errors
    /// [`Refusal::NoMatchingKey`], [`Refusal::Stale`] or [`Refusal::FromTheFuture`].
    pub fn prove_timestamped(
        self,
        message: &[&[u8]],
        signatures: &[[u8; 32]],
        signed_at: Timestamp,
        now: Timestamp,
        tolerance: Tolerance,
    ) -> Result<Proof, Refusal> {
        let key = self.matching_key(message, signatures)?;
        tolerance.check(signed_at, now)?;
        Ok(Proof {
            scheme: "hmac-sha256-timestamped",
            key,
            signed_at: Some(signed_at),
            strength: Strength::Signed {
                replay_window_secs: Some(tolerance.as_secs()),
            },
        })
    }

    /// The key that made one of the signatures. Each comparison is in constant time and on decoded bytes; the
    /// message is hashed once per key, however many signatures a sender lists.
    fn matching_key(self, message: &[&[u8]], signatures: &[[u8; 32]]) -> Result<KeyLabel, Refusal> {
        for key in self.keys {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.secret.expose()) else {
                continue; // HMAC takes keys of any length, so this does not happen.
            };
            for piece in message {
                mac.update(piece);
            }
            for signature in signatures {
                if mac.clone().verify_slice(signature).is_ok() {
                    return Ok(key.label.clone());
                }
            }
        }
        Err(Refusal::NoMatchingKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(label: &str, secret: &str) -> SigningKey {
        SigningKey::new(KeyLabel::new(label), Secret::from(secret)).unwrap()
    }

    fn hex32(text: &str) -> [u8; 32] {
        let bytes: Vec<u8> = (0..64)
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect();
        bytes.try_into().unwrap()
    }

    // RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
    const RFC_4231_CASE_2: &str =
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn the_published_vector_is_accepted_and_its_broken_twin_is_not() {
        let keys = [key("other", "x"), key("rfc", "Jefe")];
        let good = hex32(RFC_4231_CASE_2);
        let mut bad = good;
        bad[31] ^= 1;
        let message: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
        let proof = HmacSha256::new(&keys).prove(message, &[bad, good]).unwrap();
        assert_eq!(proof.key().as_str(), "rfc");
        assert_eq!(
            HmacSha256::new(&keys).prove(message, &[bad]).unwrap_err(),
            Refusal::NoMatchingKey
        );
        assert_eq!(
            HmacSha256::new(&keys)
                .prove(&[b"what do ya want for nothing!"], &[good])
                .unwrap_err(),
            Refusal::NoMatchingKey
        );
        assert_eq!(
            HmacSha256::new(&[]).prove(message, &[good]).unwrap_err(),
            Refusal::NoMatchingKey
        );
        assert_eq!(
            HmacSha256::new(&keys).prove(message, &[]).unwrap_err(),
            Refusal::NoMatchingKey
        );
    }

    #[test]
    fn the_tolerance_holds_in_both_directions_and_includes_its_bounds() {
        let now = Timestamp::from_unix_secs(1_000_000);
        let check =
            |secs: i64| Tolerance::DEFAULT.check(Timestamp::from_unix_secs(1_000_000 + secs), now);
        assert_eq!(check(-300), Ok(()));
        assert_eq!(check(-301), Err(Refusal::Stale { by_secs: 1 }));
        assert_eq!(check(300), Ok(()));
        assert_eq!(check(301), Err(Refusal::FromTheFuture { by_secs: 1 }));
    }

    #[test]
    fn a_signature_is_64_digits_and_nothing_else() {
        let upper = RFC_4231_CASE_2.to_ascii_uppercase();
        assert_eq!(
            signature_from_hex(RFC_4231_CASE_2),
            Some(hex32(RFC_4231_CASE_2))
        );
        assert_eq!(
            signature_from_hex(&upper),
            signature_from_hex(RFC_4231_CASE_2)
        );
        for text in [
            "",
            "5b",
            &RFC_4231_CASE_2[1..],
            &format!("{RFC_4231_CASE_2}0"),
            &"+5".repeat(32),
            &"é".repeat(32),
        ] {
            assert_eq!(signature_from_hex(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_key_written_another_way_is_a_key_of_those_bytes_and_never_a_blank_one() {
        let spoilt = key("spoilt", " Jefe\n");
        let label = || KeyLabel::new("trimmed");
        let trimmed = spoilt.rewritten(label(), |bytes| Some(bytes.trim_ascii().to_vec()));
        let (spoilt, trimmed) = ([spoilt], [trimmed.unwrap()]);
        let message: &[&[u8]] = &[b"what do ya want for nothing?"];
        let good = [hex32(RFC_4231_CASE_2)];
        let refused = HmacSha256::new(&spoilt).prove(message, &good);
        assert_eq!(refused.unwrap_err(), Refusal::NoMatchingKey);
        let proof = HmacSha256::new(&trimmed).prove(message, &good).unwrap();
        assert_eq!(proof.key().as_str(), "trimmed");
        for nothing in [None, Some(Vec::new()), Some(b" \n".to_vec())] {
            assert!(trimmed[0].rewritten(label(), |_| nothing).is_none());
        }
    }

    #[test]
    fn a_blank_secret_is_no_key() {
        for blank in ["", " ", "\t\n"] {
            assert_eq!(
                SigningKey::new(KeyLabel::new("k"), Secret::from(blank)).unwrap_err(),
                SigningKeyError
            );
        }
    }
}
