//! Where the application wants to be told, over HTTP. What is sent there is told by the tests of the engine.

use http::Method;

use super::*;

const ENDPOINTS: &str = "/v1/endpoints";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

impl World {
    async fn operate(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", bearer(&self.operator));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    async fn endpoint(&self, body: Value) -> Value {
        let made = self.operate(Method::POST, ENDPOINTS, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let json = made.json();
        let path = format!("{ENDPOINTS}/{}", json["id"].as_str().unwrap());
        assert_eq!(made.headers["location"], path);
        json
    }
}

fn path_of(endpoint: &Value) -> String {
    format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_removed_and_its_secret_shown_once() {
    let world = World::new().await;
    let made = world
        .endpoint(json!({
            "url": "https://app.example/hear", "description": "the app", "types": ["verification_request.passed"],
            "payload": "full", "rate_per_sec": 5, "headers": {"X-Tenant": "blue-lagoon"}, "secret": SECRET,
        }))
        .await;
    assert_eq!(made["secret"], SECRET);
    assert_eq!(made["types"], json!(["verification_request.passed"]));
    assert_eq!(
        (&made["payload"], &made["rate_per_sec"]),
        (&json!("full"), &json!(5))
    );
    assert_eq!(made["header_names"], json!(["x-tenant"]));
    assert_eq!(
        (&made["state"], &made["events_behind"]),
        (&json!("enabled"), &json!(0))
    );

    let path = path_of(&made);
    let read = world.operate(Method::GET, &path, None).await;
    let all = world.operate(Method::GET, ENDPOINTS, None).await;
    assert_eq!(all.json()["data"], json!([read.json()]));
    for shown in [&read.text, &all.text] {
        assert!(
            !shown.contains("whsec_") && !shown.contains("blue-lagoon"),
            "{shown}"
        );
    }
    let changes = json!({"url": "https://app.example/there", "types": [], "payload": "thin", "rate_per_sec": 0,
        "headers": {}, "enabled": false});
    let changed = world.operate(Method::PATCH, &path, Some(changes)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let changed = changed.json();
    assert_eq!(changed["url"], "https://app.example/there");
    assert_eq!(changed["description"], "the app");
    assert_eq!(
        (&changed["types"], &changed["header_names"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(
        (&changed["payload"], &changed["rate_per_sec"]),
        (&json!("thin"), &Value::Null)
    );
    assert_eq!(changed["state"], "switched_off");
    let nothing = world
        .operate(Method::PATCH, &path, Some(json!({})))
        .await
        .json();
    assert_eq!(nothing["url"], changed["url"]);
    assert_eq!(nothing["state"], "switched_off");
    let on = json!({"enabled": true});
    let on = world.operate(Method::PATCH, &path, Some(on)).await.json();
    assert_eq!(on["state"], "enabled");

    let removed = world.operate(Method::DELETE, &path, None).await;
    assert_eq!((removed.status.as_u16(), removed.text.as_str()), (204, ""));
    for method in [Method::GET, Method::DELETE] {
        let gone = world.operate(method, &path, None).await;
        gone.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn what_cannot_be_an_endpoint_is_refused_field_by_field() {
    let world = World::new().await;
    let many: serde_json::Map<_, _> = (0..21).map(|n| (format!("x-{n}"), json!("v"))).collect();
    for (body, code, pointer) in [
        (json!({}), "invalid_body", "/url"),
        (
            json!({"url": "x", "types": ["passed"]}),
            "invalid_body",
            "/types/0",
        ),
        (
            json!({"url": "x", "payload": "fat"}),
            "invalid_body",
            "/payload",
        ),
        (
            json!({"url": "x", "rate_per_sec": 10_001}),
            "invalid_body",
            "/rate_per_sec",
        ),
        (
            json!({"url": "x", "secret": "whsec_c2hvcnQ="}),
            "invalid_body",
            "/secret",
        ),
        (
            json!({"url": "x", "after": "now"}),
            "invalid_body",
            "/after",
        ),
        (
            json!({"url": "x", "headers": {"x-a": 1}}),
            "invalid_body",
            "/headers",
        ),
        (
            json!({"url": "x", "headers": many}),
            "invalid_body",
            "/headers",
        ),
        (
            json!({"url": "x", "enabled": true}),
            "invalid_body",
            "/enabled",
        ),
        (
            json!({"url": "https://app.example/", "headers": {"webhook-id": "1"}}),
            "invalid_input",
            "/headers",
        ),
        (json!({"url": "no url"}), "invalid_input", "/url"),
    ] {
        let answer = world.operate(Method::POST, ENDPOINTS, Some(body)).await;
        answer.is_problem(422, code);
        assert_eq!(
            answer.json()["errors"][0]["pointer"],
            pointer,
            "{}",
            answer.text
        );
    }
    let all = world.operate(Method::GET, ENDPOINTS, None).await.json();
    assert_eq!(all["data"], json!([]));
}

#[tokio::test]
async fn a_rotated_secret_is_shown_once_and_the_earlier_one_signs_for_a_while() {
    let world = World::new().await;
    let made = world
        .endpoint(json!({"url": "https://app.example/hear"}))
        .await;
    let rotate = format!("{}/rotate-secret", path_of(&made));
    let rotated = world.operate(Method::POST, &rotate, None).await.json();
    assert_ne!(rotated["secret"], made["secret"]);
    let secrets = rotated["secrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(secrets[0]["expires_at"].is_null() && secrets[1]["expires_at"].is_string());
    assert_eq!(secrets[1]["key_id"], made["secrets"][0]["key_id"]);

    let at_once = json!({"secret": SECRET, "overlap_secs": 0});
    let rotated = world
        .operate(Method::POST, &rotate, Some(at_once))
        .await
        .json();
    assert_eq!(rotated["secret"], SECRET);
    assert_eq!(rotated["secrets"].as_array().unwrap().len(), 1, "{rotated}");
    for _ in 0..4 {
        let more = world.operate(Method::POST, &rotate, None).await;
        assert_eq!(more.status, 200, "{}", more.text);
    }
    let one_too_many = world.operate(Method::POST, &rotate, None).await;
    one_too_many.is_problem(409, "too_many_secrets");
}

#[tokio::test]
async fn what_is_on_its_way_to_an_endpoint_can_be_seen_and_sent_again() {
    let world = World::new().await;
    let made = world
        .endpoint(json!({"url": "https://app.example/hear"}))
        .await;
    let path = path_of(&made);
    let event = world
        .operate(Method::POST, &format!("{path}/test"), None)
        .await;
    assert_eq!(event.status, 202, "{}", event.text);
    let event = event.json()["event"].as_str().unwrap().to_owned();
    let resend = format!("{path}/deliveries/{event}/resend");
    let sent = world.operate(Method::POST, &resend, None).await;
    assert_eq!((sent.status.as_u16(), sent.text.as_str()), (202, ""));
    let one = format!("{path}/deliveries/{event}");
    let one = world.operate(Method::GET, &one, None).await.json();
    assert_eq!(
        (&one["event"], &one["type"]),
        (&json!(event), &json!("endpoint.test"))
    );
    assert_eq!(
        (&one["state"], &one["log"]),
        (&json!("pending"), &json!([]))
    );

    let id = world
        .post(REQUESTS, json!({"subject": "user-1"}))
        .await
        .json()["id"]
        .clone();
    let replay = format!("{path}/replay");
    let beginning = json!({"after": "beginning"});
    let replayed = world.operate(Method::POST, &replay, Some(beginning)).await;
    assert_eq!(replayed.status, 200, "{}", replayed.text);
    assert!(
        replayed.json()["events"].as_u64().unwrap() >= 2,
        "{}",
        replayed.text
    );
    let list = format!("{path}/deliveries?request={}", id.as_str().unwrap());
    let of_request = world.operate(Method::GET, &list, None).await.json();
    let of_request = of_request["data"].as_array().unwrap();
    assert!(!of_request.is_empty());
    assert!(
        of_request
            .iter()
            .all(|delivery| delivery["request_id"] == id)
    );

    let mut seen = Vec::new();
    let mut page = format!("{path}/deliveries?limit=1");
    loop {
        let json = world.operate(Method::GET, &page, None).await.json();
        seen.extend(json["data"].as_array().unwrap().clone());
        match json["next_cursor"].as_str() {
            Some(cursor) => page = format!("{path}/deliveries?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), of_request.len() + 1);
    let feed = made["cursor"].as_str().unwrap();
    let foreign = format!("{path}/deliveries?cursor={feed}");
    let foreign = world.operate(Method::GET, &foreign, None).await;
    foreign.is_problem(400, "invalid_cursor");
}

#[tokio::test]
async fn nothing_is_sent_to_an_endpoint_that_is_off_or_not_there() {
    let world = World::new().await;
    let made = world
        .endpoint(json!({"url": "https://app.example/hear"}))
        .await;
    let path = path_of(&made);
    let off = json!({"enabled": false});
    assert_eq!(
        world.operate(Method::PATCH, &path, Some(off)).await.status,
        200
    );
    let test = world
        .operate(Method::POST, &format!("{path}/test"), None)
        .await;
    test.is_problem(409, "endpoint_not_enabled");
    let nobody = format!("{ENDPOINTS}/end_00000000000000000000000001");
    let event = "evt_00000000000000000000000001";
    for (method, path) in [
        (Method::POST, format!("{nobody}/test")),
        (Method::POST, format!("{nobody}/rotate-secret")),
        (Method::GET, format!("{nobody}/deliveries")),
        (Method::GET, format!("{nobody}/deliveries/{event}")),
        (Method::POST, format!("{path}/deliveries/{event}/resend")),
        (Method::GET, format!("{path}/deliveries/{event}")),
        (Method::GET, format!("{path}/deliveries/nobody")),
        (Method::GET, format!("{ENDPOINTS}/nobody")),
    ] {
        let answer = world.operate(method, &path, None).await;
        answer.is_problem(404, "not_found");
    }
}
