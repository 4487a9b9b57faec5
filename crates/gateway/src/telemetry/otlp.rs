//! Spans to a collector: OTLP over HTTP, through our own transport. So there is one HTTP client, one TLS and one list of
//! certificate authorities, whatever is spoken to.
//!
//! Everything of OpenTelemetry stays in this file. Spans say what our log lines say: ids and words of ours.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{Call, Repeat, Transport};
use idv_engine::trace::{TraceBridge, TraceParent, use_bridge};
use idv_http::{HttpSettings, HttpTransport, SetupError};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::sync::Arc;
use tokio::runtime::Handle;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;

use super::SpanLayer;
use crate::config::TelemetrySettings;

/// How long sending some spans may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long sending the last ones may take, when the program ends.
const LAST_EXPORT_TIMEOUT: Duration = Duration::from_secs(3);

/// What collects spans and sends them, in a thread of its own.
#[derive(Debug)]
pub(super) struct Collected {
    provider: SdkTracerProvider,
}

/// Begins to collect. The layer belongs into the subscriber.
pub(super) fn collect(
    endpoint: &url::Url,
    settings: &TelemetrySettings,
    outbound: &HttpSettings,
) -> Result<(Collected, SpanLayer), SetupError> {
    let client = Client {
        runtime: Handle::current(),
        transport: Arc::new(HttpTransport::new(outbound)?),
        is_failing: AtomicBool::new(false),
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint.as_str())
        .with_timeout(EXPORT_TIMEOUT)
        .build();
    let resource = Resource::builder()
        .with_service_name(settings.service_name.clone())
        .build();
    // One that a caller has begun is collected if the caller says so, or there would be traces with holes.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample_ratio)));
    let mut provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(sampler);
    match exporter {
        Ok(exporter) => provider = provider.with_batch_exporter(exporter),
        Err(error) => tracing::error!(%error, "traces cannot be sent"),
    }
    let provider = provider.build();
    let scope = InstrumentationScope::builder("idv-gateway")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer_with_scope(scope))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .boxed();
    use_bridge(Box::new(Bridge));
    Ok((Collected { provider }, layer))
}

impl Collected {
    pub(super) async fn end(self) {
        // It waits for its own thread, which needs this runtime to send.
        let end = move || self.provider.shutdown_with_timeout(LAST_EXPORT_TIMEOUT);
        let ended = tokio::task::spawn_blocking(end).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces may not have been sent");
        }
    }
}

/// Spans of `tracing` as places in traces.
#[derive(Debug)]
struct Bridge;

impl TraceBridge for Bridge {
    fn continue_in(&self, span: &Span, parent: TraceParent) {
        let flags = if parent.is_sampled() {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::default()
        };
        let place = SpanContext::new(
            TraceId::from(parent.trace_id()),
            SpanId::from(parent.span_id()),
            flags,
            true,
            TraceState::NONE,
        );
        // Refused where nobody collects this span; then there is nothing to tie.
        let _ = span.set_parent(Context::new().with_remote_span_context(place));
    }

    fn place_of(&self, span: &Span) -> Option<TraceParent> {
        let context = span.context();
        let span = context.span();
        let place = span.span_context();
        TraceParent::new(
            u128::from_be_bytes(place.trace_id().to_bytes()),
            u64::from_be_bytes(place.span_id().to_bytes()),
            place.is_sampled(),
        )
    }
}

/// Our transport, for a thread that has no runtime.
#[derive(Debug)]
struct Client {
    runtime: Handle,
    transport: Arc<dyn Transport>,
    is_failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        request.extensions_mut().insert(Call {
            operation: "export_traces",
            repeat: Repeat::Never,
            deadline: EXPORT_TIMEOUT,
        });
        let transport = Arc::clone(&self.transport);
        let sent = self
            .runtime
            .spawn(async move { transport.send(request).await });
        let outcome = sent.await?;
        let failed = match &outcome {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        // Said when it begins and when it ends, not every few seconds.
        match (failed, self.is_failing.load(Ordering::Relaxed)) {
            (Some(reason), false) => {
                self.is_failing.store(true, Ordering::Relaxed);
                tracing::warn!(reason, "traces cannot be sent; they are dropped");
            }
            (None, true) => {
                self.is_failing.store(false, Ordering::Relaxed);
                tracing::info!("traces can be sent again");
            }
            _ => {}
        }
        Ok(outcome?)
    }
}
