//! Plaid: steps, then a verdict. Its webhooks tell neither.

use fastrand::Rng;
use idv_simulator::plaid::{Attempt, Environment, Step, Verdict};
use serde_json::Value;

use super::Told;

/// Nothing else in the world knows them.
pub(super) const CLIENT_ID: &str = "load-client";
pub(super) const SECRET: &str = "load-secret";
pub(super) const KEY: &str = "load-key";

#[derive(Clone, Copy)]
pub(super) enum Scene {
    Pass(Step, Option<Step>),
    Fail(Step),
    End(Verdict),
}

/// What every template asks for.
const STEPS: &[Step] = &[
    Step::AcceptTos,
    Step::VerifySms,
    Step::KycCheck,
    Step::DocumentaryVerification,
    Step::SelfieCheck,
];

pub(super) fn life(rng: &mut Rng) -> Vec<Scene> {
    let next = |index: usize| STEPS.get(index + 1).copied();
    let pass = |(index, step): (usize, &Step)| Scene::Pass(*step, next(index));
    let mut scenes: Vec<_> = STEPS.iter().enumerate().map(pass).collect();
    match rng.u8(0..10) {
        0..5 => scenes.push(Scene::End(Verdict::Success)),
        5..7 => {
            scenes.pop();
            scenes.extend([Scene::Fail(Step::SelfieCheck), Scene::End(Verdict::Failed)]);
        }
        7 => scenes.push(Scene::End(Verdict::PendingReview)),
        8 => {
            scenes.truncate(rng.usize(1..STEPS.len()));
            scenes.push(Scene::End(Verdict::Expired));
        }
        _ => scenes.truncate(rng.usize(1..STEPS.len())),
    }
    scenes
}

pub(super) fn attempt(id: &str, subject: &str, now: i64) -> Attempt {
    Attempt::new(id, subject, STEPS, now)
}

pub(super) fn play(environment: &Environment, id: &str, scene: Scene, now: i64) -> Told {
    environment
        .with(id, |attempt| act(attempt, scene, now))
        .expect("an attempt of this vendor")
}

pub(super) fn act(attempt: &mut Attempt, scene: Scene, now: i64) -> Told {
    let event = match scene {
        Scene::Pass(step, next) => attempt.pass(step, next),
        Scene::Fail(step) => attempt.fail(step, None),
        Scene::End(verdict) => attempt.end(now, verdict),
    };
    Told {
        body: event.unwrap().body("sandbox").into(),
        event_id: None,
    }
}

/// The status a request must have if this is the vendor's object.
pub(super) fn status(object: &Value) -> &'static str {
    match object["status"].as_str().unwrap() {
        "active" => "awaiting_user",
        "success" => "passed",
        "failed" => "failed",
        "pending_review" => "in_review",
        "expired" => "expired",
        other => panic!("{other} is no word of this vendor, or nothing that is played here"),
    }
}
