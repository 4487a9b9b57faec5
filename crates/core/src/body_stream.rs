//! A body that comes piece by piece.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::TransportError;

/// A body that comes piece by piece. It shows nothing of what it carries.
pub struct BodyStream(Box<dyn Pieces>);

/// Where the pieces come from.
#[async_trait]
pub trait Pieces: Send {
    /// The next piece; none at the end. After an error there is no other piece.
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>>;
}

impl BodyStream {
    /// A body of these pieces.
    #[must_use]
    pub fn new(pieces: impl Pieces + 'static) -> Self {
        Self(Box::new(pieces))
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// [`TransportError`] if the rest cannot be had. Whoever has passed on a part of the body must not end it as if it
    /// were whole.
    pub async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.0.next_piece().await
    }

    /// The whole body, if it has no more than so many bytes. For what is small by its nature, such as an error.
    ///
    /// # Errors
    /// [`TransportFailure::TooLarge`](crate::TransportFailure::TooLarge), or what went wrong with a piece.
    pub async fn collect(mut self, max_bytes: usize) -> Result<Bytes, TransportError> {
        let mut whole = bytes::BytesMut::new();
        while let Some(piece) = self.next_piece().await {
            let piece = piece?;
            if whole.len().saturating_add(piece.len()) > max_bytes {
                return Err(TransportError {
                    sent: crate::Sent::Unknown,
                    reason: crate::TransportFailure::TooLarge,
                });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

/// A body that is there already, as one piece.
impl From<Bytes> for BodyStream {
    fn from(whole: Bytes) -> Self {
        Self::new(Whole(Some(whole)))
    }
}

struct Whole(Option<Bytes>);

#[async_trait]
impl Pieces for Whole {
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.0.take().filter(|whole| !whole.is_empty()).map(Ok)
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyStream(..)")
    }
}
