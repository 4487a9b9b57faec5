//! Onfido. Its description gives members a type without null that the API answers with null.

use super::{Deviation, of_the_sample, of_the_vendor};

const APPLICANT: &[&str] = &[
    "POST /applicants",
    "GET /applicants/{applicant_id}",
    "PUT /applicants/{applicant_id}",
    "GET /applicants",
];
const CHECK: &[&str] = &["POST /checks", "GET /checks/{check_id}", "GET /checks"];
const REPORT: &[&str] = &["GET /reports/{report_id}", "GET /reports"];
const RUN: &[&str] = &[
    "POST /workflow_runs",
    "GET /workflow_runs/{workflow_run_id}",
    "GET /workflow_runs",
];

const TASK: &[&str] = &["GET /workflow_runs/{workflow_run_id}/tasks/{task_id}"];

const SANDBOX_APPLICANT: &str = "api_applicant_sandbox_2024.json";
const SANDBOX_RUN: &str = "api_workflow_run_awaiting_input_2024.json";
const CHECK_NULLS: &str = "api_check_nulls_v36.json";
const CHECK_V3: &str = "api_check_in_progress_v3.json";
const CLEAR_REPORT: &str = "api_document_report_clear.json";

pub(super) const DEVIATIONS: &[Deviation] = &[
    // An applicant that is not to be deleted, and one whose address was not sent along.
    of_the_vendor(
        APPLICANT,
        &["/delete_at", "/applicants/*/delete_at"],
        "null",
        SANDBOX_APPLICANT,
    ),
    of_the_vendor(
        APPLICANT,
        &["/location/ip_address", "/applicants/*/location/ip_address"],
        "null",
        SANDBOX_APPLICANT,
    ),
    // A run that has not failed, and one that has not ended.
    of_the_vendor(RUN, &["/error", "/*/error"], "null", SANDBOX_RUN),
    of_the_vendor(RUN, &["/output", "/*/output"], "null", SANDBOX_RUN),
    // "en", where only languages with a country are listed.
    of_the_vendor(
        RUN,
        &["/link/language", "/*/link/language"],
        "enum",
        SANDBOX_RUN,
    ),
    // What a capture has collected: a list. Its webhook carries the task as the API shows it.
    of_the_vendor(
        TASK,
        &["/output"],
        "type",
        "wh_workflow_task_completed_list_output.json",
    ),
    // Classic checks and their reports: no simulator has them.
    of_the_sample(
        CHECK_NULLS,
        CHECK,
        &["/result", "/form_uri", "/redirect_uri"],
        "null",
    ),
    of_the_sample(
        CHECK_V3,
        CHECK,
        &["/result", "/form_uri", "/redirect_uri"],
        "null",
    ),
    of_the_sample(
        CLEAR_REPORT,
        REPORT,
        &["/properties/gender", "/properties/nationality"],
        "null",
    ),
    // Of an earlier version of the API.
    of_the_sample(
        "api_applicant_v36.json",
        APPLICANT,
        &["/title", "/middle_name"],
        "undeclared",
    ),
    of_the_sample(
        "err_validation_error_email.json",
        APPLICANT,
        &["/error/id"],
        "undeclared",
    ),
    of_the_sample(
        "api_live_photo.json",
        &["GET /live_photos/{live_photo_id}"],
        &["/created_at"],
        "format",
    ),
    // Stand-ins for ids.
    of_the_sample(
        "api_applicants_list.json",
        APPLICANT,
        &["/applicants/*/id"],
        "format",
    ),
    of_the_sample(
        CHECK_V3,
        CHECK,
        &["/id", "/applicant_id", "/report_ids/*"],
        "format",
    ),
    of_the_sample(
        CHECK_NULLS,
        CHECK,
        &["/id", "/applicant_id", "/report_ids/*"],
        "format",
    ),
];
