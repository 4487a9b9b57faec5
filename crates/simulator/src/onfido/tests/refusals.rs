//! What the API says no to, and how.

use super::*;

#[tokio::test]
async fn whoever_has_no_credentials_of_this_account_is_refused() {
    let world = World::new();
    let url = "https://api.eu.onfido.com/v3.6/applicants";
    let cases = [
        ("", 401),
        ("Token token=api_sandbox.x", 401),
        ("Token token=", 401),
        ("Bearer x", 401),
        ("Token token=api_live_us.x", 400),
        (&format!("token token={API_TOKEN}"), 401),
        (&format!("Token token={API_TOKEN}"), 200),
    ];
    for (authorization, status) in cases {
        let none = ("", Bytes::new());
        let answer = world.ask(Method::GET, url, authorization, none).await;
        assert_eq!(answer.status().as_u16(), status, "{authorization}");
    }
}

#[tokio::test]
async fn a_token_of_oauth_credentials_works_for_an_hour() {
    let world = World::new();
    let token = "https://api.eu.onfido.com/v3.6/oauth/token";
    let form = async |id: &str, secret: &str| {
        let form = format!("client_id={id}&client_secret={secret}");
        let body = ("application/x-www-form-urlencoded", Bytes::from(form));
        world.ask(Method::POST, token, "", body).await
    };
    assert_eq!(form(OAUTH_CLIENT_ID, "wrong").await.status(), 401);
    let made = form(OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET).await;
    let made: Value = serde_json::from_slice(made.body()).unwrap();
    let bearer = format!("Bearer {}", made["access_token"].as_str().unwrap());
    let list = async || {
        let url = "https://api.eu.onfido.com/v3.6/webhooks";
        let answer = world.ask(Method::GET, url, &bearer, ("", Bytes::new()));
        answer.await.status().as_u16()
    };
    assert_eq!(list().await, 200);
    world.simulator.advance(Duration::from_secs(3_600)).await;
    assert_eq!(list().await, 401);
}

