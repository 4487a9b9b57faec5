//! Plaid. Its real answers are older than its description and lack what it has added since; a simulator has it all, and
//! what its SDK for Python demands beyond that.

use super::{Deviation, of_the_sample, since_the_sdk};

const CREATE: &[&str] = &["POST /identity_verification/create"];
const GET: &[&str] = &["POST /identity_verification/get"];
const LIST: &[&str] = &["POST /identity_verification/list"];

const SDK: &str = "plaid-python";

pub(super) const DEVIATIONS: &[Deviation] = &[
    since_the_sdk(
        SDK,
        GET,
        &[
            "/kyc_check/id_number/ssa_verification",
            "/risk_check/email/name",
        ],
    ),
    since_the_sdk(
        SDK,
        LIST,
        &[
            "/identity_verifications/*/kyc_check/id_number/ssa_verification",
            "/identity_verifications/*/risk_check/email/name",
        ],
    ),
    of_the_sample(
        "get_response_2024-11_spec1.586.json",
        GET,
        &[
            "/user_id",
            "/documentary_verification/documents/*/analysis/aamva_verification",
            "/documentary_verification/documents/*/analysis/fraud_analysis_details",
            "/documentary_verification/documents/*/analysis/image_quality_details",
            "/documentary_verification/documents/*/extracted_data/issue_date",
            "/risk_check/email/includes_date_of_birth",
            "/risk_check/email/is_edu",
            "/risk_check/facial_duplicates",
            "/risk_check/trust_index_score",
        ],
        "required",
    ),
    of_the_sample(
        "get_response_2025-08_spec1.658_aamva.json",
        GET,
        &[
            "/documentary_verification/documents/*/analysis/fraud_analysis_details",
            "/documentary_verification/documents/*/analysis/image_quality_details",
            "/documentary_verification/documents/*/extracted_data/issue_date",
            "/risk_check/email/includes_date_of_birth",
            "/risk_check/email/is_edu",
            "/risk_check/facial_duplicates",
            "/risk_check/trust_index_score",
        ],
        "required",
    ),
    of_the_sample(
        "get_response_backend_only_success_nulls.json",
        GET,
        &[
            "/beacon_user_id",
            "/user_id",
            "/verify_sms",
            "/risk_check/facial_duplicates",
            "/risk_check/trust_index_score",
        ],
        "required",
    ),
    of_the_sample(
        "real_sandbox_create_response_active.json",
        CREATE,
        &["/beacon_user_id", "/user_id", "/verify_sms"],
        "required",
    ),
    of_the_sample(
        "real_sandbox_list_response_active.json",
        LIST,
        &[
            "/identity_verifications/*/beacon_user_id",
            "/identity_verifications/*/user_id",
            "/identity_verifications/*/verify_sms",
        ],
        "required",
    ),
    // Whoever wrote it down put a whole answer into the list.
    of_the_sample(
        "real_sandbox_list_response_active.json",
        LIST,
        &["/identity_verifications/*/request_id"],
        "undeclared",
    ),
];
