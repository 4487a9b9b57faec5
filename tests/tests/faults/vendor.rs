//! Stripe over HTTP, with state: what it was asked to make, and what became of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use idv_simulator::stripe::Session;
use idv_simulator::{Api, Loopback};
use serde_json::{Value, json};

const SESSIONS: &str = "/v1/identity/verification_sessions";

/// How a vendor behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it promises.
    Well,
    /// What it is asked about the end of a session it refuses once, and then takes its time.
    Unwell,
    /// It does not keep its promise about idempotency keys.
    Forgetful,
}

/// A vendor that keeps its books.
pub(crate) struct Vendor {
    books: Arc<Books>,
    serving: Loopback,
}

struct Books {
    pages: Mutex<Pages>,
    manner: Manner,
}

#[derive(Default)]
struct Pages {
    sessions: BTreeMap<String, Kept>,
    /// Which session each idempotency key has made.
    keys: BTreeMap<String, String>,
}

struct Kept {
    session: Session,
    /// How often it was to be withdrawn, or was asked about after its end.
    asked_after_end: usize,
    subject: String,
    intent: String,
}

impl Vendor {
    pub(crate) async fn open(manner: Manner) -> Self {
        let books = Arc::new(Books {
            pages: Mutex::default(),
            manner,
        });
        let serving = Loopback::serve(books.clone()).await.unwrap();
        Self { books, serving }
    }

    pub(crate) fn base_url(&self) -> String {
        self.serving.base_url()
    }

    /// The sessions of a subject, oldest first, and their status.
    pub(crate) fn sessions_of(&self, subject: &str) -> Vec<(String, String)> {
        let pages = self.books.pages();
        pages
            .sessions
            .iter()
            .filter(|(_, kept)| kept.subject == subject)
            .map(|(id, kept)| (id.clone(), status(&kept.session)))
            .collect()
    }

    /// True if nothing of the person is left in any session.
    pub(crate) fn has_erased_everything(&self) -> bool {
        let pages = self.books.pages();
        pages
            .sessions
            .values()
            .all(|kept| kept.session.object(false)["redaction"]["status"] == "redacted")
    }

    /// How many sessions were made for each intent.
    pub(crate) fn made_per_intent(&self) -> BTreeMap<String, usize> {
        let mut made = BTreeMap::new();
        for kept in self.books.pages().sessions.values() {
            *made.entry(kept.intent.clone()).or_default() += 1;
        }
        made
    }

    /// The subject hands everything in and is verified. Returns the event.
    pub(crate) fn verify(&self, session: &str, now_unix_secs: i64) -> Vec<u8> {
        self.change(session, |session| {
            session.submit(now_unix_secs).unwrap();
            session.verify(now_unix_secs).unwrap().body
        })
    }

    /// The subject hands everything in, and it does not do. Returns the event.
    pub(crate) fn fail(&self, session: &str, now_unix_secs: i64) -> Vec<u8> {
        self.change(session, |session| {
            session.submit(now_unix_secs).unwrap();
            session
                .fail(now_unix_secs, "document_expired")
                .unwrap()
                .body
        })
    }

    fn change<T>(&self, session: &str, change: impl FnOnce(&mut Session) -> T) -> T {
        let mut pages = self.books.pages();
        change(&mut pages.sessions.get_mut(session).expect("a session").session)
    }
}

fn status(session: &Session) -> String {
    session.object(false)["status"].as_str().unwrap().to_owned()
}

impl Books {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap()
    }
}

impl Api for Books {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut pages = self.pages();
        let path = request.uri().path();
        if request.method() == Method::POST && path == SESSIONS {
            if self.manner == Manner::Forgetful {
                pages.keys.clear();
            }
            return pages.create(request);
        }
        let rest = path.strip_prefix(SESSIONS).unwrap_or_default();
        let mut parts = rest.split('/').skip(1);
        let (id, action) = (parts.next().unwrap_or_default(), parts.next());
        let Some(kept) = pages.sessions.get_mut(id) else {
            return refusal(404, "resource_missing");
        };
        let is_over = status(&kept.session) == "verified" || action == Some("cancel");
        if is_over && self.manner == Manner::Unwell {
            kept.asked_after_end += 1;
            match kept.asked_after_end {
                1 => return refusal(401, "api_key_expired"),
                // Longer than a lease is left unrenewed.
                2 => std::thread::sleep(Duration::from_millis(300)),
                _ => {}
            }
        }
        match (request.method(), action) {
            (&Method::GET, None) => shown(&kept.session, false),
            (&Method::POST, Some("cancel")) => match kept.session.cancel(now_unix_secs()) {
                Ok(_) => shown(&kept.session, false),
                Err(_) => refusal(400, "resource_unexpected_state"),
            },
            (&Method::POST, Some("redact")) => {
                if kept.session.redact(now_unix_secs()).is_ok() {
                    kept.session.finish_redaction(now_unix_secs()).unwrap();
                }
                shown(&kept.session, false)
            }
            _ => refusal(404, "resource_missing"),
        }
    }
}

impl Pages {
    fn create(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let key = request.headers()["idempotency-key"].to_str().unwrap();
        if let Some(made) = self.keys.get(key) {
            return shown(&self.sessions[made].session, true);
        }
        let id = format!("vs_fault{:04}", self.sessions.len() + 1);
        let subject = form["client_reference_id"].clone();
        let mut session = Session::new(&id, now_unix_secs()).for_reference(&subject);
        let credentials = request.headers()["authorization"].to_str().unwrap();
        if credentials.contains("sk_live_") {
            session = session.live();
        }
        for (name, value) in &form {
            let name = name
                .strip_prefix("metadata[")
                .and_then(|n| n.strip_suffix(']'));
            if let Some(name) = name {
                session = session.with_metadata(name, value.as_str());
            }
        }
        let kept = Kept {
            session,
            asked_after_end: 0,
            subject,
            intent: form["metadata[idv_intent]"].clone(),
        };
        let answer = shown(&kept.session, false);
        self.sessions.insert(id.clone(), kept);
        self.keys.insert(key.to_owned(), id);
        answer
    }
}

fn shown(session: &Session, is_replayed: bool) -> Response<Bytes> {
    let mut object = session.object(true);
    if object["status"] != "requires_input" {
        object["url"] = Value::Null;
        object["client_secret"] = Value::Null;
    }
    // The report is another object, and nobody here looks at it.
    object["last_verification_report"] = Value::Null;
    let mut answer = answer(200, &object);
    if is_replayed {
        let replayed = http::HeaderValue::from_static("true");
        answer.headers_mut().insert("idempotent-replayed", replayed);
    }
    answer
}

fn refusal(status: u16, code: &str) -> Response<Bytes> {
    let error =
        json!({ "error": { "type": "invalid_request_error", "code": code, "message": "no" } });
    answer(status, &error)
}

fn answer(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

pub(crate) fn now_unix_secs() -> i64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}
