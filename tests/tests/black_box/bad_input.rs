//! Bad input gets a clear answer and changes nothing.

use idv_engine::store::DeliveryState;
use idv_simulator::stripe;
use reqwest::Method;
use serde_json::json;

use super::gateway::{Gateway, SECRET, answer, now_unix_secs};
use super::program;
use super::story::Story;

#[tokio::test]
async fn each_wrong_webhook_gets_its_answer_and_leaves_no_trace() {
    let gateway = Gateway::receiver().await;
    let body = Story::of("subject-1").verified();
    let now = now_unix_secs();
    let good = stripe::sign(SECRET, &body, now);
    let stale = stripe::sign(SECRET, &body, now - 400);
    let future = stripe::sign(SECRET, &body, now + 400);
    let foreign = stripe::sign("whsec_of_another_account", &body, now);
    for (what, account, body, signature, expected) in [
        ("unknown account", "nobody", body.clone(), Some(&*good), 404),
        ("unsigned", "stripe-eu", body.clone(), None, 401),
        ("empty signature", "stripe-eu", body.clone(), Some(""), 401),
        (
            "another key",
            "stripe-eu",
            body.clone(),
            Some(&*foreign),
            401,
        ),
        ("stale", "stripe-eu", body.clone(), Some(&*stale), 401),
        (
            "from the future",
            "stripe-eu",
            body.clone(),
            Some(&*future),
            401,
        ),
        (
            "too large",
            "stripe-eu",
            vec![b' '; 2_000_000],
            Some(&*good),
            413,
        ),
    ] {
        let (status, problem) = answer(gateway.post(account, body, signature).await).await;
        assert_eq!(status, expected, "{what}");
        assert_eq!(problem["status"], expected, "{what}: {problem}");
    }
    assert!(gateway.settled_inbox().await.is_empty());
    assert!(gateway.requests().await.is_empty());
    for reason in [
        "missing_header",
        "no_matching_key",
        "stale",
        "from_the_future",
    ] {
        assert!(
            gateway.log().contains(reason),
            "the operator learns {reason}"
        );
    }
}

#[tokio::test]
async fn genuine_but_unreadable_is_acknowledged_and_dead_lettered() {
    let gateway = Gateway::receiver().await;
    for body in [
        "no JSON at all",
        "",
        "[]",
        "{\"object\":\"event\"}",
        "\u{feff}{}",
    ] {
        assert_eq!(gateway.post_signed(body).await.status(), 200, "{body:?}");
    }
    let inbox = gateway.settled_inbox().await;
    assert_eq!(inbox.len(), 5);
    assert!(
        inbox
            .iter()
            .all(|row| row.state == DeliveryState::Dead && row.reason.is_some()),
        "{inbox:?}"
    );
    assert!(gateway.requests().await.is_empty());
}

#[tokio::test]
async fn other_methods_and_paths_are_problems_too() {
    let gateway = Gateway::receiver().await;
    for (method, path, expected) in [
        (Method::GET, "/webhooks/stripe-eu", 405),
        (Method::GET, "/nowhere", 404),
        (
            Method::GET,
            "/v1/verification-requests/idv_00000000000000000000000000",
            404,
        ),
        (Method::GET, "/v1/verification-requests/nonsense", 404),
        (
            Method::GET,
            "/v1/verification-requests?cursor=nonsense",
            400,
        ),
        (Method::GET, "/v1/verification-requests?limit=many", 400),
        (
            Method::GET,
            "/v1/verification-requests?status=enchanted",
            400,
        ),
    ] {
        let (status, problem) = gateway.call(method, path, None).await;
        assert_eq!(status, expected, "{path}: {problem}");
        assert_eq!(problem["status"], expected, "{path}: {problem}");
        for member in ["type", "title", "code"] {
            assert!(
                problem[member].is_string(),
                "{path} has no {member}: {problem}"
            );
        }
    }
}

#[tokio::test]
async fn a_create_with_a_wrong_body_names_the_place_and_not_the_value() {
    let gateway = Gateway::receiver().await;
    let path = "/v1/verification-requests";
    for (body, expected, pointer) in [
        (json!({}), 422, "/subject"),
        (json!({"subject": 7}), 422, "/subject"),
        (json!({"subject": ""}), 422, "/subject"),
        (
            json!({"subject": "s", "Marked-Value": "Marked-Value"}),
            422,
            "/Marked-Value",
        ),
    ] {
        let (status, problem) = gateway.call(Method::POST, path, Some(body)).await;
        assert_eq!(status, expected, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let (status, problem) = gateway
        .call(
            Method::POST,
            path,
            Some(json!({"subject": "s", "account": "stripe-eu"})),
        )
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (422, &json!("/account")),
        "an account that only receives starts nothing: {problem}"
    );
    assert!(gateway.requests().await.is_empty());
}

#[tokio::test]
async fn without_a_key_the_api_is_closed() {
    let gateway = Gateway::receiver().await;
    for (name, value) in [
        ("x-none", "x"),
        ("authorization", "Bearer nonsense"),
        ("authorization", "Basic eDp5"),
    ] {
        let request = gateway
            .client()
            .get(format!("{}/v1/verification-requests", gateway.base))
            .header(name, value);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
    }
    let health = gateway
        .client()
        .get(format!("{}/livez", gateway.base))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200);
}

#[test]
fn a_broken_configuration_is_a_sentence_with_file_key_and_remedy() {
    for (config, said) in [
        ("[server]\nlisten = \"nowhere\"\n", vec!["listen"]),
        ("[server]\nlissten = \"127.0.0.1:1\"\n", vec!["lissten"]),
        (
            "[accounts.a]\nprovider = \"acme\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"x\"]\n",
            vec!["accounts.a.provider", "stripe"],
        ),
        (
            "[accounts.a]\nprovider = \"stripe\"\nwebhook_secrets = [\"x\"]\n",
            vec!["environment"],
        ),
        (
            "[accounts.a]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\" \"]\n",
            vec!["webhook_secrets"],
        ),
        (
            "[accounts.a]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"x\"]\napi_key = \"sk_live_1\"\n",
            vec!["api_key"],
        ),
        ("[server\n", vec!["idv.toml:1:"]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("idv.toml"), config).unwrap();
        for args in [&["config", "check"][..], &["serve"]] {
            let ended = program::run(dir.path(), args);
            assert_eq!(ended.code, 2, "{config}: {}{}", ended.stdout, ended.stderr);
            let complaint = format!("{}{}", ended.stdout, ended.stderr);
            for word in said.iter().chain(&["idv.toml"]) {
                assert!(complaint.contains(word), "{word} is not in: {complaint}");
            }
        }
        assert!(!dir.path().join("idv.db").exists(), "nothing was made");
    }
}
