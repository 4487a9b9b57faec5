//! Where a vendor answers otherwise than its description says, each with the recorded sample that shows it, or with the
//! SDK that demands it.

mod onfido;
mod plaid;
mod stripe;

use std::fmt;

use super::violation::Violation;

/// A row: what is accepted, where, and why.
pub(super) struct Deviation {
    /// The operations, such as `GET /applicants/{applicant_id}`.
    pub(super) operations: &'static [&'static str],
    /// JSON pointers into their bodies, where `*` stands for any one part.
    pub(super) instances: &'static [&'static str],
    /// The word of [`Violation::rule`]: `undeclared`, `null`, `required`, `enum`, ….
    pub(super) rule: &'static str,
    /// The file below `../shared/vendors/samples/<vendor>/` that shows it, unless it is [`Standing::Newer`].
    pub(super) sample: &'static str,
    pub(super) standing: Standing,
}

/// For whom a deviation holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The vendor answers so, and a simulator may.
    Vendor,
    /// The description is older than the vendor's SDK, which takes no answer without it. The row names the SDK in the
    /// place of a sample, and its suite shows it.
    Newer,
    /// This sample only: it is older than the description, written by somebody else, or an answer to what no simulator
    /// offers.
    Sample,
}

/// The vendors and their rows.
pub(super) const VENDORS: &[(&str, &[Deviation])] = &[
    ("onfido", onfido::DEVIATIONS),
    ("plaid", plaid::DEVIATIONS),
    ("stripe", stripe::DEVIATIONS),
];

/// The rows of a vendor.
pub(super) fn of(vendor: &str) -> &'static [Deviation] {
    let known = VENDORS.iter().find(|(name, _)| *name == vendor);
    known
        .unwrap_or_else(|| panic!("there is no vendor {vendor}"))
        .1
}

/// A row that holds for the vendor, and so for a simulator.
const fn of_the_vendor(
    operations: &'static [&'static str],
    instances: &'static [&'static str],
    rule: &'static str,
    sample: &'static str,
) -> Deviation {
    Deviation {
        operations,
        instances,
        rule,
        sample,
        standing: Standing::Vendor,
    }
}

/// A row that holds for a simulator since this SDK, which demands what it excuses.
const fn since_the_sdk(
    sdk: &'static str,
    operations: &'static [&'static str],
    instances: &'static [&'static str],
) -> Deviation {
    Deviation {
        operations,
        instances,
        rule: "undeclared",
        sample: sdk,
        standing: Standing::Newer,
    }
}

/// A row that holds for its sample alone.
const fn of_the_sample(
    sample: &'static str,
    operation: &'static [&'static str],
    instances: &'static [&'static str],
    rule: &'static str,
) -> Deviation {
    Deviation {
        operations: operation,
        instances,
        rule,
        sample,
        standing: Standing::Sample,
    }
}

/// The index of the row that lets a simulator do this.
pub(super) fn accepting(vendor: &str, violation: &Violation) -> Option<usize> {
    let mut rows = of(vendor).iter();
    rows.position(|row| row.holds_for_a_simulator() && row.accepts(violation))
}

impl Deviation {
    /// Whether a recorded sample shows it.
    pub(super) fn has_sample(&self) -> bool {
        self.standing != Standing::Newer
    }

    pub(super) fn accepts(&self, violation: &Violation) -> bool {
        self.place(violation).is_some()
    }

    /// Which of its places a violation is at, if it is accepted.
    pub(super) fn place(&self, violation: &Violation) -> Option<&'static str> {
        let here = |operation: &&str| fits(operation, &violation.operation);
        if self.rule != violation.rule() || !self.operations.iter().any(here) {
            return None;
        }
        let mut places = self.instances.iter().copied();
        places.find(|place| fits(place, &violation.instance))
    }

    /// Whether a simulator may do the same.
    pub(super) fn holds_for_a_simulator(&self) -> bool {
        self.standing != Standing::Sample
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operations,
            instances,
            rule,
            sample,
            ..
        } = self;
        let (operations, instances) = (operations.join(", "), instances.join(", "));
        write!(f, "{operations} {instances}: {rule} ({sample})")
    }
}

/// Whether a path is as a pattern says, part by part.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern
            .zip(path)
            .all(|(wanted, part)| wanted == "*" || wanted == part)
}

#[test]
fn a_pattern_fits_part_by_part() {
    for (pattern, path, expected) in [
        ("/a/*/b", "/a/0/b", true),
        ("/a/*/b", "/a/0/c", false),
        ("/a/*", "/a", false),
        ("/a/*", "/a/0/b", false),
        ("", "", true),
        ("*", "/a", false),
    ] {
        assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
    }
}
