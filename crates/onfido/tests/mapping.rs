//! Every case in `fixtures/onfido`, every row of the mapping tables, and the vendor's own list of values.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use idv_core::{
    DocumentKind, EvidenceRole, Finding, IdProvider, Kind, Mapped, Purpose, ReasonCode,
    ReviewOwner, Severity, Status, StepKind, StepRole, StepStatus,
};
use idv_onfido::{ClassicConsider, OnfidoConfig, OnfidoProvider, mapping_rows};
use idv_testkit::fixture::Fixtures;
use idv_testkit::{ManualClock, shared_samples};
use serde_json::{Value, json};

fn fixtures() -> Fixtures {
    Fixtures::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/onfido"))
}

fn config() -> OnfidoConfig {
    let mut config = OnfidoConfig::default();
    config.options.reasons = [("expired document".to_owned(), ReasonCode::DocumentExpired)].into();
    config
}

fn provider() -> OnfidoProvider {
    OnfidoProvider::receiver(config(), ManualClock::noon())
}

fn translate(object: &Value) -> Mapped {
    let bytes = serde_json::to_vec(object).unwrap();
    provider().translate(None, &bytes).unwrap()
}

fn case(name: &str) -> Mapped {
    let fixtures = fixtures();
    provider()
        .translate(None, &fixtures.case(name).bytes)
        .unwrap()
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
    assert!(origins > 300, "only {origins} origins were looked at");
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
    assert!(quoted > 200, "only {quoted} values were looked at");
}

// What a run says besides its status.

#[test]
fn a_run_names_its_workflow_its_subject_and_our_request() {
    let run = case("run_awaiting_input");
    let template = run.template.unwrap();
    assert_eq!(template.id, "c1a2b3d4-0000-4111-8222-933344455566");
    assert_eq!(template.version.as_deref(), Some("12"));
    let request = run.request_id.unwrap().to_string();
    assert_eq!(request, "idv_01kafrg2v0e9wtz4q8m5n7r3xa");
    assert_eq!(run.subject.unwrap().expose(Purpose::Test), "member-4c1d");
    let applicant = &run.references[0];
    assert_eq!(applicant.name, "applicant_id");
    assert_eq!(applicant.value, "7d1c9a52-3b0f-4b6e-8f21-5a4b3c2d1e0f");
    let [created, updated] = [run.created_at, run.updated_at].map(|at| at.unwrap().to_string());
    assert_eq!(created, "2026-11-20T12:00:03Z");
    assert_eq!(updated, "2026-11-20T12:00:04Z");
    assert_eq!(run.live, None, "a run does not say");
}

#[test]
fn the_vendors_own_reference_is_no_subject() {
    let run = case("run_with_texts_for_numbers");
    assert_eq!(run.subject, None);
    assert_eq!(run.template.unwrap().version.as_deref(), Some("12"));
    assert_eq!(run.created_at.unwrap().to_string(), "2026-11-20T12:00:03Z");
}

#[test]
fn times_are_read_in_every_way_the_vendor_writes_them() {
    for written in [
        "2026-11-20T12:00:03Z",
        "2026-11-20T12:00:03+00:00",
        "2026-11-20T12:00:03.000Z",
        "2026-11-20 12:00:03Z",
    ] {
        let run = json!({ "id": "r", "workflow_id": "w", "created_at": written });
        let created_at = translate(&run).created_at.unwrap();
        assert_eq!(created_at.to_string(), "2026-11-20T12:00:03Z", "{written}");
    }
}

#[test]
fn a_review_is_ours() {
    let run = case("run_review");
    assert_eq!(run.review_owner, Some(ReviewOwner::Client));
    assert_eq!(run.source, None);
}

#[test]
fn the_message_of_a_broken_run_is_not_kept() {
    let fixtures = fixtures();
    let bytes = &fixtures.case("run_error").bytes;
    assert!(String::from_utf8_lossy(bytes).contains("went wrong in a task"));
    let mapped = provider().translate(None, bytes).unwrap();
    let stored = serde_json::to_string(&mapped).unwrap();
    assert!(!stored.contains("went wrong"), "{stored}");
    assert_eq!(mapped.findings[0].raw.value, "task_failure");
}

