//! The simulator around a vendor that is made for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use idv_core::{BodyStream, Timestamp, Transport, TransportError};
use serde_json::{Value, json};

use super::*;
use crate::chaos::{CallFault, Chaos, DeliveryFault};
use crate::page::Choice;
use crate::scenario::Action;
use crate::{Begun, CannotPlay, Outgoing, Signer};

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

/// A vendor whose objects are words. `POST /<id>` makes one, `GET /<id>` reads it.
#[derive(Default)]
struct Words {
    state: Mutex<WordsState>,
}

#[derive(Default)]
struct WordsState {
    words: BTreeMap<String, String>,
    begun: Vec<Begun>,
    outgoing: Vec<Outgoing>,
    choices: Vec<Choice>,
    due: Option<Timestamp>,
    /// It tries nobody again.
    stops: bool,
}

impl Words {
    fn tell(state: &mut WordsState, id: &str, word: &str) {
        state.outgoing.push(Outgoing {
            object: id.to_owned(),
            event: word.to_owned(),
            endpoint: "only".to_owned(),
            url: "http://receiver/".to_owned(),
            body: Bytes::from(json!({ "id": id, "word": word }).to_string()),
        });
    }
}

impl Vendor for Words {
    fn kind(&self) -> VendorKind {
        VendorKind::Stripe
    }
    fn set_base_url(&self, _: &str) {}
    fn add_endpoint(&self, _: &str) {}
    fn set_choices(&self, choices: Vec<Choice>) {
        self.state.lock().unwrap().choices = choices;
    }
    fn answer(&self, request: &Request<Bytes>, _: Timestamp) -> Response<Bytes> {
        let mut state = self.state.lock().unwrap();
        let id = request.uri().path().trim_start_matches('/').to_owned();
        if request.method() == Method::POST {
            state.words.insert(id.clone(), "new".to_owned());
            let scenario = request.uri().query().map(str::to_owned);
            let object = id.clone();
            state.begun.push(Begun { object, scenario });
            Self::tell(&mut state, &id, "new");
        }
        let word = state.words.get(&id).cloned().unwrap_or_default();
        Response::new(Bytes::from(json!({ "status": word }).to_string()))
    }
    fn check(&self, action: &Action) -> Result<(), String> {
        let known = ["good", "bad", "never"].contains(&action.name.as_str());
        known
            .then_some(())
            .ok_or_else(|| format!("{} is no action", action.name))
    }
    fn play(&self, object: &str, action: &Action, _: Timestamp) -> Result<(), CannotPlay> {
        if action.name == "never" {
            return Err(CannotPlay::NotNow("it never happens".to_owned()));
        }
        let mut state = self.state.lock().unwrap();
        state.words.insert(object.to_owned(), action.name.clone());
        Self::tell(&mut state, object, &action.name);
        Ok(())
    }
    fn next_due(&self) -> Option<Timestamp> {
        self.state.lock().unwrap().due
    }
    fn work_due(&self, _: Timestamp) {
        let mut state = self.state.lock().unwrap();
        state.due = None;
        Self::tell(&mut state, "own", "due");
    }
    fn take_begun(&self) -> Vec<Begun> {
        std::mem::take(&mut self.state.lock().unwrap().begun)
    }
    fn take_outgoing(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.state.lock().unwrap().outgoing)
    }
    fn sign(&self, _: &Outgoing, body: &[u8], signer: Signer, _: Timestamp) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!("{signer:?} {}", body.len());
        headers.insert("signature", HeaderValue::from_str(&value).unwrap());
        headers
    }
    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration> {
        (failed_attempts < 3).then(|| Duration::from_secs(100))
    }
    fn is_tried_again(&self, _: &Outgoing, _: bool, _: Timestamp) -> bool {
        !self.state.lock().unwrap().stops
    }
    fn is_taken(&self, status: StatusCode) -> bool {
        status.is_success()
    }
    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes> {
        let mut response = self.server_error(StatusCode::TOO_MANY_REQUESTS);
        if let Some(secs) = retry_after_secs {
            response.headers_mut().insert("retry-after", secs.into());
        }
        response
    }
    fn server_error(&self, status: StatusCode) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        response
    }
    fn objects(&self) -> Vec<String> {
        self.state.lock().unwrap().words.keys().cloned().collect()
    }
    fn object(&self, id: &str, _: Timestamp) -> Option<Value> {
        self.state
            .lock()
            .unwrap()
            .words
            .get(id)
            .map(|word| json!(word))
    }
}

