//! Every case in `fixtures/stripe`, every row of the mapping tables, and the vendor's own list of values.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use idv_core::{Finding, IdProvider, Kind, Mapped, ReasonCode, Retryable, Status, StepKind};
use idv_stripe::{StripeConfig, StripeProvider, mapping_rows};
use idv_testkit::fixture::Fixtures;
use idv_testkit::{ManualClock, shared_samples};
use serde_json::{Value, json};

fn fixtures() -> Fixtures {
    Fixtures::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stripe"))
}

fn provider() -> StripeProvider {
    StripeProvider::receiver(StripeConfig::default(), ManualClock::noon())
}

fn translate(object: &Value) -> Mapped {
    let bytes = serde_json::to_vec(object).unwrap();
    provider().translate(None, &bytes).unwrap()
}

#[test]
fn every_case_means_what_it_says() {
    fixtures().assert_translated(&provider());
}

#[test]
fn every_row_of_the_tables_is_cited_by_a_case() {
    fixtures().assert_rows_cited(&mapping_rows());
}

#[test]
fn every_origin_points_at_a_value_of_ours_and_at_one_of_the_vendors() {
    let mut origins = 0;
    for case in fixtures().cases() {
        let mapped = provider().translate(None, &case.bytes).unwrap();
        let vendors: Value = idv_core::json::decode(&case.bytes).unwrap();
        for item in std::iter::once(&mapped).chain(&mapped.items) {
            let ours = serde_json::to_value(item).unwrap();
            for (key, origin) in &item.origins {
                assert!(ours.pointer(key).is_some(), "{}: {key}", case.name);
                let at = vendors.pointer(&origin.pointer);
                assert!(at.is_some(), "{}: {}", case.name, origin.pointer);
                origins += 1;
            }
        }
    }
    assert!(origins > 100, "only {origins} origins were looked at");
}

#[test]
fn every_finding_and_every_unknown_value_quotes_the_vendor_word_for_word() {
    let mut quoted = 0;
    let mut check = |name: &str, vendors: &Value, pointer: &str, quote: &str| {
        quoted += 1;
        let found = match vendors.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            // What is null means the same as what is not there.
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        assert_eq!(found, quote, "{name}: {pointer}");
    };
    for case in fixtures().cases() {
        let mapped = provider().translate(None, &case.bytes).unwrap();
        let vendors: Value = idv_core::json::decode(&case.bytes).unwrap();
        for item in std::iter::once(&mapped).chain(&mapped.items) {
            let steps = item.steps.iter().flat_map(|step| &step.findings);
            for Finding { raw, .. } in item.findings.iter().chain(steps) {
                check(&case.name, &vendors, &raw.pointer, &raw.value);
            }
            for unknown in &item.unknown {
                assert!(!unknown.value.is_empty(), "{}", case.name);
                check(&case.name, &vendors, &unknown.pointer, &unknown.value);
            }
        }
    }
    assert!(quoted > 50, "only {quoted} values were looked at");
}

/// The table of `last_error` codes: reason, whether another try may help, and the step the code names.
const CODES: &[(&str, ReasonCode, Retryable, Option<StepKind>)] = {
    use ReasonCode as R;
    use Retryable::{No, Unknown, Yes};
    use StepKind as S;
    &[
        ("abandoned", R::UserAbandoned, Yes, None),
        (
            "consent_declined",
            R::ConsentDeclined,
            Yes,
            Some(S::Consent),
        ),
        (
            "country_not_supported",
            R::DocumentCountryNotSupported,
            Unknown,
            None,
        ),
        ("device_not_supported", R::DeviceNotSupported, Yes, None),
        (
            "document_expired",
            R::DocumentExpired,
            Yes,
            Some(S::Document),
        ),
        (
            "document_type_not_supported",
            R::DocumentTypeNotSupported,
            Yes,
            Some(S::Document),
        ),
        (
            "document_type_not_allowed",
            R::DocumentTypeNotAllowed,
            Yes,
            Some(S::Document),
        ),
        (
            "document_unverified_other",
            R::DocumentUnverified,
            Yes,
            Some(S::Document),
        ),
        (
            "email_unverified_other",
            R::EmailUnverified,
            Yes,
            Some(S::Email),
        ),
        (
            "email_verification_declined",
            R::EmailDeclined,
            Yes,
            Some(S::Email),
        ),
        (
            "phone_unverified_other",
            R::PhoneUnverified,
            Yes,
            Some(S::Phone),
        ),
        (
            "phone_verification_declined",
            R::PhoneDeclined,
            Yes,
            Some(S::Phone),
        ),
        (
            "id_number_insufficient_document_data",
            R::InsufficientDocumentData,
            Yes,
            Some(S::IdNumber),
        ),
        (
            "id_number_mismatch",
            R::IdNumberMismatch,
            Yes,
            Some(S::IdNumber),
        ),
        (
            "id_number_unverified_other",
            R::IdNumberUnverified,
            Yes,
            Some(S::IdNumber),
        ),
        (
            "selfie_document_missing_photo",
            R::DocumentFaceMissing,
            Yes,
            Some(S::Selfie),
        ),
        (
            "selfie_face_mismatch",
            R::FaceMismatch,
            Yes,
            Some(S::Selfie),
        ),
        (
            "selfie_manipulated",
            R::SelfieManipulated,
            Unknown,
            Some(S::Selfie),
        ),
        (
            "selfie_unverified_other",
            R::SelfieUnverified,
            Yes,
            Some(S::Selfie),
        ),
        ("under_supported_age", R::Underage, No, None),
        (
            "address_mismatch",
            R::AddressMismatch,
            Yes,
            Some(S::Address),
        ),
    ]
};

