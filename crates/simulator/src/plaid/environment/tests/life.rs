//! What happens to an attempt, and which webhooks tell.

use super::*;

fn pass(step: &str) -> Action {
    Action::new("pass").with("step", step)
}

fn fail(step: &str) -> Action {
    Action::new("fail").with("step", step)
}

fn status(world: &Environment, id: &str) -> String {
    read(world, id)["status"].as_str().unwrap().to_owned()
}

#[test]
fn every_step_passes_and_then_the_verdict_comes() {
    let world = world();
    let id = create(&world, "subject-1");
    play(&world, &id, &Action::new("open"));
    play(&world, &id, &Action::new("walk"));
    assert_eq!(
        told(&world),
        ["STEP_UPDATED"; 8],
        "the beginning of the first, the end of each"
    );
    play(&world, &id, &Action::new("decide"));
    assert_eq!(told(&world), ["STATUS_UPDATED"]);
    let answer = read(&world, &id);
    assert_eq!(answer["status"], "success");
    assert_eq!(answer["completed_at"], "2026-11-20T12:00:00Z");
    for (step, status) in answer["steps"].as_object().unwrap() {
        assert_eq!(status, "success", "{step}");
    }
    assert_eq!(answer["user"]["name"]["given_name"], "Leslie");
    assert_eq!(answer["kyc_check"]["name"]["summary"], "match");
    assert_eq!(
        answer["risk_check"]["devices"][0]["ip_proxy_type"],
        "none_detected"
    );
    let screening_id = &answer["watchlist_screening_id"];
    let body = json!({ "watchlist_screening_id": screening_id });
    let screening = get(&world, "/watchlist_screening/individual/get", &body);
    assert_eq!(screening["status"], "cleared");
    assert_eq!(screening["search_terms"]["legal_name"], "Leslie Knope");
    let again = Vendor::play(&world, &id, &Action::new("walk"), NOW).unwrap_err();
    assert_eq!(again.to_string(), "an attempt that is success cannot go on");
}

#[test]
fn a_failed_step_ends_it_unless_it_is_forgiven() {
    let world = world();
    let id = create(&world, "subject-1");
    let found = json!({ "name": { "summary": "no_match" } });
    play(&world, &id, &fail("kyc_check").with("found", found));
    let answer = read(&world, &id);
    assert_eq!(answer["kyc_check"]["name"]["summary"], "no_match");
    assert_eq!(answer["kyc_check"]["date_of_birth"]["summary"], "no_input");
    let waits = "waiting_for_prerequisite";
    assert_eq!(answer["steps"]["documentary_verification"], waits);
    let refused = Vendor::play(&world, &id, &pass("documentary_verification"), NOW);
    assert!(refused.is_err());
    play(&world, &id, &Action::new("decide"));
    assert_eq!(status(&world, &id), "failed");

    let id = create(&world, "subject-2");
    play(&world, &id, &fail("kyc_check").with("goes_on", true));
    play(&world, &id, &Action::new("walk"));
    play(&world, &id, &Action::new("decide"));
    let answer = read(&world, &id);
    assert_eq!(
        (&answer["status"], &answer["steps"]["kyc_check"]),
        (&json!("success"), &json!("failed"))
    );
}

#[test]
fn a_document_makes_up_for_data_sources_and_is_not_asked_for_without_need() {
    let world = world();
    for (subject, action, expected) in [
        ("subject-1", fail("kyc_check"), "success"),
        ("subject-2", pass("kyc_check"), "waiting_for_prerequisite"),
    ] {
        let mut body = wanted(subject);
        body["template_id"] = Template::FALLBACK.into();
        let id = get(&world, CREATE, &body)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        play(&world, &id, &action);
        play(&world, &id, &Action::new("walk"));
        play(&world, &id, &Action::new("decide"));
        let answer = read(&world, &id);
        assert_eq!(answer["status"], "success");
        assert_eq!(answer["steps"]["documentary_verification"], expected);
    }
}

#[test]
fn the_sandbox_judges_by_who_somebody_says_they_are() {
    let world = world();
    let judged = |subject: &str, change: &dyn Fn(&mut Value)| {
        let mut body = wanted(subject);
        body["user"] = leslie();
        change(&mut body["user"]);
        let id = get(&world, CREATE, &body)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        play(&world, &id, &Action::new("judge"));
        read(&world, &id)
    };
    let answer = judged("leslie", &|_| {});
    assert_eq!(answer["status"], "success");
    assert_eq!(
        judged("whoever types in what she is asked for", &|user| *user =
            json!({}))["status"],
        "success"
    );

    let answer = judged("other-address", &|user| {
        user["address"]["street"] = "1 Other St.".into();
    });
    assert_eq!(answer["status"], "failed");
    assert_eq!(answer["kyc_check"]["address"]["summary"], "no_match");
    assert_eq!(answer["documentary_verification"], Value::Null);

    let mut body = wanted("other-name");
    body["template_id"] = Template::FALLBACK.into();
    body["user"] = leslie();
    body["user"]["name"]["given_name"] = "Ann".into();
    let id = get(&world, CREATE, &body)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    play(&world, &id, &Action::new("judge"));
    let answer = read(&world, &id);
    let documents = answer["documentary_verification"]["documents"]
        .as_array()
        .unwrap();
    assert_eq!(documents.len(), 3, "the third is the last");
    assert_eq!(
        documents[2]["analysis"]["extracted_data"]["name"],
        "no_match"
    );
    assert_eq!(
        documents[2]["extracted_data"]["name"]["given_name"],
        "Leslie"
    );
    assert_eq!(answer["status"], "failed");
}

