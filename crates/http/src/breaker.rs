//! The layer that leaves a vendor alone which is down.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{BodyStream, Sent, Transport, TransportError, TransportFailure};

use crate::VendorWatch;
use crate::handed_out::is_handed_out;

pub(crate) mod state;

pub use state::BreakerPolicy;
use state::{Admission, Ticket, Verdict};

/// Fails calls at once, without making them, while too many before them have failed in a row.
///
/// Put it inside [`Retry`](crate::Retry), so that every try counts, and outside of [`RateLimit`](crate::RateLimit), so
/// that a call that is not made takes no room within the limit.
#[derive(Debug)]
pub struct Breaker<T> {
    inner: T,
    watch: Arc<VendorWatch>,
}

impl<T> Breaker<T> {
    /// Wraps a transport. The circuit is that of the watch.
    pub const fn new(inner: T, watch: Arc<VendorWatch>) -> Self {
        Self { inner, watch }
    }
}

#[async_trait]
impl<T: Transport> Transport for Breaker<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut under_way = self.admitted()?;
        let outcome = self.inner.send(request).await;
        under_way.settle(verdict(outcome.as_ref()));
        outcome
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        // Another host: it says nothing about the vendor's API, and is not shut because that is down.
        if is_handed_out(&request) {
            return self.inner.open(request).await;
        }
        let mut under_way = self.admitted()?;
        let outcome = self.inner.open(request).await;
        under_way.settle(verdict(outcome.as_ref()));
        outcome
    }
}

impl<T> Breaker<T> {
    fn admitted(&self) -> Result<Unsettled<'_>, TransportError> {
        match self.watch.admit() {
            Admission::Call(ticket) => Ok(Unsettled {
                watch: &self.watch,
                ticket: Some(ticket),
            }),
            Admission::Refused { retry_after } => Err(TransportError {
                sent: Sent::No,
                reason: TransportFailure::CircuitOpen { retry_after },
            }),
        }
    }
}

/// A call that was let through and whose outcome is not known yet. If it is dropped, nothing was learned.
struct Unsettled<'a> {
    watch: &'a VendorWatch,
    ticket: Option<Ticket>,
}

impl Unsettled<'_> {
    fn settle(&mut self, verdict: Verdict) {
        if let Some(ticket) = self.ticket.take() {
            self.watch.settle(ticket, verdict);
        }
    }
}

impl Drop for Unsettled<'_> {
    fn drop(&mut self) {
        self.settle(Verdict::None);
    }
}

/// What an outcome says about the vendor. Any answer below 500 shows that it is there, also one that refuses us.
fn verdict<B>(outcome: Result<&Response<B>, &TransportError>) -> Verdict {
    match outcome {
        Ok(answer) if answer.status().is_server_error() => Verdict::Failed("answered_5xx"),
        Ok(_) => Verdict::Answered,
        Err(error) => match &error.reason {
            // An answer did arrive.
            TransportFailure::TooLarge => Verdict::Answered,
            reason @ (TransportFailure::Connect
            | TransportFailure::Timeout
            | TransportFailure::Broken
            | TransportFailure::Tls) => Verdict::Failed(reason.as_word()),
            // It was our own doing, and says nothing about the vendor.
            _ => Verdict::None,
        },
    }
}

#[cfg(test)]
mod tests;
