//! A receiver of webhooks, for tests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::{BodyStream, Transport, TransportError};
use serde_json::Value;

/// Refuses what is not signed as it should be, and as many as it is told to; takes the rest.
pub(crate) struct Receiver {
    is_genuine: fn(&HeaderMap, &Bytes) -> bool,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    attempts: u32,
    to_refuse: u32,
    taken: Vec<(HeaderMap, Value)>,
}

impl Receiver {
    pub(crate) fn checking(is_genuine: fn(&HeaderMap, &Bytes) -> bool) -> Arc<Self> {
        Arc::new(Self {
            is_genuine,
            heard: Mutex::default(),
        })
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }

    /// Refuses the next so many.
    pub(crate) fn refuse(&self, attempts: u32) {
        self.heard().to_refuse = attempts;
    }

    /// How often anything has come.
    pub(crate) fn attempts(&self) -> u32 {
        self.heard().attempts
    }

    /// What was taken, in order.
    pub(crate) fn taken(&self) -> Vec<(HeaderMap, Value)> {
        self.heard().taken.clone()
    }

    /// The text at this place of each body that was taken.
    pub(crate) fn told(&self, pointer: &str) -> Vec<String> {
        let text = |body: &Value| body.pointer(pointer)?.as_str().map(str::to_owned);
        let taken = self.taken().into_iter();
        taken
            .map(|(_, body)| text(&body).unwrap_or_default())
            .collect()
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver(..)")
    }
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut response = Response::new(Bytes::new());
        let (head, body) = request.into_parts();
        let mut heard = self.heard();
        heard.attempts += 1;
        if !(self.is_genuine)(&head.headers, &body) {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        } else if heard.to_refuse > 0 {
            heard.to_refuse -= 1;
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        } else {
            let body = serde_json::from_slice(&body).unwrap();
            heard.taken.push((head.headers, body));
        }
        Ok(response)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}
