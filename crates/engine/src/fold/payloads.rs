//! The state of a session nobody can ask about: from webhook payloads alone.
//!
//! Vendors deliver late, twice and in disorder, and their clocks tick in whole seconds. So a payload may only move
//! the session forward within one attempt, and nothing leaves a decided status.

use std::cmp::{Ordering, Reverse};

use idv_core::{Attention, Mapped, Status, Timestamp};

use super::SessionState;
use super::seen::Statement;
use super::session::ToldBy;

struct Payload<'a> {
    statement: Statement<'a>,
    status: &'a Status,
    mapped: &'a Mapped,
    rank: u8,
    /// By the vendor's clock, else by ours.
    at: Timestamp,
}

pub(super) fn fold(state: &mut SessionState, payloads: &[Statement<'_>], told: &mut ToldBy) {
    let mut known = Vec::new();
    let mut unlisted = None;
    for payload in payloads {
        match payload.status.rank() {
            Some(rank) => known.push(Payload {
                statement: *payload,
                status: payload.status,
                mapped: payload.mapped,
                rank,
                at: payload.at,
            }),
            None => {
                state.raise(Attention::UnknownValue);
                unlisted = unlisted.max(Some((payload.at, payload.status, payload.id)));
            }
        }
    }
    state.unconfirmed = !known.is_empty() || unlisted.is_some();
    if let Some(chosen) = decided(state, &known).or_else(|| furthest_open(&known)) {
        let first_heard = known.iter().filter(|p| p.status == chosen.status);
        let at = first_heard.map(|p| p.statement.as_of).min();
        let at = at.unwrap_or(chosen.statement.as_of);
        state.take_over(&chosen.statement, at, told);
    } else if let Some((_, status, id)) = unlisted {
        state.status = status.clone();
        told.verdict = Some(id);
    }
}

/// The first final status. Another one is a contradiction that only a fetch could settle; of two at the same
/// time the one that grants nothing counts.
fn decided<'a, 'b>(state: &mut SessionState, known: &'b [Payload<'a>]) -> Option<&'b Payload<'a>> {
    let finals = || known.iter().filter(|p| p.status.is_final());
    let first = finals().min_by_key(|p| (p.at, *p.status == Status::Passed, p.status))?;
    if finals().any(|p| p.status != first.status) {
        state.raise(Attention::Conflict);
    }
    // Several payloads may carry this status; the richest of them tells most.
    finals()
        .filter(|p| p.status == first.status)
        .max_by(|a, b| {
            let richness =
                |p: &Payload<'_>| (p.mapped.steps.len(), p.mapped.findings.len(), Reverse(p.at));
            richness(a).cmp(&richness(b)).then_with(|| by_content(a, b))
        })
}

/// The furthest status of the newest attempt. Attempts are ordered by when they were first heard of.
fn furthest_open<'a, 'b>(known: &'b [Payload<'a>]) -> Option<&'b Payload<'a>> {
    let first_heard = |attempt: &Option<String>| {
        known
            .iter()
            .filter(|p| p.mapped.attempt_id == *attempt)
            .map(|p| p.at)
            .min()
    };
    let progress = |p: &Payload<'a>| {
        let attempt = &p.mapped.attempt_id;
        (
            attempt.is_some(),
            first_heard(attempt),
            attempt.clone(),
            p.rank,
            p.at,
            p.status,
        )
    };
    known
        .iter()
        .max_by(|a, b| progress(a).cmp(&progress(b)).then_with(|| by_content(a, b)))
}

/// Two payloads of the same moment that say the same and differ in detail: nobody knows which is newer, so any
/// order will do, as long as it is not that of arrival.
fn by_content(a: &Payload<'_>, b: &Payload<'_>) -> Ordering {
    let content = |p: &Payload<'_>| serde_json::to_string(p.mapped).unwrap_or_default();
    content(a).cmp(&content(b))
}
