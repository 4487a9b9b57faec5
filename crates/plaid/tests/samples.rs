//! Every file of the shared samples, and what it must become. The table was written before the first run.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use idv_core::{DataState, IdProvider, Kind, Mapped, Purpose, Status};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_testkit::{ManualClock, shared_samples};

/// What `translate` makes of a file, without being told the kind.
enum Becomes {
    Session(Session),
    List(&'static [Session]),
    /// The one step of a screening.
    Screening(&'static str),
    /// An event and the session it names.
    Webhook(Option<&'static str>),
    Error(&'static str),
    /// An answer of the vendor that says nothing about a verification.
    Other,
    NotOfThisVendor,
    NotJson,
}

struct Session {
    id: &'static str,
    status: Status,
    summary: &'static str,
    data_state: DataState,
    /// The steps with their status and their findings.
    steps: &'static [(&'static str, &'static [&'static str])],
}

/// The example of the specification: each step passed, with all risks on it.
const fn example(risks: &'static [(&'static str, &'static [&'static str])]) -> Session {
    Session {
        id: "idv_52xR9LKo77r1Np",
        status: Status::Passed,
        summary: "passed",
        data_state: DataState::Redacted,
        steps: risks,
    }
}

const RISKY: &[&str] = &[
    "suspected_fraud",
    "suspected_fraud",
    "suspected_fraud",
    "suspected_fraud",
    "suspected_fraud",
];
const RISKY_AND_SEEN_BEFORE: &[&str] = &[
    "suspected_fraud",
    "suspected_fraud",
    "suspected_fraud",
    "suspected_fraud",
    "suspected_fraud",
    "duplicate_identity",
];

const ALL_PASSED: &[(&str, &[&str])] = &[
    ("consent passed", &[]),
    ("phone passed", &[]),
    ("database passed", &[]),
    ("document passed", &[]),
    ("selfie passed", &[]),
    ("watchlist passed", &[]),
    ("risk passed", RISKY_AND_SEEN_BEFORE),
];
const ALL_PASSED_BEFORE_DUPLICATES: &[(&str, &[&str])] = &[
    ("consent passed", &[]),
    ("phone passed", &[]),
    ("database passed", &[]),
    ("document passed", &[]),
    ("selfie passed", &[]),
    ("watchlist passed", &[]),
    ("risk passed", RISKY),
];

/// A recording of the sandbox: consent was given before, and the first step of the subject is the phone.
const ACTIVE: Session = Session {
    id: "idv_enEDjZD5sX6pUM",
    status: Status::AwaitingUser,
    summary: "created",
    data_state: DataState::Present,
    steps: &[
        ("consent skipped", &[]),
        ("phone active", &[]),
        ("database pending", &[]),
        ("document not_applicable", &[]),
        ("selfie not_applicable", &[]),
        ("watchlist pending", &[]),
        ("risk pending", &[]),
    ],
};