#[test]
fn an_event_that_disagrees_with_the_run_in_it_decides_nothing() {
    for (envelope, run) in [("approved", "declined"), ("declined", "approved")] {
        let event = json!({ "payload": {
            "resource_type": "workflow_run", "action": "workflow_run.completed",
            "object": { "id": "r", "status": envelope },
            "resource": { "id": "r", "workflow_id": "w", "status": run, "reasons": ["x"] },
        }});
        let mapped = translate(&event);
        assert_eq!(mapped.status, Some(Status::Unknown(run.to_owned())));
        assert_eq!((mapped.source, mapped.findings), (None, Vec::new()));
        assert_eq!(mapped.unknown[0].value, run);
    }
}

#[test]
fn an_event_about_a_run_that_holds_no_run_decides_nothing() {
    for resource in [
        json!([]),
        json!("approved"),
        json!(7),
        json!(true),
        json!(null),
    ] {
        for word in ["approved", "declined", "processing"] {
            let mut event = json!({ "payload": {
                "resource_type": "workflow_run", "action": "workflow_run.completed",
                "object": { "id": "r", "status": word },
                "resource": resource,
            }});
            let check = |event: &Value| {
                let mapped = translate(event);
                let unknown = Status::Unknown(word.to_owned());
                assert_eq!(mapped.status, Some(unknown), "{event}");
                assert_eq!((mapped.source, mapped.review_owner), (None, None));
                assert_eq!(mapped.unknown[0].value, word);
                assert_eq!(mapped.session_id, Some("r".into()));
                assert_eq!(mapped.origins["/status"].rule, "run_status.*");
            };
            check(&event);
            event["payload"].as_object_mut().unwrap().remove("resource");
            check(&event);
        }
    }
}

// Steps.

#[test]
fn an_output_with_a_result_is_a_check_whatever_its_task_is_called() {
    for definition in ["face_match_1", "face_photo", "profile_data", "signing_2"] {
        let task = json!({
            "id": "t", "task_def_id": definition, "workflow_run_id": "r",
            "output": {
                "result": "consider", "sub_result": "rejected",
                "breakdown": { "face_comparison": { "result": "consider" } },
            },
        });
        let mapped = translate(&task);
        let step = &mapped.steps[0];
        assert_eq!(step.role, StepRole::Check, "{definition}");
        assert_eq!(step.status, StepStatus::Failed, "{definition}");
        assert!(!step.findings.is_empty(), "{definition}");
        assert!(!mapped.subject_started, "{definition}");
    }
}

#[test]
fn a_subject_has_begun_once_a_capture_has_something() {
    for (name, begun) in [
        ("task_profile_completed", true),
        ("task_upload_document_completed", true),
        ("webhook_task_completed_capture", true),
        // The task is there because the run has come to it, not because the subject has.
        ("webhook_task_started_capture", false),
        // Every run has this one, and it ends by itself.
        ("task_start", false),
        // The vendor may check data that the application gave.
        ("task_document_check_clear", false),
    ] {
        assert_eq!(case(name).subject_started, begun, "{name}");
    }
}

#[test]
fn the_longest_beginning_of_a_tasks_name_counts() {
    for (definition, kind, role) in [
        ("document_check", StepKind::Document, StepRole::Check),
        ("document_capture_2", StepKind::Document, StepRole::Capture),
        ("face_check", StepKind::Selfie, StepRole::Check),
        ("face_photo", StepKind::Selfie, StepRole::Capture),
        ("profile", StepKind::Profile, StepRole::Capture),
        (
            "Document_check",
            StepKind::Unknown("Document_check".to_owned()),
            StepRole::Capture,
        ),
    ] {
        let task = json!({ "id": "t", "task_def_id": definition, "workflow_run_id": "r" });
        let step = &translate(&task).steps[0];
        assert_eq!((&step.kind, step.role), (&kind, role), "{definition}");
        assert_eq!(step.vendor_name.as_deref(), Some("t"));
    }
}

#[test]
fn the_files_of_a_capture_are_evidence() {
    let evidence = case("task_upload_document_completed").evidence;
    assert_eq!(evidence.len(), 2);
    assert_eq!(evidence[0].role, EvidenceRole::Other);
    let sha256: [u8; 32] = std::array::from_fn(|byte| u8::try_from(byte).unwrap());
    assert_eq!(evidence[0].sha256, Some(sha256));
    assert_eq!(evidence[1].role, EvidenceRole::Selfie);
    assert_eq!(evidence[1].sha256, None, "a checksum that is none");
}

#[test]
fn scores_are_kept_with_their_scale() {
    let score = &case("task_unlisted_with_a_report").steps[0].scores[0];
    assert_eq!((score.name.as_str(), score.value), ("face_match", 0.12));
    assert_eq!(score.scale, "0..1, higher is better");
    let score = &case("report_facial_similarity_every_reason").steps[0].scores[0];
    assert_eq!((score.name.as_str(), score.value), ("score", 0.41));
}

