//! The endpoint: it proves what comes, writes down the order, mostly takes it, and now and then does not.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fastrand::Rng;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::{Clock as _, SystemClock, Timestamp, json};
use idv_simulator::{Api, Loopback};
use serde_json::Value;
use sha2::Sha256;

/// Of a thousand events so many are refused when they come for the first time.
const REFUSED: u32 = 30;
/// Of a thousand so many are taken late.
const SLOW: u32 = 10;
const SLOWNESS: Duration = Duration::from_millis(150);
/// Only an event that is younger is refused, and no lease is shorter: one that comes later may have been tried before by
/// a process that was killed, and would then have to wait for minutes.
const YOUNG: Duration = Duration::from_secs(2);
/// A receiver's tolerance, in seconds.
const TOLERANCE_SECS: i64 = 300;

/// The application's endpoint on a port of this machine.
pub(crate) struct Endpoint {
    receiver: Arc<Receiver>,
    serving: Loopback,
    secret: [u8; 32],
}

struct Receiver {
    key: Hmac<Sha256>,
    arrivals: Mutex<Arrivals>,
    rng: Mutex<Rng>,
}

/// What came, in which order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals {
    pub(crate) events: HashMap<String, Event>,
    /// Posts that came, however often the same event.
    pub(crate) posts: u64,
    /// Events that were refused once.
    pub(crate) refused: u64,
    /// What was not proven, or is no event.
    pub(crate) unproven: BTreeSet<String>,
    moments: u64,
}

/// An event at the endpoint. Moments grow with everything that happens there.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: String,
    /// When it came for the first time.
    pub(crate) came: u64,
    /// When it was taken for the first time.
    pub(crate) taken: Option<u64>,
}

impl Endpoint {
    pub(crate) async fn open(mut rng: Rng) -> Self {
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        let receiver = Arc::new(Receiver {
            key: Hmac::new_from_slice(&secret).expect("any length is a key"),
            arrivals: Mutex::default(),
            rng: Mutex::new(rng),
        });
        let serving = Loopback::serve(receiver.clone()).await.unwrap();
        Self {
            receiver,
            serving,
            secret,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/events", self.serving.base_url())
    }

    /// As Standard Webhooks writes it.
    pub(crate) fn secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.secret))
    }

    pub(crate) fn arrivals(&self) -> Arrivals {
        self.receiver.arrivals.lock().unwrap().clone()
    }

    pub(crate) fn taken(&self) -> usize {
        let arrivals = self.receiver.arrivals.lock().unwrap();
        let taken = arrivals.events.values().filter(|e| e.taken.is_some());
        taken.count()
    }
}

impl Api for Receiver {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = self.receive(request.headers(), request.body());
        answer
    }
}

impl Receiver {
    fn receive(&self, headers: &HeaderMap, body: &Bytes) -> StatusCode {
        let now = SystemClock.now();
        let (id, kind, happened) = match self.prove(headers, body, now) {
            Ok(proven) => proven,
            Err(why) => {
                let mut arrivals = self.arrivals.lock().unwrap();
                arrivals.unproven.insert(why);
                return StatusCode::BAD_REQUEST;
            }
        };
        let roll = self.rng.lock().unwrap().u32(0..1000);
        {
            let mut arrivals = self.arrivals.lock().unwrap();
            let moment = arrivals.next_moment();
            arrivals.posts += 1;
            let is_new = !arrivals.events.contains_key(&id);
            arrivals.events.entry(id.clone()).or_insert(Event {
                kind,
                came: moment,
                taken: None,
            });
            if is_new && roll < REFUSED && now.since(happened) < YOUNG {
                arrivals.refused += 1;
                return StatusCode::INTERNAL_SERVER_ERROR;
            }
        }
        if roll >= 1000 - SLOW {
            tokio::task::block_in_place(|| std::thread::sleep(SLOWNESS));
        }
        let mut arrivals = self.arrivals.lock().unwrap();
        let moment = arrivals.next_moment();
        let event = arrivals.events.get_mut(&id).expect("it was just there");
        event.taken.get_or_insert(moment);
        StatusCode::OK
    }

    /// The event's id, its type and when it happened.
    fn prove(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(String, String, Timestamp), String> {
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or_else(|| format!("a post without {name}"))
        };
        let (id, sent_at) = (header("webhook-id")?, header("webhook-timestamp")?);
        let mut mac = self.key.clone();
        for part in [id.as_bytes(), b".", sent_at.as_bytes(), b".", body] {
            mac.update(part);
        }
        let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        if !header("webhook-signature")?
            .split(' ')
            .any(|given| given == wanted)
        {
            return Err(format!("{id} is signed with another secret"));
        }
        let is_fresh = sent_at
            .parse()
            .is_ok_and(|secs: i64| (now.as_unix_secs() - secs).abs() <= TOLERANCE_SECS);
        if !is_fresh {
            return Err(format!("{id} was signed at another time: {sent_at}"));
        }
        let event: Value = json::decode(body).map_err(|error| format!("{id}: {error}"))?;
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        let happened = text("timestamp").and_then(|time| time.parse().ok());
        match (text("type"), happened) {
            (Some(kind), Some(happened)) => Ok((id.to_owned(), kind, happened)),
            _ => Err(format!("{id} has no type or no time")),
        }
    }
}

impl Arrivals {
    const fn next_moment(&mut self) -> u64 {
        self.moments += 1;
        self.moments
    }
}
