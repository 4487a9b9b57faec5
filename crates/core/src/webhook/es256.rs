//! ES256 over a token that states the time of signing and the digest of the body (RFC 7515 and RFC 7518).

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{KeyLabel, Proof, Refusal, Strength, Tolerance};
use crate::Timestamp;

/// Checks one signature with one public key: ECDSA over P-256 with SHA-256, the signature being the 64 bytes of r and
/// s.
///
/// The arithmetic is left to whoever implements this, so that an application which needs no such scheme links no
/// elliptic curves. It is the one thing taken on trust: it has to answer this question, and nothing else.
pub trait Es256Verifier {
    /// True if the holder of the private key made this signature over exactly these bytes.
    fn is_signature_of(&self, message: &[u8], signature: &[u8; 64]) -> bool;
}

/// A token signed with ES256 that holds the time of signing and the SHA-256 of a body.
///
/// The steps come in one order, and the types keep it:
/// 1. the algorithm, before a key is even looked for ([`Es256BodyHash::accept`]): whoever may choose the algorithm
///    may choose none;
/// 2. the signature ([`Es256BodyHash::check_signature`]), before anything the token claims is read: of a token
///    nobody signed, not even its age is worth a word;
/// 3. the age, then the body ([`SignedToken::prove`]). A token that is too old is refused whatever it came with, and
///    the operator of a wrong clock reads of the clock; hashing the body costs most and comes last.
#[derive(Clone, Copy, Debug)]
pub struct Es256BodyHash(());

impl Es256BodyHash {
    /// The one algorithm that is accepted, as in the member `alg`.
    pub const ALGORITHM: &'static str = "ES256";

    /// Accepts the algorithm a token names, if it is [`Es256BodyHash::ALGORITHM`] to the letter.
    ///
    /// # Errors
    /// [`Refusal::AlgorithmNotAllowed`], above all for `none` and for the HMACs, for which a public key would serve
    /// as the secret.
    pub fn accept(algorithm: &str) -> Result<Self, Refusal> {
        if algorithm == Self::ALGORITHM {
            Ok(Self(()))
        } else {
            Err(Refusal::AlgorithmNotAllowed)
        }
    }

    /// Checks the signature. `signing_input`: the bytes as they were received, never written anew.
    ///
    /// # Errors
    /// [`Refusal::NoMatchingKey`].
    pub fn check_signature(
        self,
        key: KeyLabel,
        verifier: &dyn Es256Verifier,
        signing_input: &[u8],
        signature: &[u8; 64],
    ) -> Result<SignedToken, Refusal> {
        if verifier.is_signature_of(signing_input, signature) {
            Ok(SignedToken { key })
        } else {
            Err(Refusal::NoMatchingKey)
        }
    }
}

/// A token whose signature is right. Now, and not before, what it claims may be read.
#[derive(Debug)]
pub struct SignedToken {
    key: KeyLabel,
}

/// What the signed token claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyHashClaims {
    /// When it was signed, UTC.
    pub signed_at: Timestamp,
    /// The SHA-256 of the body it belongs to.
    pub body_sha256: [u8; 32],
}

impl SignedToken {
    /// Proves that the body is the one the token was made for, and that it was made just now. The digest is that of
    /// the raw bytes, and is compared in constant time.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::FromTheFuture`] or [`Refusal::BodyHashMismatch`].
    pub fn prove(
        self,
        claims: &BodyHashClaims,
        body: &[u8],
        now: Timestamp,
        tolerance: Tolerance,
    ) -> Result<Proof, Refusal> {
        tolerance.check(claims.signed_at, now)?;
        let digest = Sha256::digest(body);
        if !bool::from(digest.as_slice().ct_eq(&claims.body_sha256)) {
            return Err(Refusal::BodyHashMismatch);
        }
        Ok(Proof {
            scheme: "es256-body-hash",
            key: self.key,
            signed_at: Some(claims.signed_at),
            strength: Strength::Signed {
                replay_window_secs: Some(tolerance.as_secs()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands in for a key: it knows one message and one signature.
    struct Only(&'static [u8], [u8; 64]);

    impl Es256Verifier for Only {
        fn is_signature_of(&self, message: &[u8], signature: &[u8; 64]) -> bool {
            message == self.0 && *signature == self.1
        }
    }

    const KEY: Only = Only(b"head.claims", [7; 64]);
    const NOW: Timestamp = Timestamp::from_unix_secs(1_000_000);
    // FIPS 180-2, the message "abc".
    const ABC: [u8; 32] = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
        0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
        0x15, 0xad,
    ];

    fn proven(
        message: &[u8],
        signed_at: i64,
        digest: [u8; 32],
        body: &[u8],
    ) -> Result<Proof, Refusal> {
        let claims = BodyHashClaims {
            signed_at: Timestamp::from_unix_secs(signed_at),
            body_sha256: digest,
        };
        Es256BodyHash::accept("ES256")?
            .check_signature(KeyLabel::new("kid 1"), &KEY, message, &[7; 64])?
            .prove(&claims, body, NOW, Tolerance::DEFAULT)
    }

    #[test]
    fn a_signed_and_fresh_token_proves_the_body_with_the_published_digest() {
        let proof = proven(b"head.claims", 999_700, ABC, b"abc").unwrap();
        assert_eq!(proof.scheme(), "es256-body-hash");
        assert_eq!(proof.key().as_str(), "kid 1");
        assert_eq!(
            proven(b"head.claims", 999_700, ABC, b"abd").unwrap_err(),
            Refusal::BodyHashMismatch
        );
        let mut bit = ABC;
        bit[31] ^= 1;
        assert_eq!(
            proven(b"head.claims", 999_700, bit, b"abc").unwrap_err(),
            Refusal::BodyHashMismatch
        );
    }

    #[test]
    fn the_age_counts_in_both_directions_and_before_the_body() {
        assert_eq!(
            proven(b"head.claims", 999_699, ABC, b"another").unwrap_err(),
            Refusal::Stale { by_secs: 1 }
        );
        assert!(proven(b"head.claims", 1_000_300, ABC, b"abc").is_ok());
        assert_eq!(
            proven(b"head.claims", 1_000_301, ABC, b"abc").unwrap_err(),
            Refusal::FromTheFuture { by_secs: 1 }
        );
    }

    #[test]
    fn of_an_unsigned_token_nothing_else_is_said() {
        assert_eq!(
            proven(b"head.other", 0, [0; 32], b"another").unwrap_err(),
            Refusal::NoMatchingKey
        );
        let accepted = Es256BodyHash::accept("ES256").unwrap();
        let refused = accepted.check_signature(KeyLabel::new("k"), &KEY, KEY.0, &[8; 64]);
        assert_eq!(refused.unwrap_err(), Refusal::NoMatchingKey);
    }

    #[test]
    fn no_algorithm_but_the_one_is_accepted() {
        for algorithm in [
            "", "none", "None", "HS256", "RS256", "ES384", "ES256K", "es256", "ES256 ", "EdDSA",
        ] {
            assert_eq!(
                Es256BodyHash::accept(algorithm).unwrap_err(),
                Refusal::AlgorithmNotAllowed,
                "{algorithm:?}"
            );
        }
    }
}
