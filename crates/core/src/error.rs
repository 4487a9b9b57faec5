//! What went wrong in a call to a vendor, as advice to the caller.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{EarlierTryUnresolved, ProviderId, TransportError, TransportFailure, Unreadable};

/// A failed call. Holds no person's data, no secret and nothing of the vendor's body.
#[derive(Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: ErrorKind,
    /// The provider that failed.
    pub provider: ProviderId,
    /// What was attempted, such as `create_session`.
    pub operation: &'static str,
    /// The vendor's id of the failed call, for its support.
    pub vendor_request_id: Option<String>,
    /// One sentence of ours.
    pub message: &'static str,
    /// True if the same call may work later.
    pub retryable: bool,
    /// True if the vendor may have done what was asked although the call failed.
    pub may_have_taken_effect: bool,
    not_before: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure it is. Serialized as its word, without the details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The vendor does not accept our key, or the key lacks a permission.
    InvalidCredentials,
    /// Our settings are wrong: a template, a version, an environment.
    InvalidConfig,
    /// The vendor refuses an input.
    InvalidInput {
        /// The vendor's name of the field, where it gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
    /// The vendor cannot do this.
    Unsupported {
        /// What was asked for.
        capability: String,
    },
    /// There is no such object.
    NotFound,
    /// The object is in a state, or the key in a use, that forbids this.
    Conflict,
    /// Too many calls.
    RateLimited {
        /// How long to wait in seconds, where the vendor says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_secs: Option<u64>,
    },
    /// The vendor is down or broken.
    Unavailable,
    /// The vendor did not answer in time.
    Timeout,
    /// The vendor refused for a reason of its own.
    ProviderRejected {
        /// The vendor's code, where it gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// The vendor's answer makes no sense.
    BadResponse,
}

impl ErrorKind {
    /// The stable word.
    #[must_use]
    pub const fn as_word(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidConfig => "invalid_config",
            Self::InvalidInput { .. } => "invalid_input",
            Self::Unsupported { .. } => "unsupported",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::ProviderRejected { .. } => "provider_rejected",
            Self::BadResponse => "bad_response",
        }
    }

    /// Whether a failure of this kind usually goes away by itself.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unavailable | Self::Timeout
        )
    }

    /// Whether the vendor may have acted although the call failed in this way.
    #[must_use]
    pub const fn may_have_taken_effect(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout | Self::BadResponse)
    }
}

impl Error {
    /// A failure; `retryable` and `may_have_taken_effect` as usual for its kind.
    #[must_use]
    pub fn new(
        kind: ErrorKind,
        provider: ProviderId,
        operation: &'static str,
        message: &'static str,
    ) -> Self {
        Self {
            retryable: kind.is_retryable(),
            may_have_taken_effect: kind.may_have_taken_effect(),
            kind,
            provider,
            operation,
            vendor_request_id: None,
            message,
            not_before: None,
            source: None,
        }
    }

    /// With the vendor's id of the call.
    #[must_use]
    pub fn with_vendor_request_id(mut self, id: Option<String>) -> Self {
        self.vendor_request_id = id.map(|id| crate::label(&id));
        self
    }

    /// With another word on whether to try again.
    #[must_use]
    pub const fn with_retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// With what the answer's extensions say about earlier tries of the same request: a refusal of the last one
    /// does not undo what a lost one may have done.
    #[must_use]
    pub fn with_earlier_try(mut self, answer: &http::Extensions) -> Self {
        self.may_have_taken_effect |= answer.get::<EarlierTryUnresolved>().is_some();
        self
    }

    /// With the failure below it. It must be free of personal data too.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// A call that got no answer. One that we did not make ourselves, because the vendor is down or its limit is
    /// reached, says when it may be made.
    #[must_use]
    pub fn from_transport(
        provider: ProviderId,
        operation: &'static str,
        error: TransportError,
    ) -> Self {
        let (kind, message) = match &error.reason {
            TransportFailure::Timeout => (ErrorKind::Timeout, "the vendor could not be reached"),
            TransportFailure::CircuitOpen { .. } => (
                ErrorKind::Unavailable,
                "the vendor was not called: too many calls have failed in a row",
            ),
            TransportFailure::HeldBack { retry_after } => (
                ErrorKind::RateLimited {
                    retry_after_secs: Some(whole_secs(*retry_after)),
                },
                "the vendor was not called, to keep within its limit of calls",
            ),
            _ => (ErrorKind::Unavailable, "the vendor could not be reached"),
        };
        let mut this = Self::new(kind, provider, operation, message);
        this.may_have_taken_effect = error.may_have_been_sent();
        this.not_before = error.reason.retry_after();
        this.with_source(error)
    }

    /// An answer that could not be read.
    #[must_use]
    pub fn from_unreadable(
        provider: ProviderId,
        operation: &'static str,
        error: Unreadable,
    ) -> Self {
        Self::new(
            ErrorKind::BadResponse,
            provider,
            operation,
            "the vendor's answer could not be read",
        )
        .with_source(error)
    }

    /// How long to wait before the same call has a chance: because the vendor asks for it, or because we make no
    /// call until then ourselves.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if self.not_before.is_some() {
            return self.not_before;
        }
        match self.kind {
            ErrorKind::RateLimited {
                retry_after_secs: Some(secs),
            } => Some(Duration::from_secs(secs)),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {} ({})",
            self.provider,
            self.operation,
            self.message,
            self.kind.as_word()
        )?;
        match &self.kind {
            ErrorKind::InvalidInput { field: Some(field) } => {
                write!(f, ", field {}", crate::label(field))?;
            }
            ErrorKind::ProviderRejected { code: Some(code) } => {
                write!(f, ", code {}", crate::label(code))?;
            }
            ErrorKind::Unsupported { capability } => write!(f, ", {}", crate::label(capability))?,
            _ => {}
        }
        self.vendor_request_id
            .as_ref()
            .map_or(Ok(()), |id| write!(f, ", vendor request {id}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_ref()
            .map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}

/// Rounded up: a wait must not become shorter.
fn whole_secs(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sent;

    fn of(sent: Sent, reason: TransportFailure) -> Error {
        let error = TransportError { sent, reason };
        Error::from_transport(ProviderId::new("acme"), "get_thing", error)
    }

    #[test]
    fn a_call_that_was_not_made_has_done_nothing_and_says_when_it_may_be_made() {
        let wait = Duration::from_millis(1500);
        let open = of(
            Sent::No,
            TransportFailure::CircuitOpen { retry_after: wait },
        );
        assert_eq!(open.kind, ErrorKind::Unavailable);
        let held = of(Sent::No, TransportFailure::HeldBack { retry_after: wait });
        let rounded_up = Some(2);
        assert_eq!(
            held.kind,
            ErrorKind::RateLimited {
                retry_after_secs: rounded_up
            }
        );
        for error in [open, held] {
            assert!(error.retryable && !error.may_have_taken_effect, "{error}");
            assert_eq!(error.retry_after(), Some(wait));
        }
    }

    #[test]
    fn after_a_lost_try_a_call_that_was_not_made_may_still_have_taken_effect() {
        let retry_after = Duration::from_secs(1);
        let error = of(Sent::Unknown, TransportFailure::CircuitOpen { retry_after });
        assert!(error.may_have_taken_effect);
    }
}