#[test]
fn a_hint_in_a_clear_report_is_of_low_severity() {
    let finding = &case("report_clear_with_a_hint").steps[0].findings[0];
    assert_eq!(finding.severity, Severity::Low);
    let finding = &case("task_document_check_expired").steps[0].findings[0];
    assert_eq!(finding.severity, Severity::Normal);
    assert_eq!(finding.step, Some(StepKind::Document));
}

#[test]
fn a_classic_check_is_never_a_session_and_its_consider_is_the_accounts_choice() {
    let fixtures = fixtures();
    let list = &fixtures.case("list_checks_of_every_status").bytes;
    let mut failing = config();
    failing.options.classic_consider = ClassicConsider::Fail;
    let failing = OnfidoProvider::receiver(failing, ManualClock::noon());
    for (provider, expected) in [
        (provider(), StepStatus::InReview),
        (failing, StepStatus::Failed),
    ] {
        let items = provider.translate(None, list).unwrap().items;
        for item in &items {
            assert_eq!(item.kind, Kind::Report);
            assert_eq!((&item.status, &item.session_id), (&None, &None));
            assert_eq!(item.live, Some(false));
        }
        let consider = items.iter().find(|item| {
            let origin = item.origins.get("/steps/0/status").unwrap();
            origin.rule == "check_status.complete+consider"
        });
        assert_eq!(consider.unwrap().steps[0].status, expected);
    }
}

#[test]
fn documents_are_put_into_our_kinds() {
    for (word, kind) in [
        ("passport", Some(DocumentKind::Passport)),
        ("national_identity_card", Some(DocumentKind::IdCard)),
        ("driving_licence", Some(DocumentKind::DrivingLicence)),
        ("residence_permit", Some(DocumentKind::ResidencePermit)),
        ("visa", Some(DocumentKind::Visa)),
        ("voter_id", Some(DocumentKind::VoterId)),
        ("work_permit", Some(DocumentKind::WorkPermit)),
        ("utility_bill", Some(DocumentKind::UtilityBill)),
        ("bank_statement", Some(DocumentKind::BankStatement)),
        ("council_tax", Some(DocumentKind::TaxDocument)),
        (
            "consular_id",
            Some(DocumentKind::Unknown("consular_id".to_owned())),
        ),
        ("unknown", None),
    ] {
        let report = json!({
            "id": "r", "name": "document", "status": "complete", "result": "clear",
            "properties": { "document_type": word, "issuing_country": "NLD" },
        });
        let mapped = translate(&report);
        let person = mapped.person.unwrap();
        let documents = &person.expose(Purpose::Test).documents;
        let found = &documents[0].value.as_present().unwrap().kind;
        assert_eq!(*found, kind, "{word}");
        assert_eq!(
            mapped.unknown,
            [],
            "what a person shows is no unknown value"
        );
    }
}

// What is nothing of the vendor, and what is of another kind.

#[test]
fn json_of_others_is_told_apart() {
    for other in [
        json!({ "id": "x", "object": "person", "status": "approved" }),
        json!({ "status": "approved" }),
        json!({ "payload": { "id": "x" } }),
        json!({ "event": "x", "data": { "status": "approved" } }),
        json!([{ "id": 1 }]),
        json!({ "unexpected": "format" }),
    ] {
        let bytes = serde_json::to_vec(&other).unwrap();
        let error = provider().translate(None, &bytes).unwrap_err();
        assert!(
            error.to_string().contains("not of this provider"),
            "{other}"
        );
    }
}

#[test]
fn an_error_of_any_shape_is_one_if_it_is_said_to_be() {
    let odd = br#"{"unexpected":"format"}"#;
    let mapped = provider().translate(Some(Kind::Error), odd).unwrap();
    assert_eq!(mapped.error_kind.unwrap().as_word(), "provider_rejected");
    let run = br#"{"workflow_id":"w","id":"r","status":"approved"}"#;
    assert!(provider().translate(Some(Kind::Error), run).is_err());
}

// The vendor's OpenAPI file.

fn specification() -> Option<Value> {
    let samples = shared_samples("onfido", 1)?;
    let path = samples.join("../../onfido-openapi.json");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    Some(idv_core::json::decode(&bytes).unwrap())
}

