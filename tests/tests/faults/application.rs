//! The application's endpoint: it proves what comes, and remembers in which order it came.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::{Clock as _, SystemClock};
use idv_simulator::{Api, Loopback};
use serde_json::Value;
use sha2::Sha256;

const KEY: &[u8; 32] = b"32 bytes, the endpoint's secret.";
/// A receiver's tolerance, in seconds.
const TOLERANCE_SECS: i64 = 300;
/// Longer than a lease is left unrenewed.
const SLOWNESS: Duration = Duration::from_millis(300);

/// What the endpoint does with the first post it is sent. All others it takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    /// It takes its time.
    Slow,
    /// It refuses it.
    Refusing,
}

/// The application.
pub(crate) struct Application {
    receiver: Arc<Receiver>,
    serving: Loopback,
}

struct Receiver {
    temper: Temper,
    heard: Mutex<Heard>,
}

/// What came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    posts: usize,
    /// Each event once, by its id, in the order in which they came first.
    pub(crate) events: Vec<(String, Value)>,
    /// Those it has taken. Others came and were refused.
    pub(crate) taken: Vec<String>,
    /// What was not proven, or said something else under the same id.
    pub(crate) complaints: Vec<String>,
}

impl Application {
    pub(crate) async fn open(temper: Temper) -> Self {
        let receiver = Arc::new(Receiver {
            temper,
            heard: Mutex::default(),
        });
        let serving = Loopback::serve(receiver.clone()).await.unwrap();
        Self { receiver, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/events", self.serving.base_url())
    }

    /// As Standard Webhooks writes it.
    pub(crate) fn secret() -> String {
        format!("whsec_{}", STANDARD.encode(KEY))
    }

    pub(crate) fn heard(&self) -> Heard {
        self.receiver.heard.lock().unwrap().clone()
    }
}

impl Heard {
    /// The ids of the events of each request, in the order in which they came first.
    pub(crate) fn per_request(&self) -> BTreeMap<String, Vec<String>> {
        let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, event) in &self.events {
            let request = event["data"]["request_id"].as_str().unwrap_or_default();
            ids.entry(request.to_owned()).or_default().push(id.clone());
        }
        ids
    }

    /// The id, where it is an event of ours that says what it said before.
    fn listen(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<String, String> {
        let (id, event) = prove(headers, body)?;
        match self.events.iter().find(|(known, _)| *known == id) {
            None => self.events.push((id.clone(), event)),
            Some((_, before)) if *before == event => {}
            Some((_, before)) => return Err(format!("{id} was {before}, and then {event}")),
        }
        Ok(id)
    }
}

impl Api for Receiver {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::from_static(b"said"));
        *answer.status_mut() = self.receive(request.headers(), request.body());
        answer
    }
}

impl Receiver {
    fn receive(&self, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let (id, is_first) = {
            let mut heard = self.heard.lock().unwrap();
            heard.posts += 1;
            match heard.listen(headers, body) {
                Ok(id) => (id, heard.posts == 1),
                Err(complaint) => {
                    heard.complaints.push(complaint);
                    return StatusCode::BAD_REQUEST;
                }
            }
        };
        match self.temper {
            Temper::Refusing if is_first => return StatusCode::INTERNAL_SERVER_ERROR,
            Temper::Slow if is_first => {
                tokio::task::block_in_place(|| std::thread::sleep(SLOWNESS));
            }
            _ => {}
        }
        self.heard.lock().unwrap().taken.push(id);
        StatusCode::OK
    }
}

/// An event's id and what it says, if its signature is that of the specification.
fn prove(headers: &HeaderMap, body: &[u8]) -> Result<(String, Value), String> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| format!("a post without {name}"))
    };
    let (id, sent_at) = (header("webhook-id")?, header("webhook-timestamp")?);
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    for part in [id.as_bytes(), b".", sent_at.as_bytes(), b".", body] {
        mac.update(part);
    }
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    if header("webhook-signature")? != wanted {
        return Err(format!("{id} is signed otherwise"));
    }
    let is_fresh = sent_at
        .parse()
        .is_ok_and(|secs: i64| (SystemClock.now().as_unix_secs() - secs).abs() <= TOLERANCE_SECS);
    if !is_fresh {
        return Err(format!("{id} was signed at another time: {sent_at}"));
    }
    let event = serde_json::from_slice(body).map_err(|error| format!("{id}: {error}"))?;
    Ok((id.to_owned(), event))
}

#[test]
fn what_is_not_signed_or_says_something_else_is_complained_of() {
    let signed = |id: &str, signed: &[u8]| {
        let now = SystemClock.now().as_unix_secs();
        let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
        mac.update(format!("{id}.{now}.").as_bytes());
        mac.update(signed);
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", id.parse().unwrap());
        headers.insert("webhook-timestamp", now.into());
        headers.insert("webhook-signature", signature.parse().unwrap());
        headers
    };
    let mut heard = Heard::default();
    assert_eq!(heard.listen(&signed("1", b"{}"), b"{}").unwrap(), "1");
    assert_eq!(heard.listen(&signed("1", b"{}"), b"{}").unwrap(), "1");
    assert_eq!(heard.events.len(), 1);
    assert!(heard.listen(&signed("1", b"{}"), b"{ }").is_err());
    assert!(heard.listen(&signed("1", b"[]"), b"[]").is_err());
    assert!(heard.listen(&HeaderMap::new(), b"{}").is_err());
}
