//! A request's state, from its sessions and the commands that were given about it.

use idv_core::{
    Attention, DecisionSource, Finding, ObservationId, Raw, ReasonCode, RequestState, Retryable,
    Status, Timestamp,
};

use super::{CommandFact, PolicyRule, SessionState};
use crate::store::ObservationRow;

/// Folds a request: it follows its current session, unless a command has decided otherwise.
///
/// A session that was superseded never moves it, but a pass that comes late is worth a person's look. `commands` may be
/// in any order.
#[must_use]
pub fn fold_request(
    current: &SessionState,
    superseded: &[&SessionState],
    commands: &[ObservationRow],
) -> RequestState {
    let mut state = RequestState::created();
    state.status = current.status.clone();
    state.source.clone_from(&current.source);
    state.review_owner.clone_from(&current.review_owner);
    state.decided_at = current.decided_at;
    state.subject_started = current.subject_started;
    state.unconfirmed = current.unconfirmed;
    state.findings.clone_from(&current.findings);
    state.steps.clone_from(&current.steps);
    state.data_state = current.data_state.clone();
    state.attention.clone_from(&current.attention);
    if let Some(over) = overrides(commands).pop() {
        over.apply(&mut state, &current.status);
    }
    if state.status != Status::Passed
        && superseded
            .iter()
            .any(|session| session.status == Status::Passed)
    {
        state.attention.push(Attention::LatePass);
    }
    state.attention.sort();
    state.attention.dedup();
    state
}

/// A command that decides a request, whatever the vendor says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Override {
    pub(crate) id: ObservationId,
    pub(crate) status: Status,
    pub(crate) at: Timestamp,
    source: Option<DecisionSource>,
    rule: Option<PolicyRule>,
    vendor_said: Status,
}

/// The commands that decided a request, in the order in which they were given. The last one counts; after a withdrawal
/// or a bypass there is none.
pub(crate) fn overrides(commands: &[ObservationRow]) -> Vec<Override> {
    let mut given: Vec<_> = commands
        .iter()
        .filter_map(|row| {
            row.command
                .as_ref()
                .and_then(|fact| Override::of(fact, row))
                .map(|over| (row.as_of, row.id, over))
        })
        .collect();
    given.sort_by_key(|(at, id, _)| (*at, *id));
    let last_word = given.iter().position(|(_, _, over)| over.is_last_word());
    given.truncate(last_word.map_or(usize::MAX, |index| index.saturating_add(1)));
    given.into_iter().map(|(_, _, over)| over).collect()
}

impl Override {
    fn of(fact: &CommandFact, row: &ObservationRow) -> Option<Self> {
        let (status, source, rule, vendor_said) = match fact {
            CommandFact::Cancelled { vendor_said } => (Status::Cancelled, None, None, vendor_said),
            CommandFact::Bypassed { vendor_said } => (
                Status::Passed,
                Some(DecisionSource::Bypass),
                None,
                vendor_said,
            ),
            CommandFact::ReviewResolved {
                passed,
                vendor_said,
            } => {
                let status = if *passed {
                    Status::Passed
                } else {
                    Status::Failed
                };
                (
                    status,
                    Some(DecisionSource::ClientReviewer),
                    None,
                    vendor_said,
                )
            }
            CommandFact::PolicyEnded { rule, vendor_said } => (
                rule.status(),
                Some(DecisionSource::Policy),
                Some(*rule),
                vendor_said,
            ),
            CommandFact::Restarted { .. }
            | CommandFact::EvidenceOpened { .. }
            | CommandFact::Remapped { .. }
            | CommandFact::Imported { .. } => return None,
        };
        Some(Self {
            id: row.id,
            status,
            at: row.as_of,
            source,
            rule,
            vendor_said: vendor_said.clone(),
        })
    }

    /// A request that was withdrawn or bypassed is not decided again; only a failed one is.
    fn is_last_word(&self) -> bool {
        self.status == Status::Cancelled || self.source == Some(DecisionSource::Bypass)
    }

    fn apply(&self, state: &mut RequestState, vendor_says: &Status) {
        state.status = self.status.clone();
        state.source.clone_from(&self.source);
        state.review_owner = None;
        state.decided_at = Some(self.at);
        state.unconfirmed = false;
        if state.status == Status::Passed {
            // The vendor's reasons stay with the session; they are no reasons for this pass.
            state.findings.clear();
        } else if matches!(
            self.rule,
            Some(PolicyRule::MaxAttempts | PolicyRule::NotRetryable)
        ) {
            let raw = Raw {
                pointer: "".into(),
                value: self.rule.map_or("", PolicyRule::as_word).into(),
            };
            state.findings.push(Finding::new(
                ReasonCode::AttemptsExhausted,
                Retryable::No,
                raw,
            ));
        }
        state.attention.extend(self.objection(vendor_says));
    }

    /// Why a person should look, if this is what the vendor says to it.
    pub(super) fn objection(&self, vendor_says: &Status) -> Option<Attention> {
        if *vendor_says == self.status || *vendor_says == self.vendor_said {
            return None;
        }
        match vendor_says {
            Status::Passed => Some(Attention::LatePass),
            Status::Failed | Status::InReview if self.status != Status::Cancelled => {
                Some(Attention::ChangedAfterOverride)
            }
            _ => None,
        }
    }
}
