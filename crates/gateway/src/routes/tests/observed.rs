//! What can be seen from outside of the life of a webhook: in figures and in logs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use bytes::Bytes;
use idv_core::{Transport, TransportError};
use idv_engine::NewEndpoint;
use idv_engine::store::PayloadForm;

use super::*;
use crate::logs::tests::Captured;
use crate::metrics::tests::{Measured, labels_of};
use crate::server::around;

/// The trace and the place in it that the sender of the webhook names.
pub(super) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(super) const CALLER: &str = "00f067aa0ba902b7";

/// What happened, so that it can be looked for.
pub(super) struct Life {
    pub(super) request: String,
    pub(super) session: String,
    pub(super) delivery: String,
    /// The places in traces that the application's endpoint was told of.
    pub(super) told: Vec<String>,
}

/// The application's endpoint. It takes everything.
#[derive(Debug, Default)]
struct Application {
    traces: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Transport for Application {
    async fn send(&self, request: Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let trace = request.headers()["traceparent"].to_str().unwrap();
        self.traces.lock().unwrap().push(trace.to_owned());
        Ok(http::Response::new(Bytes::new()))
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<http::Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

impl World {
    /// With all that every request goes through.
    pub(super) fn around(mut self) -> Self {
        self.app = around(self.app, Duration::from_secs(20));
        self
    }

    /// The application asks, the subject passes, and the vendor says so: once by somebody else, twice itself.
    pub(super) async fn live_through_a_webhook(&self) -> Life {
        let application = Arc::new(Application::default());
        let engine = self.engine.clone();
        let engine = engine.with_endpoint_transport(application.clone());
        let endpoint = NewEndpoint {
            url: "https://app.example/hooks/mark".to_owned(),
            description: String::new(),
            kinds: Vec::new(),
            payload: PayloadForm::Thin,
            rate_per_sec: None,
            headers: Vec::new(),
            secret: None,
            from: None,
        };
        engine.create_endpoint(endpoint).await.unwrap();
        let made = self.post(REQUESTS, json!({"subject": "user-mark"})).await;
        let request = made.json()["id"].as_str().unwrap().to_owned();
        let session = self.vendor.sessions().pop().unwrap();
        self.vendor.move_to(&session, FakeState::Declined);
        let mut webhook = self.vendor.webhook(&session);
        let mut forged = webhook.clone();
        forged.headers.clear();
        assert_eq!(self.deliver("fake-eu", forged).await.status, 401);
        let place = format!("00-{TRACE}-{CALLER}-01");
        webhook
            .headers
            .insert("traceparent", place.parse().unwrap());
        for _ in 0..2 {
            assert_eq!(self.deliver("fake-eu", webhook.clone()).await.status, 200);
        }
        Box::pin(self.engine.settle()).await;
        let page = idv_engine::store::PageRequest {
            after: None,
            limit: 10,
        };
        let inbox = self.store.inbox();
        let found = inbox.deliveries(&Default::default(), page).await.unwrap();
        let delivery = found.rows[0].id.to_string();
        let session = session.to_string();
        let told = application.traces.lock().unwrap().clone();
        Life {
            request,
            session,
            delivery,
            told,
        }
    }
}

/// One line of Prometheus's text format: name, labels, value.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.strip_suffix('}').unwrap();
    let pairs = labels.split_terminator("\",").map(|pair| {
        let (key, value) = pair.split_once("=\"").unwrap();
        (key.to_owned(), value.trim_end_matches('"').to_owned())
    });
    (name.to_owned(), pairs.collect(), value.parse().unwrap())
}

#[tokio::test]
async fn the_life_of_a_webhook_can_be_read_in_figures_that_name_nobody() {
    let measured = Measured::begin();
    let world = World::measured(measured.metrics(), false).await.around();
    let life = world.live_through_a_webhook().await;
    world.engine.sweep().await.unwrap();
    let answer = world.ask_operator("/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let kind = &answer.headers["content-type"];
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");

    let mut values = BTreeMap::new();
    let (mut helped, mut typed) = (BTreeSet::new(), BTreeMap::new());
    for line in answer.text.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped.insert(help.split_once(' ').unwrap().0.to_owned());
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            typed.insert(name.to_owned(), kind.to_owned());
        } else {
            let (name, mut labels, value) = sample(line);
            labels.remove("le");
            let family = ["_bucket", "_sum", "_count"]
                .into_iter()
                .find_map(|end| {
                    name.strip_suffix(end)
                        .filter(|name| typed.contains_key(*name))
                })
                .unwrap_or(&name)
                .to_owned();
            assert!(helped.contains(&family), "{line} has no help");
            if family != name {
                assert_eq!(typed[&family], "histogram", "{line}");
            }
            let known: BTreeSet<_> = labels_of(&family).iter().copied().collect();
            let here: BTreeSet<_> = labels.keys().map(String::as_str).collect();
            assert_eq!(here, known, "{line}");
            let labels: Vec<_> = labels.into_iter().collect();
            values.insert((name, labels), value);
        }
    }
    let value = |name: &str, labels: &[(&str, &str)]| {
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let key = (name.to_owned(), labels.collect());
        *values
            .get(&key)
            .unwrap_or_else(|| panic!("{key:?} in {}", answer.text))
    };
    for (outcome, times) in [
        ("stored", 1.0),
        ("duplicate", 1.0),
        ("refused", 1.0),
        ("failed", 0.0),
    ] {
        let labels = [
            ("account", "fake-eu"),
            ("outcome", outcome),
            ("provider", "fake"),
        ];
        assert_eq!(
            value("idv_webhooks_received_total", &labels),
            times,
            "{outcome}"
        );
    }
    let labels = [("provider", "fake"), ("reason", "missing_header")];
    assert_eq!(value("idv_webhooks_refused_total", &labels), 1.0);
    assert_eq!(
        value(
            "idv_webhook_ingest_duration_seconds_count",
            &[("provider", "fake")]
        ),
        2.0
    );
    let labels = [("outcome", "done"), ("provider", "fake")];
    assert_eq!(value("idv_webhooks_worked_total", &labels), 1.0);
    assert_eq!(value("idv_inbox_deliveries", &[("state", "done")]), 1.0);
    assert_eq!(value("idv_inbox_queue", &[]), 0.0);
    assert_eq!(value("idv_jobs_waiting", &[]), 0.0);
    assert_eq!(value("idv_events_total", &[("kind", "failed")]), 1.0);
    assert_eq!(value("idv_endpoints", &[("state", "enabled")]), 1.0);
    assert_eq!(value("idv_outbox_pending", &[]), 0.0);
    assert_eq!(value("idv_outbox_lag_seconds", &[]), 0.0);
    let delivered = value("idv_deliveries_total", &[("outcome", "delivered")]);
    assert!(delivered >= 2.0, "created, failed: {delivered}");
    assert_eq!(value("idv_swept_total", &[("what", "erased")]), 0.0);
    let labels = [
        ("http_request_method", "POST"),
        ("http_response_status_code", "401"),
        ("http_route", "/webhooks/{account}"),
    ];
    assert_eq!(
        value("idv_http_server_request_duration_seconds_count", &labels),
        1.0
    );
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(value("idv_build_info", &[("version", version)]), 1.0);

    for nobodys in [
        &life.request,
        &life.session,
        &life.delivery,
        "user-mark",
        TRACE,
    ] {
        assert!(!answer.text.contains(nobodys), "{nobodys}: {}", answer.text);
    }
}

#[tokio::test]
async fn paths_and_methods_of_strangers_make_no_series() {
    let measured = Measured::begin();
    let world = World::measured(measured.metrics(), false).await.around();
    for (method, path) in [
        ("GET", "/jane-mark"),
        ("JANEMARK", "/livez"),
        ("POST", "/webhooks/jane-mark"),
        ("GET", "/v1/verification-requests/jane-mark?jane-mark"),
    ] {
        let request = Request::builder().method(method).uri(path);
        world.send(request.body(Body::empty()).unwrap()).await;
    }
    let text = world.ask_operator("/metrics").await.text.to_lowercase();
    assert!(!text.contains("jane"), "{text}");
    assert!(
        text.contains("_other") && text.contains("\"none\""),
        "{text}"
    );
}

#[tokio::test]
async fn the_figures_are_open_only_if_the_configuration_says_so() {
    let ask = async |open| {
        let world = World::measured(Metrics::install(), open).await;
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        world.send(request).await
    };
    ask(false).await.is_problem(401, "unauthorized");
    assert_eq!(ask(true).await.status, 200);
}

#[tokio::test]
async fn the_figures_can_be_read_while_the_database_is_away() {
    let measured = Measured::begin();
    let world = World::measured(measured.metrics(), true).await;
    world.store.close().await;
    let answer = world.ask_operator("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("idv_build_info"), "{}", answer.text);
}

#[tokio::test]
async fn every_line_about_a_webhook_says_which_one_by_the_same_names() {
    let captured = Captured::begin();
    let world = World::new().await.around();
    let life = world.live_through_a_webhook().await;
    let lines = captured.lines();
    let said = |message: &str| -> Vec<&Value> {
        let found: Vec<_> = lines
            .iter()
            .filter(|line| line["message"] == message)
            .collect();
        assert!(!found.is_empty(), "{message}: {lines:#?}");
        found
    };
    for line in &lines {
        let fields = line.as_object().unwrap();
        assert!(
            fields.keys().all(|name| !name.starts_with("otel")),
            "{line}"
        );
        // Whatever is done for somebody is done in a trace.
        let names = ["request_id", "delivery", "request", "session", "event"];
        if names.iter().any(|name| fields.contains_key(*name)) {
            assert_eq!(line["trace_id"].as_str().unwrap().len(), 32, "{line}");
        }
    }
    for line in said("request") {
        assert!(
            line["request_id"].is_string() && line["route"].is_string(),
            "{line}"
        );
    }
    let accepted: Vec<_> = said("webhook");
    assert_eq!(accepted.len(), 3, "one forged, one stored, one duplicate");
    for line in accepted {
        assert!(line["request_id"].is_string(), "{line}");
        assert_eq!(line["account"], "fake-eu", "{line}");
        if line["outcome"] != "refused" {
            assert_eq!(line["delivery"], life.delivery, "{line}");
            assert_eq!(line["trace_id"], TRACE, "{line}");
        }
    }
    let worked = said("a webhook was worked on")[0];
    assert_eq!(worked["delivery"], life.delivery, "{worked}");
    assert_eq!(worked["request"], life.request, "{worked}");
    assert_eq!(worked["account"], "fake-eu", "{worked}");
    assert!(worked["session"].is_string(), "{worked}");
    let announced: Vec<_> = said("an event was written");
    let failed = announced
        .iter()
        .find(|line| line["kind"] == "failed")
        .unwrap();
    assert!(failed["event"].is_string(), "{failed}");
    assert_eq!(failed["request"], life.request, "{failed}");
    assert_eq!(failed["delivery"], life.delivery, "{failed}");
    // One trace: taken in, worked on, announced, and told to the application.
    assert_eq!(worked["trace_id"], TRACE, "{worked}");
    assert_eq!(failed["trace_id"], TRACE, "{failed}");
    let delivered = said("an event was delivered");
    for line in &delivered {
        assert!(
            line["endpoint"].is_string() && line["event"].is_string(),
            "{line}"
        );
        assert_eq!(line["request"], life.request, "{line}");
    }
    let of_it = |line: &&&Value| line["event"] == failed["event"];
    let delivered = delivered.iter().find(of_it).unwrap();
    assert_eq!(delivered["trace_id"], TRACE, "{delivered}");
    let told: Vec<_> = life
        .told
        .iter()
        .filter(|place| place.contains(TRACE))
        .collect();
    assert!(!told.is_empty(), "{:?}", life.told);
    assert!(
        told.iter().all(|place| !place.contains(CALLER)),
        "a place of its own: {told:?}"
    );
}
