//! The answer to one question.

use serde::{Deserialize, Serialize};

use super::Figure;
use crate::measure::{Ratio, Samples};
use crate::question::Question;

/// What a ratio should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Goal {
    /// Whether the median of the ratio is as it should be.
    #[must_use]
    pub fn is_met(self, ratio: &Ratio) -> bool {
        match self {
            Self::AtMost(most) => ratio.median <= most,
            Self::AtLeast(least) => ratio.median >= least,
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured. Unique in its table: it is what two runs are compared by.
    pub what: String,
    /// Ours, in the middle.
    pub ours: Figure,
    /// Against what.
    pub against: String,
    /// That, in the middle.
    pub other: Figure,
    /// Ours over the other, or the other over ours where the goal is to be so many times faster.
    pub ratio: Ratio,
    /// What the ratio should be, if anybody has said so.
    pub goal: Option<Goal>,
}

impl Row {
    /// Ours over the other, both in this unit.
    #[must_use]
    pub fn over(
        what: impl Into<String>,
        figure: fn(f64) -> Figure,
        ours: &Samples,
        against: impl Into<String>,
        other: &Samples,
    ) -> Self {
        Self {
            what: what.into(),
            ours: figure(ours.median()),
            against: against.into(),
            other: figure(other.median()),
            ratio: Ratio::of(ours, other),
            goal: None,
        }
    }

    /// How many times faster than the other: the other's seconds over ours.
    #[must_use]
    pub fn times_faster(
        what: impl Into<String>,
        ours: &Samples,
        against: impl Into<String>,
        other: &Samples,
    ) -> Self {
        Self {
            ratio: Ratio::of(other, ours),
            ..Self::over(what, Figure::seconds, ours, against, other)
        }
    }

    /// With what the ratio should be.
    #[must_use]
    pub const fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Which.
    pub question: Question,
    /// The comparisons.
    pub rows: Vec<Row>,
    /// What else a reader should know: absolute figures that are no ratio, what was counted.
    pub notes: Vec<String>,
    /// What was left out, why, and how to have it.
    pub skipped: Vec<String>,
}

impl Table {
    /// An empty one.
    #[must_use]
    pub const fn new(question: Question) -> Self {
        Self {
            question,
            rows: Vec::new(),
            notes: Vec::new(),
            skipped: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_about_the_median() {
        let ours = Samples::new(vec![1.0, 3.0, 3.0]);
        let other = Samples::new(vec![1.0, 1.5, 2.0]);
        let row = Row::over("a", Figure::seconds, &ours, "b", &other);
        assert_eq!(row.ratio.median, 1.5);
        assert!(Goal::AtMost(1.5).is_met(&row.ratio) && !Goal::AtMost(1.4).is_met(&row.ratio));
        assert!(Goal::AtLeast(1.5).is_met(&row.ratio) && !Goal::AtLeast(1.6).is_met(&row.ratio));
        let faster = Row::times_faster("a", &ours, "b", &other);
        assert!((faster.ratio.median - 1.0 / 1.5).abs() < 1e-9);
    }
}
