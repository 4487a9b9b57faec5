//! What the endpoints answer when all is well.

use super::*;

#[test]
fn a_new_attempt_looks_like_the_recorded_one() {
    let world = world();
    let mut body = wanted("subject-1");
    body["gave_consent"] = true.into();
    body["user"] = leslie();
    let answer = get(&world, CREATE, &body);
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["steps"]["accept_tos"], "skipped");
    assert_eq!(answer["steps"]["verify_sms"], "active");
    assert_eq!(answer["steps"]["kyc_check"], "waiting_for_prerequisite");
    assert_eq!(answer["user"]["address"]["street2"], Value::Null);
    assert_eq!(answer["user"]["name"]["family_name"], "Knope");
    assert_eq!(answer["created_at"], "2026-11-20T12:00:00Z");
    let url = answer["shareable_url"].as_str().unwrap();
    let (path, key) = url.split_once("?key=").unwrap();
    let id = answer["id"].as_str().unwrap();
    assert_eq!(
        path,
        format!("https://verify-sandbox.plaid.com/verify/{id}")
    );
    assert_eq!(key.len(), 32);
    assert_eq!(answer["request_id"].as_str().unwrap().len(), 15);
    assert!(id.starts_with("idv_") && id.len() == 18);

    let Some(samples) = idv_testkit::shared_samples("plaid", 1) else {
        return;
    };
    let file = std::fs::read(samples.join("real_sandbox_create_response_active.json")).unwrap();
    let recorded: Value = serde_json::from_slice(&file).unwrap();
    for (name, value) in recorded.as_object().unwrap() {
        let ours = answer.get(name);
        assert!(
            ours.is_some_and(|ours| ours.is_null() == value.is_null()),
            "{name}"
        );
    }
}

#[test]
fn the_same_person_gets_the_same_attempt_if_that_is_asked_for() {
    let world = world();
    let id = create(&world, "subject-1");
    let mut again = wanted("subject-1");
    assert_eq!(ask(&world, CREATE, &again).0, 400);
    again["is_idempotent"] = true.into();
    again["user"] = leslie();
    let answer = get(&world, CREATE, &again);
    assert_eq!(answer["id"], id.as_str());
    assert_eq!(answer["user"]["name"], Value::Null, "new input is ignored");
    again["template_id"] = Template::BACKEND.into();
    assert_ne!(get(&world, CREATE, &again)["id"], id.as_str());
    assert_eq!(world.objects().len(), 2);
}

#[test]
fn credentials_may_stand_in_the_body() {
    let world = world();
    let id = create(&world, "subject-1");
    let mut body = json!({ "identity_verification_id": id, "client_id": Environment::CLIENT_ID });
    let mut status = |secret: &str| {
        body["secret"] = secret.into();
        let request = Request::post(GET).body(Bytes::from(body.to_string()));
        let answer = Vendor::answer(&world, &request.unwrap(), NOW);
        answer.status().as_u16()
    };
    assert_eq!(status(Environment::SECRET), 200);
    assert_eq!(status("another"), 400);
}

#[test]
fn a_list_has_pages_with_the_newest_first() {
    let world = world().with_page_size(2);
    let mut ids = vec![create(&world, "subject-1")];
    create(&world, "subject-2");
    for _ in 0..2 {
        let body = json!({ "client_user_id": "subject-1", "template_id": Template::FULL, "strategy": "reset" });
        ids.push(get(&world, RETRY, &body)["id"].as_str().unwrap().to_owned());
    }
    let mut body = json!({ "client_user_id": "subject-1", "template_id": Template::FULL });
    let first = get(&world, LIST, &body);
    let listed = |answer: &Value| -> Vec<String> {
        let items = answer["identity_verifications"].as_array().unwrap().iter();
        items
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed(&first), [ids[2].clone(), ids[1].clone()]);
    assert_eq!(first["identity_verifications"][0].get("request_id"), None);
    body["cursor"] = first["next_cursor"].clone();
    let second = get(&world, LIST, &body);
    assert_eq!(listed(&second), [ids[0].clone()]);
    assert_eq!(second["next_cursor"], Value::Null);
    body["template_id"] = Template::BACKEND.into();
    body["cursor"] = Value::Null;
    assert!(listed(&get(&world, LIST, &body)).is_empty());
}

