//! A request's state, from its sessions.

use idv_core::{Attention, RequestState, Status};

use super::SessionState;

/// Folds a request: it follows its current session. A session that was superseded never moves it, but a pass
/// that comes late is worth a person's look.
#[must_use]
pub fn fold_request(current: &SessionState, superseded: &[&SessionState]) -> RequestState {
    let mut state = RequestState::created();
    state.status = current.status.clone();
    state.source.clone_from(&current.source);
    state.review_owner.clone_from(&current.review_owner);
    state.subject_started = current.subject_started;
    state.unconfirmed = current.unconfirmed;
    state.findings.clone_from(&current.findings);
    state.steps.clone_from(&current.steps);
    state.data_state = current.data_state.clone();
    state.attention.clone_from(&current.attention);
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
