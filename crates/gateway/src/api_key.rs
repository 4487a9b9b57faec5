//! API keys: `idvk_<id>_<secret>`, both parts in hexadecimal.
//!
//! The id finds the row, the secret proves the key: 256 random bits, of which only the SHA-256 is stored.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use idv_core::{Secret, Timestamp};
use idv_engine::store::{ApiKeyId, ApiKeyRow};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

const PREFIX: &str = "idvk_";
const SECRET_BYTES: usize = 32;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(crate) enum Scope {
    /// Read requests and their timelines.
    Read,
    /// Make requests and links; withdraw, correct, remind and begin anew.
    Write,
    /// Decide over the vendor's head: grant a pass, decide a review.
    Review,
    /// Erase persons.
    Erase,
    /// Run the gateway: endpoints, the inbox, accounts and how they are.
    Operate,
}

impl Scope {
    /// What a key may do if nothing is said: what an application needs every day, and no more.
    pub(crate) const USUAL: [Self; 2] = [Self::Read, Self::Write];

    /// The stable word, as it is stored.
    pub(crate) const fn as_word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Review => "review",
            Self::Erase => "erase",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_word())
    }
}

/// A key as it is shown once and sent with every call. It prints its id only.
pub(crate) struct ApiKey {
    id: ApiKeyId,
    secret: Secret<[u8; SECRET_BYTES]>,
}

/// The text is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key of the form idvk_<id>_<secret>")]
pub(crate) struct InvalidApiKey;

/// The machine gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine gave no random bytes")]
pub(crate) struct NoRandomness;

impl ApiKey {
    /// A new random key.
    pub(crate) fn generate() -> Result<Self, NoRandomness> {
        let (mut id, mut secret) = ([0; 16], [0; SECRET_BYTES]);
        let random = SystemRandom::new();
        random.fill(&mut id).map_err(|_| NoRandomness)?;
        random.fill(&mut secret).map_err(|_| NoRandomness)?;
        Ok(Self {
            id: ApiKeyId(uuid::Builder::from_random_bytes(id).into_uuid()),
            secret: Secret::new(secret),
        })
    }

    pub(crate) const fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The key as text. Shown once, when it is made.
    pub(crate) fn to_text(&self) -> Secret {
        let secret = hex(self.secret.expose());
        Secret::new(format!("{PREFIX}{}_{secret}", self.id.0.simple()))
    }

    /// What is stored of it.
    pub(crate) fn to_row(&self, name: &str, scopes: &[Scope], now: Timestamp) -> ApiKeyRow {
        ApiKeyRow {
            id: self.id,
            name: name.to_owned(),
            secret_sha256: self.sha256(),
            scopes: scopes
                .iter()
                .map(|scope| scope.as_word().to_owned())
                .collect(),
            created_at: now,
            revoked_at: None,
        }
    }

    /// Whether this is the stored key. In constant time.
    pub(crate) fn is(&self, row: &ApiKeyRow) -> bool {
        self.id == row.id && bool::from(self.sha256().ct_eq(&row.secret_sha256))
    }

    fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.secret.expose()).into()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.id.0.simple())
    }
}

impl FromStr for ApiKey {
    type Err = InvalidApiKey;

    fn from_str(text: &str) -> Result<Self, InvalidApiKey> {
        let (id, secret) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(InvalidApiKey)?;
        Ok(Self {
            id: ApiKeyId(Uuid::from_bytes(from_hex(id).ok_or(InvalidApiKey)?)),
            secret: Secret::new(from_hex(secret).ok_or(InvalidApiKey)?),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
            text
        })
}

/// Lower-case digits only: one key, one text.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 || digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let (pairs, _) = digits.as_chunks::<2>();
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_writing_and_reading_and_only_it_matches() {
        let now = Timestamp::from_unix_secs(0);
        let (key, other) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
        let row = key.to_row("app", &Scope::USUAL, now);
        let text = key.to_text();
        assert!(text.expose().parse::<ApiKey>().unwrap().is(&row));
        assert!(!other.is(&row));
        let (id, _) = text.expose().rsplit_once('_').unwrap();
        let forged: ApiKey = format!("{id}_{}", "0".repeat(64)).parse().unwrap();
        assert!(!forged.is(&row));
        assert!(!format!("{row:?}{key:?}").contains(text.expose().rsplit('_').next().unwrap()));
    }

    #[test]
    fn other_text_is_no_key() {
        let key = ApiKey::generate().unwrap().to_text();
        let key = key.expose();
        for text in [
            "",
            "idvk_",
            "idvk__",
            "sk_test_1",
            &key[1..],
            &key[..key.len() - 1],
            &format!("{key}0"),
            &key.to_uppercase(),
            &key.replace('_', "-"),
        ] {
            assert!(text.parse::<ApiKey>().is_err(), "{text:?}");
        }
    }
}
