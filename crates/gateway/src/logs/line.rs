//! One log line as one JSON object. What a span knows, such as which delivery is worked on, stands in every line
//! written within it, at the same place and under the same name as where a line says so itself.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// Writes lines of JSON.
pub(crate) struct JsonLine;

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        // From the outside in: what is nearer counts.
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            if let Some(known) = extensions.get::<FormattedFields<JsonFields>>()
                && let Ok(known) =
                    idv_core::json::decode_borrowed::<BTreeMap<&str, &RawValue>>(known.as_bytes())
            {
                let names = span.metadata().fields();
                for (name, value) in known {
                    if let Some(field) = names.field(name)
                        && !is_for_traces(name)
                    {
                        fields.add(field.name(), value);
                    }
                }
            }
        }
        event.record(&mut fields);

        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        let metadata = event.metadata();
        write!(writer, "\",\"level\":\"{}\"", metadata.level())?;
        let mut named = fields.named;
        if let Some(message) = named.remove("message") {
            write!(writer, ",{}", text(&fields.members, message)?)?;
        }
        for member in named.into_values() {
            write!(writer, ",{}", text(&fields.members, member)?)?;
        }
        writeln!(writer, ",\"target\":{}}}", Value::from(metadata.target()))
    }
}

/// A field that says how a span is to be shown to a collector of traces.
pub(super) fn is_for_traces(name: &str) -> bool {
    name.starts_with("otel.")
}

/// The fields of one line as members of a JSON object, one behind the other in a single piece of memory: a line is written
/// for every request, and most of what it costs is asking for memory.
#[derive(Default)]
struct Fields {
    named: BTreeMap<&'static str, Range<usize>>,
    members: Vec<u8>,
}

fn text(members: &[u8], at: Range<usize>) -> Result<&str, fmt::Error> {
    let member = members.get(at).ok_or(fmt::Error)?;
    std::str::from_utf8(member).map_err(|_| fmt::Error)
}

impl Fields {
    fn add(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        let begin = self.members.len();
        if self.write(name, value).is_ok() {
            self.named.insert(name, begin..self.members.len());
        }
    }

    fn write(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        serde_json::to_writer(&mut self.members, name)?;
        self.members.push(b':');
        serde_json::to_writer(&mut self.members, value)
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), &format!("{value:?}"));
    }
}
