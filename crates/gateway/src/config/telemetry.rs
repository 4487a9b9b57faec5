//! What is told about the program itself: who may read its figures, and where traces go.

use super::section::{Complaints, Found, Section};
use super::tree::{Node, Value};

/// Traces, for a collector of OpenTelemetry.
#[derive(Clone, Debug, PartialEq)]
pub struct TelemetrySettings {
    /// Where to send them: the whole URL, OTLP over HTTP. None: nowhere.
    pub otlp_endpoint: Option<url::Url>,
    /// What this service is called there.
    pub service_name: String,
    /// Which part of the traces that begin here is collected, from 0 to 1.
    pub sample_ratio: f64,
}

/// What OTLP over HTTP calls the place for traces.
const TRACES: &str = "v1/traces";

/// Whether anybody may read the figures.
pub(super) fn metrics(mut section: Section, complaints: &mut Complaints) -> Option<bool> {
    let open = section.boolean("open", complaints);
    section.finish(complaints);
    open.map(|found| found.value)
}

pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Option<TelemetrySettings> {
    let expected = "the URL of a collector, such as \"http://127.0.0.1:4318\"";
    let endpoint = section.text("otlp_endpoint", expected, complaints);
    let name = section.name_of("otlp_endpoint");
    let otlp_endpoint = endpoint.and_then(|Found { value, origin }| {
        let url = url_of_collector(value.trim());
        if url.is_none() {
            let remedy = format!("give {expected}, without a name, a password or a query");
            complaints.add(&origin, &name, "is not such a URL", &remedy);
        } else if !cfg!(feature = "otel") {
            let what = "is given, and this program was built without traces";
            let remedy = "use one that was built with the feature otel (`cargo install --path crates/gateway --locked \
                          --features otel`), or leave the key out";
            complaints.add(&origin, &name, what, remedy);
        }
        url
    });
    let service_name = section.text("service_name", "a name for this service", complaints);
    let sample_ratio = ratio(&mut section, "sample_ratio", complaints);
    section.finish(complaints);
    Some(TelemetrySettings {
        otlp_endpoint,
        service_name: service_name?.value,
        sample_ratio: sample_ratio?,
    })
}

/// A URL without a path gets the usual one.
fn url_of_collector(text: &str) -> Option<url::Url> {
    let mut url = url::Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if url.path() == "/" {
        url.set_path(TRACES);
    }
    is_plain.then_some(url)
}

fn ratio(section: &mut Section, key: &'static str, complaints: &mut Complaints) -> Option<f64> {
    let remedy = "give a number from 0 to 1, such as 0.1, without quotes";
    let Some(Node { origin, value }) = section.take(key) else {
        section.missing(key, remedy, complaints);
        return None;
    };
    let number = match value {
        Value::Float(number) => Some(number),
        Value::Integer(0) => Some(0.0),
        Value::Integer(1) => Some(1.0),
        Value::Untyped(text) => text.trim().parse().ok(),
        _ => None,
    };
    let within = number.filter(|number| (0.0..=1.0).contains(number));
    if within.is_none() {
        let name = section.name_of(key);
        complaints.add(&origin, &name, "is no such part", remedy);
    }
    within
}
