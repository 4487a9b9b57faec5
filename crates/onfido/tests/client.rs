//! What is asked of the vendor, and what is made of its answers.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use idv_core::CompleteTask as _;
use idv_core::{
    Clock as _, Country, Depth, DocumentKind, Error, ErrorKind, IdNumber, IdProvider, Name,
    Network, Person, PersonRecord, Provenance, Purpose, ReasonCode, Redact as _, RedactionProgress,
    Repeat, Secret, SessionId, Sourced, StartSession, Started, StartedSession, Status, StepStatus,
    SubjectRef, Timestamp,
};
use idv_onfido::{OnfidoConfig, OnfidoOptions, OnfidoProvider, Region};
use idv_testkit::replay::{Answer, Asked, Exchange, Exchanges, Injection, ReplayTransport};
use idv_testkit::{ManualClock, MemoryCheckpoint};
use serde_json::{Value, json};

const RUN: &str = "0b6f2c1e-4a7d-4e0b-9c55-1f2e3d4c5b6a";
const APPLICANT: &str = "7d1c9a52-3b0f-4b6e-8f21-5a4b3c2d1e0f";
const WORKFLOW: &str = "c1a2b3d4-0000-4111-8222-933344455566";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/onfido")
}

fn options() -> OnfidoOptions {
    OnfidoOptions {
        workflow_id: Some(WORKFLOW.to_owned()),
        ..OnfidoOptions::default()
    }
}

fn provider(options: OnfidoOptions, replay: &Arc<ReplayTransport>) -> OnfidoProvider {
    let config = OnfidoConfig {
        api_key: Some(Secret::from("api_sandbox.contractMarked")),
        options,
        ..OnfidoConfig::default()
    };
    config.check().unwrap();
    OnfidoProvider::new(config, replay.clone(), ManualClock::noon())
}

/// A vendor that answers anything with these, in this order.
fn answering(answers: &[(u16, Value)]) -> Arc<ReplayTransport> {
    let exchanges = answers
        .iter()
        .map(|(status, body)| Exchange::any(Answer::new(*status, body.to_string())));
    ReplayTransport::new(Exchanges::of("answers", exchanges.collect()))
}

fn intent() -> StartSession {
    StartSession::new(
        "idv_01kafrg2v0e9wtz4q8m5n7r3xa".parse().unwrap(),
        SubjectRef::new("member-4c1d"),
        "intent-1",
        ManualClock::NOON,
    )
}

fn applicant() -> (u16, Value) {
    (201, json!({ "id": APPLICANT }))
}

fn run(status: &str) -> Value {
    json!({
        "id": RUN, "applicant_id": APPLICANT, "workflow_id": WORKFLOW, "status": status,
        "link": { "url": "https://eu.onfido.app/l/x" },
    })
}

fn sent(asked: &Asked) -> Value {
    idv_core::json::decode(&asked.body).unwrap()
}

async fn start(
    provider: &OnfidoProvider,
    intent: &StartSession,
    checkpoint: &mut MemoryCheckpoint,
) -> Result<StartedSession, Error> {
    match provider.start(intent, checkpoint).await? {
        Started::Created(session) => Ok(session),
        Started::Existing(_) => panic!("no run is another intent's"),
    }
}

// Where and how it asks.

#[tokio::test]
async fn each_region_has_its_host_and_the_version_is_in_the_path() {
    let local = "http://127.0.0.1:4010/".to_owned();
    for (region, base, host) in [
        (Region::Eu, None, "https://api.eu.onfido.com"),
        (Region::Us, None, "https://api.us.onfido.com"),
        (Region::Ca, None, "https://api.ca.onfido.com"),
        (Region::Us, Some(local), "http://127.0.0.1:4010"),
    ] {
        let replay = answering(&[(200, run("approved"))]);
        let config = OnfidoConfig {
            api_key: Some(Secret::from("an_old_token")),
            options: OnfidoOptions {
                region,
                api_base_url: base.map(|base| base.try_into().unwrap()),
                ..OnfidoOptions::default()
            },
            ..OnfidoConfig::default()
        };
        let provider = OnfidoProvider::new(config, replay.clone(), ManualClock::noon());
        let session = SessionId::new(RUN);
        provider.fetch(&session, Depth::Verdict).await.unwrap();
        let asked = &replay.asked()[0];
        let expected = format!("{host}/v3.6/workflow_runs/{RUN}");
        assert_eq!(asked.uri.to_string(), expected);
        let token = &asked.headers["authorization"];
        assert_eq!(token, "Token token=an_old_token");
        assert!(token.is_sensitive());
    }
}