fn failed_with(code: &str) -> Mapped {
    translate(&json!({
        "object": "identity.verification_session", "id": "vs_1", "status": "requires_input",
        "last_error": { "code": code, "reason": "text" },
    }))
}

#[test]
fn every_code_of_a_session_says_whether_another_try_may_help() {
    for (code, reason, retryable, step) in CODES {
        let mapped = failed_with(code);
        assert_eq!(mapped.status, Some(Status::RetryRequired), "{code}");
        let [finding] = mapped.findings.as_slice() else {
            panic!("{code}: {:?}", mapped.findings)
        };
        assert_eq!(finding.code, *reason, "{code}");
        assert_eq!(finding.retryable, *retryable, "{code}");
        assert_eq!(finding.step, *step, "{code}");
    }
    let rows: BTreeSet<&str> = mapping_rows().into_iter().collect();
    let listed = rows.iter().filter(|row| row.starts_with("last_error."));
    assert_eq!(listed.count(), CODES.len() + 1, "and one row for the rest");
}

#[test]
fn the_same_code_of_a_check_means_the_same_and_is_about_that_check() {
    let of_checks = CODES.iter().filter(|(code, ..)| {
        let row = format!("check_error.{code}");
        mapping_rows().contains(&row.as_str())
    });
    let mut count = 0;
    for (code, reason, retryable, step) in of_checks {
        let name = step.as_ref().unwrap().as_word().into_owned();
        let mapped = translate(&json!({
            "object": "identity.verification_report", "id": "vr_1", "verification_session": "vs_1",
            name.as_str(): { "status": "unverified", "error": { "code": code } },
        }));
        let [finding] = mapped.steps[0].findings.as_slice() else {
            panic!("{code}: {:?}", mapped.steps)
        };
        assert_eq!(mapped.findings, mapped.steps[0].findings, "{code}");
        assert_eq!(finding.code, *reason, "{code}");
        assert_eq!(finding.retryable, *retryable, "{code}");
        assert_eq!(finding.step, *step, "{code}");
        count += 1;
    }
    assert_eq!(count, 15);
}

/// The enumerations of the vendor's OpenAPI file, and the table each belongs to.
const ENUMERATIONS: &[(&str, &str)] = &[
    (
        "identity.verification_session/properties/status",
        "session_status.",
    ),
    ("gelato_session_last_error/properties/code", "last_error."),
    (
        "verification_session_redaction/properties/status",
        "redaction.",
    ),
    (
        "gelato_document_report/properties/status",
        "report_check.document.",
    ),
    (
        "gelato_selfie_report/properties/status",
        "report_check.selfie.",
    ),
    (
        "gelato_id_number_report/properties/status",
        "report_check.id_number.",
    ),
    (
        "gelato_email_report/properties/status",
        "report_check.email.",
    ),
    (
        "gelato_phone_report/properties/status",
        "report_check.phone.",
    ),
    (
        "gelato_document_report_error/properties/code",
        "check_error.",
    ),
    ("gelato_selfie_report_error/properties/code", "check_error."),
    (
        "gelato_id_number_report_error/properties/code",
        "check_error.",
    ),
    ("gelato_email_report_error/properties/code", "check_error."),
    ("gelato_phone_report_error/properties/code", "check_error."),
];

/// Rows for values that stand in a guide or a text and in no enumeration, and rows for what is no value.
const BEYOND_THE_SPECIFICATION: &[&str] = &[
    "check_error.document_type_not_allowed",
    "last_error.address_mismatch",
    "last_error.document_type_not_allowed",
    "redaction.none",
    "redaction.sentinel",
    "session_status.requires_input+last_error",
];

