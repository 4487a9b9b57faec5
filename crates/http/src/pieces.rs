//! A body as it comes from the network, piece by piece.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};
use idv_core::{BodyStream, Pieces, Sent, TransportError, TransportFailure};

/// Where pieces come from. A client of reqwest, or a test.
#[async_trait]
pub(crate) trait Source: Send {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// An answer of the network.
struct Network(reqwest::Response, fn(&reqwest::Error) -> TransportError);

#[async_trait]
impl Source for Network {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.0.chunk().await.map_err(|error| self.1(&error))
    }
}

/// The answer with its body still on the way. One piece at a time is here; the next is asked of the network when it is
/// asked of us. `stripped`: what is left of an error.
pub(crate) fn opened(
    mut answer: reqwest::Response,
    stripped: fn(&reqwest::Error) -> TransportError,
) -> Response<BodyStream> {
    let (status, version) = (answer.status(), answer.version());
    let headers = std::mem::take(answer.headers_mut());
    let body = Counted::new(Network(answer, stripped), announced(&headers));
    let mut response = Response::new(BodyStream::new(body));
    *response.status_mut() = status;
    *response.version_mut() = version;
    *response.headers_mut() = headers;
    response
}

/// A body that was packed has no length any more: whoever unpacked it has taken the header away.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Holds a body to its word: it ends well only if it has as many bytes as were announced.
struct Counted<S> {
    source: S,
    announced: Option<u64>,
    seen: u64,
    is_over: bool,
}

impl<S> Counted<S> {
    const fn new(source: S, announced: Option<u64>) -> Self {
        Self {
            source,
            announced,
            seen: 0,
            is_over: false,
        }
    }
}

#[async_trait]
impl<S: Source> Pieces for Counted<S> {
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        if self.is_over {
            return None;
        }
        let next = match self.source.chunk().await {
            Ok(Some(piece)) => {
                let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                self.seen = self.seen.saturating_add(more);
                let is_longer = self.announced.is_some_and(|bytes| self.seen > bytes);
                Some(if is_longer { Err(broken()) } else { Ok(piece) })
            }
            Ok(None) => {
                let is_shorter = self.announced.is_some_and(|bytes| self.seen < bytes);
                is_shorter.then(|| Err(broken()))
            }
            Err(error) => Some(Err(error)),
        };
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

const fn broken() -> TransportError {
    TransportError {
        sent: Sent::Unknown,
        reason: TransportFailure::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Written(Vec<&'static [u8]>);

    #[async_trait]
    impl Source for Written {
        async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
            let is_over = self.0.is_empty();
            Ok((!is_over).then(|| Bytes::from_static(self.0.remove(0))))
        }
    }

    async fn read(pieces: &[&'static [u8]], announced: Option<u64>) -> (usize, bool) {
        let mut body = Counted::new(Written(pieces.to_vec()), announced);
        let mut whole = 0;
        let mut is_broken = false;
        while let Some(piece) = body.next_piece().await {
            match piece {
                Ok(piece) => whole += piece.len(),
                Err(error) => {
                    assert_eq!(error.reason, TransportFailure::Broken);
                    is_broken = true;
                }
            }
        }
        assert!(body.next_piece().await.is_none());
        (whole, is_broken)
    }

    #[tokio::test]
    async fn a_body_of_another_length_than_announced_does_not_end_well() {
        let body: [&'static [u8]; 2] = [b"12345", b"678"];
        assert_eq!(read(&body, None).await, (8, false));
        assert_eq!(read(&body, Some(8)).await, (8, false));
        assert_eq!(read(&body, Some(9)).await, (8, true));
        assert_eq!(read(&body, Some(7)).await, (5, true));
        assert_eq!(read(&[], Some(0)).await, (0, false));
        assert_eq!(read(&[], Some(1)).await, (0, true));
    }
}
