//! `/v1/identity/verification_sessions`.

use serde_json::json;

use super::*;

#[test]
fn a_session_is_made_as_it_was_asked_for_and_told() {
    let world = World::new();
    world.account.add_endpoint("http://app/hooks");
    let body = "type=document&options[document][allowed_types][0]=passport&options[document][require_matching_selfie]=true\
                &client_reference_id=subject-1&metadata[order]=7&return_url=https%3A%2F%2Fapp.example%2Fback\
                &related_person[account]=acct_1&related_person[person]=person_1&provided_details[email]=a%40b.example";
    let session = world.post(SESSIONS, body).ok();
    let id = session["id"].as_str().unwrap();
    let secret = session["client_secret"].as_str().unwrap();
    let url = session["url"].as_str().unwrap();
    let token = secret.strip_prefix(&format!("{id}_secret_")).unwrap();
    assert_eq!(url, format!("https://verify.stripe.com/start/{token}"));
    assert_eq!(
        session,
        json!({
            "id": id,
            "object": "identity.verification_session",
            "client_reference_id": "subject-1",
            "client_secret": secret,
            "created": START.as_unix_secs(),
            "last_error": null,
            "last_verification_report": null,
            "livemode": false,
            "metadata": { "order": "7" },
            "options": { "document": { "allowed_types": ["passport"], "require_matching_selfie": true } },
            "redaction": null,
            "related_customer": null,
            "related_customer_account": null,
            "related_person": { "account": "acct_1", "person": "person_1" },
            "status": "requires_input",
            "type": "document",
            "url": url,
        })
    );
    let told = world.outgoing();
    let [(event_type, event)] = told.as_slice() else {
        panic!("one event")
    };
    assert_eq!(event_type, "identity.verification_session.created");
    assert_eq!(event["data"]["object"], session);
    assert!(event["request"]["id"].as_str().unwrap().starts_with("req_"));
    assert_eq!(world.begun(), [(id.to_owned(), None)]);
}

#[test]
fn what_cannot_be_made_is_refused_with_the_parameter() {
    let world = World::new();
    for (body, param, code) in [
        ("", "type", Some("parameter_missing")),
        ("type=selfie", "type", None),
        (
            "type=document&verification_flow=vf_1",
            "verification_flow",
            Some("parameters_exclusive"),
        ),
        (
            "type=document&return_url=nowhere",
            "return_url",
            Some("url_invalid"),
        ),
        (
            "type=document&provided_details[email]=x",
            "provided_details[email]",
            Some("email_invalid"),
        ),
        (
            "type=document&options[email][require_verification]=true",
            "options[email][require_verification]",
            Some("parameter_unknown"),
        ),
        (
            "type=document&related_person[account]=acct_1",
            "related_person[person]",
            Some("parameter_missing"),
        ),
        ("type=document&expand[]=customer", "expand[0]", None),
        (
            "type=document&verified=true",
            "verified",
            Some("parameter_unknown"),
        ),
    ] {
        let answer = world.post(SESSIONS, body);
        assert_eq!((answer.status, answer.code()), (400, code), "{body}");
        assert_eq!(answer.body["error"]["param"], param, "{body}");
        assert_eq!(answer.body["error"]["type"], "invalid_request_error");
    }
    let too_many: String = (0..51).map(|n| format!("&metadata[k{n}]=v")).collect();
    assert_eq!(
        world
            .post(SESSIONS, &format!("type=document{too_many}"))
            .status,
        400
    );
    assert_eq!(world.account.objects().len(), 0);
}

#[test]
fn the_scenario_is_chosen_by_metadata_or_by_the_address() {
    let world = World::new();
    let chosen = |body: &str| {
        let id = world.session(body);
        let begun = world.begun();
        assert_eq!(begun[0].0, id);
        begun[0].1.clone()
    };
    assert_eq!(
        chosen("type=document&metadata[scenario]=verified").as_deref(),
        Some("verified")
    );
    let address = "type=document&provided_details[email]=jane%2Bretried%40example.com";
    assert_eq!(chosen(address).as_deref(), Some("retried"));
    assert_eq!(chosen("type=document"), None);
}