#[test]
fn a_user_of_the_vendor_stands_for_the_person() {
    let world = world();
    let user = json!({
        "client_user_id": "subject-1",
        "identity": {
            "name": { "given_name": "Leslie", "family_name": "Knope" },
            "date_of_birth": "1975-01-18",
            "emails": [{ "data": "other@example.com" }, { "data": "leslie@example.com", "primary": true }],
            "addresses": [{ "street_1": "123 Main St.", "city": "Pawnee", "region": "IN", "postal_code": "46001", "country": "US" }],
        },
    });
    let user_id = get(&world, "/user/create", &user)["user_id"].clone();
    assert_eq!(get(&world, "/user/create", &user)["user_id"], user_id);
    let mut body =
        json!({ "user_id": user_id, "is_shareable": false, "template_id": Template::FULL });
    let answer = get(&world, CREATE, &body);
    assert_eq!(answer["client_user_id"], "subject-1");
    assert_eq!(answer["user_id"], user_id);
    assert_eq!(answer["shareable_url"], Value::Null);
    assert_eq!(answer["user"]["email_address"], "leslie@example.com");
    assert_eq!(answer["user"]["address"]["street"], "123 Main St.");
    let list = json!({ "user_id": user_id, "template_id": Template::FULL });
    assert_eq!(
        get(&world, LIST, &list)["identity_verifications"][0]["id"],
        answer["id"]
    );

    body["user"] = leslie();
    assert_eq!(ask(&world, CREATE, &body).1["error_code"], "INVALID_FIELD");
    body["user_id"] = "usr_other".into();
    assert_eq!(ask(&world, CREATE, &body).1["error_code"], "USER_NOT_FOUND");
}

#[test]
fn only_leslie_knope_is_filled_in() {
    let world = world();
    let mut body = wanted("subject-1");
    body["user"] = leslie();
    let id = get(&world, CREATE, &body)["id"].clone();
    let autofill = "/identity_verification/autofill/create";
    let answer = get(&world, autofill, &json!({ "identity_verification_id": id }));
    assert_eq!(answer["status"], "success");
    assert_eq!(answer["user"]["address"]["po_box"], "no");
    let id = create(&world, "subject-2");
    let answer = get(&world, autofill, &json!({ "identity_verification_id": id }));
    assert_eq!(
        (&answer["status"], &answer["user"]),
        (&json!("failed"), &Value::Null)
    );
}

#[test]
fn keys_rotate_and_belong_to_one_environment() {
    let (sandbox, production) = (world(), Environment::production("client", "secret"));
    let key = |world: &Environment| world.state().keys.last().unwrap().id().to_owned();
    let old = key(&sandbox);
    assert_ne!(old, key(&production));
    let path = "/webhook_verification_key/get";
    let answer = get(&sandbox, path, &json!({ "key_id": old }));
    assert_eq!(answer["key"]["expired_at"], Value::Null);
    assert_eq!(answer["key"]["kid"], old.as_str());

    let new = sandbox.rotate_key(after(60));
    let answer = get(&sandbox, path, &json!({ "key_id": old }));
    assert_eq!(answer["key"]["expired_at"], after(60).as_unix_secs());
    let answer = get(&sandbox, path, &json!({ "key_id": new }));
    assert_eq!(answer["key"]["created_at"], after(60).as_unix_secs());
    let (status, answer) = ask(&sandbox, path, &json!({ "key_id": key(&production) }));
    assert_eq!(status, 400);
    assert_eq!(answer["error_code"], "INVALID_WEBHOOK_VERIFICATION_KEY_ID");
}

#[test]
fn a_seed_gives_the_same_ids_and_keys_again() {
    let seen = |seed: u64| {
        let world = Environment::simulated().with_seed(seed);
        let id = create(&world, "subject-1");
        let state = world.state();
        (id, state.keys.last().unwrap().jwk())
    };
    assert_eq!(seen(5), seen(5));
    assert_ne!(seen(5), seen(6));
}

#[test]
fn calls_are_counted_if_that_is_wanted() {
    let world = world().with_rate_limits();
    let id = create(&world, "subject-1");
    let body = json!({ "identity_verification_id": id });
    let mut statuses = std::iter::repeat_with(|| ask(&world, GET, &body));
    let allowed = statuses.by_ref().take_while(|(status, _)| *status == 200);
    assert_eq!(allowed.count(), 59, "one was the creation");
    let (status, answer) = statuses.next().unwrap();
    assert_eq!((status, &answer["error_code"]), (429, &json!("RATE_LIMIT")));
    assert_eq!(answer["error_type"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(ask_at(&world, GET, &body, after(1)).0, 200);
}

#[test]
fn without_a_simulator_it_is_as_late_as_somebody_has_said() {
    let world = world();
    let created_at = |id: &str| read(&world, id)["created_at"].clone();
    world.insert(Attempt::new(
        "idv_0",
        "subject-0",
        &[Step::KycCheck],
        NOW.as_unix_secs(),
    ));
    let create = |client_user_id: &str| {
        let mut body = wanted(client_user_id);
        body["client_id"] = Environment::CLIENT_ID.into();
        body["secret"] = Environment::SECRET.into();
        let request = Request::post(CREATE).body(Bytes::from(body.to_string()));
        let answer = Api::answer(&world, &request.unwrap());
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["id"].as_str().unwrap().to_owned()
    };
    let first = create("subject-1");
    let later = after(60);
    ask_at(&world, CREATE, &wanted("subject-2"), later);
    let second = create("subject-3");
    assert_eq!(created_at(&first), NOW.to_string());
    assert_eq!(created_at(&second), later.to_string());
}
