//! What goes wrong with a call of the API.

use fastrand::Rng;
use serde::Deserialize;

use super::choose;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFault {
    /// 429, and nothing is done. With the seconds of `Retry-After`, or without it.
    RateLimited {
        /// The header's value.
        #[serde(default)]
        retry_after_secs: Option<u32>,
    },
    /// This status, and nothing is done.
    ServerError(u16),
    /// The call is carried out, and this status is the answer.
    ServerErrorAfter(u16),
    /// No answer, and nothing is done.
    Hang,
    /// The call is carried out, and there is no answer.
    HangAfter,
    /// The call is carried out, and the answer breaks off in the middle.
    Truncated,
    /// The answer has a value nobody has heard of.
    UnknownValue,
    /// The answer has a member nobody has heard of.
    UnknownMember,
}

impl CallFault {
    /// The word for it in scenarios.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError(_) => "server_error",
            Self::ServerErrorAfter(_) => "server_error_after",
            Self::Hang => "hang",
            Self::HangAfter => "hang_after",
            Self::Truncated => "truncated",
            Self::UnknownValue => "unknown_value",
            Self::UnknownMember => "unknown_member",
        }
    }

    /// How many kinds there are, for the tests of chance: 429 counts twice.
    #[cfg(test)]
    pub(super) const KINDS: usize = 9;
}

/// How often, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallRates {
    /// 429 with `Retry-After`.
    pub rate_limited: f64,
    /// 429 without it.
    pub rate_limited_without_retry_after: f64,
    /// 503 before anything is done.
    pub server_error: f64,
    /// 500 after everything is done.
    pub server_error_after: f64,
    /// No answer, nothing done.
    pub hang: f64,
    /// No answer, everything done.
    pub hang_after: f64,
    /// Half an answer.
    pub truncated: f64,
    /// A value nobody has heard of.
    pub unknown_value: f64,
    /// A member nobody has heard of.
    pub unknown_member: f64,
}

impl CallRates {
    /// Each as often as every other, with this probability in all.
    #[must_use]
    pub const fn evenly(probability: f64) -> Self {
        let each = probability / 9.0;
        Self {
            rate_limited: each,
            rate_limited_without_retry_after: each,
            server_error: each,
            server_error_after: each,
            hang: each,
            hang_after: each,
            truncated: each,
            unknown_value: each,
            unknown_member: each,
        }
    }

    /// Each with its name in a file.
    pub(super) const fn named(&self) -> [(&'static str, f64); 9] {
        [
            ("rate_limited", self.rate_limited),
            (
                "rate_limited_without_retry_after",
                self.rate_limited_without_retry_after,
            ),
            ("server_error", self.server_error),
            ("server_error_after", self.server_error_after),
            ("hang", self.hang),
            ("hang_after", self.hang_after),
            ("truncated", self.truncated),
            ("unknown_value", self.unknown_value),
            ("unknown_member", self.unknown_member),
        ]
    }

    pub(super) fn choose(&self, rng: &mut Rng) -> Option<CallFault> {
        let limited = |retry_after_secs| CallFault::RateLimited { retry_after_secs };
        choose(
            rng,
            &[
                (self.rate_limited, limited(Some(2))),
                (self.rate_limited_without_retry_after, limited(None)),
                (self.server_error, CallFault::ServerError(503)),
                (self.server_error_after, CallFault::ServerErrorAfter(500)),
                (self.hang, CallFault::Hang),
                (self.hang_after, CallFault::HangAfter),
                (self.truncated, CallFault::Truncated),
                (self.unknown_value, CallFault::UnknownValue),
                (self.unknown_member, CallFault::UnknownMember),
            ],
        )
    }
}