fn words(specification: &Value, schema: &str) -> BTreeSet<String> {
    let words = &specification["components"]["schemas"][schema]["enum"];
    let words = words.as_array().unwrap_or_else(|| panic!("{schema}"));
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

/// The members of a schema, with those of all it is put together from.
fn members<'s>(specification: &'s Value, schema: &'s Value) -> BTreeMap<String, &'s Value> {
    let mut found = BTreeMap::new();
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        found.extend(members(
            specification,
            specification.pointer(pointer).unwrap(),
        ));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        found.extend(members(specification, part));
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(name.clone(), member);
    }
    found
}

#[test]
fn every_word_of_the_specification_has_a_row() {
    let Some(specification) = specification() else {
        return;
    };
    let rows: BTreeSet<&str> = mapping_rows().into_iter().collect();
    let mut missing = Vec::new();
    let mut expect = |rule: String| {
        if !rows
            .iter()
            .any(|row| *row == rule || row.starts_with(&format!("{rule}+")))
        {
            missing.push(rule);
        }
    };
    for (schema, table) in [
        ("workflow_run_status", "run_status"),
        ("report_name", "report_name"),
        ("check_status", "check_status"),
        ("report_result", "report_result"),
    ] {
        for word in words(&specification, schema) {
            expect(format!("{table}.{word}"));
        }
    }
    for word in words(&specification, "report_status") {
        // What a complete report means is in its result.
        expect(format!("report_status.{word}"));
    }
    for word in words(&specification, "report_sub_result") {
        let result = if word == "clear" { "clear" } else { "consider" };
        expect(format!("report_result.{result}+{word}"));
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_line_of_every_breakdown_of_the_specification_has_a_row() {
    let Some(specification) = specification() else {
        return;
    };
    let rows: BTreeSet<&str> = mapping_rows().into_iter().collect();
    let schemas = specification["components"]["schemas"].as_object().unwrap();
    let mut missing = BTreeSet::new();
    let mut lines = 0;
    let mut expect = |rule: String| {
        lines += 1;
        if !rows.contains(rule.as_str()) {
            missing.insert(rule);
        }
    };
    for (schema, report) in schemas {
        let Some(name) = schema.strip_suffix("_report") else {
            continue;
        };
        let family = ["document", "facial_similarity", "watchlist"]
            .into_iter()
            .find(|family| name.starts_with(family))
            .unwrap_or(name);
        let report = members(&specification, report);
        let Some(breakdown) = report.get("breakdown") else {
            continue;
        };
        for (group, schema) in members(&specification, breakdown) {
            expect(format!("breakdown.{family}.{group}"));
            let group_members = members(&specification, schema);
            let Some(leaves) = group_members.get("breakdown") else {
                continue;
            };
            for (leaf, schema) in members(&specification, leaves) {
                expect(format!("breakdown.{family}.{group}.{leaf}"));
                let leaf_members = members(&specification, schema);
                let Some(bag) = leaf_members.get("properties") else {
                    continue;
                };
                for (property, _) in members(&specification, bag) {
                    // Numbers, ids and free text are no reasons.
                    let is_reason = !matches!(
                        property.as_str(),
                        "score"
                            | "document_id"
                            | "reasons"
                            | "number_of_matches"
                            | "total_number_of_sources"
                    );
                    if is_reason {
                        expect(format!("property.{leaf}.{property}"));
                    }
                }
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
    assert!(lines > 300, "only {lines} lines were looked at");
}

#[test]
fn every_event_of_the_specification_has_a_case() {
    let Some(specification) = specification() else {
        return;
    };
    let fixtures = fixtures();
    let shown: BTreeSet<String> = fixtures
        .cases()
        .iter()
        .filter_map(|case| {
            let event: Value = idv_core::json::decode(&case.bytes).unwrap();
            Some(event.pointer("/payload/action")?.as_str()?.to_owned())
        })
        .collect();
    let events = words(&specification, "webhook_event_type");
    assert_eq!(events.len(), 17);
    let missing: Vec<_> = events.difference(&shown).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn closed_tables_hold_no_word_of_our_own() {
    let Some(specification) = specification() else {
        return;
    };
    // The other direction: no row of a closed table is our invention.
    for (schema, table) in [
        ("workflow_run_status", "run_status."),
        ("report_name", "report_name."),
    ] {
        let words = words(&specification, schema);
        for row in mapping_rows() {
            if let Some(word) = row.strip_prefix(table).filter(|word| *word != "*") {
                assert!(words.contains(word), "{row}");
            }
        }
    }
}
