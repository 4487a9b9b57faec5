//! Traces: which trace a request belongs to, and, behind the feature `otel`, sending traces to a collector.

#[cfg(feature = "otel")]
mod otlp;

use http::HeaderMap;
use idv_engine::trace::TraceParent;
use idv_http::SetupError;
use tracing_subscriber::{Layer, Registry};

use crate::config::Settings;

/// What collects spans, for the subscriber of logs.
pub(crate) type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The collecting of traces. Without the feature `otel`, or with no collector configured, none are.
#[derive(Debug)]
pub(crate) struct Telemetry {
    #[cfg(feature = "otel")]
    collected: Option<otlp::Collected>,
}

impl Telemetry {
    /// Prepares the collecting of traces, if the configuration names a collector.
    ///
    /// # Errors
    /// [`SetupError`] if the network cannot be set up.
    #[cfg_attr(not(feature = "otel"), expect(clippy::unnecessary_wraps))]
    pub(crate) fn prepare(settings: &Settings) -> Result<(Self, Option<SpanLayer>), SetupError> {
        #[cfg(feature = "otel")]
        if let Some(endpoint) = &settings.telemetry.otlp_endpoint {
            let (collected, layer) =
                otlp::collect(endpoint, &settings.telemetry, &settings.outbound)?;
            let collected = Some(collected);
            return Ok((Self { collected }, Some(layer)));
        }
        let _ = settings;
        let none = Self {
            #[cfg(feature = "otel")]
            collected: None,
        };
        Ok((none, None))
    }

    /// Sends what was not sent yet. Takes no longer than a few seconds.
    #[cfg_attr(not(feature = "otel"), expect(clippy::unused_async))]
    pub(crate) async fn end(self) {
        #[cfg(feature = "otel")]
        if let Some(collected) = self.collected {
            collected.end().await;
        }
    }
}

/// The place in a trace that a caller names; none if it names none, or several.
pub(crate) fn trace_of(headers: &HeaderMap) -> Option<TraceParent> {
    let mut values = headers.get_all("traceparent").iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_over_from_exactly_one_sound_header() {
        const SOUND: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("traceparent", value.parse().unwrap());
            }
            trace_of(&headers).map(|trace| trace.to_string())
        };
        assert_eq!(of(&[SOUND]).as_deref(), Some(SOUND));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[SOUND, SOUND]), None);
        assert_eq!(of(&["Jane Doe"]), None);
    }
}