#[test]
fn a_person_on_a_list_waits_for_somebody() {
    let world = Environment::simulated()
        .with_template(Template::new("idvtmp_lists", &[Step::WatchlistScreening]));
    let mut body = wanted("kony");
    body["template_id"] = "idvtmp_lists".into();
    body["user"] = json!({ "name": { "given_name": "Joseph", "family_name": "Kony" } });
    let id = get(&world, CREATE, &body)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    play(&world, &id, &Action::new("judge"));
    assert_eq!(status(&world, &id), "pending_review");
}

#[test]
fn documents_can_be_taken_again() {
    let world = world();
    let id = create(&world, "subject-1");
    let blurred = json!({ "analysis": { "image_quality": "low", "image_quality_details": { "blur_check": "failed" } } });
    let refuse = Action::new("refuse").with("step", "documentary_verification");
    play(&world, &id, &refuse.with("found", blurred));
    assert_eq!(
        read(&world, &id)["documentary_verification"],
        Value::Null,
        "not over"
    );
    play(&world, &id, &pass("documentary_verification"));
    let documents = read(&world, &id)["documentary_verification"]["documents"].clone();
    let of = |name: &str| -> Vec<Value> {
        let all = documents.as_array().unwrap().iter();
        all.map(|document| document[name].clone()).collect()
    };
    assert_eq!(of("status"), ["failed", "success"]);
    assert_eq!(of("attempt"), [1, 2]);
    assert_eq!(
        documents[0]["analysis"]["image_quality_details"]["blur_check"],
        "failed"
    );
    let once = Action::new("refuse").with("step", "kyc_check");
    let refused = Vendor::play(&world, &create(&world, "subject-2"), &once, NOW);
    assert!(refused.is_err());
}

#[test]
fn actions_that_nobody_knows_are_refused_before_anything_happens() {
    let world = world();
    for action in [
        Action::new("dance"),
        Action::new("open").with("step", "kyc_check"),
        pass("kyc"),
        Action::new("decide").with("status", "canceled"),
        Action::new("redact").with("what", "some"),
        Action::new("retry").with("strategy", "custom"),
    ] {
        assert!(Vendor::check(&world, &action).is_err(), "{action:?}");
    }
    let nobody = Vendor::play(&world, "idv_0", &Action::new("walk"), NOW);
    assert_eq!(nobody, Err(crate::CannotPlay::NoSuchObject));
}

#[test]
fn who_needs_nobody_in_front_of_a_screen_is_judged_by_itself() {
    let world = world();
    let mut body = wanted("subject-1");
    body["gave_consent"] = true.into();
    body["template_id"] = Template::BACKEND.into();
    body["user"] = leslie();
    let answer = get(&world, CREATE, &body);
    assert_eq!(answer["steps"]["kyc_check"], "active");
    let begun = Vendor::take_begun(&world);
    assert_eq!(begun[0].scenario.as_deref(), Some("sandbox"));
    play(
        &world,
        answer["id"].as_str().unwrap(),
        &Action::new("judge"),
    );
    let answer = read(&world, answer["id"].as_str().unwrap());
    assert_eq!(answer["status"], "success");
    assert_eq!(answer["risk_check"]["devices"], json!([]));
    assert_eq!(answer["risk_check"]["behavior"], Value::Null);
    body["client_user_id"] = "subject-2+failed".into();
    get(&world, CREATE, &body);
    let begun = Vendor::take_begun(&world);
    assert_eq!(
        begun[0].scenario.as_deref(),
        Some("failed"),
        "it chose for itself"
    );
    body["client_user_id"] = "subject-3".into();
    body["template_id"] = Template::FULL.into();
    get(&world, CREATE, &body);
    assert_eq!(
        Vendor::take_begun(&world)[0].scenario,
        None,
        "somebody has to come"
    );
}

#[test]
fn who_is_in_front_of_no_screen_says_no_more_than_the_application_did() {
    let world = world();
    let judge: &[Action] = &[Action::new("judge")];
    let walk: &[Action] = &[
        Action::new("open"),
        Action::new("walk"),
        Action::new("decide"),
    ];
    for (subject, actions) in [("subject-1", judge), ("subject-2", walk)] {
        let mut body = wanted(subject);
        body["gave_consent"] = true.into();
        body["template_id"] = Template::BACKEND.into();
        body["user"] = leslie();
        body["user"].as_object_mut().unwrap().remove("phone_number");
        let id = get(&world, CREATE, &body)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        for action in actions {
            play(&world, &id, action);
        }
        let answer = read(&world, &id);
        assert_eq!(answer["status"], "success", "{subject}");
        assert_eq!(answer["user"]["phone_number"], Value::Null, "{subject}");
        let compared = &answer["kyc_check"]["phone_number"]["summary"];
        assert_eq!(compared, "no_input", "{subject}");
    }
}

#[test]
fn a_receiver_gets_what_it_was_configured_for() {
    let world = Environment::simulated();
    world.add_endpoint_for("http://a/", &["IDENTITY_VERIFICATION/STATUS_UPDATED"]);
    world.add_endpoint_for("http://b/", &["SCREENING/STATUS_UPDATED"]);
    Vendor::add_endpoint(&world, "http://c/");
    let id = create(&world, "subject-1");
    play(&world, &id, &Action::new("flag"));
    play(&world, &id, &Action::new("walk"));
    play(&world, &id, &Action::new("decide"));
    play(
        &world,
        &id,
        &Action::new("review").with("status", "cleared"),
    );
    let outgoing = Vendor::take_outgoing(&world);
    let to = |url: &str| outgoing.iter().filter(|one| one.url == url).count();
    assert_eq!(
        (to("http://a/"), to("http://b/"), to("http://c/")),
        (2, 1, 11)
    );
}
