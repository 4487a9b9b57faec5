//! Plaid.

use idv_simulator::VendorKind;

use crate::column::Column;

pub(crate) const COLUMN: Column = Column {
    kind: VendorKind::Plaid,
    name: "Plaid",
    holes: HOLES,
};

const HOLES: &[(&str, &str)] = &[
    ("step:processing", NO_WORD),
    ("step:done", NO_WORD),
    ("step:flagged", NO_WORD),
    ("step:errored", NO_WORD),
    (
        "data_state:redaction_pending",
        "the vendor tells of erasure when it is done",
    ),
    (
        "decision:client_reviewer",
        "whoever decides in the vendor's dashboard decides through the vendor",
    ),
];

const NO_WORD: &str = "none of the eleven words for a step means it";
