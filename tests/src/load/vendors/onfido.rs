//! Onfido: tasks one after the other, and an outcome. What changes without a webhook changes together with something
//! that has one.

use fastrand::Rng;
use idv_simulator::onfido::{Account, Outcome, Run};
use serde_json::{Value, json};

use super::Told;

/// Nothing else in the world knows them.
pub(super) const API_TOKEN: &str = "api_sandbox.load";
pub(super) const WEBHOOK_TOKEN: &str = "load-webhook-token";

/// Kinds of task, by the vendor's names.
const TASKS: [&str; 3] = [
    "upload_document_photo",
    "upload_face_photo",
    "document_check",
];

#[derive(Clone)]
pub(super) enum Scene {
    Start(usize),
    Complete(usize),
    End(Outcome),
}

pub(super) fn life(rng: &mut Rng) -> Vec<Scene> {
    let tasks = rng.usize(1..=TASKS.len());
    let mut scenes: Vec<_> = (0..tasks)
        .flat_map(|task| [Scene::Start(task), Scene::Complete(task)])
        .collect();
    match rng.u8(0..10) {
        0..5 => scenes.push(Scene::End(Outcome::Approved)),
        5..7 => scenes.push(Scene::End(Outcome::Declined(Vec::new()))),
        7 => scenes.push(Scene::End(Outcome::Review(Vec::new()))),
        // The subject leaves in the middle of a task.
        8 => scenes.truncate(2 * tasks - 1),
        _ => {}
    }
    scenes
}

pub(super) fn run(id: &str, subject: &str, now: i64) -> Run {
    Run::new(id, now).for_reference(subject)
}

pub(super) fn play(account: &Account, id: &str, scene: &Scene, now: i64) -> Told {
    account
        .with(id, |run| act(run, scene, now))
        .expect("a run of this vendor")
}

pub(super) fn act(run: &mut Run, scene: &Scene, now: i64) -> Told {
    let task = |number: &usize| format!("task_{number}");
    let event = match scene {
        Scene::Start(number) => {
            run.await_input(now).unwrap();
            run.start_task(now, &task(number), TASKS[*number])
        }
        Scene::Complete(number) => {
            run.process(now).unwrap();
            run.complete_task(now, &task(number), output(*number))
        }
        Scene::End(outcome) => run.end(now, outcome.clone()),
    };
    Told {
        body: event.unwrap().body.into(),
        event_id: None,
    }
}

fn output(task: usize) -> Value {
    match TASKS[task] {
        "document_check" => json!({
            "status": "complete", "result": "clear", "sub_result": null,
            "uuid": "00000000-0000-4000-8000-000000000001", "properties": {}, "breakdown": {},
        }),
        _ => {
            json!([{ "id": format!("photo-{task}"), "type": "document_photo", "checksum_sha256": "0".repeat(64) }])
        }
    }
}

/// The status a request must have if this is the vendor's object.
pub(super) fn status(object: &Value) -> &'static str {
    match object["status"].as_str().unwrap() {
        "awaiting_input" => "awaiting_user",
        "processing" => "processing",
        "approved" => "passed",
        "declined" => "failed",
        "review" => "in_review",
        other => panic!("{other} is no word of this vendor, or nothing that is played here"),
    }
}