#[tokio::test]
async fn an_id_that_is_none_of_the_vendors_reaches_no_path() {
    let long = "x".repeat(129);
    for id in ["", "..", "a/b", "a?b", "a b", "é", "a%2fb", &long] {
        let replay = ReplayTransport::silent();
        let provider = provider(options(), &replay);
        let session = SessionId::new(id);
        for depth in [Depth::Verdict, Depth::Full] {
            let error = provider.fetch(&session, depth).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotFound, "{id}");
        }
        assert_eq!(replay.asked(), []);
    }
}

#[tokio::test]
async fn a_receiver_asks_nobody() {
    let provider = OnfidoProvider::receiver(OnfidoConfig::default(), ManualClock::noon());
    let session = SessionId::new(RUN);
    let mut checkpoint = MemoryCheckpoint::new();
    let errors = [
        provider.fetch(&session, Depth::Full).await.unwrap_err(),
        provider.renew_link(&session).await.unwrap_err(),
        start(&provider, &intent(), &mut checkpoint)
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::InvalidCredentials);
        assert!(error.to_string().contains("no API key"), "{error}");
    }
    assert_eq!(provider.abilities().words(), [""; 0]);
}

// Erasing.

#[tokio::test]
async fn the_applicant_of_the_run_is_deleted_and_nobody_else() {
    let replay = answering(&[(200, run("approved")), (204, json!(null))]);
    let provider = provider(options(), &replay);
    let redaction = provider.redact(&SessionId::new(RUN)).await.unwrap();
    assert_eq!(redaction.progress, RedactionProgress::Requested);
    let [_, asked] = &replay.asked()[..] else {
        panic!("two calls");
    };
    assert_eq!(asked.method, "DELETE");
    assert_eq!(asked.uri.path(), format!("/v3.6/applicants/{APPLICANT}"));
    assert_eq!(asked.call.repeat, Repeat::Safe);
    assert!(asked.body.is_empty());
}

#[tokio::test]
async fn only_the_vendors_word_that_something_is_gone_is_an_erasure() {
    let error = |word: &str| json!({ "error": { "type": word } });
    let done = Ok(RedactionProgress::Done);
    for (what, answers, expected) in [
        (
            "the applicant is gone",
            vec![(200, run("approved")), (410, error("gone"))],
            done.clone(),
        ),
        (
            "the run has an applicant who is not there",
            vec![(200, run("approved")), (404, error("resource_not_found"))],
            done.clone(),
        ),
        ("the run is gone", vec![(410, json!(null))], done),
        (
            "there is no such run",
            vec![(404, error("resource_not_found"))],
            Err(ErrorKind::NotFound),
        ),
        (
            "a page on the way is not there",
            vec![(200, run("approved")), (404, json!("<html>"))],
            Err(ErrorKind::NotFound),
        ),
        (
            "the token may not delete",
            vec![(200, run("approved")), (403, error("ACCESS_DENIED"))],
            Err(ErrorKind::InvalidCredentials),
        ),
        (
            "the token is of another region",
            vec![(200, run("approved")), (404, error("incorrect_base_url"))],
            Err(ErrorKind::InvalidConfig),
        ),
        (
            "the run is down",
            vec![(503, json!(null))],
            Err(ErrorKind::Unavailable),
        ),
    ] {
        let calls = answers.len();
        let replay = answering(&answers);
        let provider = provider(options(), &replay);
        let outcome = provider.redact(&SessionId::new(RUN)).await;
        replay.assert_used_up();
        if let Err(error) = &outcome {
            let harmless = calls == 1 || !matches!(error.kind, ErrorKind::Unavailable);
            assert_eq!(error.may_have_taken_effect, !harmless, "{what}");
        }
        let outcome = outcome.map(|redaction| redaction.progress);
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{what}");
    }
}

