//! What is said of one delivery among those that are worked on together: it has ids and a trace of its own.

use tracing::{error_span, field};

use crate::store::DeliveryRow;
use crate::trace::{self, TraceParent};

/// The trace a delivery came with.
pub(super) fn trace_of(row: &DeliveryRow) -> Option<TraceParent> {
    row.trace.as_deref()?.parse().ok()
}

/// Has what is logged carry the ids of this delivery. Where others are worked on with it, it may be about another one
/// than the work as a whole.
pub(super) fn about<T>(row: &DeliveryRow, log: impl FnOnce() -> T) -> T {
    let own = trace_of(row);
    let is_of_the_work = match (own, trace::current()) {
        (Some(own), Some(current)) => own.trace_id() == current.trace_id(),
        (own, _) => own.is_none(),
    };
    let span = error_span!(
        "webhook",
        delivery = %row.id,
        account = %row.account,
        trace_id = field::Empty,
        otel.name = "one of the webhooks",
    );
    // One place in each trace is enough: that of the work, or this one.
    let parent = if is_of_the_work {
        trace::current()
    } else {
        own
    };
    trace::in_scope(&span, parent, log)
}
