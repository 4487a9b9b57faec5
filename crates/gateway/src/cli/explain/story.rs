//! The story of a request, line by line, for a terminal of eighty columns.
//!
//! Never who it is about, and nobody's words: ids and words of ours. What a vendor named is cut and made printable.

use idv_core::{Actor, DataState, Phase, ReasonCode, Step, Timestamp, WaitingOn, label};
use idv_engine::fold::CommandFact;
use idv_engine::{Because, Explained, RequestView, TimelineEntry};

use super::super::table::or_dash;
use crate::routes::v1::verification_requests::explain::word;

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

/// Every value, and below it where it comes from.
fn values(view: &RequestView, explained: &[Explained]) -> Vec<String> {
    let mut lines = Vec::new();
    for value in explained {
        let step = step_at(&value.place, &view.request.state.steps);
        let which = step.map(|step| format!(" (step {})", step.kind));
        lines.push(format!(
            "{} is {}{}",
            value.place,
            label(&value.value),
            which.unwrap_or_default()
        ));
        let says = sentence(value).map(str::to_owned).into_iter();
        let below = says.chain(origin(&value.because));
        lines.extend(below.map(|line| format!("    {line}")));
    }
    lines
}

/// The step a place is about.
fn step_at<'a>(place: &str, steps: &'a [Step]) -> Option<&'a Step> {
    let (index, _) = place.strip_prefix("/steps/")?.split_once('/')?;
    steps.get(index.parse::<usize>().ok()?)
}

/// What a reason says. By its word: a decision leaves the request other reasons than the vendor gave.
fn sentence(value: &Explained) -> Option<&'static str> {
    let is_reason = value.place.contains("/findings/") && value.place.ends_with("/code");
    is_reason.then(|| ReasonCode::from_word(&value.value).explanation())
}

fn origin(because: &Because) -> Vec<String> {
    match because {
        Because::Vendor {
            source,
            what,
            as_of,
            origin,
            ..
        } => {
            let pointer = match &*origin.pointer {
                "" => "all",
                pointer => pointer,
            };
            vec![
                format!("from {pointer} of the {}", origin.part),
                format!("by row {} (tables {})", origin.rule, origin.mapping_version),
                format!("{} {}, {}", source.as_word(), label(what), seconds(*as_of)),
            ]
        }
        Because::Command {
            decided, actor, at, ..
        } => vec![format!(
            "{}{} by {} at {}",
            word(decided),
            detail(decided),
            name(actor),
            seconds(*at)
        )],
        _ => vec!["nothing was said about it yet".to_owned()],
    }
}

/// What a decision's word leaves open.
fn detail(decided: &CommandFact) -> String {
    match decided {
        CommandFact::PolicyEnded { rule, .. } => format!(" ({})", rule.as_word()),
        CommandFact::Remapped { from, to, .. } => format!(" (tables {from} to {to})"),
        CommandFact::EvidenceOpened { role, .. } => format!(" ({role})"),
        _ => String::new(),
    }
}

/// To the second: that is what a person reads. The whole time is in the JSON.
fn seconds(at: Timestamp) -> String {
    Timestamp::from_unix_secs(at.as_unix_secs()).to_string()
}

fn name(actor: &Actor) -> String {
    match actor {
        Actor::ApiKey(key) => format!("the API key {}", label(key)),
        Actor::Staff(number) => format!("staff {}", label(number)),
        _ => "the gateway".to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use idv_core::{StepKind, StepRole, StepStatus};

    use super::*;

    fn explained(place: &str, value: &str) -> Explained {
        Explained {
            place: place.to_owned(),
            value: value.to_owned(),
            because: Because::Nothing,
        }
    }

    #[test]
    fn a_place_names_its_step_and_a_place_of_the_session_none() {
        let step = |kind| Step::new(kind, StepRole::Check, StepStatus::Done);
        let steps = [step(StepKind::Document), step(StepKind::Signature)];
        let kind = |place| step_at(place, &steps).map(|step| step.kind.clone());
        assert_eq!(kind("/steps/1/status"), Some(StepKind::Signature));
        assert_eq!(kind("/steps/0/findings/2/code"), Some(StepKind::Document));
        for none in ["/steps/2/status", "/steps/x/status", "/status", "/steps"] {
            assert_eq!(kind(none), None, "{none}");
        }
    }

    #[test]
    fn a_reason_says_what_it_means_and_nothing_else_does() {
        let says = |place, value| sentence(&explained(place, value));
        let expired = ReasonCode::DocumentExpired.explanation();
        for place in ["/findings/0/code", "/steps/1/findings/3/code"] {
            assert_eq!(says(place, "document_expired"), Some(expired));
        }
        assert!(says("/findings/0/code", "unclassified:odd").is_some());
        assert_eq!(says("/findings/0/severity", "low"), None);
        assert_eq!(says("/status", "passed"), None);
    }

    #[test]
    fn a_decision_names_the_rule_of_ours_behind_it() {
        let because = Because::Command {
            observation: "obs_01kqv0m5ane8gs7xw2c4b9d3fw".parse().unwrap(),
            decided: CommandFact::PolicyEnded {
                rule: idv_engine::fold::PolicyRule::MaxAttempts,
                vendor_said: idv_core::Status::RetryRequired,
            },
            actor: Actor::System,
            at: Timestamp::from_unix_secs(0),
        };
        let told = "policy_ended (max_attempts) by the gateway at 1970-01-01T00:00:00Z";
        assert_eq!(origin(&because), [told]);
    }
}
