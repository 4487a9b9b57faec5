//! Stripe. What was recorded is as described; what was written by hand is not always.

use super::{Deviation, of_the_sample};

const REPORT: &[&str] = &["GET /v1/identity/verification_reports/{report}"];
const REPORTS: &[&str] = &["GET /v1/identity/verification_reports"];
const SESSION: &[&str] = &["GET /v1/identity/verification_sessions/{session}"];

pub(super) const DEVIATIONS: &[Deviation] = &[
    // The reference's examples; the description, and sessions, have `postal_code`.
    of_the_sample(
        "report_list.json",
        REPORTS,
        &["/data/*/document/address/zip"],
        "undeclared",
    ),
    of_the_sample(
        "report_retrieve.json",
        REPORT,
        &["/document/address/zip"],
        "undeclared",
    ),
    // Somebody's test needed no more of a session.
    of_the_sample(
        "session_verified_outputs_with_dob.json",
        SESSION,
        &["/created", "/livemode", "/metadata", "/type"],
        "required",
    ),
];
