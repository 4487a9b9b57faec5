//! The one key the operator keeps.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use idv_core::Secret;
use sha2::Sha256;
use zeroize::Zeroize;

/// The key that wraps all others. 256 random bits, written as base64.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

/// The text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// It is not base64 of 32 bytes.
    #[error(
        "the master key must be 32 bytes in base64 (44 characters); make one with `openssl rand -base64 32`"
    )]
    Malformed,
    /// The machine gave no random bytes.
    #[error("the machine gave no random bytes")]
    NoRandomness,
}

impl MasterKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`MasterKeyError::NoRandomness`].
    pub fn generate() -> Result<Self, MasterKeyError> {
        random_key().map(Self)
    }

    /// Reads a key as [`MasterKey::to_base64`] writes it; white space around it is ignored.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn from_base64(text: &Secret) -> Result<Self, MasterKeyError> {
        let mut bytes = STANDARD
            .decode(text.expose().trim())
            .map_err(|_| MasterKeyError::Malformed)?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError::Malformed);
        bytes.zeroize();
        key.map(|key| Self(Secret::new(key)))
    }

    /// The key as text, to be written to a file or an environment variable.
    #[must_use]
    pub fn to_base64(&self) -> Secret {
        Secret::new(STANDARD.encode(self.0.expose()))
    }

    /// A public name of this key, to tell which one wrapped a data key. It does not give the key away.
    #[must_use]
    pub fn key_id(&self) -> String {
        let tag = hmac(self.0.expose(), &[b"idv master key id"]);
        tag.iter()
            .take(6)
            .fold("mk_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
    }

    pub(super) const fn bytes(&self) -> &Secret<[u8; 32]> {
        &self.0
    }
}

pub(super) fn random_key() -> Result<Secret<[u8; 32]>, MasterKeyError> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| MasterKeyError::NoRandomness)?;
    Ok(Secret::new(bytes))
}

pub(super) fn hmac(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32]; // HMAC takes keys of any length, so this does not happen.
    };
    for piece in message {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_writing_and_reading() {
        let key = MasterKey::generate().unwrap();
        let text = Secret::new(format!("{}\n", key.to_base64().expose()));
        assert_eq!(
            MasterKey::from_base64(&text).unwrap().key_id(),
            key.key_id()
        );
        assert_ne!(MasterKey::generate().unwrap().key_id(), key.key_id());
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        for text in [
            "",
            "secret",
            "AAAA",
            &STANDARD.encode([0; 31]),
            &STANDARD.encode([0; 33]),
        ] {
            assert_eq!(
                MasterKey::from_base64(&Secret::from(text)).unwrap_err(),
                MasterKeyError::Malformed
            );
        }
    }
}
