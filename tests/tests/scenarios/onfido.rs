//! Onfido.

use idv_simulator::VendorKind;

use crate::column::Column;

pub(crate) const COLUMN: Column = Column {
    kind: VendorKind::Onfido,
    name: "Onfido",
    holes: HOLES,
};

const NO_STEP_WORD: &str = "a task has no such state: it is under way, or has produced something";
const NOBODY_NAMED: &str = "a run does not say who decided";
const NOT_TOLD: &str = "nothing in a run says whether the data of its applicant are there; the gateway's own command leads here";

const HOLES: &[(&str, &str)] = &[
    ("step:pending", "tasks that have not begun are not listed"),
    ("step:skipped", "tasks that are left out are not listed"),
    ("step:not_applicable", NO_STEP_WORD),
    ("step:expired", NO_STEP_WORD),
    ("step:errored", NO_STEP_WORD),
    ("data_state:redaction_pending", NOT_TOLD),
    ("data_state:redacted", NOT_TOLD),
    ("decision:vendor_reviewer", NOBODY_NAMED),
    ("decision:client_reviewer", NOBODY_NAMED),
];