#[test]
fn a_link_is_fresh_each_time_and_there_only_while_input_is_required() {
    let world = World::new();
    let id = world.session("type=document");
    let read = || world.get(&format!("{SESSIONS}/{id}")).ok();
    let (first, second) = (read(), read());
    assert!(first["url"].is_string() && first["url"] != second["url"]);
    world.submit(&id);
    let processing = read();
    assert_eq!(
        (&processing["status"], &processing["url"]),
        (&json!("processing"), &Value::Null)
    );
    world
        .play(&id, &Action::new("fail").with("code", "document_expired"))
        .unwrap();
    let failed = read();
    assert_eq!(failed["last_error"]["code"], "document_expired");
    assert!(failed["url"].is_string() && failed["last_verification_report"].is_string());
}

#[test]
fn a_session_is_changed_only_while_it_requires_input() {
    let world = World::new();
    let id = world.session("type=document&metadata[a]=1&metadata[b]=2");
    let path = format!("{SESSIONS}/{id}");
    let changed = world
        .post(&path, "type=id_number&metadata[a]=&metadata[c]=3")
        .ok();
    assert_eq!(changed["type"], "id_number");
    assert_eq!(changed["metadata"], json!({ "b": "2", "c": "3" }));
    assert_eq!(world.post(&path, "metadata=").ok()["metadata"], json!({}));
    assert_eq!(
        world.post(&path, "client_reference_id=x").code(),
        Some("parameter_unknown")
    );
    world.submit(&id);
    let refused = world.post(&path, "type=document");
    assert_eq!((refused.status, refused.code()), (400, None));
    assert_eq!(
        world.post(&format!("{SESSIONS}/vs_0"), "").code(),
        Some("resource_missing")
    );
}

#[test]
fn only_an_open_session_is_canceled_and_once() {
    let world = World::new();
    world.account.add_endpoint("http://app/hooks");
    let id = world.session("type=document");
    let cancel = format!("{SESSIONS}/{id}/cancel");
    let canceled = world.post(&cancel, "").ok();
    assert_eq!(
        (&canceled["status"], &canceled["url"]),
        (&json!("canceled"), &Value::Null)
    );
    let again = world.post(&cancel, "");
    assert_eq!((again.status, again.code()), (400, None));
    let told: Vec<_> = world
        .outgoing()
        .into_iter()
        .map(|(event, _)| event)
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let verified = world.verified("type=document");
    assert_eq!(
        world
            .post(&format!("{SESSIONS}/{verified}/cancel"), "")
            .status,
        400
    );
}

#[test]
fn redacting_takes_the_person_away_and_is_complete_later() {
    let mut world = World::new();
    world.account.add_endpoint("http://app/hooks");
    let id = world.verified("type=document&client_reference_id=subject-1&metadata[k]=v");
    let expanded =
        format!("{SESSIONS}/{id}?expand[]=verified_outputs&expand[]=last_verification_report");
    let country = world.get(&expanded).ok()["verified_outputs"]["address"]["country"].clone();
    let redacted = world.post(&format!("{SESSIONS}/{id}/redact"), "").ok();
    assert_eq!(redacted["redaction"], json!({ "status": "processing" }));
    assert_eq!(redacted["status"], "verified");
    let read = world.get(&expanded).ok();
    assert_eq!(read["metadata"], json!({}));
    assert_eq!(read["client_reference_id"], "[redacted]");
    assert_eq!(read["verified_outputs"]["first_name"], "[redacted]");
    assert_eq!(read["verified_outputs"]["address"]["country"], country);
    assert_eq!(
        read["last_verification_report"]["document"]["files"],
        Value::Null
    );
    let again = world.post(&format!("{SESSIONS}/{id}/redact"), "").ok();
    assert_eq!(again["redaction"]["status"], "processing");
    assert_eq!(
        world
            .post(&format!("{SESSIONS}/{id}"), "metadata[a]=1")
            .status,
        400
    );

    let due = world.account.next_due().unwrap();
    world.later(due.as_unix_secs() - world.now.as_unix_secs());
    world.account.work_due(world.now);
    assert_eq!(world.account.next_due(), None);
    assert_eq!(world.get(&expanded).ok()["redaction"]["status"], "redacted");
    let (last, event) = world.outgoing().pop().unwrap();
    assert_eq!(last, "identity.verification_session.redacted");
    assert_eq!(event["data"]["object"]["redaction"]["status"], "redacted");
    for event in world.get("/v1/events").ok()["data"].as_array().unwrap() {
        let object = &event["data"]["object"];
        assert_eq!(
            (&object["metadata"], &object["client_reference_id"]),
            (&json!({}), &json!("[redacted]"))
        );
    }
}

