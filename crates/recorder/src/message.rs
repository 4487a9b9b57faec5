//! What is redacted and what comes out of it.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

/// A request and its answer, as they were.
#[derive(Clone)]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded as it was sent.
    pub path: String,
    /// The query, without the question mark; empty if there is none.
    pub query: String,
    /// The headers of the request.
    pub request_headers: HeaderMap,
    /// The body of the request.
    pub request_body: Bytes,
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer.
    pub response_headers: HeaderMap,
    /// The body of the answer; `None` for a file, of which only the kind is recorded.
    pub response_body: Option<Bytes>,
}

/// A webhook, as it came.
#[derive(Clone)]
pub struct Delivery {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// When it came, in seconds since the Unix epoch.
    pub received_unix_secs: i64,
}

/// Shows nothing of what it holds.
impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exchange(..)")
    }
}

/// Shows nothing of what it holds.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Delivery(..)")
    }
}

/// One side of an exchange, or a webhook, with everything replaced that has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The headers that are kept, in lower case.
    pub headers: Vec<(String, String)>,
    /// The names of the headers that are not.
    pub dropped_headers: Vec<String>,
    /// The body.
    pub body: Bytes,
    /// The places in the body whose values were replaced, as JSON pointers; of an object whose names were replaced, the
    /// whole.
    pub replaced: Vec<String>,
}

/// An exchange with everything replaced that has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The path with placeholders where ids stand: what may be shown of it.
    pub shape: String,
    /// The entries of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The places in the query whose values or names were replaced, as JSON pointers.
    pub replaced_in_query: Vec<String>,
    /// The request.
    pub request: Message,
    /// The status of the answer.
    pub status: StatusCode,
    /// The answer.
    pub response: Message,
    /// How many values were replaced in it.
    pub replaced: usize,
}
