//! Why a webhook was not believed.

use crate::Error;

/// Why a webhook was not believed. For the operator; the sender only ever learns 401.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature header is absent or empty.
    #[error("the header {name} is missing")]
    MissingHeader {
        /// Its name.
        name: &'static str,
    },
    /// The signature header cannot be read.
    #[error("the header {name} cannot be read: {what}")]
    MalformedHeader {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The header holds no signature of a scheme we accept.
    #[error("the header holds no signature of an accepted scheme")]
    NoKnownScheme,
    /// No configured key makes this signature over these bytes.
    #[error("no configured key made this signature over these bytes")]
    NoMatchingKey,
    /// Rightly signed, but too long ago: a replay, or a clock that is wrong.
    #[error("signed too long ago: {by_secs} s beyond the tolerance")]
    Stale {
        /// How far beyond the tolerance, in seconds.
        by_secs: u64,
    },
    /// Rightly signed, but for a time to come: one of the two clocks is wrong.
    #[error("signed for a time to come: {by_secs} s beyond the tolerance")]
    FromTheFuture {
        /// How far beyond the tolerance, in seconds.
        by_secs: u64,
    },
    /// Rightly signed, but over another body.
    #[error("the signed digest is not that of this body")]
    BodyHashMismatch,
    /// Signed with a key the vendor does not know.
    #[error("signed with a key id the vendor does not know")]
    UnknownKeyId,
    /// Signed with a key the vendor has withdrawn.
    #[error("signed with a key that has expired")]
    KeyExpired,
    /// Signed with an algorithm we do not accept.
    #[error("signed with an algorithm that is not accepted")]
    AlgorithmNotAllowed,
    /// Signed in a way the vendor has given up.
    #[error("signed with a scheme the vendor has retired")]
    LegacyScheme,
}

impl Refusal {
    /// The stable word, for logs, metrics and JSON.
    #[must_use]
    pub const fn as_word(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "missing_header",
            Self::MalformedHeader { .. } => "malformed_header",
            Self::NoKnownScheme => "no_known_scheme",
            Self::NoMatchingKey => "no_matching_key",
            Self::Stale { .. } => "stale",
            Self::FromTheFuture { .. } => "from_the_future",
            Self::BodyHashMismatch => "body_hash_mismatch",
            Self::UnknownKeyId => "unknown_key_id",
            Self::KeyExpired => "key_expired",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::LegacyScheme => "legacy_scheme",
        }
    }
}

/// A webhook was not proven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is proven to be unbelievable. Answer 401, without a reason.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// It could not be decided, because a key could not be had. Answer 503 with `Retry-After`: not a forgery.
    #[error("undecided: {0}")]
    Undecided(#[source] Box<Error>),
}
