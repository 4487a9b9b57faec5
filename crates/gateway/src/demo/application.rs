//! The example application: a server of its own, which is told what happens, checks that it is us who tell, and
//! remembers.
//!
//! It shares nothing with the gateway: what it checks is the published rule of Standard Webhooks, written out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::{Clock as _, Secret, SystemClock, Timestamp, json};
use idv_simulator::{Api, Loopback};
use serde_json::Value;

use crate::cli::Failure;
use crate::terminal;

/// An event may be so old, or so far ahead, in seconds.
const TOLERANCE_SECS: u64 = 300;

/// One event, as it was told and believed.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    /// Which it is: one that comes again has the same.
    id: String,
    /// What happened, without the part that is the same for all.
    pub(super) what: String,
    pub(super) request: String,
    pub(super) status: String,
}

impl Told {
    /// What it says in one word: of an update, to which status.
    pub(super) fn word(&self) -> &str {
        match self.what.as_str() {
            "updated" if !self.status.is_empty() => &self.status,
            what => what,
        }
    }
}

/// The application, for as long as it is held.
pub(super) struct Application {
    server: Loopback,
    memory: Arc<Memory>,
}

impl Application {
    pub(super) async fn start() -> Result<Self, Failure> {
        let memory = Arc::new(Memory::default());
        let server = Loopback::serve(memory.clone()).await.map_err(|error| {
            Failure::failed(format!("the example application cannot listen ({error})"))
        })?;
        Ok(Self { server, memory })
    }

    /// Where it wants to be told.
    pub(super) fn url(&self) -> String {
        format!("{}/identity-events", self.server.base_url())
    }

    /// From now on it believes who signs with this.
    pub(super) fn believe(&self, secret: Secret) {
        self.memory.state().secret = Some(secret);
    }

    /// What it was told about a request, once each, in the order in which it came.
    pub(super) fn told_of(&self, request: &str) -> Vec<Told> {
        let state = self.memory.state();
        let about = state.told.iter().filter(|told| told.request == request);
        about.cloned().collect()
    }

    /// How often it was told something that it did not believe.
    pub(super) fn refused(&self) -> usize {
        self.memory.state().refused
    }

    /// Whatever it is told from now on is printed.
    pub(super) fn speak(&self) {
        self.memory.state().speaks = true;
    }
}

#[derive(Default)]
struct Memory {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    secret: Option<Secret>,
    told: Vec<Told>,
    refused: usize,
    speaks: bool,
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Api for Memory {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let now = SystemClock.now();
        let mut state = self.state();
        let secret = state.secret.as_ref();
        let is_ours = secret.is_some_and(|secret| is_signed(secret, request, now));
        let mut response = Response::new(Bytes::new());
        match read(request, now).filter(|_| is_ours) {
            Some(told) if state.told.iter().any(|earlier| earlier.id == told.id) => {}
            Some(told) => {
                if state.speaks {
                    let (what, request) = (told.word(), &told.request);
                    terminal::say(&format!("  the application was told: {what}  {request}"));
                }
                state.told.push(told);
            }
            None => {
                state.refused += 1;
                *response.status_mut() = StatusCode::UNAUTHORIZED;
            }
        }
        response
    }
}

/// Whether somebody signed this who knows the secret, not long ago: the HMAC-SHA256 of `id.timestamp.body`, in base64,
/// is one of those listed with `v1,` before it.
fn is_signed(secret: &Secret, request: &Request<Bytes>, now: Timestamp) -> bool {
    let is = || {
        let headers = request.headers();
        let (id, time) = (
            text(headers, "webhook-id")?,
            text(headers, "webhook-timestamp")?,
        );
        let age = now.as_unix_secs().abs_diff(time.parse().ok()?);
        let key = STANDARD
            .decode(secret.expose().strip_prefix("whsec_")?)
            .ok()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signed = [id.as_bytes(), b".", time.as_bytes(), b".", request.body()].concat();
        let mut signatures = text(headers, "webhook-signature")?.split(' ');
        let matches = |signature: &str| {
            let signature = signature.strip_prefix("v1,");
            let signature = signature.and_then(|signature| STANDARD.decode(signature).ok());
            signature.is_some_and(|signature| hmac::verify(&key, &signed, &signature).is_ok())
        };
        Some(age <= TOLERANCE_SECS && signatures.any(matches))
    };
    is().unwrap_or(false)
}

fn read(request: &Request<Bytes>, at: Timestamp) -> Option<Told> {
    let event: Value = json::decode(request.body()).ok()?;
    let member = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let kind = member("/type")?;
    let what = kind.rsplit('.').next().unwrap_or(&kind).to_owned();
    Some(Told {
        at,
        id: text(request.headers(), "webhook-id")?.to_owned(),
        what,
        request: member("/data/request_id")?,
        status: member("/data/status").unwrap_or_default(),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the published rule.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNED_AT: i64 = 1_614_265_330;

    fn event(signature: &str, body: &'static str) -> Request<Bytes> {
        Request::post("/")
            .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
            .header("webhook-timestamp", SIGNED_AT.to_string())
            .header("webhook-signature", signature)
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    }

    #[test]
    fn only_what_is_signed_and_fresh_is_believed() {
        let secret = Secret::from(SECRET);
        let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let is = |signature: &str, body, secs_later: i64| {
            let now = Timestamp::from_unix_secs(SIGNED_AT + secs_later);
            is_signed(&secret, &event(signature, body), now)
        };
        assert!(is(right, BODY, 0));
        assert!(
            is(&format!("v1,AAAA {right}"), BODY, 300),
            "several while a secret is replaced"
        );
        assert!(!is(right, BODY, 301) && !is(right, BODY, -301));
        assert!(!is(right, r#"{"test": 2432232315}"#, 0));
        assert!(!is("v1,AAAA", BODY, 0) && !is(&right.replace("v1,", "v2,"), BODY, 0));
        let nobody = is_signed(
            &Secret::from("whsec_AAAA"),
            &event(right, BODY),
            Timestamp::from_unix_secs(SIGNED_AT),
        );
        assert!(!nobody);
    }

    #[test]
    fn the_same_event_again_is_acknowledged_and_remembered_once() {
        let memory = Memory::default();
        memory.state().secret = Some(Secret::from(SECRET));
        let body = r#"{"type":"verification_request.passed","data":{"request_id":"idv_1","status":"passed"}}"#;
        let now = SystemClock.now().as_unix_secs().to_string();
        let key = STANDARD.decode(&SECRET[6..]).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signature = hmac::sign(&key, format!("evt_1.{now}.{body}").as_bytes());
        let request = |signature: &str| {
            Request::post("/")
                .header("webhook-id", "evt_1")
                .header("webhook-timestamp", &now)
                .header("webhook-signature", signature)
                .body(Bytes::from_static(body.as_bytes()))
                .unwrap()
        };
        let right = request(&format!("v1,{}", STANDARD.encode(signature.as_ref())));
        for _ in 0..2 {
            assert_eq!(memory.answer(&right).status(), StatusCode::OK);
        }
        assert_eq!(
            memory.answer(&request("v1,AAAA")).status(),
            StatusCode::UNAUTHORIZED
        );
        let state = memory.state();
        assert_eq!((state.told.len(), state.refused), (1, 1));
        assert_eq!(
            (state.told[0].what.as_str(), state.told[0].status.as_str()),
            ("passed", "passed")
        );
    }
}
