//! What a collector of OpenTelemetry is sent of the life of a webhook.

use std::sync::{Arc, Mutex};

use axum::routing::post;
use bytes::Bytes;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::*;
use crate::config::load;
use crate::telemetry::Telemetry;

/// A collector on this machine.
struct Collector {
    endpoint: String,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    async fn listen() -> Self {
        let bodies = Arc::<Mutex<Vec<Bytes>>>::default();
        let kept = Arc::clone(&bodies);
        let take = async move |body: Bytes| kept.lock().unwrap().push(body);
        let router = Router::new().route("/v1/traces", post(take));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint, bodies }
    }

    /// Every span it was sent.
    fn spans(&self) -> Vec<Span> {
        let bodies = self.bodies.lock().unwrap();
        // ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans.
        let mut parts: Vec<Bytes> = bodies.clone();
        for tag in [1, 2, 2] {
            parts = parts.iter().flat_map(|part| bytes_of(part, tag)).collect();
        }
        parts.iter().map(Span::read).collect()
    }
}

/// A span as OTLP has it: trace, own and parent's id in hexadecimal digits, name, and the raw message.
#[derive(Clone, Debug)]
struct Span {
    trace_id: String,
    span_id: String,
    parent: String,
    name: String,
    raw: Bytes,
}

impl Span {
    fn read(message: &Bytes) -> Self {
        let field = |tag| bytes_of(message, tag).pop().unwrap_or_default();
        let hex = |tag| {
            field(tag)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        Self {
            trace_id: hex(1),
            span_id: hex(2),
            parent: hex(4),
            name: String::from_utf8(field(5).to_vec()).unwrap(),
            raw: message.clone(),
        }
    }
}

/// The values of a field of a protobuf message that are bytes, text or messages.
fn bytes_of(message: &Bytes, wanted: u64) -> Vec<Bytes> {
    let mut rest = message.clone();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let key = varint(&mut rest);
        let length = match key & 7 {
            0 => {
                varint(&mut rest);
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut rest)).unwrap(),
            5 => 4,
            other => panic!("a wire type that OTLP has not: {other}"),
        };
        let value = rest.split_to(length);
        if key == wanted << 3 | 2 {
            found.push(value);
        }
    }
    found
}

fn varint(rest: &mut Bytes) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = rest.split_to(1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

#[tokio::test]
async fn a_webhook_and_the_work_on_it_are_one_trace_for_a_collector() {
    crate::logs::tests::heed_every_thread();
    let collector = Collector::listen().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.toml");
    let text = format!(
        "[telemetry]\notlp_endpoint = \"{}\"\n[outbound]\nproxy_from_environment = false\n",
        collector.endpoint
    );
    std::fs::write(&file, text).unwrap();
    let settings = load(Some(&file), []).unwrap().settings;
    let (telemetry, layer) = Telemetry::prepare(&settings).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    let guard = subscriber
        .with(tracing_subscriber::EnvFilter::new("info"))
        .set_default();

    let world = World::new().await.around();
    let life = world.live_through_a_webhook().await;
    drop(guard);
    telemetry.end().await;

    let spans = collector.spans();
    let named = |name: &str| -> Vec<&Span> {
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert!(!found.is_empty(), "{name}: {spans:#?}");
        found
    };
    let received = named("POST /webhooks/{account}");
    assert_eq!(received.len(), 3, "one forged, one stored, one duplicate");
    let of_the_vendor: Vec<_> = received
        .into_iter()
        .filter(|span| span.trace_id == observed::TRACE)
        .collect();
    assert_eq!(of_the_vendor.len(), 2, "the forged one named no trace");
    for span in &of_the_vendor {
        assert_eq!(span.parent, observed::CALLER, "{span:?}");
    }
    let work = named("work on webhooks")[0];
    assert_eq!(work.trace_id, observed::TRACE, "{spans:#?}");
    assert!(
        of_the_vendor.iter().any(|span| span.span_id == work.parent),
        "the work hangs below the request it came with: {spans:#?}"
    );
    let delivered: Vec<_> = named("deliver an event")
        .into_iter()
        .filter(|span| span.trace_id == observed::TRACE)
        .collect();
    assert!(!delivered.is_empty(), "{spans:#?}");
    for span in delivered {
        assert_eq!(span.parent, work.span_id, "{spans:#?}");
        // The application goes on from there.
        let place = format!("00-{}-{}-01", span.trace_id, span.span_id);
        assert!(life.told.contains(&place), "{place}: {:?}", life.told);
    }
    let says = |text: &str| {
        work.raw
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(
        says(&life.delivery) && says(&life.request),
        "it says what it is about"
    );
    for span in &spans {
        let mark = b"user-mark";
        assert!(
            !span.raw.windows(mark.len()).any(|part| part == mark),
            "{span:?}"
        );
    }
}
