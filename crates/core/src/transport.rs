//! The only door to the network.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::BodyStream;

/// Sends one HTTP request and returns the whole answer.
///
/// Retry, recording, replay and metrics are layers: transports around a transport. A provider never sees more
/// than this trait, so an application that only verifies webhooks links no HTTP client.
///
/// Each request may carry a [`Call`] among its extensions; without one it counts as [`Repeat::Never`].
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends the request. An answer of any status is `Ok`; redirects are not followed.
    ///
    /// # Errors
    /// [`TransportError`] if there was no answer. It says whether the request may have reached the vendor.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError>;

    /// Sends the request and returns the answer as soon as its head is there; the body comes piece by piece, and is
    /// never held as a whole. For files.
    ///
    /// The deadline of the [`Call`] is for the head; each piece of the body has the transport's own patience with a
    /// silent peer. What is tried again is tried again only until there is a head. A request that carries [`HandedOut`](crate::HandedOut)
    /// goes to public addresses only, and is none of the vendor's API: it counts towards no limit and says nothing about
    /// the vendor's health.
    ///
    /// # Errors
    /// As [`Transport::send`]. A failure after the head is an item of the body.
    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError>;
}

/// What a transport should know about a request besides its bytes: put it among the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it is for, such as `create_session`. Named in logs and metrics.
    pub operation: &'static str,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// How long all tries together may take.
    pub deadline: Duration,
}

/// Whether a request may be sent again when its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeat {
    /// It changes nothing: repeat freely.
    Safe,
    /// The vendor recognises the repetition by a key in the request.
    Keyed,
    /// Sending it twice would do it twice.
    Never,
}

impl Call {
    /// The call a request carries; without one, a call that must not be repeated and may take 30 s.
    #[must_use]
    pub fn of<B>(request: &http::Request<B>) -> Self {
        request.extensions().get().copied().unwrap_or(Self {
            operation: "unnamed",
            repeat: Repeat::Never,
            deadline: Duration::from_secs(30),
        })
    }
}

/// Among an answer's extensions: an earlier try of the same request may have been carried out, and what became of
/// it is not known. A refusal in this answer does not show that nothing was done.
///
/// Set by whoever repeats requests; [`Error::with_earlier_try`](crate::Error::with_earlier_try) reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierTryUnresolved;

/// There was no answer.
///
/// It holds no URL and no header: those carry ids and keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} ({})", if matches!(sent, Sent::No) { "the request was not sent" } else { "the request may have been sent" })]
pub struct TransportError {
    /// Whether the request may have reached the vendor.
    pub sent: Sent,
    /// What happened.
    pub reason: TransportFailure,
}

/// Whether a request without an answer reached the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It certainly did not.
    No,
    /// It may have.
    Unknown,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFailure {
    /// No connection could be made.
    #[error("no connection")]
    Connect,
    /// The time was up.
    #[error("timed out")]
    Timeout,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// The answer was larger than we accept.
    #[error("the answer was too large")]
    TooLarge,
    /// The request itself cannot be sent: no address, or one of another scheme.
    #[error("not a request that can be sent: {0}")]
    Unsendable(&'static str),
    /// A test or a recording had no answer for this request; the text explains what it had instead.
    #[error("no recorded answer: {0}")]
    NotRecorded(String),
    /// It was not even tried: too many calls have failed in a row.
    #[error("not tried, for too many calls have failed in a row")]
    CircuitOpen {
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// It was not even tried: there is no room for it within the limit of calls.
    #[error("held back to keep within the limit of calls")]
    HeldBack {
        /// When there may be room.
        retry_after: Duration,
    },
    /// The address is one that must not be called.
    #[error("the address must not be called")]
    RefusedAddress,
    /// The other side could not be reached safely: its certificate or its TLS cannot be accepted.
    #[error("no TLS connection")]
    Tls,
}

impl TransportFailure {
    /// The stable word, for logs, metrics and lists.
    #[must_use]
    pub const fn as_word(&self) -> &'static str {
        match self {
            Self::Connect => "no_connection",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::TooLarge => "too_large",
            Self::Unsendable(_) => "unsendable",
            Self::NotRecorded(_) => "not_recorded",
            Self::CircuitOpen { .. } => "circuit_open",
            Self::HeldBack { .. } => "held_back",
            Self::RefusedAddress => "refused_address",
            Self::Tls => "tls",
        }
    }

    /// When the request may be sent, for one that was deliberately not sent now.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CircuitOpen { retry_after } | Self::HeldBack { retry_after } => {
                Some(*retry_after)
            }
            _ => None,
        }
    }
}

impl TransportError {
    /// True if the time was up.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self.reason, TransportFailure::Timeout)
    }

    /// True unless the request certainly did not reach the vendor.
    #[must_use]
    pub const fn may_have_been_sent(&self) -> bool {
        matches!(self.sent, Sent::Unknown)
    }
}
