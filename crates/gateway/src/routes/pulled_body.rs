//! A body without an end: the next piece is made when the client has room for it, so that one who does not read costs
//! one piece of memory and no more.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Frame;

/// What makes the pieces.
pub(super) trait Source: Sized + Send + 'static {
    /// The next piece, and what makes those after it. None ends the body.
    fn next(self) -> impl Future<Output = Option<(Bytes, Self)>> + Send;
}

type Piece<S> = Pin<Box<dyn Future<Output = Option<(Bytes, S)>> + Send>>;

struct Pulled<S>(Option<Piece<S>>);

/// The body.
pub(super) fn body<S: Source>(source: S) -> Body {
    Body::new(Pulled(Some(Box::pin(source.next()))))
}

impl<S: Source> hyper::body::Body for Pulled<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(piece) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let Poll::Ready(made) = piece.as_mut().poll(context) else {
            return Poll::Pending;
        };
        match made {
            Some((bytes, source)) => {
                self.0 = Some(Box::pin(source.next()));
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            None => {
                self.0 = None;
                Poll::Ready(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt as _;

    use super::*;

    struct Counting {
        made: Arc<AtomicUsize>,
        left: usize,
    }

    impl Source for Counting {
        async fn next(self) -> Option<(Bytes, Self)> {
            let left = self.left.checked_sub(1)?;
            self.made.fetch_add(1, Ordering::Relaxed);
            let made = self.made;
            Some((Bytes::from_static(b"x"), Self { made, left }))
        }
    }

    #[tokio::test]
    async fn nothing_is_made_before_it_is_asked_for_and_the_end_is_the_end() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let mut body = body(Counting { made, left: 3 });
        for asked in 1..=3 {
            assert!(body.frame().await.is_some());
            assert_eq!(counted.load(Ordering::Relaxed), asked);
        }
        assert!(body.frame().await.is_none());
        assert!(body.frame().await.is_none());
    }
}