const CASES: &[(&str, Becomes)] = &[
    ("INDEX.md", Becomes::NotJson),
    ("autofill_create_response.json", Becomes::Other),
    ("dashboard_user_get_response.json", Becomes::Other),
    (
        "error_400_invalid_field.json",
        Becomes::Error("invalid_input"),
    ),
    (
        "error_400_invalid_product_idv_not_enabled.json",
        Becomes::Error("invalid_credentials"),
    ),
    (
        "error_400_invalid_webhook_verification_key_id.json",
        Becomes::Error("not_found"),
    ),
    (
        "error_400_missing_fields.json",
        Becomes::Error("invalid_input"),
    ),
    (
        "error_400_unauthorized_route_access.json",
        Becomes::Error("invalid_credentials"),
    ),
    (
        "error_400_unknown_fields.json",
        Becomes::Error("invalid_input"),
    ),
    (
        "error_404_not_found_route.json",
        Becomes::Error("not_found"),
    ),
    ("error_429_rate_limit.json", Becomes::Error("rate_limited")),
    (
        "error_500_internal_server_error.json",
        Becomes::Error("unavailable"),
    ),
    (
        "error_503_planned_maintenance.json",
        Becomes::Error("unavailable"),
    ),
    (
        "get_response_2024-11_spec1.586.json",
        Becomes::Session(example(ALL_PASSED_BEFORE_DUPLICATES)),
    ),
    (
        "get_response_2025-08_spec1.658_aamva.json",
        Becomes::Session(example(ALL_PASSED_BEFORE_DUPLICATES)),
    ),
    (
        "get_response_backend_only_success_nulls.json",
        // The phone number is another, and the session passed: the template decides, and no check does.
        Becomes::Session(Session {
            id: "idv_placeholder0000",
            status: Status::Passed,
            summary: "passed",
            data_state: DataState::Present,
            steps: &[
                ("consent skipped", &[]),
                ("phone not_applicable", &[]),
                ("database passed", &["contact_mismatch"]),
                ("document not_applicable", &[]),
                ("selfie not_applicable", &[]),
                ("watchlist not_applicable", &[]),
                ("risk passed", &[]),
            ],
        }),
    ),
    (
        "get_response_success_full.json",
        Becomes::Session(example(ALL_PASSED)),
    ),
    // Files about signatures, not objects of the vendor.
    (
        "jwt_vector_derived_bad_signature.json",
        Becomes::NotOfThisVendor,
    ),
    (
        "jwt_vector_derived_body_indent4.json",
        Becomes::NotOfThisVendor,
    ),
    (
        "jwt_vector_derived_stale_301s.json",
        Becomes::NotOfThisVendor,
    ),
    ("jwt_vector_real_1.json", Becomes::NotOfThisVendor),
    ("jwt_vector_real_2.json", Becomes::NotOfThisVendor),
    ("jwt_vector_real_3.json", Becomes::NotOfThisVendor),
    ("jwt_vector_real_4_income.json", Becomes::NotOfThisVendor),
    (
        "jwt_vector_real_5_other_body.json",
        Becomes::NotOfThisVendor,
    ),
    (
        "jwt_vector_real_6_signature_only.json",
        Becomes::NotOfThisVendor,
    ),
    (
        "jwt_vector_real_7_development_unknown_kid.json",
        Becomes::NotOfThisVendor,
    ),
    ("link_token_create_response.json", Becomes::Other),
    (
        "list_response_one_item.json",
        Becomes::List(&[example(ALL_PASSED)]),
    ),
    // What is sent to the vendor is no object of the vendor.
    ("real_sandbox_create_request.json", Becomes::NotOfThisVendor),
    (
        "real_sandbox_create_response_active.json",
        Becomes::Session(ACTIVE),
    ),
    (
        "real_sandbox_list_response_active.json",
        Becomes::List(&[ACTIVE]),
    ),
    (
        "real_sandbox_webhook_verification_key_get_response.json",
        Becomes::Other,
    ),
    (
        "request_create_backend_only_leslie_knope.json",
        Becomes::NotOfThisVendor,
    ),
    (
        "request_link_token_create_idv.json",
        Becomes::NotOfThisVendor,
    ),
    ("request_retry_reset.json", Becomes::NotOfThisVendor),
    ("user_create_response_legacy_api.json", Becomes::Other),
    ("user_create_response_new_api.json", Becomes::Other),
    (
        "watchlist_screening_individual_get_response.json",
        Becomes::Screening("watchlist passed"),
    ),
    (
        "watchlist_screening_individual_hit_list_response.json",
        Becomes::Other,
    ),
    (
        "webhook_entity_screening_status_updated.json",
        Becomes::Webhook(None),
    ),
    (
        "webhook_idv_retried.json",
        Becomes::Webhook(Some("idv_52xR9LKo77r1Np")),
    ),
    (
        "webhook_idv_status_updated.json",
        Becomes::Webhook(Some("idv_52xR9LKo77r1Np")),
    ),
    (
        "webhook_idv_step_updated.json",
        Becomes::Webhook(Some("idv_52xR9LKo77r1Np")),
    ),
    ("webhook_protect_user_event.json", Becomes::Webhook(None)),
    (
        "webhook_screening_status_updated.json",
        Becomes::Webhook(None),
    ),
    (
        "webhook_verification_key_get_response_docs.json",
        Becomes::Other,
    ),
];

fn provider() -> PlaidProvider {
    PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon())
}