#[tokio::test]
async fn a_run_without_a_sound_applicant_deletes_nobody() {
    for applicant in [json!(null), json!(""), json!("../runs"), json!(7)] {
        let mut run = run("approved");
        run["applicant_id"] = applicant.clone();
        let replay = answering(&[(200, run)]);
        let provider = provider(options(), &replay);
        let error = provider.redact(&SessionId::new(RUN)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse, "{applicant}");
        assert!(!error.may_have_taken_effect, "{applicant}");
        replay.assert_used_up();
    }
}

// What is sent along.

#[tokio::test]
async fn of_a_person_nobody_describes_the_placeholders_are_sent() {
    let replay = answering(&[applicant(), (201, run("awaiting_input"))]);
    let provider = provider(options(), &replay);
    let mut checkpoint = MemoryCheckpoint::new();
    start(&provider, &intent(), &mut checkpoint).await.unwrap();
    let [applicant, run] = &replay.asked()[..] else {
        panic!("two calls");
    };
    let expected = json!({ "first_name": "Anonymous", "last_name": "Applicant" });
    assert_eq!(sent(applicant), expected);
    let expected = json!({
        "applicant_id": APPLICANT, "workflow_id": WORKFLOW,
        "tags": ["idv_01kafrg2v0e9wtz4q8m5n7r3xa"], "customer_user_id": "member-4c1d",
    });
    assert_eq!(sent(run), expected);
    for call in [applicant, run] {
        assert_eq!(call.call.repeat, Repeat::Never, "{}", call.call.operation);
    }
}

#[tokio::test]
async fn only_what_the_application_has_claimed_is_sent() {
    let replay = answering(&[applicant(), (201, run("awaiting_input"))]);
    let mut options = options();
    options.country_of_residence = Some(Country::from_code("BEL"));
    options.link_lifetime_secs = Some(3_600);
    let provider = provider(options, &replay);
    let mut person = PersonRecord::default();
    let mut name = Name::default();
    name.given_name = Some("Doutzen".to_owned());
    person.names = vec![
        Sourced::present(Name::default(), Provenance::Provided),
        Sourced::present(name, Provenance::Claimed),
    ];
    person.emails = vec![Sourced::present(
        "read-off@example.org".to_owned(),
        Provenance::Extracted { evidence: None },
    )];
    let mut network = Network::default();
    network.ip_address = Some("192.0.2.44".to_owned());
    person.networks = vec![Sourced::present(network, Provenance::Claimed)];
    let number = |kind: &str| {
        let number = IdNumber::new(Some(kind.to_owned()), "000-00-0000");
        Sourced::present(number, Provenance::Claimed)
    };
    person.id_numbers = vec![number("us_ssn"), number("br_cpf")];
    let mut intent = intent();
    intent.person = Person::new(person);
    intent.template = Some("another-workflow".to_owned());
    let mut checkpoint = MemoryCheckpoint::new();
    start(&provider, &intent, &mut checkpoint).await.unwrap();
    let asked = replay.asked();
    let expected = json!({
        "first_name": "Doutzen", "last_name": "Applicant",
        "location": { "country_of_residence": "BEL", "ip_address": "192.0.2.44" },
        "id_numbers": [{ "type": "ssn", "value": "000-00-0000" }],
    });
    assert_eq!(sent(&asked[0]), expected);
    let run = sent(&asked[1]);
    assert_eq!(run["workflow_id"], "another-workflow");
    assert_eq!(run["link"], json!({ "expires_at": "2026-11-20T13:00:00Z" }));
}

#[tokio::test]
async fn what_would_be_refused_later_is_refused_before_anything_is_made() {
    let mut of_documents = intent();
    of_documents.document_kinds = vec![DocumentKind::Passport];
    let mut of_a_long_reference = intent();
    of_a_long_reference.subject = SubjectRef::new("x".repeat(257));
    let mut of_nobody = intent();
    of_nobody.subject = SubjectRef::new("");
    for (intent, options, kind) in [
        (&of_documents, options(), "unsupported"),
        (&of_a_long_reference, options(), "invalid_input"),
        (&of_nobody, options(), "invalid_input"),
        (&intent(), OnfidoOptions::default(), "invalid_config"),
    ] {
        let replay = ReplayTransport::silent();
        let provider = provider(options, &replay);
        let mut checkpoint = MemoryCheckpoint::new();
        let started = start(&provider, intent, &mut checkpoint).await;
        let error = started.unwrap_err();
        assert_eq!(error.kind.as_word(), kind);
        assert!(!error.may_have_taken_effect && !error.retryable, "{error}");
        assert_eq!(replay.asked(), []);
    }
}

