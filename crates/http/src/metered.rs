//! The layer that measures.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{BodyStream, Call, Transport, TransportError, TransportFailure};
use metrics::{SharedString, histogram};

/// Measures each request that goes through, around any transport: `idv_provider_request_duration_seconds`, by account,
/// provider, operation and outcome. Below [`Retry`](crate::Retry) it measures each try.
#[derive(Debug)]
pub struct Metered<T> {
    inner: T,
    account: Arc<str>,
    provider: &'static str,
}

impl<T> Metered<T> {
    /// Wraps a transport of one account. `account` is a name from the configuration, so there are few of them.
    pub fn new(inner: T, account: &str, provider: &'static str) -> Self {
        Self {
            inner,
            account: account.into(),
            provider,
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for Metered<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut measured = self.begun(&request);
        let outcome = self.inner.send(request).await;
        measured.outcome = word_for(outcome.as_ref());
        outcome
    }

    /// Measured until the head is there: how long a file takes is mostly its size, and its reader.
    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        let mut measured = self.begun(&request);
        let outcome = self.inner.open(request).await;
        measured.outcome = word_for(outcome.as_ref());
        outcome
    }
}

impl<T> Metered<T> {
    fn begun(&self, request: &Request<Bytes>) -> Measured {
        Measured {
            account: Arc::clone(&self.account),
            provider: self.provider,
            operation: Call::of(request).operation,
            outcome: "abandoned",
            began: Instant::now(),
        }
    }
}

/// A request under way. It is measured also if whoever waits for it hangs up.
struct Measured {
    account: Arc<str>,
    provider: &'static str,
    operation: &'static str,
    outcome: &'static str,
    began: Instant,
}

impl Drop for Measured {
    fn drop(&mut self) {
        histogram!(
            "idv_provider_request_duration_seconds",
            "account" => SharedString::from(Arc::clone(&self.account)),
            "provider" => self.provider,
            "operation" => self.operation,
            "outcome" => self.outcome
        )
        .record(self.began.elapsed());
    }
}

/// One of few words: a status of the vendor's own makes no new one.
fn word_for<B>(outcome: Result<&Response<B>, &TransportError>) -> &'static str {
    match outcome {
        Ok(answer) => match answer.status().as_u16() {
            429 => "throttled",
            500.. => "failed",
            400.. => "rejected",
            _ => "ok",
        },
        Err(error) => match error.reason {
            TransportFailure::Connect => "no_connection",
            TransportFailure::Timeout => "timeout",
            TransportFailure::Broken => "broken",
            _ => "no_answer",
        },
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use idv_core::Sent;

    use super::*;

    #[test]
    fn every_outcome_has_one_of_a_few_words() {
        for (status, word) in [
            (200, "ok"),
            (302, "ok"),
            (404, "rejected"),
            (429, "throttled"),
            (499, "rejected"),
            (500, "failed"),
            (999, "failed"),
        ] {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            assert_eq!(word_for(Ok(&answer)), word, "{status}");
        }
        for (reason, word) in [
            (TransportFailure::Connect, "no_connection"),
            (TransportFailure::Timeout, "timeout"),
            (TransportFailure::Broken, "broken"),
            (TransportFailure::TooLarge, "no_answer"),
            (TransportFailure::NotRecorded("Jane".into()), "no_answer"),
        ] {
            let sent = Sent::Unknown;
            assert_eq!(
                word_for::<Bytes>(Err(&TransportError { sent, reason })),
                word
            );
        }
    }
}
