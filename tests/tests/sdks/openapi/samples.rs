//! The recorded answers of the vendors, against their own descriptions: what they violate is listed, and what a broken
//! copy of one violates is noticed.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use http::{Request, Response};
use idv_testkit::shared_samples;
use serde_json::{Value, json};

use super::Checker;
use super::description::{Answer, Description};
use super::deviations;
use super::violation::Violation;

mod recorded;

use recorded::{NO_ANSWERS, RECORDED, Recorded};

/// The answer in a sample.
fn answer_in(recorded: &Recorded, sample: Vec<u8>) -> Vec<u8> {
    if recorded.part.is_empty() {
        return sample;
    }
    let sample: Value = serde_json::from_slice(&sample).unwrap();
    let part = sample.pointer(recorded.part);
    part.expect("the sample has this part")
        .to_string()
        .into_bytes()
}

fn violations(recorded: &Recorded, body: &[u8]) -> Vec<Violation> {
    let description = Description::of(recorded.vendor).unwrap();
    description.violations(&Answer {
        method: recorded.method,
        path: recorded.path,
        status: recorded.status,
        media_type: Some("application/json"),
        body,
    })
}

fn sample(vendor: &str, file: &str) -> Option<Vec<u8>> {
    let file = shared_samples(vendor, 1)?.join(file);
    Some(fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

#[test]
fn what_recorded_answers_do_against_the_descriptions_is_listed_and_nothing_else_is() {
    let mut wrong = Vec::new();
    let mut needed = BTreeSet::new();
    for recorded in RECORDED {
        let Some(body) = sample(recorded.vendor, recorded.file) else {
            continue;
        };
        for violation in violations(recorded, &answer_in(recorded, body)) {
            let rows = deviations::of(recorded.vendor).iter().enumerate();
            let accepting: Vec<_> = rows.filter(|(_, row)| row.accepts(&violation)).collect();
            // The sample that a row names is the one that shows it.
            for (index, row) in &accepting {
                if row.sample == recorded.file {
                    needed.insert((recorded.vendor, *index, row.place(&violation)));
                }
            }
            let accepted = accepting
                .iter()
                .any(|(_, row)| row.holds_for_a_simulator() || row.sample == recorded.file);
            if !accepted {
                wrong.push(format!(
                    "{}/{}: {violation}",
                    recorded.vendor, recorded.file
                ));
            }
        }
    }
    for (vendor, rows) in deviations::VENDORS {
        if Description::of(vendor).is_none() {
            continue;
        }
        let with_sample = rows.iter().enumerate().filter(|(_, row)| row.has_sample());
        for (index, row) in with_sample {
            let is_shown = |place: &&str| needed.contains(&(vendor, index, Some(*place)));
            let shown = row.instances.iter().filter(|place| is_shown(place)).count();
            // A sample is of one operation; an object of the vendor lies elsewhere in its lists.
            let wanted = if row.holds_for_a_simulator() {
                1
            } else {
                row.instances.len()
            };
            if shown < wanted {
                wrong.push(format!("{vendor}: its sample does not show: {row}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_is_an_answer_or_known_to_be_none_and_every_row_names_one_that_exists() {
    for (vendor, rows) in deviations::VENDORS {
        let Some(folder) = shared_samples(vendor, 1) else {
            continue;
        };
        let files: BTreeSet<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let recorded: BTreeSet<_> = RECORDED
            .iter()
            .filter(|recorded| recorded.vendor == *vendor && recorded.part.is_empty())
            .map(|recorded| recorded.file)
            .collect();
        for file in &files {
            let is_none = NO_ANSWERS
                .iter()
                .any(|beginning| file.starts_with(beginning));
            assert_ne!(recorded.contains(file.as_str()), is_none, "{vendor}/{file}");
        }
        let with_sample = rows.iter().filter(|row| row.has_sample());
        for named in recorded
            .into_iter()
            .chain(with_sample.map(|row| row.sample))
        {
            assert!(files.contains(named), "there is no {vendor}/{named}");
        }
    }
}

/// A sample, what is done to a copy of it, and the pointer and the word of what must then be noticed.
type Break = (
    &'static str,
    &'static str,
    fn(&mut Value),
    &'static str,
    &'static str,
);

const BROKEN: &[Break] = &[
    (
        "stripe",
        "session_verified_with_outputs.json",
        |body| body["created"] = json!("now"),
        "/created",
        "type",
    ),
    (
        "stripe",
        "session_verified_with_outputs.json",
        |body| body["created"] = json!(1_700_000_000_000_i64),
        "/created",
        "maximum",
    ),
    (
        "stripe",
        "session_verified_with_outputs.json",
        |body| body["status"] = json!("passed"),
        "/status",
        "enum",
    ),
    (
        "stripe",
        "session_verified_with_outputs.json",
        |body| body["made_up"] = json!(1),
        "/made_up",
        "undeclared",
    ),
    (
        "stripe",
        "session_verified_with_outputs.json",
        |body| body["verified_outputs"]["age"] = json!(1),
        "/verified_outputs/age",
        "undeclared",
    ),
    (
        "stripe",
        "session_cancel.json",
        |body| drop(body.as_object_mut().unwrap().remove("livemode")),
        "/livemode",
        "required",
    ),
    (
        "stripe",
        "session_list.json",
        |body| body["data"][0]["metadata"]["a"] = json!(1),
        "/data/0/metadata/a",
        "type",
    ),
    (
        "stripe",
        "error_404_resource_missing_api.json",
        |body| body["error"]["type"] = json!("oops"),
        "/error/type",
        "enum",
    ),
    (
        "plaid",
        "get_response_success_full.json",
        |body| body["status"] = json!(5),
        "/status",
        "type",
    ),
    (
        "plaid",
        "get_response_success_full.json",
        |body| body["steps"]["kyc_check"] = json!("passed"),
        "/steps/kyc_check",
        "enum",
    ),
    (
        "plaid",
        "get_response_success_full.json",
        |body| body["steps"]["made_up"] = json!("success"),
        "/steps/made_up",
        "undeclared",
    ),
    (
        "plaid",
        "get_response_success_full.json",
        |body| drop(body.as_object_mut().unwrap().remove("template")),
        "/template",
        "required",
    ),
    (
        "plaid",
        "get_response_success_full.json",
        |body| body["created_at"] = json!("yesterday"),
        "/created_at",
        "format",
    ),
    (
        "plaid",
        "get_response_success_full.json",
        |body| body["documentary_verification"]["documents"][0]["made_up"] = json!(1),
        "/documentary_verification/documents/0/made_up",
        "undeclared",
    ),
    (
        "plaid",
        "error_429_rate_limit.json",
        |body| body["error_type"] = json!("TOO_MUCH"),
        "/error_type",
        "enum",
    ),
    (
        "onfido",
        "api_workflow_run_awaiting_input_2024.json",
        |body| body["status"] = json!("waiting"),
        "/status",
        "enum",
    ),
    (
        "onfido",
        "api_workflow_run_awaiting_input_2024.json",
        |body| body["made_up"] = json!(null),
        "/made_up",
        "undeclared",
    ),
    (
        "onfido",
        "api_workflow_run_awaiting_input_2024.json",
        |body| body["link"]["url"] = json!(7),
        "/link/url",
        "type",
    ),
    (
        "onfido",
        "api_workflow_run_awaiting_input_2024.json",
        |body| drop(body.as_object_mut().unwrap().remove("id")),
        "/id",
        "required",
    ),
    (
        "onfido",
        "api_workflow_runs_list.json",
        |body| body[0]["workflow_id"] = json!("one"),
        "/0/workflow_id",
        "format",
    ),
    (
        "onfido",
        "api_document_report_clear.json",
        |body| body["breakdown"]["made_up"] = json!({}),
        "/breakdown/made_up",
        "undeclared",
    ),
    (
        "onfido",
        "api_document_report_clear.json",
        |body| body["name"] = json!("made_up"),
        "/name",
        "enum",
    ),
];

#[test]
fn a_broken_copy_of_an_answer_is_noticed() {
    for (vendor, file, break_it, instance, rule) in BROKEN {
        let Some(body) = sample(vendor, file) else {
            continue;
        };
        let recorded = RECORDED
            .iter()
            .find(|recorded| (recorded.vendor, recorded.file) == (*vendor, *file));
        let recorded = recorded.unwrap();
        let mut copy: Value = serde_json::from_slice(&body).unwrap();
        break_it(&mut copy);
        let found = violations(recorded, copy.to_string().as_bytes());
        let noticed = found
            .iter()
            .filter(|violation| deviations::accepting(vendor, violation).is_none())
            .any(|violation| (violation.instance.as_str(), violation.rule()) == (*instance, *rule));
        assert!(noticed, "{vendor}/{file} {instance} {rule}: {found:#?}");
    }
}

/// A vendor's answer as a watch sees it.
fn exchange(
    method: &str,
    path: &str,
    status: u16,
    media_type: &str,
    body: &str,
) -> (Request<Bytes>, Response<Bytes>) {
    let request = Request::builder().method(method).uri(path);
    let response = Response::builder()
        .status(status)
        .header("content-type", media_type);
    (
        request.body(Bytes::new()).unwrap(),
        response
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap(),
    )
}

#[test]
fn a_watch_keeps_what_is_wrong_and_says_all_of_it() {
    if Description::of("stripe").is_none() {
        return;
    }
    let checker = Checker::default();
    let error = "{\"error\":{\"type\":\"invalid_request_error\"}}";
    let json = "application/json; charset=utf-8";
    for (method, path, status, media_type, body) in [
        // As described, as an unknown path is answered, and a page for a person.
        (
            "GET",
            "/v1/identity/verification_sessions/vs_1?expand[]=verified_outputs",
            404,
            json,
            error,
        ),
        ("GET", "/v1/nothing", 404, json, error),
        ("GET", "/start/test_1", 200, "text/html", "<p>"),
        // And what is not.
        ("GET", "/v1/nothing", 200, json, "{}"),
        ("GET", "/v1/nothing", 404, json, "[]"),
        ("GET", "/v1/events", 201, json, "{}"),
        ("GET", "/v1/events", 200, "text/html", "<p>"),
        ("GET", "/v1/events", 200, json, "{"),
    ] {
        let (request, response) = exchange(method, path, status, media_type, body);
        checker.take("stripe", &request, &response);
    }
    let seen = checker.seen.lock().unwrap().wrong.clone();
    let beginnings = [
        "stripe: GET /v1/nothing 200 no operation",
        "stripe: GET /v1/nothing 404 : type",
        "stripe: GET /v1/events 201 no status",
        "stripe: GET /v1/events 200 media type: it is never text/html",
        "stripe: GET /v1/events 200 body: it is no JSON",
    ];
    assert_eq!(seen.len(), beginnings.len(), "{seen:#?}");
    for (seen, beginning) in seen.iter().zip(beginnings) {
        assert!(seen.starts_with(beginning), "{seen}");
    }
    let said = std::panic::catch_unwind(|| checker.assert_clean()).unwrap_err();
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.starts_with("5 times an answer is not"), "{said}");
    assert!(
        beginnings.iter().all(|beginning| said.contains(beginning)),
        "{said}"
    );
}

#[test]
fn a_watch_that_saw_nothing_is_not_clean_and_one_that_saw_a_right_answer_is() {
    if Description::of("stripe").is_none() {
        return;
    }
    let checker = Checker::default();
    let said = std::panic::catch_unwind(|| checker.assert_clean()).unwrap_err();
    assert_eq!(said.downcast_ref::<&str>(), Some(&"no answer was seen"));
    let path = "/v1/identity/verification_sessions/vs_1";
    let body = sample("stripe", "error_404_resource_missing_api.json").unwrap();
    let body = String::from_utf8(body).unwrap();
    let (request, response) = exchange("GET", path, 404, "application/json", &body);
    checker.take("stripe", &request, &response);
    let wrong = checker.seen.lock().unwrap().wrong.clone();
    assert_eq!(wrong, [""; 0]);
    checker.assert_clean();
}

/// An attempt, or a list of them, as an SDK demands it.
fn newer(body: &mut Value) {
    let items = body.get_mut("identity_verifications");
    if let Some(items) = items.and_then(Value::as_array_mut) {
        items.iter_mut().for_each(newer);
    }
    for (place, name) in [
        ("/kyc_check/id_number", "ssa_verification"),
        ("/risk_check/email", "name"),
    ] {
        if let Some(object) = body.pointer_mut(place).and_then(Value::as_object_mut) {
            object.insert(name.to_owned(), Value::Null);
        }
    }
}

#[test]
fn a_deviation_that_no_answer_needed_is_named() {
    let checker = Checker::default();
    for recorded in RECORDED {
        let Some(body) = sample(recorded.vendor, recorded.file) else {
            return;
        };
        let Recorded {
            vendor,
            method,
            path,
            status,
            ..
        } = recorded;
        let body = String::from_utf8(answer_in(recorded, body)).unwrap();
        let (request, response) = exchange(method, path, *status, "application/json", &body);
        checker.take(vendor, &request, &response);
        // No sample shows what an SDK demands.
        if let ("plaid", 200, Ok(mut body)) = (*vendor, *status, serde_json::from_str(&body)) {
            newer(&mut body);
            let json = "application/json";
            let (request, response) = exchange(method, path, *status, json, &body.to_string());
            checker.take(vendor, &request, &response);
        }
    }
    for (vendor, _) in deviations::VENDORS {
        checker.assert_every_deviation_was_needed(vendor);
    }
    let none = Checker::default();
    let said = std::panic::catch_unwind(|| none.assert_every_deviation_was_needed("onfido"));
    let said = said.unwrap_err().downcast::<String>().unwrap();
    assert!(
        said.contains("/location/ip_address: null (api_applicant_sandbox_2024.json)"),
        "{said}"
    );
}