// Running a start again.

#[tokio::test]
async fn a_run_of_another_applicant_is_not_taken_over() {
    let mut strange = run("approved");
    strange["applicant_id"] = json!("somebody-else");
    let replay = answering(&[
        applicant(),
        (504, Value::Null),
        // The filter was ignored: a page of strangers, and then no more.
        (200, json!([strange])),
        (200, json!([])),
        (201, run("awaiting_input")),
    ]);
    let provider = provider(options(), &replay);
    let mut checkpoint = MemoryCheckpoint::new();
    let failed = start(&provider, &intent(), &mut checkpoint).await;
    assert!(failed.unwrap_err().may_have_taken_effect);
    let made = start(&provider, &intent(), &mut checkpoint).await.unwrap();
    assert_eq!(made.session_id.as_str(), RUN);
    let pages: Vec<_> = replay.asked()[2..4]
        .iter()
        .map(|asked| asked.uri.query().unwrap().to_owned())
        .collect();
    for (index, page) in pages.iter().enumerate() {
        assert!(
            page.contains(&format!("applicant_id={APPLICANT}")),
            "{page}"
        );
        assert!(
            page.contains("tags=idv_01kafrg2v0e9wtz4q8m5n7r3xa"),
            "{page}"
        );
        assert!(page.contains(&format!("page={}", index + 1)), "{page}");
    }
    replay.assert_used_up();
}

#[tokio::test]
async fn where_the_runs_cannot_be_looked_through_no_second_one_is_made() {
    let mut strange = run("approved");
    strange["applicant_id"] = json!("somebody-else");
    let page = || (200, json!([strange]));
    let replay = answering(&[page(), page(), page(), page(), page()]);
    let provider = provider(options(), &replay);
    let mut checkpoint = MemoryCheckpoint::new();
    idv_core::Checkpoint::save(&mut checkpoint, "applicant", APPLICANT)
        .await
        .unwrap();
    let error = start(&provider, &intent(), &mut checkpoint)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    replay.assert_used_up();
}

#[tokio::test]
async fn an_applicant_that_could_not_be_made_ends_the_start() {
    for (answer, field) in [
        (
            json!({ "error": { "type": "validation_error", "fields": { "email": ["is invalid"] } } }),
            Some("email"),
        ),
        (json!({ "unexpected": "format" }), None),
    ] {
        let replay = answering(&[(422, answer)]);
        let provider = provider(options(), &replay);
        let mut checkpoint = MemoryCheckpoint::new();
        let error = start(&provider, &intent(), &mut checkpoint)
            .await
            .unwrap_err();
        let field = field.map(str::to_owned);
        assert_eq!(error.kind, ErrorKind::InvalidInput { field });
        assert_eq!(error.operation, "create_applicant");
        assert_eq!(checkpoint.saves(), 0);
        replay.assert_used_up();
    }
}

#[tokio::test]
async fn an_answer_without_an_id_is_no_applicant() {
    for answer in [json!({}), json!({ "id": "../x" }), json!([]), json!("x")] {
        let replay = answering(&[(201, answer)]);
        let provider = provider(options(), &replay);
        let mut checkpoint = MemoryCheckpoint::new();
        let started = start(&provider, &intent(), &mut checkpoint).await;
        let error = started.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse);
        assert!(error.may_have_taken_effect);
    }
}

// Reading.

