//! Logs: lines of JSON for machines, text for people.
//!
//! What may not be logged is kept out by types, not by filters. Of other people's libraries nobody here has checked
//! what they say at their talkative levels, so they are held to `info`, whatever the configuration asks for.

mod line;

use std::fmt::Debug;
use std::io::IsTerminal as _;

use tracing::field::Field;
use tracing::{Level, Metadata};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::{JsonFields, Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, LogSettings};
use crate::telemetry::SpanLayer;
use line::{JsonLine, is_for_traces};

/// True if the text is a sound filter.
pub(crate) fn is_sound_filter(directives: &str) -> bool {
    EnvFilter::builder().parse(directives).is_ok()
}

/// Starts logging to standard output. A second call changes nothing: the first one counts. `spans`: what collects
/// spans besides.
pub(crate) fn start(settings: &LogSettings, spans: Option<SpanLayer>) {
    let Ok(filter) = EnvFilter::builder().parse(&settings.filter) else {
        return; // Checked when the configuration was read.
    };
    // Filters of the whole, not of one layer: after somebody has only asked whether a thing would be logged, as the
    // database library does for each statement, a layer's own filter drops the next event of that thread.
    let registry = tracing_subscriber::registry()
        .with(spans)
        .with(filter)
        .with(filter_fn(is_ours_or_terse));
    // A log that cannot be written must not stop the service, nor must the complaint about it.
    let _ = if is_json(settings.format) {
        let lines = fmt::layer()
            .log_internal_errors(false)
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine);
        registry.with(lines).try_init()
    } else {
        let lines = fmt::layer()
            .log_internal_errors(false)
            .fmt_fields(debug_fn(for_people).delimited(" "))
            .with_ansi(crate::terminal::colours(&std::io::stdout()));
        registry.with(lines).try_init()
    };
}

/// One field of a line or a span, as text. Nothing in it can begin another line or speak to the terminal.
fn for_people(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> std::fmt::Result {
    match field.name() {
        "message" => {}
        name if is_for_traces(name) => return Ok(()),
        name => write!(writer, "{name}=")?,
    }
    for c in format!("{value:?}").chars() {
        if c.is_control() {
            write!(writer, "{}", c.escape_default())?;
        } else {
            writer.write_char(c)?;
        }
    }
    Ok(())
}

/// Whether logs are for machines.
pub(crate) fn is_json(format: LogFormat) -> bool {
    match format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stdout().is_terminal(),
    }
}

fn is_ours_or_terse(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("idv") || *metadata.level() <= Level::INFO
}

/// A panic names its place and nothing else: its message may quote what it stumbled over.
pub(crate) fn name_only_the_place_of_a_panic() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if tracing::enabled!(Level::ERROR) {
            tracing::error!(place, "panic");
        } else {
            crate::terminal::complain(&format!("idv: internal error at {place}"));
        }
    }));
}

#[cfg(test)]
pub(crate) mod tests;
