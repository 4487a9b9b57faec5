//! Stripe, simulated: what it was asked to make, what becomes of it, and what it has told of that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::request::Builder;
use http::{Method, Request, Response};
use idv_core::{Clock as _, SystemClock, Timestamp};
use idv_simulator::scenario::Library;
use idv_simulator::stripe::{API_KEY, Account};
use idv_simulator::{Around, Delivered, Posted, Simulator, Vendor as Simulated, VendorKind, Watch};
use idv_tests::simulated::refuse_the_key;
use serde_json::Value;

const SESSIONS: &str = "/v1/identity/verification_sessions";
const ENDPOINTS: &str = "/v1/webhook_endpoints";
const STRIPE: VendorKind = VendorKind::Stripe;

/// The vendor's delays pass so many times faster.
const SPEED: u32 = 600;

/// In the live mode what was not taken is sent again nine times, half a second after the first time, and each time after
/// twice as long; in a sandbox it is sent two times more, and a machine that is busy with other things may miss both.
const LIVE_KEY: &str = "sk_live_faults";

/// Ends of a session. The gateway is told of ends alone, so that what it hears does not depend on who is faster.
const EVENTS: [&str; 4] = ["verified", "requires_input", "canceled", "redacted"];

const PASSES: &str = r#"
vendor = "stripe"
title = "The subject hands everything in and is verified"
[[steps]]
do = "submit"
[[steps]]
do = "verify"
"#;

const FAILS: &str = r#"
vendor = "stripe"
title = "The subject hands everything in, and it does not do"
[[steps]]
do = "submit"
[[steps]]
do = "fail"
code = "document_expired"
"#;

/// How a vendor behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it promises.
    Well,
    /// As it promises, and what is to be erased is erased at once. The vendor says that this takes days, and the gateway
    /// looks again after minutes.
    Prompt,
    /// What it is asked about the end of a session it refuses once, and then takes its time.
    Unwell,
    /// It does not keep its promise about idempotency keys.
    Forgetful,
}

/// A vendor of whose calls and webhooks somebody keeps books.
pub(crate) struct Vendor {
    key: &'static str,
    account: Arc<Account>,
    simulator: Simulator,
    books: Arc<Books>,
}

#[derive(Default)]
struct Books {
    /// The sessions that were made, by id, with the answer to who made them: what is erased says no more whose it was.
    made: Mutex<BTreeMap<String, Value>>,
    /// The webhooks that were acknowledged, by their bodies.
    acknowledged: Mutex<BTreeSet<Bytes>>,
    /// How many were given up.
    given_up: AtomicUsize,
}

impl Watch for Books {
    fn answered(&self, _: VendorKind, request: &Request<Bytes>, response: &Response<Bytes>) {
        let is_made = request.method() == Method::POST && request.uri().path() == SESSIONS;
        if is_made && response.status().is_success() {
            let session: Value = serde_json::from_slice(response.body()).unwrap();
            let id = session["id"].as_str().unwrap().to_owned();
            self.made.lock().unwrap().insert(id, session);
        }
    }

    fn posted(&self, posted: &Posted<'_>) {
        if posted.status.is_some_and(|status| status == 200) {
            self.acknowledged
                .lock()
                .unwrap()
                .insert(posted.body.clone());
        }
    }

