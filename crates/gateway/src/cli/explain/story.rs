//! The story of a request, line by line, for a terminal of eighty columns.
//!
//! Never who it is about, and nobody's words: ids and words of ours. What a vendor named is cut and made printable.

use idv_core::{DataState, Phase, WaitingOn, label};
use idv_engine::{Explained, RequestView, TimelineEntry};

use super::super::table::or_dash;
use super::values::{detail, name, seconds, values};

/// Where it stands, its sessions, its values with what is behind them, and what was learned, oldest first.
pub(super) fn lines(
    view: &RequestView,
    explained: &[Explained],
    timeline: &[TimelineEntry],
) -> Vec<String> {
    let parts = [
        head(view),
        sessions(view),
        values(view, explained),
        events(timeline),
    ];
    parts.join(&String::new())
}

fn head(view: &RequestView) -> Vec<String> {
    let state = &view.request.state;
    let by = state.source.as_ref().map(ToString::to_string);
    let mut lines = vec![
        ("request", view.request.id.to_string()),
        ("status", state.status.to_string()),
        ("waits for", waits_for(view).to_owned()),
        ("decided by", or_dash(by)),
        ("decided at", or_dash(state.decided_at.map(seconds))),
    ];
    if let Some(restart) = &view.request.attempt.restart {
        let previous = restart.previous_request_id;
        lines.push(("restarts", format!("{previous} ({})", restart.trigger)));
    }
    if state.unconfirmed {
        let rests = "webhooks alone: the account has no API key, so nobody asked";
        lines.push(("rests on", rests.to_owned()));
    }
    if state.data_state != DataState::Present {
        lines.push(("data", format!("{} at the vendor", state.data_state)));
    }
    if let Some(at) = view.erased_at {
        let at = seconds(at);
        lines.push(("erased", format!("the person was erased here at {at}")));
    }
    for attention in &state.attention {
        lines.push(("look at", attention.to_string()));
    }
    let line = |(name, value)| format!("{name:10} {value}");
    lines.into_iter().map(line).collect()
}

fn waits_for(view: &RequestView) -> &'static str {
    let status = &view.request.state.status;
    match status.waiting_on() {
        WaitingOn::Subject => "the person: they have something to do at the vendor's page",
        WaitingOn::Client if status.is_unknown() => "the application: nobody knows this status",
        WaitingOn::Client => "the application: a task of the session is its own",
        WaitingOn::Vendor => "the vendor's machines",
        WaitingOn::Reviewer => "a person who decides the review",
        WaitingOn::Nobody if status.phase() == Phase::Decided => "nobody: it is decided",
        _ => "nobody: it is over",
    }
}

fn sessions(view: &RequestView) -> Vec<String> {
    if view.sessions.is_empty() {
        return vec!["no session was made yet".to_owned()];
    }
    let mut lines = Vec::new();
    for session in &view.sessions {
        let counts = if session.is_current {
            ", the one that counts"
        } else {
            ""
        };
        let vendors_id = session.session_id.as_ref().map(|id| label(id.as_str()));
        lines.push(format!("session {}", or_dash(vendors_id)));
        lines.push(format!(
            "    {} ({}): {}{counts}",
            session.account, session.provider, session.state.status
        ));
        if let Some(at) = session.state.vendor_created_at {
            lines.push(format!("    made by the vendor at {}", seconds(at)));
        }
    }
    lines
}

/// What was learned, and below it what that changed.
fn events(timeline: &[TimelineEntry]) -> Vec<String> {
    let lines_of = |entry| [heard(entry), format!("    {}", changed(entry))];
    timeline.iter().flat_map(lines_of).collect()
}

fn heard(entry: &TimelineEntry) -> String {
    format!("{}  {}", seconds(entry.at), label(&entry.what))
}

fn changed(entry: &TimelineEntry) -> String {
    let decided = entry.decided.as_ref().map(detail).unwrap_or_default();
    let mut notes = vec![format!("{}{decided}", entry.source.as_word())];
    if let Some(actor) = &entry.actor {
        notes.push(format!("by {}", name(actor)));
    }
    if let (Some(before), Some(after)) = (&entry.status_before, &entry.status_after)
        && before != after
    {
        notes.push(format!("{before} → {after}"));
    }
    notes.extend(entry.findings.iter().map(ToString::to_string));
    let attention = entry.attention.iter();
    notes.extend(attention.map(|attention| format!("look at {attention}")));
    notes.join(", ")
}
