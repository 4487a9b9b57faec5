//! What the application decides about a request, over HTTP.

use idv_core::SessionId;

use super::*;

impl World {
    async fn ask(&self, key: &Secret, path: &str, idempotency: &str, body: &Value) -> Answer {
        let mut request = Request::post(path).header("authorization", bearer(key));
        if !idempotency.is_empty() {
            request = request.header("idempotency-key", idempotency);
        }
        let body = Body::from(body.to_string());
        self.send(request.body(body).unwrap()).await
    }

    /// A request of this subject and its session.
    async fn requested(&self, subject: &str) -> (String, SessionId) {
        let made = self
            .post(
                REQUESTS,
                json!({"subject": subject, "organization": "org-1"}),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let made = made.json();
        let session = made["sessions"][0]["session_id"].as_str().unwrap();
        let id = made["id"].as_str().unwrap();
        (format!("{REQUESTS}/{id}"), SessionId::new(session))
    }

    async fn hears(&self, session: &SessionId, state: FakeState) {
        // What is asked at one and the same moment has no order.
        self.clock.advance(Duration::from_secs(60));
        self.vendor.move_to(session, state);
        let webhook = self.vendor.webhook(session);
        assert_eq!(self.deliver("fake-eu", webhook).await.status, 200);
        Box::pin(self.engine.settle()).await;
    }
}

fn staff(comment: &str) -> Value {
    json!({"actor": "staff-7", "comment": comment})
}

#[tokio::test]
async fn a_cancelled_request_says_who_and_why_and_is_cancelled_once_per_key() {
    let world = World::new().await;
    let (request, _) = world.requested("user-1").await;
    let cancel = format!("{request}/cancel");
    world
        .post(&cancel, json!({}))
        .await
        .is_problem(422, "invalid_body");
    let body = json!({"reason": "They asked for it"});
    let done = world.ask(&world.writer, &cancel, "key-1", &body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(!done.headers.contains_key("idempotent-replayed"));
    let json = done.json();
    assert_eq!(json["status"], "cancelled");
    let cancellation = &json["cancellation"];
    assert_eq!(
        cancellation["actor"],
        json!({"kind": "api_key", "id": "writer"})
    );
    assert_eq!(cancellation["comment"], "They asked for it");

    let again = world.ask(&world.writer, &cancel, "\"key-1\"", &body).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = json!({"reason": "Another one"});
    world
        .ask(&world.writer, &cancel, "key-1", &other)
        .await
        .is_problem(422, "idempotency_key_reused");
    world
        .ask(&world.writer, &cancel, "two words", &other)
        .await
        .is_problem(400, "invalid_idempotency_key");
    world
        .ask(&world.writer, &cancel, "key-2", &body)
        .await
        .is_problem(409, "already_ended");
    let timeline = world.get(&format!("{request}/timeline")).await.json();
    let cancelled = |entry: &&Value| entry["what"] == "request_cancelled";
    let entries = timeline["data"].as_array().unwrap();
    let entries: Vec<_> = entries.iter().filter(cancelled).collect();
    assert_eq!(entries.len(), 1, "{timeline:#}");
    assert_eq!(entries[0]["actor"]["kind"], "api_key");
}

#[tokio::test]
async fn asking_again_with_the_same_key_gives_the_same_request() {
    let world = World::new().await;
    let body = json!({"subject": "user-1"});
    let made = world.ask(&world.writer, REQUESTS, "key-1", &body).await;
    let again = world.ask(&world.writer, REQUESTS, "key-1", &body).await;
    assert_eq!((made.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(made.json()["id"], again.json()["id"]);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = json!({"subject": "user-2"});
    world
        .ask(&world.writer, REQUESTS, "key-1", &other)
        .await
        .is_problem(422, "idempotency_key_reused");
    assert_eq!(world.requests().await, 1);
}

#[tokio::test]
async fn only_a_failed_request_is_begun_anew_and_by_a_person() {
    let world = World::new().await;
    let (request, session) = world.requested("user-1").await;
    let recreate = format!("{request}/recreate");
    let early = world.post(&recreate, staff("A second chance")).await;
    early.is_problem(409, "not_failed");
    world.hears(&session, FakeState::Declined).await;
    for (body, pointer) in [
        (json!({"comment": "A second chance"}), "/actor"),
        (json!({"actor": "staff-7", "comment": " "}), "/comment"),
        (json!({"actor": "jo@app.example", "comment": "c"}), "/actor"),
        (
            json!({"actor": "staff-7", "comment": "c", "again": []}),
            "/again",
        ),
        (
            json!({"actor": "staff-7", "comment": "c", "again": ["the lot"]}),
            "/again/0",
        ),
        (
            json!({"actor": "staff-7", "comment": "c", "again": ["what_failed", "document"]}),
            "/again",
        ),
    ] {
        let refused = world.post(&recreate, body).await;
        refused.is_problem(422, "invalid_body");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        assert!(!refused.text.contains("jo@"), "{}", refused.text);
    }
    // The vendor of this account has no way to ask for less than everything.
    let less = json!({"actor": "staff-7", "comment": "c", "again": ["what_failed"]});
    let refused = world.post(&recreate, less).await;
    refused.is_problem(422, "invalid_input");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/again");
    let made = world.post(&recreate, staff("A second chance")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert!(request.ends_with(made["restart"]["previous_request"].as_str().unwrap()));
    assert_eq!(made["restart"]["trigger"], "manual");
    assert_eq!(made["restart"]["comment"], "A second chance");
    assert_eq!(made["affected_organizations"], json!(["org-1"]));
    let old = world.get(&request).await.json();
    assert_eq!(old["status"], "cancelled");
    world
        .post(&recreate, staff("A third chance"))
        .await
        .is_problem(409, "not_failed");
}

#[tokio::test]
async fn a_pass_is_granted_only_with_the_scope_for_it() {
    let world = World::new().await;
    let (request, _) = world.requested("user-1").await;
    let bypass = format!("{request}/bypass");
    let body = staff("Seen in person");
    world
        .post(&bypass, body.clone())
        .await
        .is_problem(403, "forbidden");
    assert_eq!(world.get(&request).await.json()["status"], "awaiting_user");
    let done = world.ask(&world.reviewer, &bypass, "", &body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let done = done.json();
    assert_eq!(
        (&done["status"], &done["source"]),
        (&json!("passed"), &json!("bypass"))
    );
    assert_eq!(
        done["bypass"]["actor"],
        json!({"kind": "staff", "id": "staff-7"})
    );
    assert_eq!(done["sessions"][0]["status"], "awaiting_user");
    let again = world.ask(&world.reviewer, &bypass, "", &body).await;
    again.is_problem(409, "already_passed");
}

#[tokio::test]
async fn a_review_is_decided_by_whose_it_is() {
    let world = World::new().await;
    let decide = async |request: &str, outcome: &str| {
        let body = json!({"actor": "staff-7", "outcome": outcome, "comment": "Looked at it"});
        let path = format!("{request}/resolve");
        world.ask(&world.reviewer, &path, "", &body).await
    };
    let (early, _) = world.requested("user-1").await;
    decide(&early, "passed")
        .await
        .is_problem(409, "not_in_review");
    let (theirs, session) = world.requested("user-2").await;
    world.hears(&session, FakeState::Review).await;
    decide(&theirs, "passed")
        .await
        .is_problem(409, "review_is_the_vendors");
    for (subject, outcome) in [("user-3", "passed"), ("user-4", "failed")] {
        let (ours, session) = world.requested(subject).await;
        world.hears(&session, FakeState::ReviewByClient).await;
        let done = decide(&ours, outcome).await;
        assert_eq!(done.status, 200, "{}", done.text);
        let done = done.json();
        assert_eq!(done["status"], outcome, "{done:#}");
        assert_eq!(done["source"], "client_reviewer");
    }
}

#[tokio::test]
async fn a_subject_is_reminded_only_while_they_must_act() {
    let world = World::new().await;
    let (request, session) = world.requested("user-1").await;
    let remind = format!("{request}/remind");
    let request_without_body =
        Request::post(&remind).header("authorization", bearer(&world.writer));
    let done = world
        .send(request_without_body.body(Body::empty()).unwrap())
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    world.hears(&session, FakeState::Checking).await;
    world
        .post(&remind, json!({}))
        .await
        .is_problem(409, "not_awaiting_subject");
}

#[tokio::test]
async fn every_value_is_explained_by_who_said_it() {
    let world = World::new().await;
    let (request, session) = world.requested("user-1").await;
    let explain = async || {
        let answer = world.get(&format!("{request}/explain")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["data"].as_array().unwrap().clone()
    };
    let status = |values: &[Value]| {
        let status = values.iter().find(|value| value["place"] == "/status");
        status.unwrap().clone()
    };
    world.hears(&session, FakeState::Declined).await;
    let values = explain().await;
    let declined = status(&values);
    assert_eq!(declined["value"], "failed");
    assert_eq!(declined["because"]["kind"], "vendor");
    for member in ["rule", "pointer", "part", "session", "observation"] {
        assert!(declined["because"][member].is_string(), "{declined:#}");
    }
    let body = staff("Seen in person");
    let path = format!("{request}/bypass");
    let granted = world.ask(&world.reviewer, &path, "", &body).await;
    assert_eq!(granted.status, 200, "{}", granted.text);
    let passed = status(&explain().await);
    assert_eq!(passed["value"], "passed");
    let because = &passed["because"];
    assert_eq!(
        (&because["kind"], &because["decided"]),
        (&json!("command"), &json!("bypassed"))
    );
    assert_eq!(because["actor"]["id"], "staff-7");
}

#[tokio::test]
async fn a_refresh_asks_the_vendor_now() {
    let world = World::new().await;
    let (request, session) = world.requested("user-1").await;
    world.vendor.move_to(&session, FakeState::Approved);
    assert_eq!(world.get(&request).await.json()["status"], "awaiting_user");
    let done = world.post(&format!("{request}/refresh"), json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(done.json()["status"], "passed");
}

#[tokio::test]
async fn a_correction_counts_from_now_on_and_only_while_the_request_is_open() {
    let world = World::new().await;
    let (path, session) = world.requested("user-1").await;
    let correct = async |body: Value| {
        let request = Request::patch(&path).header("authorization", bearer(&world.writer));
        let body = Body::from(body.to_string());
        world.send(request.body(body).unwrap()).await
    };
    let body =
        json!({"reason": "audit", "document_type": "id_card", "person": {"given_name": "Ada"}});
    let done = correct(body.clone()).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let done = done.json();
    assert_eq!(done["reason"], "audit");
    assert_eq!(done["document_type"], "id_card");
    assert_eq!(done["organization"], "org-1");
    world.hears(&session, FakeState::Approved).await;
    correct(body).await.is_problem(409, "already_ended");
    let more = correct(json!({"organization": "org-2"})).await;
    assert_eq!(more.status, 200, "{}", more.text);
    let affected = &more.json()["affected_organizations"];
    assert_eq!(*affected, json!(["org-1", "org-2"]));
}

#[tokio::test]
async fn the_request_that_counts_is_found_by_subject_and_by_organization() {
    let world = World::new().await;
    let (passed, session) = world.requested("user-1").await;
    world.hears(&session, FakeState::Approved).await;
    let (open, _) = world.requested("user-2").await;
    let (gone, _) = world.requested("user-3").await;
    let reason = json!({"reason": "A mistake"});
    let cancelled = world.post(&format!("{gone}/cancel"), reason).await;
    assert_eq!(cancelled.status, 200);
    let found = async |path: &str| {
        let answer = world.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        format!("{REQUESTS}/{}", answer.json()["id"].as_str().unwrap())
    };
    let subject = |subject: &str| format!("/v1/subjects/{subject}/verification-request");
    assert_eq!(found(&subject("user-1")).await, passed);
    assert_eq!(found(&subject("user%2D2")).await, open);
    for nobody in ["user-3", "user-4", "%ff"] {
        world
            .get(&subject(nobody))
            .await
            .is_problem(404, "not_found");
    }
    let live = format!("{}?environment=live", subject("user-1"));
    world.get(&live).await.is_problem(404, "not_found");
    let organization = "/v1/organizations/org-1/verification-request";
    assert_eq!(found(organization).await, passed);
    world
        .get("/v1/organizations/org-2/verification-request")
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn a_pass_is_given_out_again_only_where_that_is_asked_for() {
    let world = World::new().await;
    let (passed, session) = world.requested("user-1").await;
    world.hears(&session, FakeState::Approved).await;
    let body = json!({"subject": "user-1", "reuse_passed_secs": 3600});
    let again = world.post(REQUESTS, body).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert!(passed.ends_with(again.json()["id"].as_str().unwrap()));
    assert_eq!(again.json()["link"], Value::Null);
    let new = world.post(REQUESTS, json!({"subject": "user-1"})).await;
    assert_eq!(new.status, 201, "{}", new.text);
}

#[tokio::test]
async fn a_person_is_erased_once_and_the_decision_stays() {
    let world = World::new().await;
    let (request, session) = world.requested("user-1").await;
    let body = json!({"subject": "user-1", "actor": "staff-7"});
    let erasures = "/v1/erasures";
    let forbidden = world.ask(&world.writer, erasures, "", &body).await;
    forbidden.is_problem(403, "forbidden");
    let open = world.ask(&world.eraser, erasures, "", &body).await;
    open.is_problem(409, "open_request");
    world.hears(&session, FakeState::Approved).await;
    let done = world.ask(&world.eraser, erasures, "key-1", &body).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let erasure = done.json();
    assert_eq!(erasure["actor"], json!({"kind": "staff", "id": "staff-7"}));
    assert_eq!(erasure["sessions"][0]["session_id"], session.as_str());
    assert!(!done.text.contains("user-1"), "{}", done.text);
    let again = world.ask(&world.eraser, erasures, "key-1", &body).await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.json()["id"], erasure["id"]);
    let gone = world.ask(&world.eraser, erasures, "key-2", &body).await;
    gone.is_problem(404, "unknown_subject");

    Box::pin(world.engine.settle()).await;
    let location = done.headers["location"].to_str().unwrap();
    let later = world.get(location).await;
    assert_eq!(later.status, 200, "{}", later.text);
    assert_eq!(later.json()["sessions"][0]["vendor"], "confirmed");
    assert_eq!(later.json()["settled"], true);
    world
        .get("/v1/erasures/ers_x")
        .await
        .is_problem(404, "not_found");

    let left = world.get(&request).await.json();
    assert_eq!(
        (&left["status"], &left["subject"]),
        (&json!("passed"), &json!("[redacted]"))
    );
    assert!(left["erased_at"].is_string());
    let redact = format!("{request}/redact");
    let twice = world.ask(&world.eraser, &redact, "", &json!({})).await;
    twice.is_problem(410, "erased");
}

#[tokio::test]
async fn the_person_of_a_request_is_erased_by_it() {
    let world = World::new().await;
    let (request, session) = world.requested("user-1").await;
    world.hears(&session, FakeState::Declined).await;
    let redact = format!("{request}/redact");
    let done = world.ask(&world.eraser, &redact, "", &json!({})).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let requests = done.json()["requests"].clone();
    assert!(request.ends_with(requests[0].as_str().unwrap()));
    let subject = world.get("/v1/subjects/user-1/verification-request").await;
    subject.is_problem(404, "not_found");
}