#[tokio::test]
async fn a_run_in_full_has_the_steps_the_person_and_the_reasons() {
    let replay = ReplayTransport::new(Exchanges::load(&fixtures(), "fetch_full"));
    let provider = provider(options(), &replay);
    let snapshot = provider.fetch(&SessionId::new(RUN), Depth::Full).await;
    let snapshot = snapshot.unwrap();
    replay.assert_used_up();
    let names: Vec<_> = snapshot.parts.iter().map(|part| &*part.name).collect();
    let expected = ["session", "tasks", "task_1", "task_2", "task_3", "task_4"];
    assert_eq!(names, expected);
    let mapped = snapshot.mapped;
    assert_eq!(mapped.status, Some(Status::Failed));
    let steps: Vec<_> = mapped
        .steps
        .iter()
        .map(|step| format!("{} {}", step.kind, step.status))
        .collect();
    assert_eq!(
        steps,
        [
            "unknown:start done",
            "profile done",
            "document done",
            "document failed"
        ]
    );
    // The run gave no reason, so what its steps found is why.
    let codes: Vec<_> = mapped.findings.iter().map(|f| f.code.clone()).collect();
    assert_eq!(codes, [ReasonCode::DocumentExpired]);
    let origin = &mapped.origins["/findings/0/code"];
    assert_eq!(origin.part, "task_4");
    assert!(mapped.subject_started);
    let person = mapped.person.unwrap();
    assert_eq!(person.expose(Purpose::Test).names.len(), 2);
    assert_eq!(mapped.evidence.len(), 1);
}

#[tokio::test]
async fn steps_that_failed_are_no_reasons_of_a_run_that_passed() {
    let failed = json!({
        "id": "document_check_1", "task_def_id": "document_check", "workflow_run_id": RUN,
        "output": { "result": "consider", "breakdown": { "police_record": { "result": "consider" } } },
    });
    let replay = answering(&[
        (200, run("approved")),
        (200, json!([{ "id": "document_check_1" }])),
        (200, failed),
    ]);
    let provider = provider(options(), &replay);
    let mapped = provider.fetch(&SessionId::new(RUN), Depth::Full).await;
    let mapped = mapped.unwrap().mapped;
    assert_eq!(mapped.status, Some(Status::Passed));
    assert_eq!(mapped.findings, []);
    assert_eq!(mapped.steps[0].status, StepStatus::Flagged);
    assert_eq!(mapped.steps[0].findings.len(), 1);
}

#[tokio::test]
async fn a_reason_is_named_once_and_the_runs_own_come_first() {
    let mut options = options();
    options.reasons = [("too old".to_owned(), ReasonCode::DocumentExpired)].into();
    let mut declined = run("declined");
    declined["reasons"] = json!(["house rule", "too old"]);
    let check = |lines: Value| {
        json!({
            "id": "document_check_1", "task_def_id": "document_check", "workflow_run_id": RUN,
            "output": { "result": "consider", "breakdown": lines },
        })
    };
    let replay = answering(&[
        (200, declined),
        (
            200,
            json!([{ "id": "document_check_1" }, { "id": "document_check_2" }]),
        ),
        (
            200,
            check(
                json!({ "data_validation": { "result": "consider", "breakdown": {
                "document_expiration": { "result": "consider" } } } }),
            ),
        ),
        (
            200,
            check(json!({ "police_record": { "result": "consider" } })),
        ),
    ]);
    let provider = provider(options, &replay);
    let mapped = provider.fetch(&SessionId::new(RUN), Depth::Full).await;
    let mapped = mapped.unwrap().mapped;
    let codes: Vec<_> = mapped.findings.iter().map(|f| f.code.clone()).collect();
    assert_eq!(
        codes,
        [
            ReasonCode::Unclassified("house rule".to_owned()),
            ReasonCode::DocumentExpired,
            ReasonCode::SuspectedFraud,
        ]
    );
}

