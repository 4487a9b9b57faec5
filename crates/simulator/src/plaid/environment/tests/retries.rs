//! Another attempt after the one before.

use super::*;

fn retry(world: &Environment, change: impl FnOnce(&mut Value)) -> (u16, Value) {
    let mut body = json!({
        "client_user_id": "subject-1",
        "strategy": "reset",
        "template_id": Template::FULL,
    });
    change(&mut body);
    ask(world, RETRY, &body)
}

/// An attempt of Leslie Knope that has failed at a step.
fn failed(world: &Environment, step: Step) -> String {
    let mut body = wanted("subject-1");
    body["user"] = leslie();
    let id = get(world, CREATE, &body)["id"].as_str().unwrap().to_owned();
    play(world, &id, &Action::new("fail").with("step", step.word()));
    play(world, &id, &Action::new("decide"));
    assert_eq!(read(world, &id)["status"], "failed");
    told(world);
    id
}

#[test]
fn reset_begins_again_and_forgets_what_it_asks_for_again() {
    let world = world();
    let id = failed(&world, Step::DocumentaryVerification);
    let (_, answer) = retry(&world, |_| {});
    assert_eq!(answer["previous_attempt_id"], id.as_str());
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["steps"]["accept_tos"], "active");
    assert_eq!(answer["user"]["name"], Value::Null);
    assert!(answer["shareable_url"].is_string(), "as the one before");
    assert_eq!(told(&world), ["RETRIED"]);
    let outgoing = retry(&world, |body| body["is_shareable"] = false.into());
    assert_eq!(outgoing.1["shareable_url"], Value::Null);
    assert_eq!(outgoing.1["previous_attempt_id"], answer["id"]);
}

#[test]
fn incomplete_goes_on_where_it_failed() {
    let world = world();
    failed(&world, Step::DocumentaryVerification);
    let (_, answer) = retry(&world, |body| body["strategy"] = "incomplete".into());
    let steps = &answer["steps"];
    assert_eq!(steps["kyc_check"], "skipped");
    assert_eq!(steps["documentary_verification"], "active");
    assert_eq!(steps["selfie_check"], "waiting_for_prerequisite");
    assert_eq!(answer["user"]["name"]["given_name"], "Leslie");
}

#[test]
fn infer_is_incomplete_after_a_failure_and_reset_after_a_pass() {
    let world = world();
    let id = failed(&world, Step::KycCheck);
    let infer = |body: &mut Value| body["strategy"] = "infer".into();
    let (_, answer) = retry(&world, infer);
    assert_eq!(answer["steps"]["kyc_check"], "active");
    assert_eq!(answer["steps"]["verify_sms"], "skipped");
    assert_eq!(retry(&world, infer).0, 400, "it is active");

    let new = answer["id"].as_str().unwrap();
    play(&world, new, &Action::new("walk"));
    play(&world, new, &Action::new("decide"));
    assert_eq!(read(&world, new)["status"], "success");
    assert_eq!(retry(&world, infer).1["steps"]["accept_tos"], "active");
    assert_eq!(read(&world, &id)["status"], "failed", "the old one stays");
}

#[test]
fn custom_asks_for_what_is_named_whatever_the_template_says() {
    let world = world();
    let mut body = wanted("subject-1");
    body["template_id"] = Template::BACKEND.into();
    get(&world, CREATE, &body);
    let steps = json!({
        "documentary_verification": true,
        "kyc_check": false,
        "selfie_check": true,
        "verify_sms": false,
    });
    let custom = |body: &mut Value| {
        body["template_id"] = Template::BACKEND.into();
        body["strategy"] = "custom".into();
        body["steps"] = steps.clone();
    };
    let (_, answer) = retry(&world, custom);
    assert_eq!(answer["steps"]["kyc_check"], "skipped");
    assert_eq!(answer["steps"]["verify_sms"], "not_applicable");
    assert_eq!(
        answer["steps"]["documentary_verification"],
        "waiting_for_prerequisite"
    );
    assert_eq!(answer["steps"]["selfie_check"], "waiting_for_prerequisite");
    assert_eq!(answer["steps"]["accept_tos"], "active");

    let strict = Environment::simulated().without_selfies();
    get(&strict, CREATE, &body);
    let answer = retry(&strict, custom).1;
    assert_eq!(answer["steps"]["selfie_check"], "not_applicable");
}

#[test]
fn what_cannot_be_retried_is_refused() {
    let world = world();
    assert_eq!(
        retry(&world, |_| {}).1["error_code"],
        "INVALID_FIELD",
        "of nobody"
    );
    failed(&world, Step::RiskCheck);
    for strategy in ["incomplete", "infer"] {
        let (status, answer) = retry(&world, |body| body["strategy"] = strategy.into());
        assert_eq!(
            (status, &answer["error_code"]),
            (400, &json!("INVALID_FIELD"))
        );
    }
    let code = |change: &dyn Fn(&mut Value)| retry(&world, change).1["error_code"].clone();
    assert_eq!(
        code(&|body| body["strategy"] = "again".into()),
        "INVALID_FIELD"
    );
    assert_eq!(
        code(&|body| body["strategy"] = "custom".into()),
        "MISSING_FIELDS"
    );
    assert_eq!(code(&|body| body["steps"] = json!({})), "MISSING_FIELDS");
    let all = json!({ "documentary_verification": true, "kyc_check": true, "selfie_check": true, "verify_sms": true });
    assert_eq!(code(&|body| body["steps"] = all.clone()), "INVALID_FIELD");
    assert_eq!(
        code(&|body| body["user_id"] = "usr_1".into()),
        "UNKNOWN_FIELDS"
    );
    assert_eq!(
        code(&|body| body["user"] = json!({ "client_user_id": "x" })),
        "UNKNOWN_FIELDS"
    );
    assert_eq!(world.objects().len(), 1);
    assert!(told(&world).is_empty());
}

#[test]
fn somebody_in_the_dashboard_can_have_it_done_again() {
    let world = world().telling_the_old_attempt();
    let id = failed(&world, Step::SelfieCheck);
    Vendor::take_begun(&world);
    let action = Action::new("retry")
        .with("strategy", "incomplete")
        .with("then", "passed");
    play(&world, &id, &action);
    let begun = Vendor::take_begun(&world);
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].scenario.as_deref(), Some("passed"));
    let new = read(&world, &begun[0].object);
    assert_eq!(new["previous_attempt_id"], id.as_str());
    assert_eq!(new["steps"]["selfie_check"], "active");
    let outgoing = Vendor::take_outgoing(&world);
    assert_eq!(outgoing[0].event, "RETRIED");
    assert_eq!(outgoing[0].object, id, "as this environment was told to");
}
