//! A file on its way to the client: the next piece is asked for when the client has room for it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Frame;
use idv_core::{BodyStream, RequestId, TransportError};
use tokio::sync::OwnedSemaphorePermit;

type Next =
    Pin<Box<dyn Future<Output = (Option<Result<Bytes, TransportError>>, BodyStream)> + Send>>;

struct PassedOn {
    request: RequestId,
    next: Option<Next>,
    /// Others wait for it.
    _slot: OwnedSemaphorePermit,
}

/// The body. Where the file breaks off the connection does too, so that nobody takes a part for the whole.
pub(super) fn body(request: RequestId, file: BodyStream, slot: OwnedSemaphorePermit) -> Body {
    Body::new(PassedOn {
        request,
        next: Some(next_of(file)),
        _slot: slot,
    })
}

fn next_of(mut file: BodyStream) -> Next {
    Box::pin(async move {
        let piece = file.next_piece().await;
        (piece, file)
    })
}

impl hyper::body::Body for PassedOn {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let Some(next) = &mut self.next else {
            return Poll::Ready(None);
        };
        let Poll::Ready((piece, file)) = next.as_mut().poll(context) else {
            return Poll::Pending;
        };
        self.next = None;
        Poll::Ready(match piece {
            Some(Ok(piece)) => {
                self.next = Some(next_of(file));
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => {
                let (request, failure) = (self.request, error.reason.as_word());
                tracing::warn!(%request, failure, "a file broke off on its way to the client");
                Some(Err(error))
            }
            None => None,
        })
    }
}
