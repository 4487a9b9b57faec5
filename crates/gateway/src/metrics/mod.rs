//! Figures about the program, for Prometheus. The crates below count and measure; here it is chosen where that goes,
//! and said what each figure means ([`table`]).

mod table;

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{Recorder as _, SharedString, gauge, histogram};
use http::{Method, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tokio_util::sync::CancellationToken;

use table::{Kind, TABLE};

/// The upper bounds of the buckets of times, in seconds: those of the conventions for HTTP servers.
const BUCKETS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// How often times that were measured are put into their buckets, if nobody reads them. Until then each is kept.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The figures of this process, to be read. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Has everything measured in this process from now on, and returns where it can be read. Any number of calls.
    pub(crate) fn install() -> Self {
        static OF_THIS_PROCESS: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = OF_THIS_PROCESS.get_or_init(|| {
            let recorder = recorder();
            let handle = recorder.handle();
            // Fails only if an embedding program measures in its own way; then it also reads in its own way.
            let _ = ::metrics::set_global_recorder(recorder);
            build_info();
            handle
        });
        Self {
            handle: handle.clone(),
        }
    }

    /// The figures in Prometheus's text format.
    pub(crate) fn render(&self) -> String {
        self.handle.render()
    }

    /// Keeps memory flat where nobody reads the figures.
    pub(crate) async fn keep_up(self, end: CancellationToken) {
        let mut beat = tokio::time::interval(UPKEEP_INTERVAL);
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                _ = beat.tick() => self.handle.run_upkeep(),
            }
        }
    }
}

/// A recorder that knows what every metric means.
fn recorder() -> PrometheusRecorder {
    // Refused only if there were no buckets.
    let builder = PrometheusBuilder::new()
        .set_buckets(BUCKETS)
        .unwrap_or_else(|_| PrometheusBuilder::new());
    let recorder = builder.build_recorder();
    for metric in TABLE {
        let (name, unit) = (metric.name.into(), Some(metric.unit));
        let help = SharedString::const_str(metric.help);
        match metric.kind {
            Kind::Counter => recorder.describe_counter(name, unit, help),
            Kind::Gauge => recorder.describe_gauge(name, unit, help),
            Kind::Histogram => recorder.describe_histogram(name, unit, help),
        }
    }
    recorder
}

fn build_info() {
    gauge!("idv_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// A request was answered. `method`: as [`known_method`] says it. `route`: the template, not the path.
pub(crate) fn request_answered(
    method: &'static str,
    route: &str,
    status: StatusCode,
    took: Duration,
) {
    histogram!(
        "idv_http_server_request_duration_seconds",
        "http_request_method" => method,
        "http_route" => route.to_owned(),
        "http_response_status_code" => status.as_str().to_owned()
    )
    .record(took);
}

/// A method of the standard; any other word comes from outside and would be a series of its own.
pub(crate) fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    let mut known = KNOWN.into_iter();
    known
        .find(|known| *known == method.as_str())
        .unwrap_or("_OTHER")
}

#[cfg(test)]
pub(crate) mod tests;
