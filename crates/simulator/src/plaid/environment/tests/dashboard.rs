//! What somebody in the dashboard does to an attempt, and what happens after its end.

use super::*;

fn fail(step: &str) -> Action {
    Action::new("fail").with("step", step)
}

fn status(world: &Environment, id: &str) -> String {
    read(world, id)["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_step_can_be_overruled_long_after_the_end() {
    let world = world();
    let id = create(&world, "subject-1");
    play(&world, &id, &fail("documentary_verification"));
    play(&world, &id, &Action::new("decide"));
    let overrule = Action::new("overrule").with("step", "documentary_verification");
    told(&world);
    play(&world, &id, &overrule.clone().with("approve", true));
    assert_eq!(told(&world), ["STEP_UPDATED", "STATUS_UPDATED"]);
    let answer = read(&world, &id);
    assert_eq!(answer["status"], "success");
    assert_eq!(
        answer["steps"]["documentary_verification"],
        "manually_approved"
    );
    let documents = &answer["documentary_verification"]["documents"];
    assert_eq!(documents[0]["status"], "manually_approved");
    let again = Vendor::play(&world, &id, &overrule.clone().with("approve", false), NOW);
    assert!(again.is_err(), "it has not failed");

    let id = create(&world, "subject-2");
    play(
        &world,
        &id,
        &fail("documentary_verification").with("goes_on", true),
    );
    play(&world, &id, &Action::new("walk"));
    play(&world, &id, &Action::new("decide"));
    play(&world, &id, &overrule.with("approve", false));
    let answer = read(&world, &id);
    assert_eq!(answer["status"], "failed");
    assert_eq!(
        answer["steps"]["documentary_verification"],
        "manually_rejected"
    );
}

#[test]
fn a_screening_waits_for_somebody_and_its_decision_decides() {
    let world = world();
    let get_screening = "/watchlist_screening/individual/get";
    for (subject, decision, expected) in [
        ("subject-1", "cleared", "success"),
        ("subject-2", "rejected", "failed"),
    ] {
        let id = create(&world, subject);
        play(&world, &id, &Action::new("flag"));
        play(&world, &id, &Action::new("walk"));
        play(&world, &id, &Action::new("decide"));
        let answer = read(&world, &id);
        assert_eq!(answer["status"], "pending_review");
        assert_eq!(answer["completed_at"], Value::Null);
        assert_eq!(answer["steps"]["watchlist_screening"], "pending_review");
        let screening = json!({ "watchlist_screening_id": answer["watchlist_screening_id"] });
        assert_eq!(
            get(&world, get_screening, &screening)["status"],
            "pending_review"
        );
        let hits = get(
            &world,
            "/watchlist_screening/individual/hit/list",
            &screening,
        );
        assert_eq!(
            hits["watchlist_screening_hits"][0]["review_status"],
            "pending_review"
        );
        told(&world);
        play(&world, &id, &Action::new("review").with("status", decision));
        let codes = ["STATUS_UPDATED", "STEP_UPDATED", "STATUS_UPDATED"];
        assert_eq!(
            told(&world),
            codes,
            "of the screening, the step and the attempt"
        );
        assert_eq!(status(&world, &id), expected);
        let screening = get(&world, get_screening, &screening);
        assert_eq!(screening["status"], decision);
        assert_eq!(screening["audit_trail"]["source"], "dashboard");
    }
}

#[test]
fn a_screening_is_decided_by_the_api_too() {
    let world = world();
    let id = create(&world, "subject-1");
    play(&world, &id, &Action::new("flag"));
    play(&world, &id, &Action::new("walk"));
    play(&world, &id, &Action::new("decide"));
    let screening_id = read(&world, &id)["watchlist_screening_id"].clone();
    let update = "/watchlist_screening/individual/update";
    let mut body = json!({ "watchlist_screening_id": screening_id, "status": "fine" });
    assert_eq!(ask(&world, update, &body).0, 400);
    body["status"] = "cleared".into();
    body["search_terms"] = json!({ "legal_name": "Another" });
    assert_eq!(ask(&world, update, &body).0, 400, "not together");
    body["search_terms"] = Value::Null;
    let answer = get(&world, update, &body);
    assert_eq!(answer["audit_trail"]["source"], "api");
    assert_eq!(status(&world, &id), "success");
    // Lists are screened again.
    play(&world, &id, &Action::new("flag"));
    assert_eq!(status(&world, &id), "pending_review");
}

#[test]
fn it_is_withdrawn_or_its_time_is_up() {
    let world = world();
    for (action, expected) in [("cancel", "canceled"), ("expire", "expired")] {
        let id = create(&world, action);
        play(&world, &id, &Action::new("walk").with("to", "kyc_check"));
        play(&world, &id, &Action::new(action));
        let answer = read(&world, &id);
        assert_eq!(answer["status"], expected);
        assert_eq!(answer["steps"]["kyc_check"], expected);
        assert_eq!(answer["steps"]["selfie_check"], "waiting_for_prerequisite");
        let overrule = Action::new("overrule").with("step", "kyc_check");
        let overrule = overrule.with("approve", true);
        assert!(Vendor::play(&world, &id, &overrule, NOW).is_err());
    }
}

#[test]
fn what_the_vendor_finds_out_later_lies_over_everything() {
    let world = world();
    let id = create(&world, "subject-1");
    play(&world, &id, &Action::new("walk"));
    play(&world, &id, &Action::new("decide"));
    told(&world);
    let duplicate = json!({ "id": "idv_other", "similarity": 97, "matched_after_completed": true });
    let with = json!({ "risk_check": { "facial_duplicates": [duplicate], "behavior": "<null>" } });
    play(&world, &id, &Action::new("amend").with("with", with));
    assert!(told(&world).is_empty());
    let with = json!({ "steps": { "risk_check": "reconsidered" } });
    play(
        &world,
        &id,
        &Action::new("amend").with("with", with).with("tell", true),
    );
    assert_eq!(told(&world), ["STATUS_UPDATED"]);
    let answer = read(&world, &id);
    assert_eq!(
        answer["risk_check"]["facial_duplicates"][0]["similarity"],
        97
    );
    assert_eq!(answer["risk_check"]["behavior"], Value::Null);
    assert_eq!(answer["steps"]["risk_check"], "reconsidered");
}
