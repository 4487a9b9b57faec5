//! The layer that keeps within the vendor's limit of calls.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{BodyStream, Call, Sent, Transport, TransportError, TransportFailure};
use tokio::time::Instant;

use crate::VendorWatch;
use crate::handed_out::is_handed_out;
use crate::retry_after::retry_after;

pub(crate) mod gcra;

/// The longest time a call waits for its turn. A call whose turn comes later fails at once instead: whoever made it
/// can do something else until then.
pub const MAX_WAIT_FOR_TURN: Duration = Duration::from_secs(5);

/// Spaces calls so that the vendor's limit is kept, and makes none while the vendor asks for a pause.
///
/// A call waits for its turn if that takes neither more than [`MAX_WAIT_FOR_TURN`] nor more than half of its
/// deadline. Every try counts, so put it inside [`Retry`](crate::Retry).
#[derive(Debug)]
pub struct RateLimit<T> {
    inner: T,
    watch: Arc<VendorWatch>,
}

impl<T> RateLimit<T> {
    /// Wraps a transport. The limit is that of the watch.
    pub const fn new(inner: T, watch: Arc<VendorWatch>) -> Self {
        Self { inner, watch }
    }

    /// Waits for the turn of a call.
    async fn turn(&self, deadline: Duration) -> Result<(), TransportError> {
        let mut patience = MAX_WAIT_FOR_TURN.min(deadline / 2);
        loop {
            let wait = self
                .watch
                .take_turn(patience)
                .map_err(|retry_after| TransportError {
                    sent: Sent::No,
                    reason: TransportFailure::HeldBack { retry_after },
                })?;
            if wait.is_zero() {
                return Ok(());
            }
            pause(wait).await;
            // The vendor may have asked for a pause meanwhile; then this turn is void.
            if !self.watch.is_held_back() {
                return Ok(());
            }
            patience = patience.saturating_sub(wait);
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for RateLimit<T> {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.turn_of(&mut request).await?;
        let answer = self.inner.send(request).await?;
        self.obey(&answer);
        Ok(answer)
    }

    async fn open(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Response<BodyStream>, TransportError> {
        // Another host: it counts towards no limit of the vendor's API, and sets none.
        if is_handed_out(&request) {
            return self.inner.open(request).await;
        }
        self.turn_of(&mut request).await?;
        let answer = self.inner.open(request).await?;
        self.obey(&answer);
        Ok(answer)
    }
}

impl<T> RateLimit<T> {
    /// Waits for the turn of a request, which then has so much less time.
    async fn turn_of(&self, request: &mut Request<Bytes>) -> Result<(), TransportError> {
        let call = Call::of(request);
        let began = Instant::now();
        self.turn(call.deadline).await?;
        request.extensions_mut().insert(Call {
            deadline: call.deadline.saturating_sub(began.elapsed()),
            ..call
        });
        Ok(())
    }

    /// Makes a pause if the vendor asks for one.
    fn obey<B>(&self, answer: &Response<B>) {
        if matches!(answer.status().as_u16(), 429 | 503)
            && let Some(wait) = retry_after(answer.headers())
        {
            self.watch.hold_back(wait);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a turn comes at its time: there is no event to wait for"
)]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

#[cfg(test)]
mod tests;
