//! Recording as a layer around a transport.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use idv_core::{BodyStream, HandedOut, Pieces, Transport, TransportError};

use crate::body::{Form, form_of};
use crate::event::{Event, Listener};
use crate::message::Exchange;
use crate::place::{Part, Place, Why};
use crate::recording::Recorder;

/// The largest answer that is held as a whole and looked at, in bytes. Files are never held.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// An answer that is longer than what is held, on its way to whoever asked.
struct Longer {
    held: std::vec::IntoIter<Bytes>,
    rest: BodyStream,
}

#[async_trait]
impl Pieces for Longer {
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        match self.held.next() {
            Some(piece) => Some(Ok(piece)),
            None => self.rest.next_piece().await,
        }
    }
}

/// The whole body, or what passes it on if it is too long for that.
async fn held(mut body: BodyStream) -> Result<Result<Bytes, BodyStream>, TransportError> {
    let (mut pieces, mut bytes) = (Vec::new(), 0);
    while let Some(piece) = body.next_piece().await {
        let piece = piece?;
        bytes += piece.len();
        pieces.push(piece);
        if bytes > MAX_BODY_BYTES {
            let held = pieces.into_iter();
            return Ok(Err(BodyStream::new(Longer { held, rest: body })));
        }
    }
    Ok(Ok(pieces.concat().into()))
}

/// Passes every request on to another transport and records it with its answer.
///
/// A request without an answer is not recorded, and neither is a file from an address that the vendor handed out. What
/// cannot be recorded is passed on all the same, and told.
#[derive(Clone)]
pub struct RecordingTransport {
    inner: Arc<dyn Transport>,
    recorder: Arc<Recorder>,
    listener: Arc<dyn Listener>,
}

impl fmt::Debug for RecordingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTransport")
            .field("recorder", &self.recorder)
            .finish_non_exhaustive()
    }
}

/// A request as it was, for when its answer is there.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    is_handed_out: bool,
}

impl Asked {
    fn of(request: &Request<Bytes>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            is_handed_out: request.extensions().get::<HandedOut>().is_some(),
        }
    }

    fn answered(self, status: StatusCode, headers: &HeaderMap, body: Option<Bytes>) -> Exchange {
        Exchange {
            method: self.method,
            path: self.uri.path().to_owned(),
            query: self.uri.query().unwrap_or_default().to_owned(),
            request_headers: self.headers,
            request_body: self.body,
            status,
            response_headers: headers.clone(),
            response_body: body,
        }
    }
}

fn is_file(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some() && form_of(content_type, b"") == Form::File
}

impl RecordingTransport {
    /// Around this transport.
    #[must_use]
    pub fn new(
        inner: Arc<dyn Transport>,
        recorder: Arc<Recorder>,
        listener: Arc<dyn Listener>,
    ) -> Self {
        Self {
            inner,
            recorder,
            listener,
        }
    }

    fn record(&self, asked: Asked, status: StatusCode, headers: &HeaderMap, body: Option<Bytes>) {
        if asked.is_handed_out {
            return self.listener.heard(Event::FileElsewhere);
        }
        if body
            .as_ref()
            .is_some_and(|body| body.len() > MAX_BODY_BYTES)
        {
            return self.too_long();
        }
        let exchange = asked.answered(status, headers, body);
        self.listener
            .heard(match self.recorder.exchange(&exchange) {
                Ok(captured) => Event::Captured(captured),
                Err(fault) => Event::NotRecorded(fault),
            });
    }

    fn too_long(&self) {
        let refusal = Place::Body(Part::Response, Vec::new()).refused(Why::TooLong);
        self.listener.heard(Event::NotRecorded(refusal.into()));
    }
}

#[async_trait]
impl Transport for RecordingTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let asked = Asked::of(&request);
        let answer = self.inner.send(request).await?;
        let body = answer.body().clone();
        self.record(asked, answer.status(), answer.headers(), Some(body));
        Ok(answer)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        let asked = Asked::of(&request);
        let answer = self.inner.open(request).await?;
        if is_file(answer.headers()) || asked.is_handed_out {
            self.record(asked, answer.status(), answer.headers(), None);
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        match held(body).await? {
            Ok(body) => {
                self.record(asked, head.status, &head.headers, Some(body.clone()));
                Ok(Response::from_parts(head, body.into()))
            }
            Err(longer) => {
                self.too_long();
                Ok(Response::from_parts(head, longer))
            }
        }
    }
}