#[tokio::test]
async fn tasks_that_cannot_be_had_are_listed_and_the_verdict_stands() {
    let tasks = || (200, json!([{ "id": "a" }, { "id": "b" }]));
    let task = json!({ "id": "b", "task_def_id": "profile_data", "output": {} });
    let no = |status| (status, Value::Null);
    for (answers, missing, steps) in [
        (vec![no(403)], vec!["tasks"], 0),
        (vec![no(500)], vec!["tasks"], 0),
        (vec![(200, json!({ "not": "a list" }))], vec!["tasks"], 0),
        (
            vec![tasks(), no(404), (200, task.clone())],
            vec!["task_1"],
            1,
        ),
        (
            vec![tasks(), (200, json!([])), (200, task.clone())],
            vec!["task_1"],
            1,
        ),
        // An id that would become another path.
        (
            vec![(200, json!([{ "id": "../x" }, { "id": "b" }])), (200, task)],
            vec!["task_1"],
            1,
        ),
    ] {
        let answers: Vec<_> = std::iter::once((200, run("approved")))
            .chain(answers)
            .collect();
        let replay = answering(&answers);
        let provider = provider(options(), &replay);
        let snapshot = provider.fetch(&SessionId::new(RUN), Depth::Full).await;
        let snapshot = snapshot.unwrap();
        replay.assert_used_up();
        let names: Vec<_> = snapshot.missing.iter().map(|part| part.name).collect();
        assert_eq!(names, missing);
        assert_eq!(snapshot.mapped.status, Some(Status::Passed));
        assert_eq!(snapshot.mapped.steps.len(), steps);
    }
}

#[tokio::test]
async fn a_vendor_that_wants_us_to_slow_down_is_asked_again_later() {
    let replay = answering(&[(200, run("approved")), (429, Value::Null)]);
    let provider = provider(options(), &replay);
    let snapshot = provider.fetch(&SessionId::new(RUN), Depth::Full).await;
    let error = snapshot.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::RateLimited { .. }));
    assert!(error.retryable);
}

#[tokio::test]
async fn the_tasks_of_a_very_long_run_are_read_up_to_a_bound() {
    let ids: Vec<_> = (0..40)
        .map(|id| json!({ "id": format!("t{id}") }))
        .collect();
    let mut answers = vec![(200, run("approved")), (200, json!(ids))];
    answers.extend((0..32).map(|_| (200, json!({ "id": "t", "task_def_id": "profile" }))));
    let replay = answering(&answers);
    let provider = provider(options(), &replay);
    let snapshot = provider.fetch(&SessionId::new(RUN), Depth::Full).await;
    let snapshot = snapshot.unwrap();
    replay.assert_used_up();
    assert_eq!(snapshot.mapped.steps.len(), 32);
    let names: Vec<_> = snapshot.missing.iter().map(|part| part.name).collect();
    assert_eq!(names, ["further_tasks"]);
}

// The subject's way in.

#[tokio::test]
async fn a_link_has_the_page_the_token_and_the_time_the_token_runs_out() {
    let replay = ReplayTransport::new(Exchanges::load(&fixtures(), "renew_link"));
    let provider = provider(options(), &replay);
    let link = provider.renew_link(&SessionId::new(RUN)).await.unwrap();
    let page = link.hosted_url.unwrap();
    assert_eq!(*page.expose(), format!("https://eu.onfido.app/l/{RUN}"));
    assert!(link.sdk_token.is_some());
    // 35 days after the run was made, in the token's own words.
    let expires_at = link.expires_at.unwrap().to_string();
    assert_eq!(expires_at, "2026-12-25T12:00:03Z");
}

#[tokio::test]
async fn a_run_without_a_token_gets_one_for_its_applicant() {
    let replay = ReplayTransport::new(Exchanges::load(&fixtures(), "renew_link_with_a_new_token"));
    let mut options = options();
    options.sdk_referrer = Some("https://*.example.org/*".to_owned());
    let provider = provider(options, &replay);
    let link = provider.renew_link(&SessionId::new(RUN)).await.unwrap();
    replay.assert_used_up();
    let token = link.sdk_token.unwrap();
    assert_eq!(token.expose(), "header.payload.signature-of-the-new-token");
    let expires_at = link.expires_at.unwrap().to_string();
    assert_eq!(expires_at, "2026-11-20T13:30:00Z", "90 minutes");
}

#[tokio::test]
async fn where_no_token_can_be_had_the_page_is_enough() {
    let name = "renew_link_without_a_token";
    let replay = ReplayTransport::new(Exchanges::load(&fixtures(), name));
    let provider = provider(options(), &replay);
    let link = provider.renew_link(&SessionId::new(RUN)).await.unwrap();
    replay.assert_used_up();
    assert!(link.hosted_url.is_some());
    assert_eq!(link.sdk_token, None);
}