    fn delivered(&self, delivered: &Delivered) {
        if !delivered.is_taken && !delivered.is_sent_again {
            self.given_up.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Vendor {
    pub(crate) async fn open(manner: Manner) -> Self {
        Self::of(Account::simulated(), API_KEY, manner).await
    }

    /// The same in the live mode.
    pub(crate) async fn live(manner: Manner) -> Self {
        Self::of(Account::new(LIVE_KEY), LIVE_KEY, manner).await
    }

    /// The same with another account, of this key.
    pub(crate) async fn of(account: Account, key: &'static str, manner: Manner) -> Self {
        let account = Arc::new(account);
        let mut library = Library::default();
        library.add("passes", PASSES).unwrap();
        library.add("fails", FAILS).unwrap();
        let books = Arc::new(Books::default());
        let simulator = Simulator::builder()
            .vendor(with_manner(account.clone(), manner))
            .library(library)
            .speed(SPEED)
            .watch(books.clone())
            .start()
            .await
            .unwrap();
        Self {
            key,
            account,
            simulator,
            books,
        }
    }

    pub(crate) fn base_url(&self) -> String {
        self.simulator.base_url(STRIPE)
    }

    /// The API key.
    pub(crate) const fn key(&self) -> &'static str {
        self.key
    }

    /// Sends the ends of sessions there, signed with the account's usual secret.
    pub(crate) fn send_ends(&self, url: &str) {
        self.send_only(&EVENTS, url);
    }

    /// Sends these events there and no others, signed with the account's usual secret. In the live mode nobody could
    /// register an address without TLS by the API.
    pub(crate) fn send_only(&self, events: &[&str], url: &str) {
        self.send_to(url);
        let listed = self.call(Request::get(ENDPOINTS), &[]);
        let newest = listed["data"][0]["id"].as_str().unwrap();
        let event = |event: &&str| format!("identity.verification_session.{event}");
        let events = events.iter().map(event);
        let form: Vec<_> = events.map(|event| ("enabled_events[]", event)).collect();
        self.call(Request::post(format!("{ENDPOINTS}/{newest}")), &form);
    }

    /// Somebody calls the API who is not the gateway.
    fn call(&self, request: Builder, form: &[(&str, String)]) -> Value {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = request
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(body.finish().into()).unwrap();
        let answer = self.account.answer(&request, SystemClock.now());
        assert_eq!(answer.status(), 200, "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// A session that the gateway has not made. Returns its id.
    pub(crate) fn make_session(&self, subject: &str) -> String {
        let form = [
            ("type", "document".to_owned()),
            ("client_reference_id", subject.to_owned()),
        ];
        let made = self.call(Request::post(SESSIONS), &form);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Sends every event there, signed with the account's usual secret.
    pub(crate) fn send_to(&self, url: &str) {
        self.account.add_endpoint(url);
    }

    /// Every session as it is, oldest first.
    fn sessions(&self) -> impl Iterator<Item = Value> {
        let ids = self.account.objects().into_iter();
        ids.filter_map(|id| self.account.object(&id, SystemClock.now()))
    }

    /// The sessions of a subject, oldest first, and their status.
    pub(crate) fn sessions_of(&self, subject: &str) -> Vec<(String, String)> {
        let made = self.books.made.lock().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.sessions()
            .map(|session| (text(&session["id"]), text(&session["status"])))
            // One that is being made just now is nobody's yet.
            .filter(|(id, _)| {
                made.get(id)
                    .is_some_and(|it| it["client_reference_id"] == subject)
            })
            .collect()
    }

    /// True if every session is erased, or about to be: the vendor takes its time.
    pub(crate) fn has_erased_everything(&self) -> bool {
        self.sessions()
            .all(|session| session["redaction"].is_object())
    }

    /// How many sessions were made for each intent.
    pub(crate) fn made_per_intent(&self) -> BTreeMap<String, usize> {
        let mut per_intent = BTreeMap::new();
        for session in self.books.made.lock().unwrap().values() {
            let intent = session["metadata"]["idv_intent"].as_str().unwrap();
            *per_intent.entry(intent.to_owned()).or_default() += 1;
        }
        per_intent
    }

    /// The subject hands everything in and is verified.
    pub(crate) fn verify(&self, session: &str) {
        self.simulator.begin(STRIPE, session, "passes").unwrap();
    }

    /// The subject hands everything in, and it does not do.
    pub(crate) fn fail(&self, session: &str) {
        self.simulator.begin(STRIPE, session, "fails").unwrap();
    }

    /// True if everything it has to tell was acknowledged, or given up.
    pub(crate) fn has_told_everything(&self) -> bool {
        self.simulator.under_way().is_over()
    }

    /// How many webhooks it has given up.
    pub(crate) fn given_up(&self) -> usize {
        self.books.given_up.load(Ordering::SeqCst)
    }

    /// How many webhooks were acknowledged, each counted once.
    pub(crate) fn acknowledged(&self) -> usize {
        self.books.acknowledged.lock().unwrap().len()
    }
}

/// The vendor as it behaves to whoever calls. What it does there no vendor promises, so it is none of the simulator's.
fn with_manner(account: Arc<dyn Simulated>, manner: Manner) -> Arc<dyn Simulated> {
    let asked_after_end = Mutex::new(BTreeMap::<String, usize>::new());
    Arc::new(Around::new(
        account,
        move |vendor: &dyn Simulated, request: &Request<Bytes>, now| match manner {
            Manner::Well => vendor.answer(request, now),
            Manner::Prompt => answer_erased(vendor, request, now),
            Manner::Forgetful => {
                let mut request = request.clone();
                request.headers_mut().remove("idempotency-key");
                vendor.answer(&request, now)
            }
            Manner::Unwell => {
                let Some(session) = asked_about_its_end(vendor, request, now) else {
                    return vendor.answer(request, now);
                };
                let times = {
                    let mut asked = asked_after_end.lock().unwrap();
                    let times = asked.entry(session).or_default();
                    *times += 1;
                    *times
                };
                match times {
                    1 => refuse_the_key(vendor, request, now),
                    2 => {
                        // Longer than a lease is left unrenewed.
                        tokio::task::block_in_place(|| {
                            std::thread::sleep(Duration::from_millis(300));
                        });
                        vendor.answer(request, now)
                    }
                    _ => vendor.answer(request, now),
                }
            }
        },
    ))
}

/// Whoever has a session erased sees it erased at once.
fn answer_erased(
    vendor: &dyn Simulated,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    let answer = vendor.answer(request, now);
    let Some(session) = request.uri().path().strip_suffix("/redact") else {
        return answer;
    };
    if let Some(at) = vendor.next_due() {
        vendor.work_due(at);
    }
    let mut look = Request::get(session).body(Bytes::new()).unwrap();
    look.headers_mut().clone_from(request.headers());
    vendor.answer(&look, now)
}

/// The session, if it is to be withdrawn, or is asked about after its end.
fn asked_about_its_end(
    vendor: &dyn Simulated,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Option<String> {
    let path = request.uri().path();
    let rest = path.strip_prefix(SESSIONS)?.strip_prefix('/')?;
    let (id, action) = rest.split_once('/').unwrap_or((rest, ""));
    let is_over = || {
        vendor
            .object(id, now)
            .is_some_and(|it| it["status"] == "verified")
    };
    (action == "cancel" || is_over()).then(|| id.to_owned())
}
