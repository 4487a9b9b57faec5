//! Checks that fail.

use crate::stripe::check::{Check, Problem};
use crate::stripe::person::Person;

/// What fails in a submission.
#[derive(Clone, Debug)]
pub(in crate::stripe) struct Failing {
    /// What the session tells.
    pub(in crate::stripe) first: Problem,
    /// What the checks tell.
    pub(in crate::stripe) checks: Vec<(Check, Problem)>,
    /// Who was checked, if it is not the session's own person.
    pub(in crate::stripe) person: Option<Person>,
}

impl Failing {
    /// This code in the check it is named after, if there is such a check.
    pub(in crate::stripe) fn of_code(code: &str) -> Self {
        let first = Problem::of_code(code);
        let checks = Check::of_code(code).map(|check| (check, first.clone()));
        Self {
            first,
            checks: checks.into_iter().collect(),
            person: None,
        }
    }
}
