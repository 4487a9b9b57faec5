//! The fake vendor: a service in memory.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use idv_core::webhook::InboundWebhook;
use idv_core::{
    Call, Clock, SessionId, Timestamp, Transport, TransportError, TransportFailure, json,
};
use serde_json::{Value, json};

use super::answers::{details, link, refusal};
use super::client::KEY_HEADER;
use super::{CURRENT_SECRET, Effect, FakeState, Fault, Outcome, SIGNATURE_HEADER, sign};

/// A vendor in memory, reached as a [`Transport`]. Share it in an [`Arc`]: one end goes to the provider, the other
/// stays with the test.
pub struct FakeVendor {
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    checks: BTreeMap<String, Check>,
    /// What each idempotency key has led to: status and body of the first answer.
    keys: BTreeMap<String, (u16, String)>,
    people: usize,
    made: Vec<String>,
    events: usize,
    links: usize,
    faults: VecDeque<Fault>,
    calls: BTreeMap<&'static str, usize>,
    notify_only: bool,
    given_back: Option<String>,
    erases_slowly: bool,
}

#[derive(Clone)]
struct Check {
    state: FakeState,
    subject: Value,
    reference: Value,
    link: String,
    data: &'static str,
    made_at: Timestamp,
    changed_at: Timestamp,
}

/// It ends up inside providers, whose `Debug` must show nothing of a person.
impl fmt::Debug for FakeVendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeVendor(..)")
    }
}

impl FakeVendor {
    /// A vendor that knows nobody yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            books: Mutex::default(),
        })
    }

    /// Moves a check to another state, as the subject or the vendor's staff would.
    ///
    /// # Panics
    /// If there is no such check.
    pub fn move_to(&self, session: &SessionId, state: FakeState) {
        let now = self.clock.now();
        self.change(session, |check| {
            check.state = state;
            check.changed_at = now;
        });
    }

    /// Erases the person's data: `here`, `erasing` or `erased`.
    ///
    /// # Panics
    /// If there is no such check.
    pub fn set_data(&self, session: &SessionId, word: &'static str) {
        let now = self.clock.now();
        self.change(session, |check| {
            check.data = word;
            check.changed_at = now;
        });
    }

    /// Loses a check: from now on there is no such thing.
    pub fn forget(&self, session: &SessionId) {
        self.books().checks.remove(session.as_str());
    }

    /// Makes a check nobody has asked for, as a person at the vendor's dashboard would.
    #[must_use]
    pub fn make_check(&self, subject: &str, state: FakeState) -> SessionId {
        let body = json!({ "subject": subject });
        let id = self.books().make_check(&body, self.clock.now());
        let session = SessionId::new(id);
        self.move_to(&session, state);
        session
    }

    /// Gives this check back to whoever asks for a new one next, as vendors do that allow one per person.
    pub fn give_back(&self, session: &SessionId) {
        self.books().given_back = Some(session.as_str().to_owned());
    }

    /// From now on an erasure that is asked for stays under way, until [`FakeVendor::set_data`] says `erased`.
    /// Otherwise it is done at once.
    pub fn erase_slowly(&self) {
        self.books().erases_slowly = true;
    }

    /// From now on webhooks name the check and do not show its state.
    pub fn notify_only(&self) {
        self.books().notify_only = true;
    }

    /// A signed webhook about the present state of a check. Each is an event of its own.
    ///
    /// # Panics
    /// If there is no such check.
    #[must_use]
    pub fn webhook(&self, session: &SessionId) -> InboundWebhook {
        let now = self.clock.now();
        let mut books = self.books();
        books.events += 1;
        let mut event = json!({
            "object": "event",
            "id": format!("ev_{:04}", books.events),
            "type": "check.changed",
            "at": now,
            "live": false,
        });
        if books.notify_only {
            event["check_id"] = json!(session.as_str());
        } else {
            event["check"] = books.show(session.as_str());
        }
        drop(books);
        self.signed(event.to_string())
    }

    /// Any bytes, rightly signed now.
    #[must_use]
    pub fn signed(&self, body: impl Into<Bytes>) -> InboundWebhook {
        let body = body.into();
        let signature = sign(CURRENT_SECRET, &body);
        let mut headers = HeaderMap::new();
        headers.insert(
            SIGNATURE_HEADER,
            HeaderValue::from_str(&signature).expect("hex is a header value"),
        );
        InboundWebhook::new(headers, body, self.clock.now())
    }

    /// Adds a fault to the end of the script. The first that fits a call hits it and is used up.
    pub fn fail_next(&self, fault: Fault) {
        self.books().faults.push_back(fault);
    }

    /// How often an operation was called, failures included.
    #[must_use]
    pub fn calls(&self, operation: &'static str) -> usize {
        self.books().calls.get(operation).copied().unwrap_or(0)
    }

    /// How often anything was called.
    #[must_use]
    pub fn all_calls(&self) -> usize {
        self.books().calls.values().sum()
    }

    /// Every check that was ever made, in order. What a start must not make twice.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.books().made.iter().map(SessionId::new).collect()
    }

    fn change(&self, session: &SessionId, change: impl FnOnce(&mut Check)) {
        let mut books = self.books();
        let check = books.checks.get_mut(session.as_str());
        change(check.expect("the fake vendor has no such check"));
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books
            .lock()
            .expect("no test panics while it holds the books")
    }
}