/// A receiver that refuses what is not the vendor's, and the first so many.
#[derive(Debug, Default)]
struct Receiver {
    refuse: Mutex<u32>,
    taken: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut response = Response::new(Bytes::new());
        let expected = format!("Vendor {}", request.body().len());
        let mut refuse = self.refuse.lock().unwrap();
        if request.headers()["signature"] != expected.as_str() {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        } else if *refuse > 0 {
            *refuse -= 1;
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        } else {
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            let word = body["word"].as_str().unwrap_or("").to_owned();
            self.taken.lock().unwrap().push(word);
        }
        Ok(response)
    }
    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

#[derive(Default)]
struct Seen {
    told: Mutex<Vec<String>>,
    begun: Mutex<Vec<String>>,
    posted: Mutex<Vec<String>>,
}

impl Watch for Seen {
    fn began(&self, _: VendorKind, object: &str, scenario: Option<&str>) {
        self.begun
            .lock()
            .unwrap()
            .push(format!("{object} {scenario:?}"));
    }
    fn broken(&self, _: VendorKind, request: &Request<Bytes>, fault: CallFault) {
        let line = format!("{} {}", request.uri().path(), fault.as_word());
        self.begun.lock().unwrap().push(line);
    }
    fn played(&self, _: VendorKind, object: &str, action: &Action) {
        self.begun
            .lock()
            .unwrap()
            .push(format!("{object} {}", action.name));
    }
    fn posted(&self, posted: &Posted<'_>) {
        let line = format!(
            "{} {} {:?}",
            if posted.is_genuine { "true" } else { "false" },
            posted.headers["signature"].to_str().unwrap(),
            posted.status.map(|s| s.as_u16())
        );
        self.posted.lock().unwrap().push(line);
    }
    fn delivered(&self, delivered: &Delivered) {
        let line = format!(
            "{} {} {:?}",
            delivered.outgoing.event,
            delivered.attempt,
            delivered.status.map(|s| s.as_u16())
        );
        self.told.lock().unwrap().push(line);
    }
    fn not_played(&self, _: VendorKind, object: &str, why: &str) {
        self.told.lock().unwrap().push(format!("{object}: {why}"));
    }
}

const LIBRARY: &str = r#"
vendor = "stripe"
title = "Good in the end"
[[steps]]
do = "bad"
after_secs = 10
[[steps]]
do = "good"
after_secs = 20
"#;

fn simulator(chaos: Chaos, library: &str) -> (Simulator, Arc<Receiver>, Arc<Seen>) {
    let (receiver, seen) = (Arc::new(Receiver::default()), Arc::new(Seen::default()));
    let mut scenarios = Library::default();
    scenarios.add("story", library).unwrap();
    let simulator = Simulator::builder()
        .vendor(Arc::new(Words::default()))
        .library(scenarios)
        .virtual_time(START)
        .chaos(chaos)
        .deliver_through(receiver.clone())
        .watch(seen.clone())
        .build()
        .unwrap();
    (simulator, receiver, seen)
}

async fn call(simulator: &Simulator, method: Method, uri: &str) -> Result<Value, String> {
    let transport = simulator.transport(VendorKind::Stripe);
    let request = Request::builder().method(method).uri(uri);
    let answer = transport.send(request.body(Bytes::new()).unwrap()).await;
    let answer = answer.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(answer.status().to_string());
    }
    Ok(serde_json::from_slice(answer.body()).unwrap())
}

#[tokio::test]
async fn a_scenario_is_played_at_its_times_and_its_webhooks_arrive() {
    let (simulator, receiver, _) = simulator(Chaos::Calm, LIBRARY);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(9)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), ["new"]);
    simulator.advance(Duration::from_secs(1)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), ["new", "bad"]);
    simulator.advance(Duration::from_secs(20)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), ["new", "bad", "good"]);
    assert_eq!(simulator.next_due(), None);
    let answer = call(&simulator, Method::GET, "http://api/a").await.unwrap();
    assert_eq!(answer["status"], "good");
}

