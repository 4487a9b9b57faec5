//! Places of the model, written as scenarios write them: `status:passed`, `step:failed`, `reason:document_expired`,
//! `data_state:redacted`, `decision:automated`.

use std::collections::BTreeSet;

use idv_core::{
    DataState, DecisionSource, Finding, IdProvider, ReasonCode, RequestState, Status, StepStatus,
};

/// What is at these places of a request.
pub(crate) fn of_state(state: &RequestState) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    places.insert(format!("status:{}", state.status.as_word()));
    places.insert(format!("data_state:{}", state.data_state.as_word()));
    let mut findings: Vec<&Finding> = state.findings.iter().collect();
    let mut sources: Vec<&DecisionSource> = state.source.iter().collect();
    for step in &state.steps {
        places.insert(format!("step:{}", step.status.as_word()));
        places.insert(format!("kind:{}", step.kind.as_word()));
        findings.extend(&step.findings);
        sources.extend(&step.source);
        for attempt in &step.attempts {
            places.insert(format!("step:{}", attempt.status.as_word()));
            findings.extend(&attempt.findings);
        }
    }
    places.extend(
        findings
            .iter()
            .map(|f| format!("reason:{}", f.code.as_word())),
    );
    places.extend(sources.iter().map(|s| format!("decision:{}", s.as_word())));
    places
}

/// Every place the model has, and whether this vendor has a value for it. The tables of a provider list its statuses and
/// its reasons; of the rest any may be.
pub(crate) fn all(provider: &dyn IdProvider) -> Vec<(String, bool)> {
    let can = provider.capabilities();
    let mut places = Vec::new();
    for status in Status::KNOWN {
        places.push((
            format!("status:{}", status.as_word()),
            can.statuses.contains(status),
        ));
    }
    for status in StepStatus::KNOWN {
        places.push((format!("step:{}", status.as_word()), true));
    }
    for reason in ReasonCode::KNOWN {
        places.push((
            format!("reason:{}", reason.as_word()),
            can.reasons.contains(reason),
        ));
    }
    for state in DataState::KNOWN {
        places.push((format!("data_state:{}", state.as_word()), true));
    }
    for source in DecisionSource::KNOWN {
        // The other two are made by this side alone.
        let is_vendors = ![DecisionSource::Policy, DecisionSource::Bypass].contains(source);
        places.push((format!("decision:{}", source.as_word()), is_vendors));
    }
    places
}
