//! Onfido: an applicant and a workflow run, and tasks that say why it ended as it did.

use idv_testkit::replay::Exchange;
use serde_json::{Value, json};

use crate::signing;
use crate::table::{self, Cell, Row, TABLE};
use crate::vendor::{Scene, Vendor, exchange};

pub(crate) struct Onfido;

const TOKEN: &str = "token_of_the_stories";
const WORKFLOW: &str = "c1a2b3d4-0000-4111-8222-933344455566";
const RUNS: &str = "/v3.6/workflow_runs";

fn id_of(story: &str, first: &str) -> String {
    let number = TABLE.iter().position(|row| row.story == story).unwrap();
    format!("{first}-0000-4000-8000-{number:012}")
}

fn run_id(story: &str) -> String {
    id_of(story, "0b6f2c1e")
}

fn applicant_id(story: &str) -> String {
    id_of(story, "7d1c9a52")
}

fn run(story: &str, status: &str) -> Value {
    let id = run_id(story);
    json!({
        "id": id, "applicant_id": applicant_id(story), "workflow_id": WORKFLOW, "workflow_version_id": 12,
        "status": status, "output": null, "reasons": [], "error": null,
        "sdk_token": "sdk-token-of-the-stories", "tags": [], "customer_user_id": story,
        "link": { "url": format!("https://eu.onfido.app/l/{id}"), "expires_at": null },
        "created_at": "2026-11-20T12:00:03Z", "updated_at": "2026-11-20T12:00:04Z",
    })
}

/// A task that was done, with its report. `place`: where among the tasks of its kind.
fn task(story: &str, kind: &str, place: usize, report: &Value) -> Value {
    json!({
        "id": format!("{kind}_{place:05}"), "workflow_run_id": run_id(story), "task_def_id": kind,
        "task_def_version": null, "created_at": "2026-11-20T12:01:00Z", "updated_at": "2026-11-20T12:02:00Z",
        "input": {}, "output": report,
    })
}

fn handed_in(story: &str) -> Value {
    let files = json!([{
        "type": "document_photo", "id": "5f0e9d8c-7b6a-4958-8877-665544332211",
        "checksum_sha256": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }]);
    task(story, "upload_document_photo", 0, &files)
}

fn clear() -> Value {
    json!({ "status": "complete", "result": "clear", "sub_result": "clear", "properties": {}, "breakdown": {} })
}

/// A report that one line of a group spoils.
fn spoilt(sub_result: &str, group: &str, line: &str, properties: &Value) -> Value {
    json!({
        "status": "complete", "result": "consider", "sub_result": sub_result, "properties": {},
        "breakdown": { group: {
            "result": "consider", "breakdown": { line: { "result": "consider", "properties": properties } },
        } },
    })
}

fn answers(story: &str, status: &str, tasks: &[Value]) -> Vec<Exchange> {
    let path = format!("{RUNS}/{}", run_id(story));
    // What the person handed in comes first, where they did anything.
    let tasks: Vec<Value> = (!tasks.is_empty())
        .then(|| handed_in(story))
        .into_iter()
        .chain(tasks.iter().cloned())
        .collect();
    let mut listed = tasks.clone();
    for task in &mut listed {
        // A list shows no results.
        task.as_object_mut()
            .unwrap()
            .retain(|name, _| name != "input" && name != "output");
    }
    let one = |task: &Value| {
        let id = task["id"].as_str().unwrap();
        exchange("GET", &format!("{path}/tasks/{id}"), 200, task)
    };
    let run = exchange("GET", &path, 200, &run(story, status));
    let list = exchange("GET", &format!("{path}/tasks"), 200, &Value::from(listed));
    [run, list]
        .into_iter()
        .chain(tasks.iter().map(one))
        .collect()
}

fn run_event(story: &str, status: &str) -> Value {
    json!({ "payload": {
        "resource_type": "workflow_run", "action": "workflow_run.completed",
        "object": {
            "id": run_id(story), "status": status, "completed_at_iso8601": "2026-11-20T12:05:40Z",
            "href": format!("https://api.eu.onfido.com{RUNS}/{}", run_id(story)),
        },
        "resource": run(story, status),
    } })
}

