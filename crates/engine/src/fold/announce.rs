//! What the application is told about a request.
//!
//! A request announces each status it enters, once, under a key that says which entry it is: `passed/1`, `passed/2`.
//! What is announced is a function of the set of observations, so that it does not depend on the order in which they
//! came together. What we learn late, when the request has moved on, is announced as an update: an event that says
//! `passed` or `failed` is only ever sent while it is true.
//!
//! A command has no way to be late: nothing that was learned after it is written down before it.

use std::collections::{BTreeSet, HashMap};

use idv_core::{Attention, DataState, ProviderInfo, RequestState, Status, Timestamp};

use super::request::{Override, overrides};
use super::seen::{Seen, entered};
use super::session::fold_session;
use crate::store::{EventKind, ObservationRow, short_word};

/// Something the application is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Announcement {
    /// What it announces; unique within the request.
    pub key: String,
    /// As what it is announced.
    pub kind: EventKind,
}

/// A session as a part of a request's history.
#[derive(Clone, Copy, Debug)]
pub struct Chapter<'a> {
    /// The provider's facts.
    pub info: &'a ProviderInfo,
    /// What was observed about the session.
    pub observations: &'a [ObservationRow],
    /// When the session that supersedes it was written down, UTC; none for the current one.
    pub superseded_at: Option<Timestamp>,
}

/// Everything a request announces: its history told once, and what it is now worth looking at.
///
/// `chapters`: its sessions, the current one last. `state`: the request's state, folded from the same.
#[must_use]
pub fn announcements(
    chapters: &[Chapter<'_>],
    commands: &[ObservationRow],
    state: &RequestState,
) -> Vec<Announcement> {
    let overrides = overrides(commands);
    let first_override = overrides.first().map(|over| over.at);
    let mut history = vec![Status::Created];
    for chapter in chapters {
        let until = [chapter.superseded_at, first_override]
            .into_iter()
            .flatten()
            .min();
        let told = chapter
            .observations
            .iter()
            .filter(|row| until.is_none_or(|until| row.as_of <= until));
        enter(&mut history, entered(chapter.info, told));
        if chapter.superseded_at.is_some() {
            // What comes after it is a new beginning.
            enter(&mut history, [Status::Created]);
        }
    }
    let decided = overrides.iter().map(|over| over.status.clone());
    enter(&mut history, decided);

    let mut entries: HashMap<&Status, u32> = HashMap::new();
    let current = history.iter().rposition(|status| *status == state.status);
    let mut told: Vec<_> = history
        .iter()
        .enumerate()
        .map(|(index, status)| {
            let entry = entries.entry(status).or_default();
            *entry = entry.saturating_add(1);
            let is_current = Some(index) == current;
            Announcement {
                key: format!("{}/{entry}", short_word(&status.as_word())),
                kind: kind_of(status, is_current, index == 0),
            }
        })
        .collect();
    if state.data_state == DataState::Redacted {
        told.push(Announcement {
            key: "redacted".to_owned(),
            kind: EventKind::Redacted,
        });
    }
    let raised = raised(chapters, &overrides, state);
    told.extend(raised.into_iter().map(|attention| Announcement {
        key: format!("attention/{}", short_word(&attention.as_word())),
        kind: EventKind::Attention,
    }));
    told
}

/// Everything that was ever worth a look. The state says what still is; whether something had been, must not depend on
/// whether we learned of it before or after what settled it.
fn raised(
    chapters: &[Chapter<'_>],
    overrides: &[Override],
    state: &RequestState,
) -> BTreeSet<Attention> {
    let mut raised: BTreeSet<_> = state.attention.iter().cloned().collect();
    for chapter in chapters {
        raised.extend(fold_session(chapter.info, chapter.observations).attention);
        if chapter.superseded_at.is_some() {
            if entered(chapter.info, chapter.observations.iter()).contains(&Status::Passed) {
                raised.insert(Attention::LatePass);
            }
            continue;
        }
        for statement in Seen::of(chapter.observations.iter()).believed() {
            // What was said to a command is measured by the one in force when we learned it.
            let in_force = overrides.iter().rfind(|o| o.at <= statement.learned_at);
            raised.extend(in_force.and_then(|over| over.objection(statement.status)));
        }
    }
    raised
}

fn enter(history: &mut Vec<Status>, statuses: impl IntoIterator<Item = Status>) {
    for status in statuses {
        if history.last() != Some(&status) {
            history.push(status);
        }
    }
}

/// As what a status is announced while it is true.
pub(crate) fn kind_of_state(status: &Status) -> EventKind {
    kind_of(status, true, false)
}

/// As what the entry into a status is announced.
fn kind_of(status: &Status, is_current: bool, is_first: bool) -> EventKind {
    match status {
        Status::Created if is_first => EventKind::Created,
        _ if !is_current => EventKind::Updated,
        Status::Passed => EventKind::Passed,
        Status::Failed => EventKind::Failed,
        Status::InReview => EventKind::InReview,
        Status::RetryRequired => EventKind::RetryRequired,
        Status::Cancelled => EventKind::Cancelled,
        Status::Expired => EventKind::Expired,
        Status::Errored => EventKind::Errored,
        _ => EventKind::Updated,
    }
}
