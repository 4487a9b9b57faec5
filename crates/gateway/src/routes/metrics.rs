//! `GET /metrics`: figures about this process, for Prometheus. They tell about the business too, so a key is asked
//! for unless the configuration says otherwise.

use axum::extract::State;
use http::header;

use super::Api;
use super::authorisation::Scraper;
use crate::gateway::reasons;
use crate::openapi::{WITH_A_KEY, problems};

/// The version of the text format of Prometheus that every scraper knows.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

problems!(Problems = WITH_A_KEY);

/// Read the figures of this process
///
/// In Prometheus's text format; what each means is said beside it. Where the configuration says `metrics.open`, no key
/// is asked for.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "operation",
    responses((status = 200, description = "The figures.", body = String, content_type = "text/plain",
        example = "# HELP idv_jobs_waiting Jobs that wait to be done.\n# TYPE idv_jobs_waiting gauge\nidv_jobs_waiting 0\n"), Problems),
    security(("api_key" = ["operate"]))
)]
pub(super) async fn get(
    State(api): State<Api>,
    _: Scraper,
) -> ([(header::HeaderName, &'static str); 1], String) {
    if let Err(error) = api.engine.measure().await {
        // What is counted in this process is worth reading also while the database is away, above all then.
        tracing::warn!(error = reasons(&error), "not everything could be measured");
    }
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], api.metrics.render())
}