#[async_trait]
impl Transport for FakeVendor {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let operation = Call::of(&request).operation;
        let (fault, answer) = {
            let mut books = self.books();
            *books.calls.entry(operation).or_default() += 1;
            let fault = books.take_fault(operation);
            let acts = fault
                .as_ref()
                .is_none_or(|fault| fault.effect == Effect::Taken);
            let answer = acts.then(|| books.answer(&request, self.clock.now()));
            (fault.map(|fault| fault.outcome), answer)
        };
        match (fault, answer) {
            (None, Some((status, body))) => Ok(response(status, None, body)),
            (Some(Outcome::NoAnswer(sent, reason)), _) => Err(TransportError { sent, reason }),
            (
                Some(Outcome::Answer {
                    status,
                    retry_after_secs,
                    body,
                }),
                _,
            ) => Ok(response(status, retry_after_secs, body)),
            (Some(Outcome::Silence), _) => std::future::pending().await,
            (None, None) => Err(TransportError {
                sent: idv_core::Sent::No,
                reason: TransportFailure::Connect,
            }),
        }
    }
}

fn response(status: u16, retry_after_secs: Option<u64>, body: String) -> Response<Bytes> {
    let mut builder = Response::builder()
        .status(status)
        .header("fake-request", "rq_0001");
    if let Some(secs) = retry_after_secs {
        builder = builder.header("retry-after", secs);
    }
    builder
        .body(Bytes::from(body))
        .expect("a status and two plain headers")
}

impl Books {
    fn take_fault(&mut self, operation: &str) -> Option<Fault> {
        let fits = |fault: &Fault| fault.operation.is_none_or(|named| named == operation);
        let index = self.faults.iter().position(fits)?;
        self.faults.remove(index)
    }

    /// A key repeats the first answer, whatever it was, as vendors with keys do.
    fn answer(&mut self, request: &Request<Bytes>, now: Timestamp) -> (u16, String) {
        let key = request
            .headers()
            .get(KEY_HEADER)
            .and_then(|key| key.to_str().ok());
        let Some(key) = key else {
            return self.act(request, now);
        };
        if let Some(first) = self.keys.get(key) {
            return first.clone();
        }
        let answer = self.act(request, now);
        self.keys.insert(key.to_owned(), answer.clone());
        answer
    }

