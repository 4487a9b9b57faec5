//! Which trace the work at hand belongs to: from the HTTP request of a webhook, over the work on it, to the event and
//! its delivery.
//!
//! A trace is named by a W3C `traceparent`, with or without a collector of traces behind it: its id is in every log
//! line ([`run`] gives it to a span, and spans give their fields to lines). A program that does collect spans says so
//! once, with [`use_bridge`]; then the collected spans are the places in the trace.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::OnceLock;

use tracing::{Instrument as _, Span, field};
use uuid::Uuid;

/// The length of a `traceparent` of the version written here.
const LENGTH: usize = 55;

/// The only flag that is passed on: whoever came before may have recorded this trace.
const SAMPLED: u8 = 1;

/// A place in a trace, as the header `traceparent` of W3C Trace Context names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

/// A text is no `traceparent`. It is not quoted: it comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceParent;

impl TraceParent {
    /// This place. None if one of the ids is zero, which names nothing.
    #[must_use]
    pub const fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        if trace_id == 0 || span_id == 0 {
            return None;
        }
        Some(Self {
            trace_id,
            span_id,
            sampled,
        })
    }

    /// The beginning of a new trace, which nobody has recorded.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            trace_id: Uuid::new_v4().as_u128(),
            span_id: new_span_id(),
            sampled: false,
        }
    }

    /// A new place in the same trace.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            span_id: new_span_id(),
            ..self
        }
    }

    /// The trace: 32 hexadecimal digits where it is shown.
    #[must_use]
    pub const fn trace_id(self) -> u128 {
        self.trace_id
    }

    /// The place in it: 16 hexadecimal digits where it is shown.
    #[must_use]
    pub const fn span_id(self) -> u64 {
        self.span_id
    }

    /// True if whoever came before may have recorded the trace.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.sampled
    }
}

fn new_span_id() -> u64 {
    // A version 4 UUID always has bits set in both halves, and never the same ones.
    let (high, low) = Uuid::new_v4().as_u64_pair();
    (high ^ low.rotate_left(32)) | 1
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            span_id,
            sampled,
        } = self;
        write!(
            f,
            "00-{trace_id:032x}-{span_id:016x}-{:02x}",
            u8::from(*sampled)
        )
    }
}

impl FromStr for TraceParent {
    type Err = NotATraceParent;

    /// Reads version 00 exactly. Of a later version, the part that is like 00, as the standard says.
    fn from_str(text: &str) -> Result<Self, NotATraceParent> {
        let (head, rest) = text.split_at_checked(LENGTH).ok_or(NotATraceParent)?;
        let parts: Vec<_> = head.split('-').collect();
        let &[version, trace_id, span_id, flags] = parts.as_slice() else {
            return Err(NotATraceParent);
        };
        let version = u8::try_from(hex(version, 2)?).map_err(|_| NotATraceParent)?;
        let is_readable = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with('-'),
        };
        if !is_readable {
            return Err(NotATraceParent);
        }
        let trace_id = hex(trace_id, 32)?;
        let span_id = u64::try_from(hex(span_id, 16)?).map_err(|_| NotATraceParent)?;
        let sampled = hex(flags, 2)? & u128::from(SAMPLED) != 0;
        Self::new(trace_id, span_id, sampled).ok_or(NotATraceParent)
    }
}

/// Lower-case digits only, and as many as there must be.
fn hex(digits: &str, how_many: usize) -> Result<u128, NotATraceParent> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != how_many || !digits.bytes().all(is_digit) {
        return Err(NotATraceParent);
    }
    u128::from_str_radix(digits, 16).map_err(|_| NotATraceParent)
}

/// Ties spans to a collector of traces. Whoever collects spans implements it; this crate knows no collector.
pub trait TraceBridge: fmt::Debug + Send + Sync {
    /// Makes a span a child of a place that may lie in another process. Called once, before the span is entered.
    fn continue_in(&self, span: &Span, parent: TraceParent);

    /// The place of a span; none if it is in no trace.
    fn place_of(&self, span: &Span) -> Option<TraceParent>;
}

static BRIDGE: OnceLock<Box<dyn TraceBridge>> = OnceLock::new();

/// Ties spans to a collector of traces, for this whole process: spans are its as well. The first one counts.
pub fn use_bridge(bridge: Box<dyn TraceBridge>) {
    let _ = BRIDGE.set(bridge);
}

tokio::task_local! {
    static CURRENT: TraceParent;
}

/// The trace of the work at hand, and where in it we are; none outside of [`run`].
#[must_use]
pub fn current() -> Option<TraceParent> {
    let begun = CURRENT.try_with(|trace| *trace).ok()?;
    let place = BRIDGE
        .get()
        .and_then(|bridge| bridge.place_of(&Span::current()));
    Some(place.unwrap_or(begun))
}

/// Works within a span that is part of a trace: of the one that `parent` names, else of a new one. A field
/// `trace_id` of the span gets the trace's id.
pub fn run<F: Future>(
    span: Span,
    parent: Option<TraceParent>,
    work: F,
) -> impl Future<Output = F::Output> {
    let place = enter(&span, parent);
    CURRENT.scope(place, work).instrument(span)
}

/// As [`run`], for what is done at once.
pub fn in_scope<T>(span: &Span, parent: Option<TraceParent>, work: impl FnOnce() -> T) -> T {
    let place = enter(span, parent);
    CURRENT.sync_scope(place, || span.in_scope(work))
}

fn enter(span: &Span, parent: Option<TraceParent>) -> TraceParent {
    if let (Some(bridge), Some(parent)) = (BRIDGE.get(), parent) {
        bridge.continue_in(span, parent);
    }
    let place = BRIDGE.get().and_then(|bridge| bridge.place_of(span));
    let place = place
        .or_else(|| parent.map(TraceParent::child))
        .unwrap_or_else(TraceParent::begin);
    span.record(
        "trace_id",
        field::display(format_args!("{:032x}", place.trace_id)),
    );
    place
}

/// Takes the trace and the span of the work at hand along, for work that goes on in a task of its own.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let span = Span::current();
    let trace = CURRENT.try_with(|trace| *trace).ok();
    async move {
        match trace {
            Some(trace) => CURRENT.scope(trace, work).await,
            None => work.await,
        }
    }
    .instrument(span)
}

#[cfg(test)]
mod tests;