#[tokio::test]
async fn a_body_is_refused_by_the_field_that_is_wrong() {
    let world = World::new();
    let applicant = world.applicant().await;
    let name = json!({ "first_name": "Jane", "last_name": "Doe" });
    let with = |member: &str, value: Value| {
        let mut body = name.clone();
        body[member] = value;
        body
    };
    let run = |member: &str, value: Value| {
        let mut body = json!({ "applicant_id": applicant, "workflow_id": WORKFLOW_ID });
        body[member] = value;
        body
    };
    let webhook = |member: &str, value: Value| {
        let mut body = json!({ "url": "https://app.example/hook" });
        body[member] = value;
        body
    };
    let cases = [
        ("applicants", json!({}), "first_name"),
        ("applicants", with("first_name", json!(" ")), "first_name"),
        ("applicants", with("last_name", json!("D;oe")), "last_name"),
        ("applicants", with("email", json!("jane")), "email"),
        ("applicants", with("dob", json!("1990-02-30")), "dob"),
        ("applicants", with("dob", json!(1990)), "dob"),
        (
            "applicants",
            with("location", json!({ "ip_address": "x" })),
            "location",
        ),
        (
            "applicants",
            with("address", json!({ "country": "GBR" })),
            "address.postcode",
        ),
        (
            "applicants",
            with("address", json!({ "postcode": "1", "country": "XKX" })),
            "address.country",
        ),
        (
            "applicants",
            with("id_numbers", json!([{ "type": "x", "value": "1" }])),
            "id_numbers",
        ),
        (
            "applicants",
            with("consents", json!([{ "name": "x", "granted": true }])),
            "consents",
        ),
        ("workflow_runs", json!({}), "applicant_id"),
        (
            "workflow_runs",
            run("workflow_id", json!("x")),
            "workflow_id",
        ),
        (
            "workflow_runs",
            run("workflow_id", json!(applicant)),
            "workflow_id",
        ),
        (
            "workflow_runs",
            run("applicant_id", json!(WORKFLOW_ID)),
            "applicant_id",
        ),
        ("workflow_runs", run("tags", json!([""])), "tags"),
        ("workflow_runs", run("tags", json!(vec!["x"; 31])), "tags"),
        (
            "workflow_runs",
            run("customer_user_id", json!("x".repeat(257))),
            "customer_user_id",
        ),
        (
            "workflow_runs",
            run("custom_data", json!([])),
            "custom_data",
        ),
        (
            "workflow_runs",
            run("link", json!({ "expires_at": "tomorrow" })),
            "link",
        ),
        ("webhooks", json!({}), "url"),
        (
            "webhooks",
            webhook("url", json!("http://app.example/hook")),
            "url",
        ),
        (
            "webhooks",
            webhook("url", json!("http://127.0.0.1.example/hook")),
            "url",
        ),
        ("webhooks", webhook("events", json!(["x"])), "events"),
        (
            "webhooks",
            webhook("environments", json!(["x"])),
            "environments",
        ),
        ("sdk_token", json!({}), "applicant_id"),
    ];
    for (path, body, field) in cases {
        let (status, answer) = world.call(Method::POST, path, body.clone()).await;
        assert_eq!(status, 422, "{path} {body}: {answer}");
        assert_eq!(answer["error"]["type"], "validation_error");
        let fields = answer["error"]["fields"].as_object().unwrap();
        assert!(fields.contains_key(field), "{path} {body}: {answer}");
    }
    let url = "https://api.eu.onfido.com/v3.6/applicants";
    let token = format!("Token token={API_TOKEN}");
    for body in ["", "[]", "{"] {
        let body = ("application/json", Bytes::from(body));
        let answer = world.ask(Method::POST, url, &token, body).await;
        assert_eq!(answer.status(), 400);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_its_name() {
    let world = World::new();
    let run = world.run("Doe", "a@b.example", json!([])).await;
    let cases = [
        (Method::GET, "applicants/invalid-applicant-id".to_owned()),
        (Method::PUT, "applicants/x".to_owned()),
        (Method::DELETE, "applicants/x".to_owned()),
        (Method::POST, "applicants/x/restore".to_owned()),
        (Method::GET, "applicants/x/consents".to_owned()),
        (Method::GET, "workflow_runs/x".to_owned()),
        (Method::GET, "workflow_runs/x/tasks".to_owned()),
        (Method::GET, format!("workflow_runs/{run}/tasks/x")),
        (
            Method::POST,
            format!("workflow_runs/{run}/tasks/x/complete"),
        ),
        (Method::GET, format!("workflow_runs/{run}/evidence_folder")),
        (Method::GET, format!("workflow_runs/{run}/timeline_file/x")),
        (Method::DELETE, format!("workflow_runs/{run}")),
        (Method::GET, "documents/x".to_owned()),
        (Method::POST, "live_videos".to_owned()),
        (Method::GET, "webhooks/x".to_owned()),
        (Method::GET, "unheard_of".to_owned()),
    ];
    for (method, path) in cases {
        let refused = world.refused(method, &path, json!({})).await;
        assert_eq!(refused, (404, "resource_not_found".to_owned()), "{path}");
    }
    let (_, body) = world
        .call(Method::GET, "applicants/invalid-applicant-id", Value::Null)
        .await;
    assert_eq!(
        body["error"]["message"],
        "Could not find the following resource: Applicant with id=invalid-applicant-id"
    );
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    let world = World::new();
    let mut runs = Vec::new();
    for number in 0..25 {
        let tags = json!([format!("n{number}"), "all"]);
        runs.push(world.run("Doe", "a@b.example", tags).await);
    }
    runs.reverse();
    let ids = async |path: &str| -> Vec<String> {
        let listed = world.get(path).await;
        let id = |run: &Value| run["id"].as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(ids("workflow_runs/").await, runs[..20]);
    assert_eq!(ids("workflow_runs?page=2").await, runs[20..]);
    assert_eq!(ids("workflow_runs?page=3").await, [""; 0]);
    assert_eq!(ids("workflow_runs?sort=asc").await[0], runs[24]);
    assert_eq!(
        ids("workflow_runs?tags=n3&tags=all").await,
        [runs[21].clone()]
    );
    assert_eq!(ids("workflow_runs?status=approved,declined").await, [""; 0]);
    // The day of the start, and those around it.
    assert_eq!(
        ids("workflow_runs?created_at_gt=2026-11-19&created_at_lt=2026-11-21")
            .await
            .len(),
        20
    );
    assert_eq!(ids("workflow_runs?created_at_gt=2026-11-20").await, [""; 0]);
    assert_eq!(ids("workflow_runs?created_at_lt=2026-11-20").await, [""; 0]);
    for query in [
        "page=0",
        "page=x",
        "sort=up",
        "status=x",
        "created_at_gt=2026-11-20T00:00:00Z",
    ] {
        let path = format!("workflow_runs?{query}");
        let refused = world.refused(Method::GET, &path, Value::Null).await;
        assert_eq!(refused, (422, "validation_error".to_owned()), "{query}");
    }
    let path = "workflow_runs?page=2&tags=all";
    let answer = world.answer(Method::GET, path, Value::Null).await;
    assert_eq!(answer.headers()["x-total-count"], "25");
    assert_eq!(
        answer.headers()["link"],
        "<https://api.eu.onfido.com/v3.6/workflow_runs?tags=all&page=1&per_page=20>; rel=\"first\", \
         <https://api.eu.onfido.com/v3.6/workflow_runs?tags=all&page=1&per_page=20>; rel=\"prev\""
    );
}

#[tokio::test]
async fn a_sandbox_is_called_thirty_times_a_minute_and_no_more() {
    let world = World::of(Account::simulated().with_rate_limits());
    for _ in 0..30 {
        world.get("webhooks").await;
    }
    let limited = world.refused(Method::GET, "webhooks", Value::Null).await;
    assert_eq!(limited, (429, "rate_limit".to_owned()));
    world.simulator.advance(Duration::from_secs(2)).await;
    world.get("webhooks").await;
}
