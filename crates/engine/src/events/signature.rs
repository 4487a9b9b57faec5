//! Signatures as Standard Webhooks has them: HMAC-SHA-256 over id, time and body.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use idv_core::{EventId, Secret, Timestamp};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// How many bytes a secret has, at the least and at the most.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret an endpoint checks our signatures with: `whsec_` and the base64 of 24 to 64 bytes.
///
/// ```
/// use idv_engine::EndpointSecret;
/// let secret: EndpointSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
/// assert_eq!(format!("{secret:?}"), "EndpointSecret(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecret(Secret<Vec<u8>>);

/// The text is no secret of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointSecretError {
    /// It begins with something else.
    #[error("does not begin with whsec_")]
    NoPrefix,
    /// What follows is not base64.
    #[error("what follows whsec_ is not base64 (letters, digits, + and /, padded with =)")]
    NotBase64,
    /// It is too short to be safe, or too long.
    #[error("holds {bytes} bytes after whsec_, and must hold 24 to 64")]
    WrongLength {
        /// How many bytes it holds.
        bytes: usize,
    },
    /// The machine gave no random bytes.
    #[error("the machine gave no random bytes")]
    NoRandomness,
}

impl EndpointSecret {
    /// A new random secret of 32 bytes.
    ///
    /// # Errors
    /// [`EndpointSecretError::NoRandomness`].
    pub fn generate() -> Result<Self, EndpointSecretError> {
        let mut bytes = vec![0; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| EndpointSecretError::NoRandomness)?;
        Ok(Self(Secret::new(bytes)))
    }

    /// The text form. It may go to the application, once, and nowhere else.
    #[must_use]
    pub fn expose(&self) -> Secret {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(self.0.expose())))
    }

    /// A public name of this secret: the first eight hexadecimal digits of the SHA-256 of its bytes.
    #[must_use]
    pub fn key_id(&self) -> String {
        let digest = Sha256::digest(self.0.expose());
        let first = digest.iter().take(4);
        first.fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
    }

    /// The signature of one attempt to deliver a body, as the header has it.
    pub(super) fn sign(&self, id: &str, at_unix_secs: i64, body: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else {
            return String::new(); // HMAC takes keys of any length, so this does not happen.
        };
        mac.update(format!("{id}.{at_unix_secs}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The signatures of one attempt by every secret, as the header has them.
pub(super) fn signatures<'a>(
    secrets: impl Iterator<Item = &'a EndpointSecret>,
    event: EventId,
    at: Timestamp,
    body: &[u8],
) -> String {
    let id = event.to_string();
    let signed: Vec<_> = secrets
        .map(|secret| secret.sign(&id, at.as_unix_secs(), body))
        .collect();
    signed.join(" ")
}

impl FromStr for EndpointSecret {
    type Err = EndpointSecretError;

    fn from_str(text: &str) -> Result<Self, EndpointSecretError> {
        let encoded = text
            .strip_prefix(PREFIX)
            .ok_or(EndpointSecretError::NoPrefix)?;
        let mut bytes = STANDARD
            .decode(encoded)
            .map_err(|_| EndpointSecretError::NotBase64)?;
        if !LENGTHS.contains(&bytes.len()) {
            let length = bytes.len();
            bytes.zeroize();
            return Err(EndpointSecretError::WrongLength { bytes: length });
        }
        Ok(Self(Secret::new(bytes)))
    }
}

impl fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector the public Standard Webhooks libraries are tested with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret() -> EndpointSecret {
        SECRET.parse().unwrap()
    }

    #[test]
    fn the_signature_is_that_of_the_standard() {
        assert_eq!(secret().sign(ID, AT, BODY), SIGNATURE);
    }

    #[test]
    fn another_secret_id_time_or_body_signs_otherwise() {
        let other: EndpointSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx".parse().unwrap();
        for broken in [
            other.sign(ID, AT, BODY),
            secret().sign("msg_p5jXN8AQM9LWM0D4loKWxJel", AT, BODY),
            secret().sign(ID, AT + 1, BODY),
            secret().sign(ID, AT, br#"{"test": 2432232315}"#),
        ] {
            assert!(broken.starts_with("v1,"));
            assert_ne!(broken, SIGNATURE);
        }
    }

    #[test]
    fn several_secrets_sign_side_by_side() {
        let (one, two) = (secret(), EndpointSecret::generate().unwrap());
        let (event, at) = (EventId::new(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        let both = signatures([&one, &two].into_iter(), event, at, BODY);
        let alone = [&one, &two].map(|secret| secret.sign(&event.to_string(), 0, BODY));
        assert_eq!(both, alone.join(" "));
    }

    #[test]
    fn a_secret_survives_writing_and_reading_and_prints_nothing() {
        assert_eq!(secret().expose().expose(), SECRET);
        let fresh = EndpointSecret::generate().unwrap();
        assert_eq!(fresh.expose().expose().parse(), Ok(fresh.clone()));
        assert_ne!(fresh, EndpointSecret::generate().unwrap());
        assert_eq!(format!("{fresh:?}"), "EndpointSecret(..)");
        assert_eq!(fresh.key_id().len(), 8);
        assert_ne!(fresh.key_id(), secret().key_id());
    }

    #[test]
    fn text_that_is_no_secret_is_refused_with_the_reason() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        let read = |text: &str| text.parse::<EndpointSecret>();
        assert_eq!(read(""), Err(EndpointSecretError::NoPrefix));
        let bare = SECRET.trim_start_matches(PREFIX);
        assert_eq!(read(bare), Err(EndpointSecretError::NoPrefix));
        assert_eq!(
            read("whsec_not base64!"),
            Err(EndpointSecretError::NotBase64)
        );
        for bytes in [0, 23, 65] {
            let wrong = Err(EndpointSecretError::WrongLength { bytes });
            assert_eq!(read(&of(bytes)), wrong);
        }
        for bytes in [24, 64] {
            assert!(read(&of(bytes)).is_ok());
        }
    }
}
