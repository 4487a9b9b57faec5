use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;

use super::*;

/// What this thread logs for as long as this lives, down to `debug`. For a runtime of one thread.
pub(crate) struct Captured {
    log: Log,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// To be called before a test listens to what its own thread logs. With a single listener in the process, whatever
/// another thread comes by first is never heard, by anybody; with two, every one is asked.
pub(crate) fn heed_every_thread() {
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
}

impl Captured {
    pub(crate) fn begin() -> Self {
        heed_every_thread();
        let log = Log::default();
        let writer = log.clone();
        let lines = fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine)
            .with_writer(move || writer.clone());
        let registry = tracing_subscriber::registry()
            .with(EnvFilter::new("debug"))
            .with(lines);
        Self {
            log,
            _guard: registry.set_default(),
        }
    }

    /// The lines of this program, oldest first.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.log.text();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let ours = |line: &Value| line["target"].as_str().unwrap().starts_with("idv");
        lines.filter(ours).collect()
    }
}

#[test]
fn a_line_has_what_its_spans_know_and_what_is_nearer_counts() {
    let captured = Captured::begin();
    let outer = tracing::error_span!(
        "outer",
        delivery = "d-1",
        session = tracing::field::Empty,
        tries = 1,
        otel.name = "for traces"
    );
    let _outer = outer.enter();
    outer.record("session", "s-1");
    let _inner = tracing::info_span!("inner", tries = 2, is_last = true).entered();
    tracing::info!(ratio = 0.5, account = %"a-1", delivery = "d-2", text = "a\nb\"", "said");
    let lines = captured.lines();
    let [line] = lines.as_slice() else {
        panic!("one line: {lines:?}")
    };
    let mut line = line.clone();
    let timestamp = line["timestamp"].take();
    assert!(timestamp.as_str().unwrap().ends_with('Z'), "{timestamp}");
    assert_eq!(
        line,
        serde_json::json!({
            "timestamp": null, "level": "INFO", "message": "said", "target": module_path!(),
            "delivery": "d-2", "session": "s-1", "tries": 2, "is_last": true, "ratio": 0.5,
            "account": "a-1", "text": "a\nb\"",
        })
    );
    assert_eq!(captured.log.text().lines().count(), 1, "a line is a line");
}

#[test]
fn a_line_for_people_holds_no_control_characters_and_nothing_for_traces() {
    heed_every_thread();
    let log = Log::default();
    let writer = log.clone();
    let lines = fmt::layer()
        .fmt_fields(debug_fn(for_people).delimited(" "))
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let _guard = tracing_subscriber::registry().with(lines).set_default();
    let _span = tracing::error_span!("work", delivery = "d-1", otel.name = "x").entered();
    tracing::warn!(account = %"a\r\nb\u{1b}[31m", "said\u{7}");
    let text = log.text();
    assert!(text.ends_with('\n') && text.lines().count() == 1, "{text}");
    let (_, line) = text.trim_end().split_once("WARN ").unwrap();
    let target = module_path!();
    let told = format!("work{{delivery=\"d-1\" }}: {target}: ");
    let rest = line
        .strip_prefix(told.trim_end_matches(' '))
        .unwrap_or(line);
    assert!(!text.trim_end().contains(char::is_control), "{text:?}");
    assert!(rest.contains("a\\r\\nb\\u{1b}[31m"), "{line}");
    assert!(
        line.contains("delivery=\"d-1\"") && !line.contains("otel"),
        "{line}"
    );
}
