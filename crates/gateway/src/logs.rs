//! Logs: lines of JSON for machines, text for people.
//!
//! What may not be logged is kept out by types, not by filters. Of other people's libraries nobody here has checked
//! what they say at their talkative levels, so they are held to `info`, whatever the configuration asks for.

use std::io::IsTerminal as _;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, LogSettings};

/// True if the text is a sound filter.
pub(crate) fn is_sound_filter(directives: &str) -> bool {
    EnvFilter::builder().parse(directives).is_ok()
}

/// Starts logging to standard output. A second call changes nothing: the first one counts.
pub fn start(settings: &LogSettings) {
    let Ok(filter) = EnvFilter::builder().parse(&settings.filter) else {
        return; // Checked when the configuration was read.
    };
    // Filters of the whole, not of one layer: after somebody has only asked whether a thing would be logged, as the
    // database library does for each statement, a layer's own filter drops the next event of that thread.
    let registry = tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(is_ours_or_terse));
    // A log that cannot be written must not stop the service, nor must the complaint about it.
    let _ = if is_json(settings.format) {
        let lines = fmt::layer()
            .log_internal_errors(false)
            .json()
            .flatten_event(true)
            .with_current_span(false);
        registry.with(lines).try_init()
    } else {
        let lines = fmt::layer()
            .log_internal_errors(false)
            .with_ansi(crate::terminal::colours(&std::io::stdout()));
        registry.with(lines).try_init()
    };
}

/// Whether logs are for machines.
#[must_use]
pub fn is_json(format: LogFormat) -> bool {
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
pub fn name_only_the_place_of_a_panic() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if tracing::enabled!(Level::ERROR) {
            tracing::error!(place, "panic");
        } else {
            crate::terminal::complain(&format!("idv: internal error at {place}"));
        }
    }));
}