#[tokio::test]
async fn a_link_that_has_expired_is_no_link() {
    let mut expired = run("awaiting_input");
    expired["link"]["expires_at"] = json!("2026-11-20T11:59:59Z");
    let refused = (422, json!({ "error": { "type": "validation_error" } }));
    let replay = answering(&[(200, expired), refused]);
    let provider = provider(options(), &replay);
    let error = provider.renew_link(&SessionId::new(RUN)).await;
    let error = error.unwrap_err();
    assert_eq!(error.operation, "generate_sdk_token");
    replay.assert_used_up();
}

#[tokio::test]
async fn only_a_run_that_may_ask_for_something_has_a_link() {
    for (status, has_link) in [
        ("awaiting_input", true),
        ("processing", true),
        ("awaiting_client_input", false),
        ("approved", false),
        ("declined", false),
        ("review", false),
        ("abandoned", false),
        ("error", false),
        ("something_new", false),
    ] {
        let replay = answering(&[applicant(), (201, run(status))]);
        let provider = provider(options(), &replay);
        let mut checkpoint = MemoryCheckpoint::new();
        let started = start(&provider, &intent(), &mut checkpoint).await;
        assert_eq!(started.unwrap().link.is_some(), has_link, "{status}");
    }
}

#[tokio::test]
async fn the_clock_of_the_test_stands_before_the_tokens_end() {
    // If somebody moves the noon of all tests, the tokens in the fixtures run out.
    let end: Timestamp = "2026-12-25T12:00:03Z".parse().unwrap();
    assert!(ManualClock::noon().now() < end);
}

// Failures.

#[tokio::test]
async fn the_old_id_of_an_error_goes_to_the_vendors_support() {
    let body = json!({ "error": { "id": "544f95539648607d03001542", "type": "full_moon" } });
    let replay = answering(&[(418, body)]);
    let provider = provider(options(), &replay);
    let error = provider.fetch(&SessionId::new(RUN), Depth::Verdict).await;
    let error = error.unwrap_err();
    let id = error.vendor_request_id.as_deref();
    assert_eq!(id, Some("544f95539648607d03001542"));
}

#[tokio::test]
async fn an_error_shows_nothing_of_the_vendors_words() {
    let body = json!({ "error": {
        "type": "validation_error", "message": "Doutzen is too young",
        "fields": { "first_name": ["Doutzen is no name"] },
    }});
    let replay = answering(&[(422, body)]);
    let provider = provider(options(), &replay);
    let error = provider.fetch(&SessionId::new(RUN), Depth::Verdict).await;
    let error = error.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("Doutzen"), "{shown}");
    assert!(shown.contains("first_name"), "{shown}");
}

#[tokio::test]
async fn a_refusal_after_a_lost_try_may_have_taken_effect() {
    let replay = answering(&[applicant(), (201, run("awaiting_input"))]);
    let refused = Answer::new(401, "");
    replay.inject(2, Injection::InsteadAfterAnotherTry(refused));
    let provider = provider(options(), &replay);
    let mut checkpoint = MemoryCheckpoint::new();
    let error = start(&provider, &intent(), &mut checkpoint).await;
    assert!(error.unwrap_err().may_have_taken_effect);
}

#[tokio::test]
async fn a_task_is_completed_once_with_what_it_waits_for() {
    const TASK: &str = "receive_data_1a2b3";
    let replay = answering(&[(200, Value::Null)]);
    let provider = provider(options(), &replay);
    let run = SessionId::from(RUN);
    let data = json!({ "verdict": "ok" });
    provider.complete_task(&run, TASK, &data).await.unwrap();
    let asked = replay.asked();
    assert_eq!(asked.len(), 1);
    let path = format!("/v3.6/workflow_runs/{RUN}/tasks/{TASK}/complete");
    assert_eq!(
        (asked[0].method.as_str(), asked[0].uri.path()),
        ("POST", &*path)
    );
    assert_eq!(sent(&asked[0]), json!({ "data": { "verdict": "ok" } }));
    assert_eq!(asked[0].call.repeat, Repeat::Never);

    for (task, data) in [
        (TASK, json!("text")),
        (TASK, Value::Null),
        ("../x", json!({})),
    ] {
        provider.complete_task(&run, task, &data).await.unwrap_err();
    }
    assert_eq!(replay.asked().len(), 1, "what cannot be right is not sent");
}