#[test]
fn redacting_an_open_session_cancels_it_and_one_under_way_waits() {
    let world = World::new();
    world.account.add_endpoint("http://app/hooks");
    let open = world.session("type=document");
    let redacted = world.post(&format!("{SESSIONS}/{open}/redact"), "").ok();
    assert_eq!(redacted["status"], "canceled");
    assert_eq!(
        world.outgoing().pop().unwrap().0,
        "identity.verification_session.canceled"
    );
    let busy = world.session("type=document");
    world.submit(&busy);
    assert_eq!(
        world.post(&format!("{SESSIONS}/{busy}/redact"), "").status,
        400
    );
}

#[test]
fn lists_are_newest_first_in_pages_and_filtered() {
    let mut world = World::new();
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.insert(
            0,
            world.session(&format!(
                "type=document&client_reference_id=subject-{}",
                number % 2
            )),
        );
        world.later(10);
    }
    world.submit(&ids[0]);
    let listed = |query: &str| {
        let list = world.get(&format!("{SESSIONS}?{query}")).ok();
        assert_eq!(list["object"], "list");
        assert_eq!(list["url"], SESSIONS);
        let data = list["data"].as_array().unwrap().iter();
        let found: Vec<String> = data
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect();
        (found, list["has_more"] == true)
    };
    assert_eq!(listed(""), (ids.clone(), false));
    assert_eq!(listed("limit=2"), (ids[..2].to_vec(), true));
    assert_eq!(
        listed(&format!("limit=2&starting_after={}", ids[1])),
        (ids[2..4].to_vec(), true)
    );
    assert_eq!(
        listed(&format!("ending_before={}", ids[1])),
        (ids[..1].to_vec(), false)
    );
    assert_eq!(listed("status=processing").0, ids[..1]);
    assert_eq!(
        listed("client_reference_id=subject-1").0,
        [ids[1].clone(), ids[3].clone()]
    );
    let since = START.as_unix_secs() + 30;
    assert_eq!(listed(&format!("created[gte]={since}")).0, ids[..2]);
    let wrong = world.get(&format!("{SESSIONS}?starting_after=vs_0"));
    assert_eq!(
        (wrong.status, wrong.code()),
        (400, Some("resource_missing"))
    );
    assert_eq!(
        world.get(&format!("{SESSIONS}?limit=101")).code(),
        Some("parameter_invalid_integer")
    );
}

#[test]
fn a_flow_checks_what_its_name_says() {
    let world = World::new();
    let id =
        world.verified("verification_flow=vf_email_phone&provided_details[email]=jane%40b.example");
    let session = world
        .get(&format!(
            "{SESSIONS}/{id}?expand[]=last_verification_report&expand[]=provided_details"
        ))
        .ok();
    assert_eq!(session["type"], "verification_flow");
    assert_eq!(session["verification_flow"], "vf_email_phone");
    assert_eq!(
        session["options"],
        json!({ "email": { "require_verification": true }, "phone": { "require_verification": true } })
    );
    assert_eq!(
        session["provided_details"],
        json!({ "email": "jane@b.example" })
    );
    let report = &session["last_verification_report"];
    assert_eq!(
        report["email"],
        json!({ "status": "verified", "error": null, "email": "jane@b.example" })
    );
    assert_eq!(report["phone"]["status"], "verified");
    assert_eq!(report["document"], Value::Null);
}

#[test]
fn a_session_of_ones_own_is_read_too() {
    let account = Account::new("sk_test_1");
    account.insert(Session::new("vs_1", START.as_unix_secs()).for_reference("subject-1"));
    account.with("vs_1", |session| {
        session.submit(1).unwrap();
        session.fail(2, "selfie_face_mismatch").unwrap();
    });
    let world = World::of(account);
    let uri =
        format!("{SESSIONS}/vs_1?expand[0]=last_verification_report&expand[1]=verified_outputs");
    let session = world.get_with("sk_test_1", &uri).ok();
    let report = &session["last_verification_report"];
    assert_eq!(
        report["document"],
        json!({ "status": "verified", "error": null })
    );
    assert_eq!(report["selfie"]["error"]["code"], "selfie_face_mismatch");
    let alone = world
        .get_with("sk_test_1", "/v1/identity/verification_reports/vr_101")
        .ok();
    assert_eq!(&alone, report);
    assert!(!format!("{:?}", world.account).contains("sk_test"));
}

#[test]
fn a_live_key_makes_a_live_account() {
    let world = World::of(Account::new("sk_live_1"));
    let session = world.post_with("sk_live_1", SESSIONS, "type=document").ok();
    assert_eq!(session["livemode"], true);
    assert!(session["url"].as_str().unwrap().contains("/start/live_"));
}
