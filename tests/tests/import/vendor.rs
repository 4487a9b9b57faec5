//! Stripe's list of sessions over HTTP: newest first, a page at a time, and every call written down.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use idv_simulator::stripe::Session;
use idv_simulator::{Api, Loopback};
use serde_json::{Value, json};
use tokio::sync::watch;

/// What every reference to a person bears.
pub(crate) const MARK: &str = "marked-person";

/// When the newest session was made, and how long before it the next, in seconds.
const NEWEST_UNIX_SECS: i64 = 1_790_000_000;
const APART_SECS: i64 = 90;

/// What the vendor holds, newest first.
pub(crate) struct Held {
    sessions: Vec<Value>,
}

/// What is to become of it.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) requests: usize,
    pub(crate) joined: usize,
    pub(crate) passed: usize,
    pub(crate) without_subject: usize,
    pub(crate) other_environment: usize,
}

impl Expected {
    pub(crate) const fn sessions(&self) -> usize {
        self.requests + self.joined
    }
}

/// One session by its number: how it stands, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lot {
    Verified,
    Withdrawn,
    /// Two of these in a row are of one subject.
    Open,
    OfNobody,
    OfRealLife,
}

const fn lot(number: usize) -> Lot {
    match number % 10 {
        8 => Lot::Open,
        6 | 7 => Lot::Withdrawn,
        5 if number % 100 == 25 => Lot::OfNobody,
        5 if number % 100 == 35 => Lot::OfRealLife,
        _ => Lot::Verified,
    }
}

fn session(number: usize) -> Value {
    let id = format!("vs_import{number:06}");
    let subject = match lot(number) {
        Lot::Open => format!("{MARK}-open-{}", number / 20),
        _ => format!("{MARK}-{}", number / 3),
    };
    let at = created_unix_secs(number);
    let mut session = Session::new(&id, at);
    let lot = lot(number);
    if lot != Lot::OfNobody {
        session = session.for_reference(subject);
    }
    if lot == Lot::OfRealLife {
        session = session.live();
    }
    match lot {
        Lot::Open => {}
        Lot::Withdrawn => drop(session.cancel(at).unwrap()),
        _ => {
            session.submit(at).unwrap();
            session.verify(at).unwrap();
        }
    }
    session.object(false)
}

/// When the session of this number was made, UTC.
fn created_unix_secs(number: usize) -> i64 {
    NEWEST_UNIX_SECS - APART_SECS * i64::try_from(number).unwrap()
}

impl Held {
    pub(crate) fn of(count: usize) -> Self {
        Self {
            sessions: (0..count).map(session).collect(),
        }
    }

    /// When the vendor made this one, UTC.
    pub(crate) fn created_unix_secs(&self, id: &str) -> Option<i64> {
        let number: usize = id.strip_prefix("vs_import")?.parse().ok()?;
        let held = self.sessions.get(number)?;
        held["created"].as_i64()
    }

    pub(crate) fn expected(&self) -> Expected {
        let mut expected = Expected::default();
        for number in 0..self.sessions.len() {
            match lot(number) {
                Lot::Verified => {
                    expected.passed += 1;
                    expected.requests += 1;
                }
                Lot::Withdrawn => expected.requests += 1,
                // Of two, the newer is met first.
                Lot::Open if number % 20 == 8 => expected.requests += 1,
                Lot::Open => expected.joined += 1,
                Lot::OfNobody => expected.without_subject += 1,
                Lot::OfRealLife => expected.other_environment += 1,
            }
        }
        expected
    }
}

/// The vendor, on a port of this machine.
pub(crate) struct Vendor {
    desk: Arc<Desk>,
    serving: Loopback,
}

struct Desk {
    held: Held,
    on_a_page: usize,
    calls: Mutex<Vec<Instant>>,
    asked: watch::Sender<usize>,
    refuses_the_key: AtomicBool,
}

impl Vendor {
    pub(crate) async fn holding(held: Held, on_a_page: usize) -> Self {
        let desk = Arc::new(Desk {
            held,
            on_a_page,
            calls: Mutex::default(),
            asked: watch::Sender::new(0),
            refuses_the_key: AtomicBool::new(false),
        });
        let serving = Loopback::serve(desk.clone()).await.unwrap();
        Self { desk, serving }
    }

    pub(crate) fn base_url(&self) -> String {
        self.serving.base_url()
    }

    pub(crate) fn held(&self) -> &Held {
        &self.desk.held
    }

    /// When it was called, in order.
    pub(crate) fn calls(&self) -> Vec<Instant> {
        self.desk.calls.lock().unwrap().clone()
    }

    /// From now on.
    pub(crate) fn refuse_the_key(&self) {
        self.desk.refuses_the_key.store(true, Ordering::SeqCst);
    }

    /// Waits until it was called more often than this, and then for the next call, but no longer than `phase`.
    pub(crate) async fn until_asked(&self, calls: usize, phase: Duration, child: &mut Child) {
        let mut asked = self.desk.asked.subscribe();
        let long = Duration::from_secs(60);
        let enough = tokio::time::timeout(long, asked.wait_for(|count| *count > calls)).await;
        let now = enough.map(|count| count.map(|count| *count));
        let Ok(Ok(now)) = now else {
            panic!("it asks for no more pages: {:?}", child.try_wait());
        };
        let _ = tokio::time::timeout(phase, asked.wait_for(|count| *count > now)).await;
    }
}

impl Api for Desk {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        self.calls.lock().unwrap().push(Instant::now());
        self.asked.send_modify(|count| *count += 1);
        if self.refuses_the_key.load(Ordering::SeqCst) {
            let error = json!({ "type": "invalid_request_error", "message": "No such key." });
            return answer(401, &json!({ "error": error }));
        }
        if request.uri().path() != "/v1/identity/verification_sessions" {
            let error = json!({ "type": "invalid_request_error", "code": "resource_missing" });
            return answer(404, &json!({ "error": error }));
        }
        let query = request.uri().query().unwrap_or_default();
        let after = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "starting_after")
            .map(|(_, value)| value.into_owned());
        let sessions = &self.held.sessions;
        let begin = after.map_or(0, |after| {
            let at = sessions.iter().position(|held| held["id"] == after);
            at.expect("a session of this list") + 1
        });
        let end = sessions.len().min(begin + self.on_a_page);
        answer(
            200,
            &json!({
                "object": "list",
                "url": "/v1/identity/verification_sessions",
                "has_more": end < sessions.len(),
                "data": sessions[begin..end],
            }),
        )
    }
}

fn answer(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

/// Where more calls than the limit came within a second, and how long they took; none if nowhere.
pub(crate) fn too_close(
    calls: &[Instant],
    per_sec: usize,
    late_by: Duration,
) -> Option<(usize, Duration)> {
    let least = Duration::from_secs(1).saturating_sub(late_by);
    let spans = calls.windows(per_sec + 1).map(|window| {
        let (first, last) = (window[0], window[per_sec]);
        last.duration_since(first)
    });
    spans.enumerate().find(|(_, span)| *span < least)
}
