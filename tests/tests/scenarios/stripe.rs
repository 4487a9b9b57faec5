//! Stripe.

use idv_simulator::VendorKind;

use crate::column::Column;

pub(crate) const COLUMN: Column = Column {
    kind: VendorKind::Stripe,
    name: "Stripe",
    holes: HOLES,
};

/// Why a step has no other status.
const TWO_WORDS: &str =
    "a check of a report is verified or unverified, and there is no report before that";
/// Why nobody is named who decided.
const NOBODY_NAMED: &str = "nothing in a session or in a report says that a person has decided";

const HOLES: &[(&str, &str)] = &[
    ("step:pending", TWO_WORDS),
    ("step:active", TWO_WORDS),
    ("step:processing", TWO_WORDS),
    ("step:in_review", TWO_WORDS),
    ("step:done", TWO_WORDS),
    ("step:flagged", TWO_WORDS),
    ("step:skipped", TWO_WORDS),
    ("step:not_applicable", TWO_WORDS),
    ("step:expired", TWO_WORDS),
    ("step:cancelled", TWO_WORDS),
    ("step:errored", TWO_WORDS),
    ("decision:vendor_reviewer", NOBODY_NAMED),
    ("decision:client_reviewer", NOBODY_NAMED),
];