fn task_event(story: &str, task: &Value) -> Value {
    json!({ "payload": {
        "resource_type": "workflow_task", "action": "workflow_task.completed",
        "object": {
            "id": task["id"], "status": "completed", "completed_at_iso8601": "2026-11-20T12:04:00Z",
            "task_def_id": task["task_def_id"], "workflow_run_id": run_id(story),
        },
        "resource": task,
    } })
}

impl Vendor for Onfido {
    fn name(&self) -> &'static str {
        "onfido"
    }

    fn cell<'r>(&self, row: &'r Row) -> &'r Cell {
        &row.onfido
    }

    fn account(&self, api_base_url: &str) -> String {
        format!(
            "[accounts.identity]\nprovider = \"onfido\"\nenvironment = \"sandbox\"\ncalls_per_sec = 1000\napi_key = \"api_sandbox.ofTheStories\"\n\
             webhook_secrets = [\"{TOKEN}\"]\n[accounts.identity.options]\napi_base_url = \"{api_base_url}\"\n\
             workflow_id = \"{WORKFLOW}\"\n"
        )
    }

    fn beginning(&self, story: &'static str, subject: &str) -> Vec<Exchange> {
        let applicant = json!({
            "id": applicant_id(story), "created_at": "2026-11-20T12:00:02Z", "sandbox": true,
            "first_name": "Sjoukje", "last_name": "Voorbeeld",
            "href": format!("/v3.6/applicants/{}", applicant_id(story)),
        });
        let mut make_applicant = exchange("POST", "/v3.6/applicants", 201, &applicant);
        make_applicant.request.json =
            Some(json!({ "first_name": "Sjoukje", "last_name": "Voorbeeld" }));
        let open = run(story, "awaiting_input");
        let mut make_run = exchange("POST", RUNS, 201, &open);
        make_run.request.json = Some(json!({
            "applicant_id": applicant_id(story), "workflow_id": WORKFLOW, "customer_user_id": subject,
        }));
        let path = format!("{RUNS}/{}", run_id(story));
        vec![make_applicant, make_run, exchange("GET", &path, 200, &open)]
    }

    fn scenes(&self, story: &'static str) -> Vec<Scene> {
        let ends = |status: &str, tasks: &[Value]| Scene {
            webhook: run_event(story, status),
            answers: answers(story, status, tasks),
        };
        let document = |place, report: &Value| task(story, "document_check", place, report);
        let nothing = json!({});
        match story {
            table::PASSES => vec![ends("approved", &[document(0, &clear())])],
            table::BLURRED => {
                let is_blurred = json!({ "blurred_photo": "true", "dark_photo": "false" });
                let blurred = spoilt("rejected", "image_integrity", "image_quality", &is_blurred);
                let (first, second) = (document(0, &blurred), document(1, &clear()));
                let again = Scene {
                    webhook: task_event(story, &first),
                    answers: answers(story, "awaiting_input", std::slice::from_ref(&first)),
                };
                vec![again, ends("approved", &[first, second])]
            }
            table::EXPIRED => {
                let report = spoilt(
                    "rejected",
                    "data_validation",
                    "document_expiration",
                    &nothing,
                );
                vec![ends("declined", &[document(0, &report)])]
            }
            table::OTHER_FACE => {
                let mut report = spoilt("", "face_comparison", "face_match", &nothing);
                report["sub_result"] = Value::Null;
                let selfie = task(story, "facial_similarity_photo", 0, &report);
                vec![ends("declined", &[document(0, &clear()), selfie])]
            }
            table::GAVE_UP => vec![ends("abandoned", &[])],
            table::REVIEWED => {
                let tasks = [document(0, &clear())];
                vec![ends("review", &tasks), ends("approved", &tasks)]
            }
            table::FRAUD => {
                let mut report = clear();
                report["result"] = json!("consider");
                report["sub_result"] = json!("suspected");
                report["breakdown"] = json!({ "police_record": { "result": "consider" } });
                vec![ends("declined", &[document(0, &report)])]
            }
            other => panic!("Onfido does not tell the story {other}"),
        }
    }

    fn sign(&self, body: &[u8]) -> (&'static str, String) {
        ("X-SHA2-Signature", signing::onfido(TOKEN, body))
    }
}
