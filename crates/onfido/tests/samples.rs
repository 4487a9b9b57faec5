//! Every file of the shared samples, and what it must become. The table was written before the first run.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use http::HeaderMap;
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey, VerifyError};
use idv_core::{
    Concern, ErrorKind, IdProvider, Kind, Mapped, Secret, SessionId, Status, StepStatus,
};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::{ManualClock, shared_samples};

/// What a file becomes.
struct Case {
    file: &'static str,
    translated: Translated,
    /// What it means as the body of a signed webhook.
    as_webhook: AsWebhook,
}

/// What `translate` makes of it, without being told the kind.
enum Translated {
    /// A run: its id, its status, its summary and whether it names a subject.
    Session(&'static str, Status, &'static str),
    /// The run an event carries.
    Event(&'static str, Status),
    /// An event that shows steps: the run it names, and the steps.
    Steps(Option<&'static str>, &'static [&'static str]),
    /// A report: its steps. None of the samples has a finding.
    Report(&'static [&'static str]),
    List(&'static [Translated]),
    Error(&'static str, Option<&'static str>),
    Other,
    NotJson,
}

enum AsWebhook {
    /// About a run, with its status or, about a task, without.
    About(&'static str, Option<Status>),
    Nothing,
    Unreadable,
}

use AsWebhook::{About, Nothing, Unreadable};
use Translated::{Error, Event, List, NotJson, Other, Report, Session, Steps};

const fn case(file: &'static str, translated: Translated, as_webhook: AsWebhook) -> Case {
    Case {
        file,
        translated,
        as_webhook,
    }
}

const RUN_2022: &str = "fcb73186-0733-4f6f-9c57-d9d5ef979443";
const RUN_2024: &str = "d19692d6-730a-4730-9005-82185a5ec595";
const RUN_WITH_TASKS: &str = "b48fdff9-66a1-405d-9912-54780799bd68";

const CASES: &[Case] = &[
    case("INDEX.md", NotJson, Unreadable),
    case("api_applicant_sandbox_2024.json", Other, Unreadable),
    case("api_applicant_v36.json", Other, Unreadable),
    case(
        "api_applicants_list.json",
        List(&[Other, Other]),
        Unreadable,
    ),
    case(
        "api_check_in_progress_v3.json",
        Report(&["unknown:check processing"]),
        Unreadable,
    ),
    case(
        "api_check_nulls_v36.json",
        Report(&["unknown:check processing"]),
        Unreadable,
    ),
    case(
        "api_document_report_clear.json",
        Report(&["document passed"]),
        Unreadable,
    ),
    case("api_live_photo.json", Other, Unreadable),
    case(
        "api_monitor_matches.json",
        List(&[Other, Other]),
        Unreadable,
    ),
    case("api_profile_data_output.json", Other, Unreadable),
    case("api_sdk_token.json", Other, Unreadable),
    case("api_webhook_object.json", Other, Unreadable),
    case("api_webhooks_list.json", List(&[Other, Other]), Unreadable),
    case(
        "api_workflow_run_approved_with_output.json",
        Session(RUN_2022, Status::Passed, "passed"),
        Unreadable,
    ),
    case(
        "api_workflow_run_awaiting_input_2024.json",
        Session(
            "cd92c304-1c16-4bb5-8395-d5b8fe27088e",
            Status::AwaitingUser,
            "created",
        ),
        Unreadable,
    ),
    case(
        "api_workflow_runs_list.json",
        List(&[
            Session(RUN_2022, Status::Passed, "passed"),
            Session(
                "fcb73186-0733-4f6f-9c57-d9d5ef979463",
                Status::Passed,
                "passed",
            ),
        ]),
        Unreadable,
    ),
    case(
        "err_document_not_detected.json",
        Error("invalid_input", Some("document_detection")),
        Unreadable,
    ),
    case(
        "err_resource_not_found.json",
        Error("not_found", None),
        Unreadable,
    ),
    case(
        "err_validation_error_email.json",
        Error("invalid_input", Some("email")),
        Unreadable,
    ),
    case(
        "out_document_report.json",
        Report(&["document passed"]),
        Unreadable,
    ),
    // An event says that a check is done, and not how.
    case(
        "wh_check_completed_v36.json",
        Steps(None, &["unknown:check done"]),
        Nothing,
    ),
    case(
        "wh_check_completed_v3_href.json",
        Steps(None, &["unknown:check done"]),
        Nothing,
    ),
    case(
        "wh_check_started_2021_requestbin.json",
        Steps(None, &["unknown:check processing"]),
        Nothing,
    ),
    case(
        "wh_legacy_sha1_form_opened_2016.json",
        Steps(None, &["unknown:check active"]),
        Nothing,
    ),
    case(
        "wh_workflow_run_completed_approved.json",
        Event(RUN_2024, Status::Passed),
        About(RUN_2024, Some(Status::Passed)),
    ),
    case(
        "wh_workflow_task_completed_document_check.json",
        Steps(Some(RUN_WITH_TASKS), &["document passed"]),
        About(RUN_WITH_TASKS, None),
    ),
    case(
        "wh_workflow_task_completed_list_output.json",
        Steps(Some(RUN_WITH_TASKS), &["document done"]),
        About(RUN_WITH_TASKS, None),
    ),
    case(
        "wh_workflow_task_completed_start.json",
        Steps(Some(RUN_2024), &["unknown:start done"]),
        About(RUN_2024, None),
    ),
    case(
        "wh_workflow_task_started_profile.json",
        Steps(
            Some("bc77c6e5-753a-4580-96a6-aaed3e5a8d19"),
            &["profile active"],
        ),
        About("bc77c6e5-753a-4580-96a6-aaed3e5a8d19", None),
    ),
];

const TOKEN: &str = "token_of_the_test";

fn provider(token: &str) -> OnfidoProvider {
    let key = SigningKey::new(KeyLabel::new("samples"), Secret::from(token)).unwrap();
    let mut config = OnfidoConfig::default();
    config.webhook_secrets.push(key);
    OnfidoProvider::receiver(config, ManualClock::noon())
}

fn read(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_table_names_every_sample() {
    let Some(folder) = shared_samples("onfido", CASES.len()) else {
        return;
    };
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named: BTreeSet<String> = CASES.iter().map(|case| case.file.to_owned()).collect();
    assert_eq!(named.len(), CASES.len(), "a file is named twice");
    assert_eq!(there, named);
}

#[test]
fn every_sample_is_translated_as_the_table_says() {
    let Some(folder) = shared_samples("onfido", CASES.len()) else {
        return;
    };
    let provider = provider(TOKEN);
    for case in CASES {
        let result = provider.translate(None, &read(&folder, case.file));
        match (&case.translated, result) {
            (NotJson, Err(error)) => {
                assert!(error.to_string().starts_with("not JSON"), "{}", case.file);
            }
            (expected, Ok(mapped)) => check(case.file, expected, &mapped),
            (_, Err(error)) => panic!("{}: {error}", case.file),
        }
    }
}

fn check(file: &str, expected: &Translated, mapped: &Mapped) {
    assert_eq!(mapped.unknown, [], "{file}");
    assert_eq!(mapped.findings, [], "{file}");
    let session = mapped.session_id.as_ref().map(SessionId::as_str);
    match expected {
        Session(id, status, summary) => {
            assert_eq!(mapped.kind, Kind::Session, "{file}");
            assert_eq!(session, Some(*id), "{file}");
            let found = mapped.status.as_ref().unwrap();
            assert_eq!(found, status, "{file}");
            let found = found.summary(mapped.subject_started).as_word();
            assert_eq!(found, *summary, "{file}");
            assert_eq!(mapped.subject, None, "{file}: no reference was given");
        }
        Event(id, status) => {
            assert_eq!(mapped.kind, Kind::Webhook, "{file}");
            assert_eq!(session, Some(*id), "{file}");
            assert_eq!(mapped.status.as_ref(), Some(status), "{file}");
        }
        Steps(id, steps) => {
            assert_eq!(mapped.kind, Kind::Webhook, "{file}");
            assert_eq!(session, *id, "{file}");
            assert_steps(file, steps, mapped);
        }
        Report(steps) => {
            assert_eq!(mapped.kind, Kind::Report, "{file}");
            assert_steps(file, steps, mapped);
        }
        List(items) => {
            assert_eq!(mapped.kind, Kind::List, "{file}");
            assert_eq!(mapped.items.len(), items.len(), "{file}");
            for (expected, item) in items.iter().zip(&mapped.items) {
                check(file, expected, item);
            }
        }
        Error(kind, field) => {
            assert_eq!(mapped.kind, Kind::Error, "{file}");
            let found = mapped.error_kind.as_ref().unwrap();
            assert_eq!(found.as_word(), *kind, "{file}");
            if let ErrorKind::InvalidInput { field: found } = found {
                assert_eq!(found.as_deref(), *field, "{file}");
            }
        }
        Other => {
            assert_eq!(mapped.kind, Kind::Other, "{file}");
            assert_eq!(mapped.status, None, "{file}");
        }
        NotJson => panic!("{file}: should not have been readable"),
    }
}

fn assert_steps(file: &str, expected: &[&str], mapped: &Mapped) {
    assert_eq!(mapped.status, None, "{file}: a step has no verdict");
    let steps: Vec<String> = mapped
        .steps
        .iter()
        .map(|step| format!("{} {}", step.kind, step.status))
        .collect();
    assert_eq!(steps, expected, "{file}");
    assert!(
        mapped.steps.iter().all(|step| step.findings.is_empty()
            && step.source.is_some() == (step.status == StepStatus::Passed)),
        "{file}"
    );
}

fn signature(token: &str, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn inbound(header: &'static str, signature: &str, body: Vec<u8>) -> InboundWebhook {
    let mut headers = HeaderMap::new();
    headers.insert(header, signature.parse().unwrap());
    InboundWebhook::new(headers, Bytes::from(body), ManualClock::NOON)
}

#[tokio::test]
async fn every_sample_as_a_signed_webhook_means_what_the_table_says() {
    let Some(folder) = shared_samples("onfido", CASES.len()) else {
        return;
    };
    let provider = provider(TOKEN);
    for case in CASES {
        let body = read(&folder, case.file);
        let signature = signature(TOKEN, &body);
        let webhook = inbound("x-sha2-signature", &signature, body);
        let verified = provider.verify(&webhook).await.unwrap();
        match (&case.as_webhook, provider.interpret(&verified)) {
            (Unreadable, Err(_)) => {}
            (Nothing, Ok(event)) => {
                let is_nothing = matches!(event.concern, Concern::Nothing { .. });
                assert!(is_nothing, "{}", case.file);
                assert!(event.payload.is_none(), "{}", case.file);
            }
            (About(run, status), Ok(event)) => {
                assert_eq!(event.concern, Concern::Session((*run).into()));
                let payload = event.payload.as_ref().unwrap();
                assert_eq!(payload.status.as_ref(), status.as_ref(), "{}", case.file);
                assert!(event.occurred_at.is_some(), "{}", case.file);
            }
            (_, result) => panic!("{}: {result:?}", case.file),
        }
    }
}

/// A row of the samples' index about a webhook: its file, the token, and the signatures named in backticks. The
/// first is the right one; another is a wrong end of it.
struct Signed {
    file: String,
    token: String,
    signature: String,
    wrong: Option<String>,
}

fn signed_samples(folder: &Path) -> Vec<Signed> {
    let index = String::from_utf8(read(folder, "INDEX.md")).unwrap();
    let mut rows: Vec<Signed> = Vec::new();
    for line in index.lines().filter(|line| line.starts_with("| wh_")) {
        let columns: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let last = columns.last().unwrap();
        let mut quoted: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        let token = if last.starts_with("same token") {
            rows.last().unwrap().token.clone()
        } else {
            quoted.remove(0).to_owned()
        };
        let signature = quoted.remove(0).to_owned();
        let wrong_end = quoted.first().map(|end| {
            let end = end.trim_start_matches('.');
            format!("{}{end}", &signature[..signature.len() - end.len()])
        });
        let wrong_start = last
            .split_once("first digit ")
            .map(|(_, digit)| format!("{}{}", &digit[..1], &signature[1..]));
        rows.push(Signed {
            file: columns[0].to_owned(),
            token,
            wrong: wrong_end.or(wrong_start),
            signature,
        });
    }
    rows
}

/// How many webhooks the index lists, and how many of them have a wrong twin.
const SIGNED: usize = 9;
const WITH_A_WRONG_TWIN: usize = 3;

#[tokio::test]
async fn recorded_signatures_are_believed_and_their_broken_twins_are_not() {
    let Some(folder) = shared_samples("onfido", SIGNED) else {
        return;
    };
    let rows = signed_samples(&folder);
    assert_eq!(rows.len(), SIGNED);
    let wrong = rows.iter().filter(|row| row.wrong.is_some()).count();
    assert_eq!(wrong, WITH_A_WRONG_TWIN);
    for row in &rows {
        let provider = provider(&row.token);
        let body = read(&folder, &row.file);
        if row.signature.len() == 40 {
            // SHA-1, in the header of that time: refused although it is right.
            let webhook = inbound("x-signature", &row.signature, body.clone());
            let refusal = provider.verify(&webhook).await.unwrap_err();
            assert_eq!(refused_as(&refusal), "legacy_scheme", "{}", row.file);
            let webhook = inbound("x-sha2-signature", &row.signature, body);
            let refusal = provider.verify(&webhook).await.unwrap_err();
            assert_eq!(refused_as(&refusal), "malformed_header", "{}", row.file);
            continue;
        }
        let webhook = inbound("x-sha2-signature", &row.signature, body.clone());
        let verified = provider.verify(&webhook).await;
        assert!(verified.is_ok(), "{}: {verified:?}", row.file);

        let flipped = if row.signature.ends_with('0') {
            "1"
        } else {
            "0"
        };
        let flipped = format!("{}{flipped}", &row.signature[..63]);
        for wrong in row.wrong.iter().chain([&flipped]) {
            assert_ne!(*wrong, row.signature);
            let webhook = inbound("x-sha2-signature", wrong, body.clone());
            let refusal = provider.verify(&webhook).await.unwrap_err();
            assert_eq!(refused_as(&refusal), "no_matching_key", "{}", row.file);
        }
        let trimmed = body.trim_ascii_end().len();
        let other = if trimmed < body.len() {
            body[..trimmed].to_vec()
        } else {
            [&body[..], b"\n"].concat()
        };
        let webhook = inbound("x-sha2-signature", &row.signature, other);
        let refusal = provider.verify(&webhook).await.unwrap_err();
        assert_eq!(refused_as(&refusal), "no_matching_key", "{}", row.file);
    }
}

fn refused_as(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::Refused(refusal) => refusal.as_word(),
        other => panic!("not refused but {other}"),
    }
}
