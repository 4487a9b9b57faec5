//! A session's state, from what was observed about it.

use idv_core::{
    Attention, DataState, DecisionSource, Finding, ObservationId, ProviderInfo, ReviewOwner,
    Status, Step, Template, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::payloads;
use super::seen::{Seen, Statement};
use crate::store::ObservationRow;

/// The state of one session. Free of personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionState {
    /// The status.
    pub status: Status,
    /// Who decided, where there is a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<DecisionSource>,
    /// Whose review is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_owner: Option<ReviewOwner>,
    /// When it came to a decision or an end, UTC: when we first asked or heard and it was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// How often the subject had to try again: entries into that status which we have seen.
    #[serde(default)]
    pub failed_tries: u32,
    /// True once the subject is known to have begun.
    #[serde(default)]
    pub subject_started: bool,
    /// True if it rests on payloads alone: nobody asked the vendor.
    #[serde(default)]
    pub unconfirmed: bool,
    /// The reasons behind the status.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// The steps.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Whether the person's data are still at the vendor.
    pub data_state: DataState,
    /// What an operator should look at.
    #[serde(default)]
    pub attention: Vec<Attention>,
    /// The vendor's template, workflow or flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// When the vendor made the session, UTC, where it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_created_at: Option<Timestamp>,
}

impl SessionState {
    /// A session of which nothing is known but that it is wanted.
    #[must_use]
    pub const fn created() -> Self {
        Self {
            status: Status::Created,
            source: None,
            review_owner: None,
            decided_at: None,
            failed_tries: 0,
            subject_started: false,
            unconfirmed: false,
            findings: Vec::new(),
            steps: Vec::new(),
            data_state: DataState::Present,
            attention: Vec::new(),
            template: None,
            vendor_created_at: None,
        }
    }

    pub(super) fn raise(&mut self, attention: Attention) {
        if !self.attention.contains(&attention) {
            self.attention.push(attention);
            self.attention.sort();
        }
    }

    /// Takes over what a vendor's object says, verdict and all. `told`: where each part of the state comes from.
    pub(super) fn take_over(
        &mut self,
        Statement {
            id, status, mapped, ..
        }: &Statement<'_>,
        at: Timestamp,
        told: &mut ToldBy,
    ) {
        told.verdict = Some(*id);
        let same_verdict = self.status == **status;
        if !same_verdict {
            self.decided_at = status.is_final().then_some(at);
            if **status == Status::RetryRequired {
                self.failed_tries = self.failed_tries.saturating_add(1);
            }
        }
        self.status = (*status).clone();
        self.source.clone_from(&mapped.source);
        self.review_owner.clone_from(&mapped.review_owner);
        // Erasure at the vendor empties reports and reasons. Of a verdict that stays, what was learned stays too.
        let emptied = mapped
            .data_state
            .as_ref()
            .is_some_and(|state| *state != DataState::Present);
        if !(same_verdict && emptied && mapped.findings.is_empty()) {
            self.findings.clone_from(&mapped.findings);
            told.findings = Some(*id);
        }
        if !(same_verdict && mapped.steps.is_empty()) {
            self.steps.clone_from(&mapped.steps);
            told.steps = Some(*id);
        }
        if mapped.template.is_some() {
            self.template.clone_from(&mapped.template);
        }
    }
}

/// Folds everything observed about one session.
///
/// What the vendor answered to a question of ours is the state. What a webhook carried is only a hint, unless the
/// account cannot ask; then the payloads are all there is, and the result is marked unconfirmed.
///
/// `observations` may be in any order. The result does not depend on it.
#[must_use]
pub fn fold_session(info: &ProviderInfo, observations: &[ObservationRow]) -> SessionState {
    fold_session_told(info, observations).0
}

/// Which observations the parts of a session's state come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldBy {
    pub(crate) verdict: Option<ObservationId>,
    pub(crate) findings: Option<ObservationId>,
    pub(crate) steps: Option<ObservationId>,
}

/// As [`fold_session`], and says where the state comes from.
pub(crate) fn fold_session_told(
    info: &ProviderInfo,
    observations: &[ObservationRow],
) -> (SessionState, ToldBy) {
    let mut told = ToldBy::default();
    let mut state = SessionState::created();
    let seen = Seen::of(observations.iter());
    if seen.answers.is_empty() {
        payloads::fold(&mut state, &seen.payloads, &mut told);
    } else {
        for answer in &seen.answers {
            apply_confirmed(info, &mut state, answer, &mut told);
        }
    }
    for observation in observations {
        if observation.what == crate::words::SESSION_MISSING {
            state.raise(Attention::SessionMissing);
        }
    }
    for mapped in seen.mapped {
        state.subject_started |= mapped.subject_started;
        state.vendor_created_at = [state.vendor_created_at, mapped.created_at]
            .into_iter()
            .flatten()
            .min();
        if !mapped.unknown.is_empty() {
            state.raise(Attention::UnknownValue);
        }
        if let Some(seen) = &mapped.data_state {
            state.data_state = later(&state.data_state, seen);
        }
    }
    (state, told)
}

pub(super) fn apply_confirmed(
    info: &ProviderInfo,
    state: &mut SessionState,
    answer: &Statement<'_>,
    told: &mut ToldBy,
) {
    let status = answer.status;
    let leaves_final = state.status.is_final() && state.status != *status;
    if status.is_unknown() && state.status.is_final() {
        state.raise(Attention::UnknownValue);
    } else if leaves_final && !info.allows_reopening(&state.status, status) {
        state.raise(Attention::Conflict);
    } else {
        if status.is_unknown() {
            state.raise(Attention::UnknownValue);
        }
        state.take_over(answer, answer.as_of, told);
    }
}

/// Data that are gone do not come back.
fn later(a: &DataState, b: &DataState) -> DataState {
    let rank = |state: &DataState| match state {
        DataState::Redacted => 3,
        DataState::RedactionPending => 2,
        DataState::Present => 0,
        _ => 1,
    };
    if rank(b) > rank(a) {
        b.clone()
    } else {
        a.clone()
    }
}