fn read(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_table_names_every_sample() {
    let Some(folder) = shared_samples("plaid", CASES.len()) else {
        return;
    };
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named: BTreeSet<String> = CASES.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(named.len(), CASES.len(), "a file is named twice");
    assert_eq!(there, named);
}

#[test]
fn every_sample_is_translated_as_the_table_says() {
    let Some(folder) = shared_samples("plaid", CASES.len()) else {
        return;
    };
    let provider = provider();
    for (file, becomes) in CASES {
        let result = provider.translate(None, &read(&folder, file));
        match (becomes, result) {
            (Becomes::NotJson, Err(error)) => {
                assert!(error.to_string().starts_with("not JSON"), "{file}");
            }
            (Becomes::NotOfThisVendor, Err(error)) => {
                let text = error.to_string();
                assert!(text.contains("not of this provider"), "{file}: {text}");
            }
            (expected, Ok(mapped)) => check(file, expected, &mapped),
            (_, Err(error)) => panic!("{file}: {error}"),
        }
    }
}

fn check(file: &str, expected: &Becomes, mapped: &Mapped) {
    assert_eq!(mapped.unknown, [], "{file}");
    match expected {
        Becomes::Session(session) => check_session(file, session, mapped),
        Becomes::List(sessions) => {
            assert_eq!(mapped.kind, Kind::List, "{file}");
            assert_eq!(mapped.items.len(), sessions.len(), "{file}");
            for (session, item) in sessions.iter().zip(&mapped.items) {
                check_session(file, session, item);
            }
        }
        Becomes::Screening(step) => {
            assert_eq!(mapped.kind, Kind::Report, "{file}");
            assert_eq!(mapped.status, None, "{file}: a screening has no verdict");
            assert_eq!(steps(mapped), [((*step).to_owned(), Vec::new())], "{file}");
        }
        Becomes::Webhook(session) => {
            assert_eq!(mapped.kind, Kind::Webhook, "{file}");
            assert_eq!(
                mapped.session_id.as_ref().map(idv_core::SessionId::as_str),
                *session
            );
            assert_eq!(mapped.status, None, "{file}: no webhook carries a status");
            assert_eq!(mapped.live, Some(true), "{file}");
        }
        Becomes::Error(kind) => {
            assert_eq!(mapped.kind, Kind::Error, "{file}");
            let found = mapped.error_kind.as_ref().unwrap().as_word();
            assert_eq!(found, *kind, "{file}");
        }
        Becomes::Other => {
            assert_eq!(mapped.kind, Kind::Other, "{file}");
            assert_eq!(mapped.status, None, "{file}");
        }
        Becomes::NotOfThisVendor | Becomes::NotJson => {
            panic!("{file}: should not have been readable")
        }
    }
}

fn check_session(file: &str, expected: &Session, mapped: &Mapped) {
    assert_eq!(mapped.kind, Kind::Session, "{file}");
    assert_eq!(mapped.session_id.as_ref().unwrap().as_str(), expected.id);
    let status = mapped.status.as_ref().unwrap();
    assert_eq!(*status, expected.status, "{file}");
    let summary = status.summary(mapped.subject_started).as_word();
    assert_eq!(summary, expected.summary, "{file}");
    assert_eq!(mapped.findings, [], "{file}");
    assert_eq!(
        mapped.data_state.as_ref(),
        Some(&expected.data_state),
        "{file}"
    );
    let expected: Vec<(String, Vec<String>)> = expected
        .steps
        .iter()
        .map(|(step, findings)| {
            let findings = findings.iter().map(|code| (*code).to_owned());
            ((*step).to_owned(), findings.collect())
        })
        .collect();
    assert_eq!(steps(mapped), expected, "{file}");
    assert!(mapped.person.is_some(), "{file}");
}

fn steps(mapped: &Mapped) -> Vec<(String, Vec<String>)> {
    let step = |step: &idv_core::Step| {
        let findings = step.findings.iter().map(|f| f.code.to_string());
        (format!("{} {}", step.kind, step.status), findings.collect())
    };
    mapped.steps.iter().map(step).collect()
}

#[test]
fn the_members_of_the_full_example_have_a_home() {
    let Some(folder) = shared_samples("plaid", 1) else {
        return;
    };
    let bytes = read(&folder, "get_response_success_full.json");
    let mapped = provider().translate(None, &bytes).unwrap();

    let template = mapped.template.as_ref().unwrap();
    assert_eq!(template.id, "idvtmp_4FrXJvfQU3zGUR");
    assert_eq!(template.version.as_deref(), Some("2"));
    let subject = mapped.subject.as_ref().unwrap();
    assert_eq!(subject.expose(Purpose::Test), "your-db-id-3b24110");
    let references: Vec<&str> = mapped.references.iter().map(|r| &*r.name).collect();
    assert_eq!(
        references,
        [
            "previous_attempt_id",
            "watchlist_screening_id",
            "beacon_user_id",
            "user_id",
            "protect_event_id"
        ]
    );
    let files: Vec<String> = mapped
        .evidence
        .iter()
        .map(|file| format!("{} {}", file.vendor_file_id, file.role))
        .collect();
    assert_eq!(
        files,
        [
            "documents/1/original_front document_front",
            "documents/1/original_back document_back",
            "documents/1/cropped_front document_front",
            "documents/1/cropped_back document_back",
            "documents/1/face document_face",
            "selfies/1/image selfie",
            "selfies/1/video selfie_video",
        ]
    );
    let scores: Vec<(&str, f64)> = mapped.steps[6]
        .scores
        .iter()
        .map(|score| (&*score.name, score.value))
        .collect();
    assert_eq!(
        scores,
        [
            ("synthetic_identity", 0.0),
            ("stolen_identity", 0.0),
            ("facial_duplicate_similarity", 95.0),
            ("trust_index", 86.0),
            ("protect_trust_index", 86.0),
            ("protect_device_and_connection", 87.0),
            ("protect_bank_account_insights", 85.0),
        ]
    );
    let attempts: Vec<usize> = mapped.steps.iter().map(|s| s.attempts.len()).collect();
    assert_eq!(attempts, [0, 1, 0, 1, 1, 0, 0]);

    let person = mapped.person.as_ref().unwrap().expose(Purpose::Test);
    let counts = [
        person.names.len(),
        person.birthdates.len(),
        person.addresses.len(),
        person.emails.len(),
        person.phones.len(),
        person.id_numbers.len(),
        person.documents.len(),
        person.networks.len(),
    ];
    // The user and the document: name, birth date, address; the user and the text message: phone.
    assert_eq!(counts, [2, 2, 2, 1, 2, 1, 1, 1]);
    let address = person.addresses[0].value.as_present().unwrap();
    assert_eq!(address.po_box, Some(true));
}
