//! The header `Plaid-Verification`: a token signed with ES256 that holds the digest of the body.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::hex::hex;

/// A pair of keys with which an environment signs its webhooks.
pub struct WebhookKey {
    id: String,
    pair: EcdsaKeyPair,
    created_unix_secs: i64,
    expired_unix_secs: Option<i64>,
}

/// The system gave no random numbers, or none of the curve's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key or signature can be made: the system gives no random numbers")]
pub struct CannotSign;

impl WebhookKey {
    /// A new pair of this id, in use from now on.
    ///
    /// # Errors
    /// [`CannotSign`].
    pub fn generate(id: impl Into<String>, created_unix_secs: i64) -> Result<Self, CannotSign> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Ok(Self {
            id: id.into(),
            pair: pair.map_err(|_| CannotSign)?,
            created_unix_secs,
            expired_unix_secs: None,
        })
    }

    /// The pair of this secret number, the same one each time. The signatures it makes still differ each time.
    ///
    /// # Errors
    /// [`CannotSign`] if the number is none of the curve's: one in 2³² is not.
    pub fn of_secret(
        id: impl Into<String>,
        secret: &[u8; 32],
        created_unix_secs: i64,
    ) -> Result<Self, CannotSign> {
        let private = PrivateKey::from_private_key(&ECDH_P256, secret).map_err(|_| CannotSign)?;
        let public = private.compute_public_key().map_err(|_| CannotSign)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret,
            public.as_ref(),
        );
        Ok(Self {
            id: id.into(),
            pair: pair.map_err(|_| CannotSign)?,
            created_unix_secs,
            expired_unix_secs: None,
        })
    }

    /// A pair that was kept as PKCS #8.
    ///
    /// # Errors
    /// [`CannotSign`] if these bytes are none.
    pub fn from_pkcs8(
        id: impl Into<String>,
        created_unix_secs: i64,
        pkcs8: &[u8],
    ) -> Result<Self, CannotSign> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        Ok(Self {
            id: id.into(),
            pair: pair.map_err(|_| CannotSign)?,
            created_unix_secs,
            expired_unix_secs: None,
        })
    }

    /// The pair as PKCS #8, private half included: for a recording that is to be signed again.
    ///
    /// # Errors
    /// [`CannotSign`].
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, CannotSign> {
        let document = self.pair.to_pkcs8v1().map_err(|_| CannotSign)?;
        Ok(document.as_ref().to_vec())
    }

    /// The same pair, not used any more since this time.
    #[must_use]
    pub const fn expired_at(mut self, unix_secs: i64) -> Self {
        self.expired_unix_secs = Some(unix_secs);
        self
    }

    pub(super) const fn has_expired(&self) -> bool {
        self.expired_unix_secs.is_some()
    }

    /// It is not used any more, from this time on.
    pub(super) const fn expire(&mut self, unix_secs: i64) {
        self.expired_unix_secs = Some(unix_secs);
    }

    /// Its id: `kid` in tokens.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half as the key endpoint shows it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        // The uncompressed point of SEC 1: 4, then x and y with 32 bytes each.
        let point = self.pair.public_key().as_ref().get(1..65).unwrap_or(&[]);
        let (x, y) = point.split_at(point.len() / 2);
        json!({
            "alg": "ES256",
            "created_at": self.created_unix_secs,
            "crv": "P-256",
            "expired_at": self.expired_unix_secs,
            "kid": self.id,
            "kty": "EC",
            "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// The value of `Plaid-Verification` for these bytes, signed at this time. Each call makes another one: the
    /// signatures are not repeatable.
    ///
    /// # Errors
    /// [`CannotSign`].
    pub fn sign(&self, body: &[u8], at_unix_secs: i64) -> Result<String, CannotSign> {
        let head = json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" });
        let claims =
            json!({ "iat": at_unix_secs, "request_body_sha256": hex(&Sha256::digest(body)) });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut token = format!("{}.{}", part(&head), part(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes());
        let signature = signature.map_err(|_| CannotSign)?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(token)
    }
}

/// Shows no private half.
impl std::fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookKey")
            .field("id", &self.id)
            .field("expired_unix_secs", &self.expired_unix_secs)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// Checks a token against the published half alone, as a receiver does.
    fn is_signed_by(token: &str, jwk: &Value) -> bool {
        let coordinate = |name: &str| bytes(jwk[name].as_str().unwrap());
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(signed.as_bytes(), &bytes(signature)).is_ok()
    }

    #[test]
    fn the_check_in_these_tests_is_that_of_the_standard() {
        // RFC 7515, appendix A.3.
        let jwk = json!({
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        assert!(is_signed_by(token, &jwk));
        assert!(!is_signed_by(&token.replacen("eyJ", "eyK", 1), &jwk));
    }

    #[test]
    fn what_the_key_signs_its_public_half_proves_and_no_other_does() {
        let (key, other) = (
            WebhookKey::generate("kid-1", 5).unwrap(),
            WebhookKey::generate("kid-1", 5).unwrap(),
        );
        let token = key.sign(b"abc", 1_000).unwrap();
        assert!(is_signed_by(&token, &key.jwk()));
        assert!(!is_signed_by(&token, &other.jwk()));
        let parts: Vec<&str> = token.split('.').collect();
        let read = |part: &str| serde_json::from_slice::<Value>(&bytes(part)).unwrap();
        assert_eq!(
            read(parts[0]),
            json!({ "alg": "ES256", "kid": "kid-1", "typ": "JWT" })
        );
        // FIPS 180-2: the digest of "abc".
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            read(parts[1]),
            json!({ "iat": 1_000, "request_body_sha256": digest })
        );
        assert_eq!(bytes(parts[2]).len(), 64);
        assert_eq!(key.expired_at(9).jwk()["expired_at"], 9);
    }

    #[test]
    fn a_secret_number_has_one_pair() {
        // RFC 6979, appendix A.2.5.
        let secret = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
        let secret: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let key = WebhookKey::of_secret("kid-1", &secret.try_into().unwrap(), 5).unwrap();
        let x = key.jwk()["x"].as_str().unwrap().to_owned();
        let expected = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6";
        assert_eq!(hex(&bytes(&x)).to_uppercase(), expected);
        assert!(is_signed_by(&key.sign(b"abc", 1).unwrap(), &key.jwk()));
        assert_eq!(
            WebhookKey::of_secret("0", &[0; 32], 5).unwrap_err(),
            CannotSign
        );
    }
}