#[tokio::test]
async fn who_watches_is_told_what_begins_and_what_is_played() {
    let (simulator, _, seen) = simulator(Chaos::Calm, LIBRARY);
    for uri in ["http://api/a?story", "http://api/b"] {
        call(&simulator, Method::POST, uri).await.unwrap();
    }
    simulator.advance(Duration::from_secs(30)).await;
    let expected = ["a Some(\"story\")", "b None", "a bad", "a good"];
    assert_eq!(*seen.begun.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_vendor() {
    let words = || {
        let builder = Simulator::builder().vendor(Arc::new(Words::default()));
        builder.library(Library::default())
    };
    let first = words().start().await.unwrap();
    let base_url = first.base_url(VendorKind::Stripe);
    let address: std::net::SocketAddr = base_url.replace("http://", "").parse().unwrap();
    let second = words().listen(VendorKind::Stripe, address).start().await;
    let error = second.unwrap_err().to_string();
    let expected = format!("stripe: {address} cannot be listened on");
    assert!(error.starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_new_scenario_takes_the_place_of_the_one_under_way() {
    let (simulator, receiver, _) = simulator(Chaos::Calm, LIBRARY);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(5)).await;
    simulator.begin(VendorKind::Stripe, "a", "story").unwrap();
    simulator.advance(Duration::from_secs(600)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), ["new", "bad", "good"]);
    let error = simulator
        .begin(VendorKind::Stripe, "a", "nothing")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no scenario nothing for stripe; there are: story"
    );
}

#[tokio::test]
async fn what_is_refused_is_sent_again_on_the_vendors_schedule_and_given_up() {
    let (simulator, receiver, seen) = simulator(Chaos::Calm, LIBRARY);
    *receiver.refuse.lock().unwrap() = 2;
    call(&simulator, Method::POST, "http://api/a")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(1_000)).await;
    assert_eq!(
        *seen.told.lock().unwrap(),
        ["new 1 Some(503)", "new 2 Some(503)", "new 3 Some(200)"]
    );
    *receiver.refuse.lock().unwrap() = 9;
    call(&simulator, Method::POST, "http://api/b")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(9_000)).await;
    assert_eq!(
        *receiver.refuse.lock().unwrap(),
        6,
        "three tries and no more"
    );
}

#[tokio::test]
async fn an_action_that_cannot_happen_ends_the_scenario_and_is_told() {
    let never = LIBRARY.replacen("bad", "never", 1);
    let (simulator, receiver, seen) = simulator(Chaos::Calm, &never);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    call(&simulator, Method::POST, "http://api/b?unheard-of")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(600)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), ["new", "new"]);
    let seen = seen.told.lock().unwrap();
    assert!(
        seen.contains(&"a: never: it never happens".to_owned()),
        "{seen:?}"
    );
    assert!(
        seen.iter()
            .any(|line| line.starts_with("b: there is no scenario unheard-of"))
    );
}

#[tokio::test]
async fn every_fault_of_a_webhook_is_what_it_says() {
    for (fault, expected) in [
        ("twice", vec!["new", "bad", "good", "bad"]),
        ("overtaken", vec!["new", "good", "bad"]),
        ("late", vec!["new", "good", "bad"]),
        ("lost", vec!["new", "good"]),
        ("forged", vec!["new", "ba0", "bad", "good"]),
        ("stale", vec!["new", "new", "bad", "good"]),
        ("wrong_key", vec!["new", "good", "bad"]),
    ] {
        let library = LIBRARY.replacen("\"bad\"", &format!("\"bad\"\nwebhook = \"{fault}\""), 1);
        // A second copy 20 s later comes with the next step, and after it.
        let library = library.replacen("20", "19", 1);
        let (simulator, receiver, _) = simulator(Chaos::Calm, &library);
        call(&simulator, Method::POST, "http://api/a?story")
            .await
            .unwrap();
        simulator.advance(Duration::from_secs(9_000)).await;
        assert_eq!(*receiver.taken.lock().unwrap(), expected, "{fault}");
    }
}

#[tokio::test]
async fn every_fault_of_a_call_is_what_it_says() {
    for (answer, error, is_done) in [
        (
            "{ rate_limited = { retry_after_secs = 3 } }",
            "429 Too Many Requests",
            false,
        ),
        ("{ rate_limited = {} }", "429 Too Many Requests", false),
        ("{ server_error = 502 }", "502 Bad Gateway", false),
        (
            "{ server_error_after = 500 }",
            "500 Internal Server Error",
            true,
        ),
        (
            "\"hang\"",
            "timed out (the request may have been sent)",
            false,
        ),
        (
            "\"hang_after\"",
            "timed out (the request may have been sent)",
            true,
        ),
        (
            "\"truncated\"",
            "the connection broke (the request may have been sent)",
            true,
        ),
    ] {
        let library = format!(
            "vendor = \"stripe\"\ntitle = \"x\"\n[[steps]]\ndo = \"calls\"\nanswer = {answer}"
        );
        let (simulator, _, seen) = simulator(Chaos::Calm, &library);
        simulator.begin(VendorKind::Stripe, "a", "story").unwrap();
        simulator.work_due().await;
        let made = call(&simulator, Method::POST, "http://api/b").await;
        assert_eq!(made.unwrap_err(), error);
        let told = seen.begun.lock().unwrap()[0].clone();
        assert!(
            told.starts_with("/b ") && answer.contains(&told[3..]),
            "{told}"
        );
        let objects = simulator.vendor(VendorKind::Stripe).unwrap().objects();
        assert_eq!(!objects.is_empty(), is_done, "{answer}");
        assert!(
            call(&simulator, Method::GET, "http://api/b").await.is_ok(),
            "once only"
        );
    }
}

