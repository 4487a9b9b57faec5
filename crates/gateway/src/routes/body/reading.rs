//! Reading a request's body, byte for byte, within bounds.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::budget::{BodyBudget, Share};
use crate::problem::{Kind, Problem};
use crate::server::Source;

/// What a client may send.
#[derive(Clone, Debug)]
pub(in crate::routes) struct BodyLimits {
    /// The largest body, in bytes.
    pub(in crate::routes) max_bytes: usize,
    /// How long it may take.
    pub(in crate::routes) timeout: Duration,
    /// All bodies together.
    pub(in crate::routes) budget: BodyBudget,
}

impl BodyLimits {
    /// The same limits for a client who has not shown yet who he is: he gets a part of the budget.
    pub(in crate::routes) fn of_stranger(&self, source: Source) -> Self {
        Self {
            budget: self.budget.of_source(source),
            ..self.clone()
        }
    }
}

/// When a client should come back for whose body there is no room, in seconds.
const RETRY_AFTER_SECS: u64 = 1;

/// Reads the whole body, byte for byte. Of one that says beforehand that it is too large, nothing is kept, and one
/// for which there is no room is not begun.
pub(in crate::routes) async fn read(
    limits: &BodyLimits,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits.max_bytes) {
        discard(limits, body).await;
        return Err(Unread::TooLarge.problem(limits));
    }
    if !limits.budget.has_room_for(announced.unwrap_or(1)) {
        return Err(Unread::NoRoom.problem(limits));
    }
    match tokio::time::timeout(limits.timeout, whole(limits, body)).await {
        Ok(Ok(whole)) => Ok(whole),
        Ok(Err(unread)) => Err(unread.problem(limits)),
        Err(_) => Err(Kind::RequestTimeout.into()),
    }
}

/// Why a body could not be read.
enum Unread {
    TooLarge,
    BrokenOff,
    NoRoom,
}

impl Unread {
    fn problem(self, limits: &BodyLimits) -> Problem {
        match self {
            Self::TooLarge => Problem::new(Kind::BodyTooLarge)
                .detail(format!("at most {} bytes are accepted", limits.max_bytes)),
            Self::BrokenOff => Kind::IncompleteBody.into(),
            Self::NoRoom => Problem::new(Kind::Unavailable).retry_after_secs(RETRY_AFTER_SECS),
        }
    }
}

/// Only what has arrived counts towards the budget: whoever announces much and sends little takes nobody's room.
async fn whole(limits: &BodyLimits, body: Body) -> Result<Bytes, Unread> {
    let mut body = Limited::new(body, limits.max_bytes);
    let mut share = Share::of(&limits.budget);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Unread::TooLarge
            } else {
                Unread::BrokenOff
            }
        })?;
        if let Ok(piece) = frame.into_data() {
            share.add(piece).map_err(|_| Unread::NoRoom)?;
        }
    }
    Ok(share.into_bytes())
}

/// How many times the largest body is read away, for a client that sends too much.
const DISCARDED_BODIES: usize = 4;

/// Reads a body away, within bounds. A client that is cut off while it is still sending sees a broken connection and
/// never learns that its body was too large.
async fn discard(limits: &BodyLimits, mut body: Body) {
    let most = limits.max_bytes.saturating_mul(DISCARDED_BODIES);
    let reading = async {
        let mut read = 0_usize;
        while let Some(Ok(frame)) = body.frame().await {
            read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
            if read > most {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(limits.timeout, reading).await;
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::response::IntoResponse as _;
    use hyper::body::Frame;

    use super::*;

    fn limits() -> BodyLimits {
        BodyLimits {
            max_bytes: 10,
            timeout: Duration::from_millis(50),
            budget: BodyBudget::of_bytes(25),
        }
    }

    /// A client that stops in the middle.
    struct Stuck;

    impl hyper::body::Body for Stuck {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let problem = read(&limits(), &HeaderMap::new(), Body::new(Stuck)).await;
        assert_eq!(problem.unwrap_err().kind(), Kind::RequestTimeout);
    }

    #[tokio::test]
    async fn the_limit_itself_is_still_accepted() {
        for (bytes, fits) in [(10, true), (11, false)] {
            let body = Body::from(vec![b'x'; bytes]);
            let read = read(&limits(), &HeaderMap::new(), body).await;
            match read {
                Ok(read) => assert!(fits && read.len() == bytes),
                Err(problem) => assert!(!fits && problem.kind() == Kind::BodyTooLarge),
            }
        }
    }

    #[tokio::test]
    async fn bodies_together_have_a_limit_and_make_room_when_they_are_dropped() {
        let limits = limits();
        let ten = || Body::from(vec![b'x'; 10]);
        let mut headers = HeaderMap::new();
        let first = read(&limits, &headers, ten()).await.unwrap();
        let second = read(&limits, &headers, ten()).await.unwrap();
        // One more is begun, for it does not say its size, and given up when there is no room for what comes.
        let problem = read(&limits, &headers, ten()).await.unwrap_err();
        assert_eq!(problem.kind(), Kind::Unavailable);
        // One that says its size is not begun: this one would never end.
        headers.insert(header::CONTENT_LENGTH, "10".parse().unwrap());
        let problem = read(&limits, &headers, Body::new(Stuck)).await.unwrap_err();
        assert_eq!(problem.kind(), Kind::Unavailable);
        assert_eq!(problem.into_response().headers()["retry-after"], "1");

        let still_used = second.slice(2..4);
        drop((first, second));
        assert!(read(&limits, &headers, ten()).await.is_ok());
        assert_eq!(limits.budget.held(), 10, "a slice keeps the whole");
        drop(still_used);
        assert_eq!(limits.budget.held(), 0);
    }

    #[tokio::test]
    async fn a_body_that_was_given_up_holds_nothing() {
        let limits = limits();
        let _ = read(&limits, &HeaderMap::new(), Body::new(Stuck)).await;
        let _ = read(&limits, &HeaderMap::new(), Body::from(vec![b'x'; 11])).await;
        assert_eq!(limits.budget.held(), 0);
    }
}
