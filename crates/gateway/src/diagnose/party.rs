//! Whoever may have signed: an account or a set of keys, with the provider that knows how to tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use idv_core::webhook::{InboundWebhook, KeyLabel, Refusal, SigningKey, VerifyError};
use idv_core::{Clock, IdProvider, Timestamp};
use idv_engine::Environment;

use super::Cause;
use crate::providers::{self, Provider, Trusted};

/// A clock that stands, and can be put elsewhere.
#[derive(Debug)]
pub(crate) struct StandingClock(AtomicI64);

impl StandingClock {
    pub(crate) fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.as_unix_secs())))
    }

    pub(super) fn put(&self, now: Timestamp) {
        self.0.store(now.as_unix_secs(), Ordering::SeqCst);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.0.load(Ordering::SeqCst))
    }
}

/// Whoever may have signed.
#[derive(Clone)]
pub(crate) struct Party {
    /// What to call it.
    pub(crate) name: String,
    pub(crate) environment: Option<Environment>,
    /// None for a provider that is in no list, as in tests.
    pub(crate) kind: Option<&'static Provider>,
    pub(crate) provider: Arc<dyn IdProvider>,
    /// Its secrets, to try them written another way.
    pub(crate) keys: Vec<SigningKey>,
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Party")
            .field("name", &self.name)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// Whether a signature is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// And it would be believed.
    Fits,
    /// And so is everything but the time.
    FitsButForTheTime(Cause, u64),
    No,
}

impl Fit {
    pub(super) const fn of<T>(outcome: &Result<T, VerifyError>) -> Self {
        match outcome {
            Ok(_) => Self::Fits,
            // A signature is checked before its age, in every scheme.
            Err(VerifyError::Refused(Refusal::Stale { by_secs })) => {
                Self::FitsButForTheTime(Cause::Stale, *by_secs)
            }
            Err(VerifyError::Refused(Refusal::FromTheFuture { by_secs })) => {
                Self::FitsButForTheTime(Cause::FromTheFuture, *by_secs)
            }
            Err(_) => Self::No,
        }
    }

    pub(super) const fn is_no(self) -> bool {
        matches!(self, Self::No)
    }
}

/// Of an account with more secrets than this, the first ones are tried.
const MAX_KEYS: usize = 8;

impl Party {
    pub(super) async fn fit(&self, webhook: &InboundWebhook) -> Fit {
        Fit::of(&self.provider.verify(webhook).await)
    }

    /// Which of the secrets, written another way, made the signature: one experiment for each way.
    pub(super) async fn misspelt_secret(
        &self,
        webhook: &InboundWebhook,
        clock: &Arc<dyn Clock>,
    ) -> Option<(Cause, &'static str, Fit)> {
        let kind = self.kind.filter(|kind| kind.wants_webhook_secrets)?;
        for &(cause, how, rewrite) in SPELLINGS {
            let prefix = kind.shape.secret_prefix.unwrap_or_default().as_bytes();
            let keys = self.keys.iter().take(MAX_KEYS);
            let secrets: Vec<_> = keys
                .filter_map(|key| {
                    key.rewritten(KeyLabel::new(how), |secret| rewrite(secret, prefix))
                })
                .collect();
            if secrets.is_empty() {
                continue;
            }
            let trusted = Trusted {
                secrets,
                public_keys: Vec::new(),
            };
            let Ok(receiver) = providers::receiver(kind, trusted, None, Arc::clone(clock)) else {
                continue;
            };
            let fit = Fit::of(&receiver.verify(webhook).await);
            if !fit.is_no() {
                return Some((cause, how, fit));
            }
        }
        None
    }
}

/// Another way to write a secret, given its vendor's prefix. None if it comes to the same.
type Rewrite = fn(&[u8], &[u8]) -> Option<Vec<u8>>;

const SPELLINGS: &[(Cause, &str, Rewrite)] = &[
    (
        Cause::SecretWithWhiteSpace,
        "it fits without the white space",
        trimmed,
    ),
    (Cause::SecretQuoted, "it fits without the quotes", unquoted),
    (
        Cause::SecretPrefix,
        "it fits with the vendor's prefix before it",
        with_prefix,
    ),
    (
        Cause::SecretPrefix,
        "it fits without the prefix",
        without_prefix,
    ),
    (
        Cause::SecretBase64,
        "the sender used the bytes that the secret is in base64",
        |secret, prefix| decoded(secret.strip_prefix(prefix).unwrap_or(secret)),
    ),
    (
        Cause::SecretBase64,
        "the sender used the bytes that the secret is in base64, prefix included",
        |secret, prefix| (!prefix.is_empty()).then(|| decoded(secret)).flatten(),
    ),
    (
        Cause::SecretBase64,
        "the sender used the base64 of the secret",
        |secret, _| Some(STANDARD.encode(secret).into_bytes()),
    ),
    (
        Cause::SecretBase64,
        "the sender used the base64 of the secret, after the vendor's prefix",
        |secret, prefix| {
            let encoded = STANDARD.encode(secret).into_bytes();
            (!prefix.is_empty()).then(|| [prefix, &encoded].concat())
        },
    ),
];

fn trimmed(secret: &[u8], _: &[u8]) -> Option<Vec<u8>> {
    // Bytes that some editors put at the beginning of a file are as invisible as white space.
    let bare = secret
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(secret)
        .trim_ascii();
    (bare.len() < secret.len()).then(|| bare.to_vec())
}

fn unquoted(secret: &[u8], _: &[u8]) -> Option<Vec<u8>> {
    let bare = secret.trim_ascii();
    let [first @ (b'"' | b'\'' | b'`'), inner @ .., last] = bare else {
        return None;
    };
    (first == last).then(|| inner.to_vec())
}

fn with_prefix(secret: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
    let is_without = !prefix.is_empty() && !secret.starts_with(prefix);
    is_without.then(|| [prefix, secret].concat())
}

fn without_prefix(secret: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
    let rest = secret.strip_prefix(prefix).filter(|_| !prefix.is_empty());
    rest.map(<[u8]>::to_vec)
}

/// Also the alphabet for addresses, and without the padding at the end.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let end = text.iter().rposition(|&byte| byte != b'=')? + 1;
    let unpadded = text.get(..end)?;
    let plain = STANDARD_NO_PAD.decode(unpadded).ok();
    plain.or_else(|| URL_SAFE_NO_PAD.decode(unpadded).ok())
}
