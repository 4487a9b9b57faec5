//! What the small checks found, and where.

use std::borrow::Cow;

use idv_core::{
    Attempt, Finding, Origin, Raw, ReasonCode, Score, Severity, StepKind, StepStatus, UnknownValue,
};

use super::Site;
use super::tables::checks::{Check, Number};
use super::tables::{StepStatusRow, StepStatusTable, retryable};
use crate::wire::{Json, Text};

/// A reason and where it came from.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) origin: Origin,
}

impl Found {
    /// `pointer` is relative to the site.
    pub(super) fn new(
        reason: &ReasonCode,
        step: &StepKind,
        (pointer, value): (&str, &str),
        rule: &'static str,
        site: &Site<'_>,
    ) -> Self {
        let origin = site.origin_at(site.at(pointer), rule);
        let raw = Raw {
            pointer: origin.pointer.clone(),
            value: Cow::Owned(value.to_owned()),
        };
        let finding = Finding::new(reason.clone(), retryable(reason), raw).about(step.clone());
        Self { finding, origin }
    }

    const fn of(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    pub(super) const fn into_hint(self) -> Self {
        self.of(Severity::Low)
    }
}

/// What is learned of one step below its status.
#[derive(Default)]
pub(super) struct Details {
    /// Of the step as a whole.
    pub(super) found: Vec<Found>,
    /// Of each try.
    pub(super) tries: Vec<Try>,
    pub(super) scores: Vec<Score>,
    pub(super) unknown: Vec<UnknownValue>,
}

/// One try within a step.
pub(super) struct Try {
    pub(super) attempt: Attempt,
    pub(super) origin: Origin,
    pub(super) found: Vec<Found>,
}

impl Details {
    /// Runs a table over an object. `base`: the pointer to it, relative to the site.
    pub(super) fn examine(
        &mut self,
        table: &'static [Check],
        object: Option<&Json<'_>>,
        (base, step, site): (&str, &StepKind, &Site<'_>),
    ) -> Vec<Found> {
        let mut found = Vec::new();
        for check in table {
            for (pointer, value) in places(object, base, check.pointer) {
                let raw = match value {
                    Json::Flag(true) => "true",
                    Json::Flag(false) => "false",
                    other => Text::of(other).raw(),
                };
                match check.words.iter().find(|word| word.raw == raw) {
                    Some(word) => found.extend(word.reason.clone().map(|(reason, severity)| {
                        Found::new(&reason, step, (&pointer, raw), word.rule, site).of(severity)
                    })),
                    None => self.unknown.push(site.unknown(&pointer, raw)),
                }
            }
        }
        found
    }

    /// Keeps the numbers of an object, and finds those that are reasons.
    pub(super) fn measure(
        &mut self,
        table: &'static [Number],
        object: Option<&Json<'_>>,
        (base, step, site): (&str, &StepKind, &Site<'_>),
    ) {
        for number in table {
            for (pointer, value) in places(object, base, number.pointer) {
                let Some((value, raw)) = as_number(value) else {
                    continue;
                };
                self.scores.push(Score {
                    name: number.name.to_owned(),
                    value,
                    scale: number.scale.to_owned(),
                });
                if let Some((bound, rule, reason)) = &number.reason
                    && value >= *bound
                {
                    let place = (pointer.as_str(), raw.as_str());
                    let found = Found::new(reason, step, place, rule, site);
                    self.found.push(found);
                }
            }
        }
    }

    /// Adds a try, with its status by the table.
    pub(super) fn add_try(
        &mut self,
        table: &'static StepStatusTable,
        (status, pointer): (Text<'_>, &str),
        number: Option<i64>,
        found: Vec<Found>,
        site: &Site<'_>,
    ) -> &mut Try {
        let (step_status, row) = by_table(table, status);
        if row.is_none() && status.is_given() {
            self.unknown.push(site.unknown(pointer, status.raw()));
        }
        let rule = row.map_or(table.unlisted, |row| row.rule);
        let mut attempt = Attempt::new(step_status);
        attempt.vendor_id = number.map(|number| number.to_string());
        let origin = site.origin(pointer, status, rule);
        self.tries.push(Try {
            attempt,
            origin,
            found,
        });
        let last = self.tries.len() - 1;
        #[expect(
            clippy::indexing_slicing,
            reason = "a line above something was pushed, so there is a last"
        )]
        &mut self.tries[last]
    }
}

/// The status a word stands for.
pub(super) fn by_table(
    table: &'static StepStatusTable,
    word: Text<'_>,
) -> (StepStatus, Option<&'static StepStatusRow>) {
    let row = word.get().and_then(|raw| table.find(raw));
    let unknown = || StepStatus::Unknown(word.raw().to_owned());
    (row.map_or_else(unknown, |row| row.status.clone()), row)
}

fn as_number(value: &Json<'_>) -> Option<(f64, String)> {
    match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the vendor's scores are small; one that is not is a score no more"
        )]
        Json::Integer(number) => Some((*number as f64, number.to_string())),
        Json::Number(number) => Some((*number, number.to_string())),
        _ => None,
    }
}

/// Every value at a pointer with `*` for the index of a list, and its pointer below `base`. A null is nothing.
fn places<'j>(
    object: Option<&'j Json<'j>>,
    base: &str,
    pattern: &str,
) -> Vec<(String, &'j Json<'j>)> {
    let mut here: Vec<(String, &Json<'_>)> = match object {
        Some(object) => vec![(base.to_owned(), object)],
        None => return Vec::new(),
    };
    for segment in pattern.split('/').skip(1) {
        here = here
            .into_iter()
            .flat_map(|(pointer, value)| -> Vec<_> {
                match value {
                    Json::List(list) if segment == "*" => {
                        let items = list.iter().enumerate();
                        items
                            .map(|(index, item)| (format!("{pointer}/{index}"), item))
                            .collect()
                    }
                    other => other
                        .member(segment)
                        .map(|item| (format!("{pointer}/{segment}"), item))
                        .into_iter()
                        .collect(),
                }
            })
            .collect();
    }
    here
}