#[tokio::test]
async fn what_went_wrong_by_chance_can_be_played_again() {
    let run = async |chaos: Chaos| {
        let (simulator, receiver, _) = simulator(chaos, LIBRARY);
        for number in 0..40 {
            let uri = format!("http://api/{number}?story");
            let _ = call(&simulator, Method::POST, &uri).await;
        }
        simulator.advance(Duration::from_secs(100_000)).await;
        (simulator.mishaps(), receiver.taken.lock().unwrap().clone())
    };
    let (mishaps, taken) = run(Chaos::evenly(3, 0.6)).await;
    assert!(
        mishaps.calls.len() > 10 && mishaps.deliveries.len() > 20,
        "{mishaps:?}"
    );
    let again = run(Chaos::Script(mishaps.clone())).await;
    assert_eq!(again, (mishaps, taken));
}

#[tokio::test]
async fn a_library_with_an_action_the_vendor_does_not_know_is_refused() {
    let mut library = Library::default();
    library
        .add("story", &LIBRARY.replacen("bad", "worse", 1))
        .unwrap();
    let builder = Simulator::builder().vendor(Arc::new(Words::default()));
    let error = builder.library(library).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "scenario story: step 1: worse is no action"
    );
}

#[tokio::test]
async fn over_http_a_truncated_answer_breaks_off_and_a_hanging_one_never_comes() {
    let builder = Simulator::builder().vendor(Arc::new(Words::default()));
    let builder = builder.library(Library::default());
    let mut mishaps = Mishaps::default();
    mishaps.calls.insert(1, CallFault::Truncated);
    mishaps.calls.insert(2, CallFault::Hang);
    let builder = builder.chaos(Chaos::Script(mishaps)).virtual_time(START);
    let simulator = builder.start().await.unwrap();
    let base = simulator.base_url(VendorKind::Stripe);
    let get = |patience: Duration| {
        let mut request = Request::get(format!("{base}/a"))
            .body(Bytes::new())
            .unwrap();
        request.extensions_mut().insert(idv_core::Call {
            operation: "read",
            repeat: idv_core::Repeat::Safe,
            deadline: patience,
        });
        async { crate::plain_http::PlainHttp.send(request).await }
    };
    let patience = Duration::from_secs(10);
    assert_eq!(get(patience).await.unwrap().body(), "{\"status\":\"\"}");
    assert!(!get(patience).await.unwrap_err().is_timeout());
    let error = get(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_been_sent());
    assert!(get(patience).await.is_ok());
}

#[tokio::test]
async fn what_falls_due_at_a_vendor_by_itself_happens_at_its_time() {
    let words = Arc::new(Words::default());
    words.state.lock().unwrap().due = Some(START.plus(Duration::from_secs(30)));
    let receiver = Arc::new(Receiver::default());
    let builder = Simulator::builder().vendor(words).virtual_time(START);
    let builder = builder.library(Library::default());
    let simulator = builder.deliver_through(receiver.clone()).build().unwrap();
    simulator.advance(Duration::from_secs(29)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), [""; 0]);
    simulator.advance(Duration::from_secs(1)).await;
    assert_eq!(*receiver.taken.lock().unwrap(), ["due"]);
    assert_eq!(simulator.next_due(), None);
}

#[test]
fn a_vendor_is_given_the_scenarios_of_its_pages() {
    let words = Arc::new(Words::default());
    let mut library = Library::default();
    library.add("bad-end", LIBRARY).unwrap();
    let nothing = "vendor = \"stripe\"\ntitle = \"Nothing happens\"";
    library.add("manual", nothing).unwrap();
    let title = "title = \"Good in the end\"\nshows = [\"status:passed\"]";
    let passes = LIBRARY.replacen("title = \"Good in the end\"", title, 1);
    library.add("story", &passes).unwrap();
    let builder = Simulator::builder().vendor(words.clone());
    let _simulator = builder.library(library).build().unwrap();
    let choices = words.state.lock().unwrap().choices.clone();
    let values: Vec<_> = choices.iter().map(|choice| choice.value.as_str()).collect();
    assert_eq!(
        values,
        ["story", "bad-end"],
        "a pass first, and what does nothing never"
    );
    assert_eq!(choices[0].label, "Good in the end");
}

#[test]
fn a_delay_says_how_late() {
    assert_eq!(DeliveryFault::Late.delay_secs(), 3_600);
}

mod speed;
mod watched;
