//! The fake vendor: a service in memory.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use idv_core::webhook::InboundWebhook;
use idv_core::{Call, Clock, SessionId, Transport, TransportError, TransportFailure, json};
use serde_json::{Value, json};

use super::books::{Books, Check, Undelivered};
use super::{
    CURRENT_SECRET, Effect, FakeContent, FakeState, Fault, Outcome, SIGNATURE_HEADER, sign,
};

/// A vendor in memory, reached as a [`Transport`]. Share it in an [`Arc`]: one end goes to the provider, the other
/// stays with the test.
pub struct FakeVendor {
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
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

    /// From now on the check is shown without its state, so that nobody can read it.
    ///
    /// # Panics
    /// If there is no such check.
    pub fn garble(&self, session: &SessionId) {
        self.change(session, |check| check.garbled = true);
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

    /// Tries to tell of the present state of a check, and reaches nobody.
    pub fn lose_webhook(&self, session: &SessionId) {
        let at = self.clock.now();
        let mut books = self.books();
        books.events += 1;
        let id = format!("ev_{:04}", books.events);
        let check = session.as_str().to_owned();
        books.undelivered.push(Undelivered { id, check, at });
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

    /// Has the next file that is opened come like this.
    pub fn serve(&self, content: FakeContent) {
        self.books().shelf.next.push_back(content);
    }

    /// How many pieces were taken of all files.
    #[must_use]
    pub fn pieces_taken(&self) -> usize {
        self.books().shelf.pieces_taken.load(Ordering::SeqCst)
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

    /// The given name in every call that makes a check, in order, whatever became of the call.
    #[must_use]
    pub fn given_names(&self) -> Vec<Option<String>> {
        self.books().given_names.clone()
    }

    /// What the task of a check was handed, in order.
    ///
    /// # Panics
    /// If there is no such check.
    #[must_use]
    pub fn handed_in(&self, session: &SessionId) -> Vec<Value> {
        let mut found = Vec::new();
        self.change(session, |check| found.clone_from(&check.handed_in));
        found
    }

    /// What was to be changed in a check, in order: `given_name` and `documents`, each as far as it was named.
    ///
    /// # Panics
    /// If there is no such check.
    #[must_use]
    pub fn changes(&self, session: &SessionId) -> Vec<Value> {
        let mut found = Vec::new();
        self.change(session, |check| found.clone_from(&check.changes));
        found
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
            if operation == "create_check" {
                let body: Value = json::decode(request.body()).expect("the provider sends JSON");
                let name = body.get("given_name").and_then(Value::as_str);
                books.given_names.push(name.map(str::to_owned));
            }
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

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        let answer = self.send(request.clone()).await?;
        Ok(self.books().shelf.opened(&request, answer))
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
