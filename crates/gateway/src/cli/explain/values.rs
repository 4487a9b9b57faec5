//! The values of a request, each with what is behind it.

use idv_core::{Actor, ReasonCode, Step, Timestamp, label};
use idv_engine::fold::CommandFact;
use idv_engine::{Because, Explained, RequestView};

use crate::routes::v1::verification_requests::explain::word;

/// Every value, and below it where it comes from.
pub(super) fn values(view: &RequestView, explained: &[Explained]) -> Vec<String> {
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
pub(super) fn detail(decided: &CommandFact) -> String {
    match decided {
        CommandFact::PolicyEnded { rule, .. } => format!(" ({})", rule.as_word()),
        CommandFact::Remapped { from, to, .. } => format!(" (tables {from} to {to})"),
        CommandFact::EvidenceOpened { role, .. } => format!(" ({role})"),
        _ => String::new(),
    }
}

/// To the second: that is what a person reads. The whole time is in the JSON.
pub(super) fn seconds(at: Timestamp) -> String {
    Timestamp::from_unix_secs(at.as_unix_secs()).to_string()
}

pub(super) fn name(actor: &Actor) -> String {
    match actor {
        Actor::ApiKey(key) => format!("the API key {}", label(key)),
        Actor::Staff(number) => format!("staff {}", label(number)),
        _ => "the gateway".to_owned(),
    }
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
