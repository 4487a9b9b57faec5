//! The vendor's public keys.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_core::webhook::Es256Verifier;
use idv_core::{Timestamp, Unreadable, json};

use crate::wire::{self, Json, Members as _, Text};

/// How long the id of a key may be. The vendor's are UUIDs of 36 characters.
const MAX_KEY_ID_LEN: usize = 64;

/// One public key of the vendor, for ES256 signatures (RFC 7517).
///
/// A public key is no secret; it prints its id all the same and nothing else.
#[derive(Clone)]
pub struct Jwk {
    key_id: String,
    expired_at: Option<Timestamp>,
    key: Arc<ParsedPublicKey>,
}

/// A text is no key, or none of the kind the vendor signs with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; copy the answer of /webhook_verification_key/get as it came")]
pub struct JwkError {
    /// What is wrong.
    pub what: &'static str,
}

impl Jwk {
    /// Reads one or several keys: as the vendor's key endpoint answers (`{"key": {…}}`), as a bare key, as a set
    /// (`{"keys": […]}`), or as a list of any of these.
    ///
    /// # Errors
    /// [`JwkError`] if there is none, or one that is no key for ES256. A member `d`, which makes it a private key,
    /// is refused too.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, JwkError> {
        let document: Json<'_> =
            json::decode_borrowed(bytes).map_err(|_: Unreadable| JwkError {
                what: "it is not JSON",
            })?;
        let mut keys = Vec::new();
        collect(&document, &mut keys)?;
        if keys.is_empty() {
            return Err(JwkError {
                what: "it holds no key",
            });
        }
        Ok(keys)
    }

    /// The id by which a token names the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Since when the vendor signs with it no more, UTC; none for a key in use.
    #[must_use]
    pub const fn expired_at(&self) -> Option<Timestamp> {
        self.expired_at
    }

    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expired_at.is_some_and(|expired_at| expired_at <= now)
    }

    fn of(object: &Json<'_>) -> Result<Self, JwkError> {
        let refuse = |what| Err(JwkError { what });
        let key = wire::Key::of(object);
        let is = |text: Text<'_>, word: &str| text.get() == Some(word);
        if !is(key.kty, "EC") || !is(key.crv, "P-256") {
            return refuse("the key is not of the kind EC on the curve P-256");
        }
        // Both may be left out by the standard. What says otherwise is not meant for this.
        if key.alg.is_given() && !is(key.alg, "ES256") {
            return refuse("the key is for another algorithm than ES256");
        }
        if key.usage.is_given() && !is(key.usage, "sig") {
            return refuse("the key is not for signatures");
        }
        if object.member("d").is_some() {
            return refuse("it is a private key, and nobody but the vendor should have it");
        }
        let Some(key_id) = key.kid.get().filter(|id| is_key_id(id)) else {
            return refuse("the key has no id (kid), or one that no token can name");
        };
        let coordinate = |text: Text<'_>| -> Option<[u8; 32]> {
            let bytes = URL_SAFE_NO_PAD.decode(text.get()?).ok()?;
            bytes.try_into().ok()
        };
        let (Some(x), Some(y)) = (coordinate(key.x), coordinate(key.y)) else {
            return refuse("a coordinate (x or y) is not 32 bytes in base64url");
        };
        // SEC 1, 2.3.3: the uncompressed point. That it lies on the curve is checked here, once.
        let point = [&[4][..], &x, &y].concat();
        let Ok(parsed) = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point) else {
            return refuse("the coordinates are no point of the curve");
        };
        let expired_at = match object.member("expired_at") {
            None => None,
            Some(Json::Integer(secs)) => Some(Timestamp::from_unix_secs(*secs)),
            Some(_) => return refuse("the time of its end (expired_at) is no number of seconds"),
        };
        Ok(Self {
            key_id: key_id.to_owned(),
            expired_at,
            key: Arc::new(parsed),
        })
    }
}

fn collect(value: &Json<'_>, keys: &mut Vec<Jwk>) -> Result<(), JwkError> {
    match value {
        Json::List(list) => list.iter().try_for_each(|item| collect(item, keys)),
        Json::Object(_) => match (value.member("key"), value.member("keys")) {
            (Some(key @ Json::Object(_)), _) => {
                keys.push(Jwk::of(key)?);
                Ok(())
            }
            (_, Some(Json::List(set))) => set.iter().try_for_each(|key| {
                keys.push(Jwk::of(key)?);
                Ok(())
            }),
            _ => {
                keys.push(Jwk::of(value)?);
                Ok(())
            }
        },
        _ => Err(JwkError {
            what: "it is neither a key nor a list of keys",
        }),
    }
}

/// What may name a key: short, and of letters, digits, `-` and `_`. The vendor's ids are UUIDs.
pub(super) fn is_key_id(text: &str) -> bool {
    let is_of_an_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=MAX_KEY_ID_LEN).contains(&text.len()) && text.bytes().all(is_of_an_id)
}

impl Es256Verifier for Jwk {
    fn is_signature_of(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("key_id", &self.key_id)
            .field("expired_at", &self.expired_at)
            .finish_non_exhaustive()
    }
}
