//! A webhook as it came off the wire.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;

use super::Refusal;
use crate::Timestamp;

/// A webhook as it came off the wire. Nothing in it is to be believed.
#[derive(Clone)]
pub struct InboundWebhook {
    /// HTTP method.
    pub method: http::Method,
    /// Path and query, as received.
    pub path: String,
    /// Every header with every value, as received.
    pub headers: http::HeaderMap,
    /// The exact bytes of the body. What is verified, is these.
    pub body: Bytes,
    /// When it arrived, UTC, by our clock.
    pub received_at: Timestamp,
    /// Who sent it, where known.
    pub peer: Option<IpAddr>,
}

impl InboundWebhook {
    /// A `POST` to `/` that arrived now: what a receiver without a gateway has at hand.
    #[must_use]
    pub fn new(headers: http::HeaderMap, body: Bytes, received_at: Timestamp) -> Self {
        Self {
            method: http::Method::POST,
            path: "/".to_owned(),
            headers,
            body,
            received_at,
            peer: None,
        }
    }

    /// The one value of a header that must be there exactly once, as text.
    ///
    /// # Errors
    /// [`Refusal::MissingHeader`] if it is absent or empty; [`Refusal::MalformedHeader`] if it is there twice or
    /// is not printable ASCII. Two values would let a sender choose which one we read.
    pub fn single_header(&self, name: &'static str) -> Result<&str, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().ok_or(Refusal::MissingHeader { name })?;
        if values.next().is_some() {
            return Err(Refusal::MalformedHeader {
                name,
                what: "it is there more than once",
            });
        }
        let text = value.to_str().map_err(|_| Refusal::MalformedHeader {
            name,
            what: "it is not printable ASCII",
        })?;
        if text.trim().is_empty() {
            return Err(Refusal::MissingHeader { name });
        }
        Ok(text)
    }
}

/// Shows sizes only: a body and its headers are nobody's log line.
impl fmt::Debug for InboundWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundWebhook")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}
