//! The application's endpoint: it proves what comes, and says when.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, Response, StatusCode};
use idv_simulator::Api;
use serde::Deserialize;
use sha2::Sha256;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::load::Served;

const SECRET: [u8; 32] = [7; 32];

/// The endpoint, on a thread of its own.
pub(super) struct Endpoint {
    receiver: Arc<Receiver>,
    serving: Served,
}

/// When events about one subject came.
pub(super) type Arrivals = UnboundedReceiver<Instant>;

#[derive(Default)]
struct Receiver {
    waiting: Mutex<HashMap<String, UnboundedSender<Instant>>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    subject: &'a str,
}

impl Endpoint {
    pub(super) fn open() -> Self {
        let receiver = Arc::new(Receiver::default());
        let serving = Served::on_its_own_thread(receiver.clone());
        Self { receiver, serving }
    }

    pub(super) fn base_url(&self) -> &str {
        self.serving.base_url()
    }

    /// What the gateway is told of it.
    pub(super) fn described(&self) -> serde_json::Value {
        let secret = format!("whsec_{}", STANDARD.encode(SECRET));
        serde_json::json!({ "url": format!("{}/events", self.serving.base_url()), "secret": secret, "description": "bench" })
    }

    /// Hears of a subject from now on.
    pub(super) fn listen(&self, subject: &str) -> Arrivals {
        let (sender, arrivals) = unbounded_channel();
        let mut waiting = self.receiver.waiting.lock().unwrap();
        waiting.insert(subject.to_owned(), sender);
        arrivals
    }
}

impl Api for Receiver {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::new());
        let is_event = request.uri().path() == "/events";
        if is_event && self.take(request.headers(), request.body()).is_none() {
            *answer.status_mut() = StatusCode::BAD_REQUEST;
        }
        answer
    }
}

impl Receiver {
    /// None if it is not proven.
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> Option<()> {
        let at = Instant::now();
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).ok()?;
        for part in [
            header("webhook-id")?,
            ".",
            header("webhook-timestamp")?,
            ".",
        ] {
            mac.update(part.as_bytes());
        }
        mac.update(body);
        let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let given = header("webhook-signature")?;
        given.split(' ').find(|given| *given == wanted)?;
        let event: Event<'_> = serde_json::from_slice(body).ok()?;
        let waiting = self.waiting.lock().unwrap();
        if let Some(sender) = waiting.get(event.data.subject) {
            let _ = sender.send(at);
        }
        Some(())
    }
}
