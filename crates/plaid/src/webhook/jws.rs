//! A signed token in its compact form (RFC 7515, section 7.1), read strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_core::webhook::{BodyHashClaims, Refusal};
use idv_core::{Timestamp, json};

use super::HEADER;
use super::jwk::is_key_id;
use crate::wire::{Json, Member as _, Text};

/// The longest token that is looked at. The vendor's have about 330 characters.
const MAX_LEN: usize = 2_048;

/// A token, taken apart and not yet believed.
pub(super) struct Token<'a> {
    /// What is signed: the first two parts with the dot between them, as they came.
    pub(super) signing_input: &'a [u8],
    pub(super) signature: [u8; 64],
    head: &'a str,
    claims: &'a str,
}

/// What the first part says. It is not signed for yet, and only chooses how to look.
pub(super) struct Head {
    pub(super) algorithm: String,
    pub(super) key_id: String,
}

const fn malformed(what: &'static str) -> Refusal {
    Refusal::MalformedHeader { name: HEADER, what }
}

impl<'a> Token<'a> {
    pub(super) fn split(header: &'a str) -> Result<Self, Refusal> {
        if header.len() > MAX_LEN {
            return Err(malformed("it is longer than 2048 characters"));
        }
        let three = malformed("it is not three parts with dots between them");
        let (signed, signature) = header.rsplit_once('.').ok_or_else(|| three.clone())?;
        let (head, claims) = signed.split_once('.').ok_or_else(|| three.clone())?;
        if head.is_empty() || claims.is_empty() || signature.is_empty() || claims.contains('.') {
            // Five parts are an encrypted token, an empty last part is an unsigned one.
            return Err(three);
        }
        let signature = decode(signature)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| malformed("its signature is not 64 bytes in base64url"))?;
        Ok(Self {
            signing_input: signed.as_bytes(),
            signature,
            head,
            claims,
        })
    }

    /// Reads the first part. A key, or the address of one, that stands in it is nobody's key (`jwk`, `jku`, `x5c`,
    /// `x5u`): it is not read. An extension that must be understood (`crit`) is refused, since none is.
    pub(super) fn head(&self) -> Result<Head, Refusal> {
        let bytes =
            decode(self.head).ok_or_else(|| malformed("its first part is not in base64url"))?;
        let object = read(&bytes).ok_or_else(|| malformed("its first part is no JSON object"))?;
        if object.members().iter().any(|(name, _)| name == "crit") {
            return Err(malformed(
                "it names extensions that must be understood (crit)",
            ));
        }
        let text = |name: &str| Text::read(object.member(name)).get();
        let algorithm = text("alg").ok_or_else(|| malformed("it names no algorithm (alg)"))?;
        // The algorithm is judged first, whatever else is wrong: see `Es256BodyHash`.
        let key_id = if algorithm == idv_core::webhook::Es256BodyHash::ALGORITHM {
            text("kid").filter(|id| is_key_id(id)).ok_or_else(|| {
                malformed("it names no key (kid), or not as the vendor names keys")
            })?
        } else {
            ""
        };
        Ok(Head {
            algorithm: algorithm.to_owned(),
            key_id: key_id.to_owned(),
        })
    }

    /// Reads the second part. Only once the signature was found right.
    pub(super) fn claims(&self) -> Result<BodyHashClaims, Refusal> {
        let unread = || malformed("what it claims (iat, request_body_sha256) cannot be read");
        let bytes = decode(self.claims).ok_or_else(unread)?;
        let object = read(&bytes).ok_or_else(unread)?;
        let Some(Json::Integer(signed_at)) = object.member("iat") else {
            return Err(unread());
        };
        let digest = Text::read(object.member("request_body_sha256")).get();
        Ok(BodyHashClaims {
            signed_at: Timestamp::from_unix_secs(*signed_at),
            body_sha256: digest.and_then(hex32).ok_or_else(unread)?,
        })
    }
}

/// Base64url without padding, and each sequence of bytes in one spelling only.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn read(bytes: &[u8]) -> Option<Json<'_>> {
    let json: Json<'_> = json::decode_borrowed(bytes).ok()?;
    matches!(json, Json::Object(_)).then_some(json)
}

/// 64 hexadecimal digits in lower case, as the vendor writes them.
fn hex32(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    if digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = [0; 32];
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}