    fn act(&mut self, request: &Request<Bytes>, now: Timestamp) -> (u16, String) {
        let segments: Vec<&str> = request.uri().path().split('/').skip(1).collect();
        match (request.method(), segments.as_slice()) {
            (&Method::POST, ["v1", "people"]) => {
                self.people += 1;
                let id = format!("per_{:04}", self.people);
                (201, json!({ "object": "person", "id": id }).to_string())
            }
            (&Method::POST, ["v1", "checks"]) => {
                if let Some(id) = self.given_back.take() {
                    return (200, self.show(&id).to_string());
                }
                let body: Value = json::decode(request.body()).expect("the provider sends JSON");
                let id = self.make_check(&body, now);
                (201, self.show(&id).to_string())
            }
            (method, ["v1", "checks", id, rest @ ..]) => {
                let id = (*id).to_owned();
                if self.checks.contains_key(&id) {
                    self.act_on_check(method, &id, rest, now)
                } else {
                    refusal(404, "no_such_thing")
                }
            }
            _ => refusal(404, "no_such_thing"),
        }
    }

    fn act_on_check(
        &mut self,
        method: &Method,
        id: &str,
        rest: &[&str],
        now: Timestamp,
    ) -> (u16, String) {
        let next_link = self.links + 1;
        let erased = if self.erases_slowly {
            "erasing"
        } else {
            "erased"
        };
        let Some(check) = self.checks.get_mut(id) else {
            return refusal(404, "no_such_thing");
        };
        match (method, rest) {
            (&Method::GET, []) => (200, self.show(id).to_string()),
            (&Method::GET, ["details"]) if check.data != "erased" => (200, details(id).to_string()),
            (&Method::POST, ["link"]) if check.state.takes_input() => {
                check.link = link(next_link);
                let body = json!({ "object": "link", "link": check.link });
                self.links = next_link;
                (200, body.to_string())
            }
            (&Method::POST, ["cancel"])
                if check.state.takes_input() || check.state == FakeState::Withdrawn =>
            {
                if check.state != FakeState::Withdrawn {
                    check.state = FakeState::Withdrawn;
                    check.changed_at = now;
                }
                (200, self.show(id).to_string())
            }
            (&Method::POST, ["erase"]) if check.data != "here" => (200, self.show(id).to_string()),
            // What is being looked at cannot be erased; what is open is withdrawn by it.
            (&Method::POST, ["erase"]) if check.state != FakeState::Checking => {
                if check.state.takes_input() {
                    check.state = FakeState::Withdrawn;
                }
                check.data = erased;
                check.changed_at = now;
                (200, self.show(id).to_string())
            }
            (&Method::POST, _) => refusal(409, "wrong_state"),
            _ => refusal(404, "no_such_thing"),
        }
    }

    fn make_check(&mut self, body: &Value, now: Timestamp) -> String {
        let id = format!("chk_{:04}", self.made.len() + 1);
        self.links += 1;
        let check = Check {
            state: FakeState::Open,
            subject: body["subject"].clone(),
            reference: body["reference"].clone(),
            link: link(self.links),
            data: "here",
            made_at: now,
            changed_at: now,
        };
        self.checks.insert(id.clone(), check);
        self.made.push(id.clone());
        id
    }

    fn show(&self, id: &str) -> Value {
        let check = self
            .checks
            .get(id)
            .expect("the fake vendor has no such check");
        let step = match check.state {
            FakeState::Approved => "good",
            FakeState::Declined | FakeState::Again | FakeState::AgainInVain => "bad",
            _ => "waiting",
        };
        json!({
            "object": "check",
            "id": id,
            "state": check.state.word(),
            "reason": check.state.reason(),
            "steps": [{ "what": "document", "state": step }],
            "subject": if check.data == "erased" { &Value::Null } else { &check.subject },
            "reference": check.reference,
            "link": check.state.takes_input().then_some(&check.link),
            "data": check.data,
            "live": false,
            "made_at": check.made_at,
            "changed_at": check.changed_at,
        })
    }
}
