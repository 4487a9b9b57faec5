//! A file on its way, held to the size that is allowed and to the size that was said.

use async_trait::async_trait;
use bytes::Bytes;
use idv_core::{BodyStream, Pieces, Sent, TransportError, TransportFailure};

/// Passes pieces on as they come, one at a time. It ends well only if no more came than is allowed, and exactly as much as
/// was said.
pub(super) struct HeldToWord {
    pub(super) body: BodyStream,
    pub(super) max_bytes: u64,
    /// How many bytes there are, where somebody has said so.
    pub(super) said_bytes: Option<u64>,
    pub(super) seen_bytes: u64,
    pub(super) is_over: bool,
}

#[async_trait]
impl Pieces for HeldToWord {
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        if self.is_over {
            return None;
        }
        let next = match self.body.next_piece().await {
            Some(Ok(piece)) => {
                let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                self.seen_bytes = self.seen_bytes.saturating_add(more);
                Some(match self.complaint() {
                    Some(reason) => failure(reason),
                    None => Ok(piece),
                })
            }
            None if self.said_bytes.is_some_and(|said| self.seen_bytes < said) => {
                Some(failure(TransportFailure::Broken))
            }
            other => other,
        };
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl HeldToWord {
    /// What is wrong with as much as has come.
    fn complaint(&self) -> Option<TransportFailure> {
        if self.seen_bytes > self.max_bytes {
            Some(TransportFailure::TooLarge)
        } else if self.said_bytes.is_some_and(|said| self.seen_bytes > said) {
            Some(TransportFailure::Broken)
        } else {
            None
        }
    }
}

const fn failure(reason: TransportFailure) -> Result<Bytes, TransportError> {
    Err(TransportError {
        sent: Sent::Unknown,
        reason,
    })
}
