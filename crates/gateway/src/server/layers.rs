//! What every request goes through: its id, its log line, its time limit, and what happens if we panic.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, header};
use idv_engine::trace;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Span, error_span, field};
use uuid::Uuid;

use crate::metrics::{known_method, request_answered};
use crate::problem::{Kind, Problem};
use crate::telemetry::trace_of;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id taken over from a client.
const MAX_REQUEST_ID_LENGTH: usize = 128;

/// The id of one HTTP request: the client's, if it is plain, else one of ours. Among a request's extensions.
#[derive(Clone, Debug)]
pub(super) struct HttpRequestId(String);

impl HttpRequestId {
    fn of(request: &Request) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        request
            .headers()
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(|id| {
                !id.is_empty() && id.len() <= MAX_REQUEST_ID_LENGTH && id.chars().all(plain)
            })
            .map_or_else(
                || Self(Uuid::new_v4().simple().to_string()),
                |id| Self(id.to_owned()),
            )
    }

    fn as_str(&self) -> &str {
        &self.0
    }
}

/// Wraps the routes. Applied to a whole router, so that unknown paths and methods go through it too.
pub(crate) fn around(router: Router, request_timeout: Duration) -> Router {
    router
        .layer(from_fn_with_state(request_timeout, limit_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(identify))
}

/// The outermost layer: gives the request its id and its place in a trace, writes its log line, and finishes the
/// answer.
async fn identify(mut request: Request, next: Next) -> Response {
    let id = HttpRequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    let what = What::of(&request);
    // At the level of errors, so that no filter takes the ids from what is logged within.
    let span = error_span!(
        "http",
        request_id = id.as_str(),
        trace_id = field::Empty,
        otel.name = format_args!("{} {}", what.method_word(), what.route()),
        otel.kind = "server",
        otel.status_code = field::Empty,
    );
    let parent = trace_of(request.headers());
    trace::run(span, parent, answer(id, what, request, next)).await
}

/// What a request asks for, in words of which there are few.
struct What {
    method: Method,
    /// The template, not the path: a path may hold anything.
    route: Option<MatchedPath>,
}

impl What {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("none", MatchedPath::as_str)
    }

    fn method_word(&self) -> &'static str {
        known_method(&self.method)
    }
}

async fn answer(id: HttpRequestId, what: What, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;

    let mut response = Problem::with_instance(response, id.as_str());
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let line = LogLine {
        method: idv_core::label(what.method.as_str()),
        route: what.route(),
        status: response.status().as_u16(),
        duration_micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
    };
    if response.status().is_server_error() {
        Span::current().record("otel.status_code", "ERROR");
    }
    line.write();
    request_answered(
        what.method_word(),
        line.route,
        response.status(),
        began.elapsed(),
    );
    response
}

/// What is logged of a request: no query, no header, no body.
struct LogLine<'a> {
    method: String,
    route: &'a str,
    status: u16,
    duration_micros: u64,
}

impl LogLine<'_> {
    fn write(&self) {
        let Self {
            method,
            route,
            status,
            duration_micros,
        } = self;
        // Probes come every few seconds; one that succeeds is nobody's news. A webhook that is taken in has a line of its
        // own with the same ids, and its time is in the metrics.
        if matches!(*route, "/livez" | "/readyz" | "/webhooks/{account}") && *status == 200 {
            tracing::debug!(method, route, status, duration_micros, "request");
        } else {
            tracing::info!(method, route, status, duration_micros, "request");
        }
    }
}

async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Kind::Timeout)
            .retry_after_secs(1)
            .into_response(),
    }
}

/// The panic itself was logged with its place where it happened.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::new(Kind::Internal).into_response()
}

#[cfg(test)]
mod tests;