#[test]
fn the_tables_have_every_value_of_the_vendors_specification_and_few_more() {
    let Some(samples) = shared_samples("stripe", ENUMERATIONS.len()) else {
        return;
    };
    let path = samples.join("../../stripe-identity-openapi.json");
    let specification: Value = idv_core::json::decode(&std::fs::read(path).unwrap()).unwrap();
    let rows: BTreeSet<&str> = mapping_rows().into_iter().collect();
    let mut published = BTreeSet::new();
    for (place, table) in ENUMERATIONS {
        let pointer = format!("/components/schemas/{place}/enum");
        let values = specification
            .pointer(&pointer)
            .unwrap_or_else(|| panic!("{pointer}"));
        for value in values.as_array().unwrap() {
            let row = format!("{table}{}", value.as_str().unwrap());
            assert!(rows.contains(row.as_str()), "no row for {row}");
            published.insert(row);
        }
    }
    let beyond: Vec<&str> = rows
        .into_iter()
        .filter(|row| !row.starts_with("error") && !row.ends_with(".*"))
        .filter(|row| !published.contains(*row))
        .collect();
    assert_eq!(beyond, BEYOND_THE_SPECIFICATION);
}

#[test]
fn an_object_of_another_kind_than_asked_for_is_refused() {
    let session = br#"{"object":"identity.verification_session","id":"vs_1","status":"verified"}"#;
    let kinds = [Kind::Report, Kind::Webhook, Kind::List, Kind::Error];
    for kind in kinds.into_iter().chain([Kind::Unknown("x".into())]) {
        assert!(provider().translate(Some(kind), session).is_err());
    }
    let session = provider().translate(Some(Kind::Session), session).unwrap();
    assert_eq!(session.status, Some(Status::Passed));
}

#[test]
fn json_that_is_no_object_of_the_vendor_is_refused() {
    let foreign: &[&[u8]] = &[
        b"{}",
        br#"{"id":"vs_1","status":"verified"}"#,
        br#"{"object":null}"#,
        br#"{"object":7,"id":"vs_1"}"#,
        br#"{"error":null}"#,
        br#"{"deleted":false}"#,
        br#"["identity.verification_session"]"#,
        br#""identity.verification_session""#,
        b"null",
        b"1",
    ];
    for bytes in foreign {
        let error = provider().translate(None, bytes).unwrap_err().to_string();
        assert!(error.contains("not of this provider"), "{error}");
    }
    for bytes in [
        &b""[..],
        b"{",
        b"nonsense",
        b"\xff",
        b"{\"object\":\"list\"}x",
    ] {
        let error = provider().translate(None, bytes).unwrap_err().to_string();
        assert!(error.contains("not JSON"), "{error}");
    }
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    for twice in [
        &br#"{"object":"identity.verification_session","status":"canceled","status":"verified"}"#[..],
        br#"{"object":"identity.verification_report","document":{"status":"unverified"},"document":{"status":"verified"}}"#,
        br#"{"object":"event","type":"identity.verification_session.verified","data":{"object":{"object":"identity.verification_session","status":"canceled","status":"verified"}}}"#,
    ] {
        assert!(provider().translate(None, twice).is_err());
    }
}

#[test]
fn our_own_request_id_and_the_subject_are_found_again() {
    let request = "idv_01kafrg2v0e9wtz4q8m5n7r3xa";
    let mapped = translate(&json!({
        "object": "identity.verification_session", "id": "vs_1", "status": "requires_input",
        "client_reference_id": "member-1", "metadata": { "idv_request_id": request, "other": "x" },
    }));
    assert_eq!(mapped.request_id.unwrap().to_string(), request);
    let subject = mapped.subject.unwrap();
    assert_eq!(subject.expose(idv_core::Purpose::Test), "member-1");
    let foreign = translate(&json!({
        "object": "identity.verification_session", "id": "vs_1", "status": "requires_input",
        "metadata": { "idv_request_id": "not ours" },
    }));
    assert_eq!(foreign.request_id, None);
}

#[test]
fn nothing_about_the_person_is_serialized() {
    for case in fixtures().cases() {
        let mapped = provider().translate(None, &case.bytes).unwrap();
        let text = serde_json::to_string(&mapped).unwrap();
        for word in [
            "Wietske",
            "Testra",
            "Harlingen",
            "SPECI2021",
            "example.org",
            "Corwin",
            "Placeholder",
            "00000000191",
            "1988",
            "1979",
            "+31600000000",
            "+15550100199",
            "member-7f3a",
            "female",
            "id_card",
            "file_1",
            "A sentence",
            "_secret_",
            "https://",
        ] {
            assert!(!text.contains(word), "{}: {word}", case.name);
        }
    }
}
