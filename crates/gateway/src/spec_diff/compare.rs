//! The comparison.

use std::collections::BTreeSet;

use idv_core::spec::{AcceptedDifference, VendorSpec};
use serde::Serialize;

use super::description::{Description, listed, members};

/// One thing in which a description and what is known of it differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Difference {
    /// Where it stands in the description: JSON pointer.
    pub(crate) place: String,
    /// The value, event, error code or member; empty if it is about the place itself.
    pub(crate) name: String,
    /// In which way they differ.
    pub(crate) kind: Kind,
    /// What it is: `value`, `event`, `error code`, `member` or `place`.
    pub(crate) what: &'static str,
    /// Why it is meant, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accepted: Option<&'static str>,
}

/// In which way a description and what is known of it differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The description has it, and nothing here maps or reads it.
    New,
    /// It is mapped or read here, and the description has it no more.
    Gone,
    /// It is said to be meant, and there is no such difference any more.
    NoLongerDiffers,
}

impl Difference {
    /// What it means and what to do, in one sentence.
    pub(crate) fn sentence(&self) -> &'static str {
        match (self.kind, self.what) {
            (Kind::New, "member") => "is not read here: read it, or say why not",
            (Kind::New, _) => "is not mapped here: it would be kept as unknown; add a row",
            (Kind::Gone, "place") => "is no longer there, so nothing below it was compared",
            (Kind::Gone, "member") => "is read here, and the vendor no longer describes it",
            (Kind::Gone, _) => "is mapped here, and the vendor no longer lists it",
            (Kind::NoLongerDiffers, _) => {
                "is listed as accepted, and differs no more: take it off the list"
            }
        }
    }
}

/// Every difference, in the order of places and names. Those that are meant have the reason with them.
pub(crate) fn compare(spec: &VendorSpec, description: &Description) -> Vec<Difference> {
    let mut found = BTreeSet::new();
    for values in &spec.values {
        let schemas = description.schemas_at(&values.place);
        let Some(theirs) = listed(&schemas) else {
            found.insert(gone_place(&values.place));
            continue;
        };
        let theirs = theirs
            .into_iter()
            .filter(|word| word.starts_with(values.family));
        let ours = values.known.iter().map(AsRef::as_ref).collect();
        sets(
            &values.place,
            values.what.as_word(),
            &theirs.collect(),
            &ours,
            &mut found,
        );
    }
    for object in &spec.objects {
        let (mut theirs, mut is_there) = (BTreeSet::new(), false);
        for place in std::iter::once(&object.place).chain(&object.also) {
            match members(&description.schemas_at(place)) {
                Some(members) => {
                    theirs.extend(members);
                    is_there = true;
                }
                None => {
                    found.insert(gone_place(place));
                }
            }
        }
        if !is_there {
            continue;
        }
        let ours = object.read.iter().map(AsRef::as_ref).collect();
        sets(&object.place, MEMBER, &theirs, &ours, &mut found);
    }
    let mut differences: Vec<_> = found.into_iter().collect();
    for difference in &mut differences {
        let reason = spec
            .accepted
            .iter()
            .find(|accepted| covers(accepted, difference));
        difference.accepted = reason.map(|accepted| accepted.reason);
    }
    let stale = spec.accepted.iter().filter(|accepted| {
        let is_used = differences
            .iter()
            .any(|difference| covers(accepted, difference));
        !is_used
    });
    let stale: Vec<_> = stale
        .map(|accepted| Difference {
            place: accepted.place.to_owned(),
            name: accepted.name.to_owned(),
            kind: Kind::NoLongerDiffers,
            what: "accepted difference",
            accepted: None,
        })
        .collect();
    differences.extend(stale);
    differences.sort();
    differences
}

const MEMBER: &str = "member";

fn covers(accepted: &AcceptedDifference, difference: &Difference) -> bool {
    // A place that is gone hides whatever stood there: that is never meant.
    difference.what != "place"
        && accepted.place == difference.place
        && (accepted.name == "*" || accepted.name == difference.name)
}

fn sets(
    place: &str,
    what: &'static str,
    theirs: &BTreeSet<&str>,
    ours: &BTreeSet<&str>,
    found: &mut BTreeSet<Difference>,
) {
    let mut note = |name: &str, kind| {
        found.insert(Difference {
            place: place.to_owned(),
            name: name.to_owned(),
            kind,
            what,
            accepted: None,
        });
    };
    for name in theirs.difference(ours) {
        note(name, Kind::New);
    }
    for name in ours.difference(theirs) {
        note(name, Kind::Gone);
    }
}

fn gone_place(place: &str) -> Difference {
    Difference {
        place: place.to_owned(),
        name: String::new(),
        kind: Kind::Gone,
        what: "place",
        accepted: None,
    }
}
