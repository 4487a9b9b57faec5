//! What was observed about a session, put in order: everything later rests on this and not on the order of arrival.

use std::collections::HashMap;

use idv_core::{Mapped, ObservationId, ProviderInfo, Status, Timestamp};

use super::session::ToldBy;
use super::{CommandFact, SessionState};
use crate::store::{ObservationRow, ObservationSource};

/// One statement of the vendor about the status.
#[derive(Clone, Copy)]
pub(crate) struct Statement<'a> {
    pub(crate) id: ObservationId,
    pub(crate) status: &'a Status,
    pub(crate) mapped: &'a Mapped,
    /// What the statement could know at best, by our clock.
    pub(crate) as_of: Timestamp,
    /// By the vendor's clock, else by ours.
    pub(crate) at: Timestamp,
    /// When we learned it, by our clock.
    pub(crate) learned_at: Timestamp,
}

/// What was observed about a session.
pub(crate) struct Seen<'a> {
    /// The vendor's answers to our questions, in the order in which they were true.
    pub(crate) answers: Vec<Statement<'a>>,
    /// What payloads said, in no order.
    pub(crate) payloads: Vec<Statement<'a>>,
    /// Everything in our words, by the newest mapping tables it was put into them with, in no order.
    pub(crate) mapped: Vec<&'a Mapped>,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(observations: impl Iterator<Item = &'a ObservationRow> + Clone) -> Self {
        let remapped = newest_words(observations.clone());
        let (mut answers, mut payloads, mut mapped) = (Vec::new(), Vec::new(), Vec::new());
        for row in observations {
            if row.source == ObservationSource::Remap {
                continue;
            }
            let Some(words) = remapped.get(&row.id).copied().or(row.mapped.as_ref()) else {
                continue;
            };
            mapped.push(words);
            let Some(status) = &words.status else {
                continue;
            };
            let statement = Statement {
                id: row.id,
                status,
                mapped: words,
                as_of: row.as_of,
                at: row.vendor_time.unwrap_or(row.as_of),
                learned_at: row.observed_at,
            };
            if row.source.is_confirmed() {
                answers.push(statement);
            } else if row.source == ObservationSource::Payload {
                payloads.push(statement);
            }
        }
        sort(&mut answers);
        Self {
            answers,
            payloads,
            mapped,
        }
    }

    /// The statements a state rests on: the vendor's answers, or the payloads where there is no answer.
    pub(crate) fn believed(&self) -> &[Statement<'a>] {
        if self.answers.is_empty() {
            &self.payloads
        } else {
            &self.answers
        }
    }
}

/// Vendor answers in the order in which they were true: by the vendor's own time of change if each has one, else by
/// when we began to ask. An answer to an earlier question cannot know more than one to a later question.
fn sort(answers: &mut [Statement<'_>]) {
    let by_vendor_time = answers.iter().all(|a| a.mapped.updated_at.is_some());
    answers.sort_by_key(|a| {
        (
            a.mapped.updated_at.filter(|_| by_vendor_time),
            a.as_of,
            a.id,
        )
    });
}

/// The observations that were put into our words again, with their newest words.
fn newest_words<'a>(
    observations: impl Iterator<Item = &'a ObservationRow>,
) -> HashMap<ObservationId, &'a Mapped> {
    let mut newest: HashMap<ObservationId, (u32, ObservationId, &Mapped)> = HashMap::new();
    for row in observations {
        let (
            Some(CommandFact::Remapped {
                observation, to, ..
            }),
            Some(mapped),
        ) = (&row.command, &row.mapped)
        else {
            continue;
        };
        let candidate = (*to, row.id, mapped);
        newest
            .entry(*observation)
            .and_modify(|known| {
                if (known.0, known.1) < (candidate.0, candidate.1) {
                    *known = candidate;
                }
            })
            .or_insert(candidate);
    }
    newest
        .into_iter()
        .map(|(id, (_, _, mapped))| (id, mapped))
        .collect()
}

/// The statuses a session went through, as far as we know: one entry for each that it entered.
///
/// Of a subset of the observations this gives a subset of the entries (for a vendor that keeps to its own rules), so
/// that what was announced on the way does not depend on the order in which we learned it.
pub(crate) fn entered<'a>(
    info: &ProviderInfo,
    observations: impl Iterator<Item = &'a ObservationRow> + Clone,
) -> Vec<Status> {
    let seen = Seen::of(observations);
    let mut entered: Vec<Status> = Vec::new();
    if seen.answers.is_empty() {
        // In the order the vendor dates them, and of the final ones the one that counts.
        let mut state = SessionState::created();
        super::payloads::fold(&mut state, &seen.payloads, &mut ToldBy::default());
        let mut open: Vec<_> = seen
            .payloads
            .iter()
            .filter(|p| !p.status.is_final())
            .collect();
        open.sort_by_key(|p| (p.at, p.status));
        for payload in open {
            if entered.last() != Some(payload.status) {
                entered.push(payload.status.clone());
            }
        }
        if state.status.is_final() {
            entered.push(state.status);
        }
        return entered;
    }
    let mut state = SessionState::created();
    for answer in &seen.answers {
        let before = state.status.clone();
        super::session::apply_confirmed(info, &mut state, answer, &mut ToldBy::default());
        if state.status != before {
            entered.push(state.status.clone());
        }
    }
    entered
}
