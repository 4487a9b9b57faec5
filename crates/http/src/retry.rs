//! The layer that sends again.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{
    BodyStream, Call, EarlierTryUnresolved, Repeat, Sent, Transport, TransportError,
    TransportFailure,
};
use tokio::time::Instant;
use tracing::{Instrument as _, debug, error_span, field, warn};

use crate::handed_out::is_handed_out;
use crate::policy::{RetryPolicy, may_have_worked};
use crate::retry_after::retry_after;

/// Sends again what may be sent again, around any transport. The table is in the crate's documentation.
///
/// One span per call, named `vendor_call`, with operation, host, tries, status or failure, and elapsed time; one
/// event for each repetition.
#[derive(Debug)]
pub struct Retry<T> {
    inner: T,
    policy: RetryPolicy,
}

impl<T> Retry<T> {
    /// Wraps a transport.
    pub const fn new(inner: T, policy: RetryPolicy) -> Self {
        Self { inner, policy }
    }
}

#[async_trait]
impl<T: Transport> Transport for Retry<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let span = span_of(&request);
        let once = |request| self.inner.send(request);
        self.repeat(request, once).instrument(span).await
    }

    /// Tries until there is a head. What breaks off later is not asked for again here: a part of it has been passed on.
    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        let span = span_of(&request);
        let once = |request| self.inner.open(request);
        self.repeat(request, once).instrument(span).await
    }
}

/// At the level of errors, so that no filter takes from a line what it is about. Where a handed-out address leads is the
/// vendor's affair, and the whole of it is a secret.
fn span_of(request: &Request<Bytes>) -> tracing::Span {
    let operation = Call::of(request).operation;
    let host = request.uri().host();
    error_span!(
        "vendor_call",
        operation,
        host = host.filter(|_| !is_handed_out(request)),
        tries = field::Empty,
        status = field::Empty,
        failure = field::Empty,
        elapsed_ms = field::Empty,
        otel.name = operation,
        otel.kind = "client",
    )
}

impl<T: Transport> Retry<T> {
    async fn repeat<B, Answer>(
        &self,
        request: Request<Bytes>,
        once: impl Fn(Request<Bytes>) -> Answer + Sync,
    ) -> Result<Response<B>, TransportError>
    where
        B: Send,
        Answer: Future<Output = Result<Response<B>, TransportError>> + Send,
    {
        let call = Call::of(&request);
        let began = Instant::now();
        let mut tries = 0;
        let mut earlier_may_have_worked = false;

        let outcome = loop {
            tries += 1;
            let remaining = call.deadline.saturating_sub(began.elapsed());
            let outcome = try_once(&request, call, remaining, &once).await;

            let remaining = call.deadline.saturating_sub(began.elapsed());
            match self.wait_before_next(call, tries, outcome.as_ref(), remaining) {
                Some(wait) => {
                    earlier_may_have_worked |= may_have_worked(outcome.as_ref());
                    log_another_try(tries, wait, outcome.as_ref());
                    pause(wait).await;
                }
                None => break outcome,
            }
        };

        record_outcome(tries, outcome.as_ref(), began.elapsed());
        if earlier_may_have_worked && call.repeat != Repeat::Safe {
            mark_unresolved(outcome)
        } else {
            outcome
        }
    }

    /// How long to wait before the next try; none if there is to be no other.
    fn wait_before_next<B>(
        &self,
        call: Call,
        tries: u32,
        outcome: Result<&Response<B>, &TransportError>,
        remaining: Duration,
    ) -> Option<Duration> {
        if tries >= self.policy.max_tries || !self.policy.allows_another_try(call.repeat, outcome) {
            return None;
        }
        let asked = outcome
            .ok()
            .and_then(|answer| retry_after(answer.headers()));
        let wait = self.policy.wait_after(tries).max(asked.unwrap_or_default());
        (wait < remaining).then_some(wait)
    }
}

/// One try, with no more time than what is left of the call's deadline. A transport below that knows about deadlines ends
/// in time by itself and can say more about what happened; the second guard is for the others.
async fn try_once<B, Answer>(
    request: &Request<Bytes>,
    call: Call,
    remaining: Duration,
    once: impl Fn(Request<Bytes>) -> Answer,
) -> Result<Response<B>, TransportError>
where
    Answer: Future<Output = Result<Response<B>, TransportError>>,
{
    let mut request = request.clone();
    request.extensions_mut().insert(Call {
        deadline: remaining,
        ..call
    });
    let guard = remaining.saturating_add(Duration::from_millis(50));
    tokio::time::timeout(guard, once(request))
        .await
        .unwrap_or(Err(TransportError {
            sent: Sent::Unknown,
            reason: TransportFailure::Timeout,
        }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a backoff is a plain wait: there is no event to wait for"
)]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// The last try does not tell what became of the earlier ones.
fn mark_unresolved<B>(
    outcome: Result<Response<B>, TransportError>,
) -> Result<Response<B>, TransportError> {
    match outcome {
        Ok(mut answer) => {
            answer.extensions_mut().insert(EarlierTryUnresolved);
            Ok(answer)
        }
        Err(error) => Err(TransportError {
            sent: Sent::Unknown,
            ..error
        }),
    }
}

fn log_another_try<B>(tries: u32, wait: Duration, outcome: Result<&Response<B>, &TransportError>) {
    let wait_ms = millis(wait);
    match outcome {
        Ok(answer) => warn!(
            tries,
            wait_ms,
            status = answer.status().as_u16(),
            "calling the vendor again"
        ),
        Err(error) => warn!(
            tries,
            wait_ms,
            failure = %error.reason,
            "calling the vendor again"
        ),
    }
}

fn record_outcome<B>(
    tries: u32,
    outcome: Result<&Response<B>, &TransportError>,
    elapsed: Duration,
) {
    let span = tracing::Span::current();
    span.record("tries", tries);
    span.record("elapsed_ms", millis(elapsed));
    match outcome {
        Ok(answer) => {
            let status = answer.status().as_u16();
            span.record("status", status);
            debug!("the vendor answered");
        }
        Err(error) => {
            span.record("failure", field::display(&error.reason));
            warn!("the vendor did not answer");
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
