//! Stripe: tries that fail, and one that does not.

use fastrand::Rng;
use idv_simulator::stripe::{Account, Session};
use serde_json::Value;

use super::Told;

/// Nothing else in the world knows them.
pub(super) const API_KEY: &str = "sk_test_load";
pub(super) const SECRET: &str = "whsec_load";

#[derive(Clone, Copy)]
pub(super) enum Scene {
    Created,
    Submit,
    Fail,
    Verify,
    Cancel,
}

pub(super) fn life(rng: &mut Rng) -> Vec<Scene> {
    let mut scenes = vec![Scene::Created];
    for _ in 0..rng.usize(0..6) {
        scenes.extend([Scene::Submit, Scene::Fail]);
    }
    match rng.u8(0..10) {
        0..6 => scenes.extend([Scene::Submit, Scene::Verify]),
        6..8 => scenes.push(Scene::Cancel),
        8 => scenes.push(Scene::Submit),
        // It waits for its subject for ever.
        _ => {}
    }
    scenes
}

pub(super) fn session(id: &str, subject: &str, now: i64) -> Session {
    Session::new(id, now).for_reference(subject)
}

pub(super) fn play(account: &Account, id: &str, scene: Scene, now: i64) -> Told {
    account
        .with(id, |session| act(session, scene, now))
        .expect("a session of this vendor")
}

pub(super) fn act(session: &mut Session, scene: Scene, now: i64) -> Told {
    let event = match scene {
        Scene::Created => session.created(now),
        Scene::Submit => session.submit(now).unwrap(),
        Scene::Fail => session.fail(now, "document_expired").unwrap(),
        Scene::Verify => session.verify(now).unwrap(),
        Scene::Cancel => session.cancel(now).unwrap(),
    };
    Told {
        body: event.body.into(),
        event_id: Some(event.id),
    }
}

/// The status a request must have if this is the vendor's object.
pub(super) fn status(object: &Value) -> &'static str {
    match object["status"].as_str().unwrap() {
        "requires_input" if object["last_error"].is_null() => "awaiting_user",
        "requires_input" => "retry_required",
        "processing" => "processing",
        "verified" => "passed",
        "canceled" => "cancelled",
        other => panic!("{other} is no word of this vendor"),
    }
}
