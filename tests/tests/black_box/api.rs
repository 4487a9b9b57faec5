//! The application's side: a request from its making to its end, over an account that can call the vendor.

use idv_testkit::replay::{Answer, AskedFor, Exchange, Exchanges, ReplayServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::gateway::Gateway;

const REQUESTS: &str = "/v1/verification-requests";

/// A session as the vendor shows it.
pub(crate) fn session(status: &str, token: &str) -> Value {
    let waiting = status == "requires_input";
    json!({
        "id": "vs_api_1", "object": "identity.verification_session", "created": 1_795_200_000, "livemode": false,
        "status": status, "type": "document", "client_reference_id": "user-1", "metadata": {}, "options": {},
        "last_error": null, "last_verification_report": null, "redaction": null,
        "url": waiting.then(|| format!("https://verify.stripe.com/start/test_{token}")),
        "client_secret": waiting.then(|| format!("vs_api_1_secret_test_{token}")),
    })
}

pub(crate) fn exchange(method: &str, path: &str, answer: &Value) -> Exchange {
    let request = AskedFor {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        headers: [(
            "authorization".to_owned(),
            Some("Bearer sk_test_black_box".to_owned()),
        )]
        .into(),
        ..AskedFor::default()
    };
    Exchange {
        request,
        answer: Answer::new(200, answer.to_string()),
    }
}

pub(crate) fn create(answer: &Value) -> Exchange {
    let mut create = exchange("POST", "/v1/identity/verification_sessions", answer);
    create.request.form = [("client_reference_id".to_owned(), Some("user-1".to_owned()))].into();
    create
}

pub(crate) fn retrieve(answer: &Value) -> Exchange {
    exchange("GET", "/v1/identity/verification_sessions/vs_api_1", answer)
}

pub(crate) async fn over(exchanges: Vec<Exchange>) -> (Gateway, ReplayServer) {
    over_with(exchanges, "").await
}

/// The same, with more tables in the configuration.
pub(crate) async fn over_with(exchanges: Vec<Exchange>, tables: &str) -> (Gateway, ReplayServer) {
    let vendor = ReplayServer::start(Exchanges::of("black box", exchanges)).await;
    let account = format!(
        "[accounts.stripe-eu]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\napi_key = \"sk_test_black_box\"\n\
         webhook_secrets = [\"whsec_black_box_secret\"]\n[accounts.stripe-eu.options]\napi_base_url = \"{}\"\n{tables}",
        vendor.base_url()
    );
    (Gateway::start(&account).await, vendor)
}

pub(crate) fn event(id: &str, object: &Value) -> String {
    json!({
        "id": id, "object": "event", "created": 1_795_200_001, "livemode": false, "pending_webhooks": 1,
        "type": "identity.verification_session.processing", "data": {"object": object},
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_lives_from_create_to_pass() {
    let (gateway, vendor) = over(vec![
        create(&session("requires_input", "one")),
        retrieve(&session("requires_input", "two")),
        retrieve(&session("requires_input", "three")),
        retrieve(&session("verified", "")),
    ])
    .await;
    let body =
        json!({"subject": "user-1", "organization": "company-1", "reason": "onboarding_company"});
    let (status, made) = gateway
        .call(Method::POST, REQUESTS, Some(body.clone()))
        .await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        made["link"]["hosted_url"], "https://verify.stripe.com/start/test_one",
        "{made}"
    );
    assert_eq!(made["status"], "awaiting_user");
    assert_eq!(made["status_summary"], "created");
    assert_eq!(made["waiting_on"], "subject");
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("idv_"));

    let mut again = body;
    again["organization"] = json!("company-2");
    let (status, same) = gateway.call(Method::POST, REQUESTS, Some(again)).await;
    assert_eq!((status, same["id"].as_str()), (200, Some(&*id)), "{same}");
    assert_eq!(
        same["link"]["hosted_url"],
        "https://verify.stripe.com/start/test_two"
    );
    assert_eq!(
        same["affected_organizations"],
        json!(["company-1", "company-2"])
    );

    let (status, link) = gateway
        .call(Method::POST, &format!("{REQUESTS}/{id}/link"), None)
        .await;
    assert_eq!(status, 200, "{link}");
    assert_eq!(
        link["hosted_url"],
        "https://verify.stripe.com/start/test_three"
    );

    // The payload says processing; the vendor, asked, says verified.
    let accepted = gateway
        .post_signed(event("evt_1", &session("processing", "")))
        .await;
    assert_eq!(accepted.status(), 200);
    gateway.settled_inbox().await;
    let (status, passed) = gateway.get(&format!("{REQUESTS}/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!(passed["status"], "passed", "{passed}");
    assert_eq!(passed["status_summary"], "passed");
    assert_eq!(passed["source"], "automated");
    assert_eq!(passed["unconfirmed"], false);
    assert_eq!(passed["sessions"][0]["session_id"], "vs_api_1");

    let (status, problem) = gateway
        .call(Method::POST, &format!("{REQUESTS}/{id}/link"), None)
        .await;
    assert_eq!(status, 409, "{problem}");

    let (_, page) = gateway.get(&format!("{REQUESTS}/{id}/timeline")).await;
    let told: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["what"].as_str().unwrap())
        .collect();
    for what in [
        "request_created",
        "session_started",
        "request_reused",
        "link_renewed",
        "session_fetched",
    ] {
        assert!(told.contains(&what), "{what} is not in {told:?}");
    }
    let (_, page) = gateway
        .get(&format!(
            "{REQUESTS}?organization=company-2&status_summary=passed"
        ))
        .await;
    assert_eq!(page["data"][0]["id"], *id);
    let (_, page) = gateway.get(&format!("{REQUESTS}?subject=user-2")).await;
    assert_eq!(page["data"], json!([]));
    vendor.assert_used_up();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_tokens_are_never_stored() {
    let (mut gateway, _vendor) =
        over(vec![create(&session("requires_input", "TOPSECRETTOKEN"))]).await;
    let (status, made) = gateway
        .call(Method::POST, REQUESTS, Some(json!({"subject": "user-1"})))
        .await;
    assert_eq!(status, 201, "{made}");
    assert!(
        made["link"]["hosted_url"]
            .as_str()
            .unwrap()
            .contains("TOPSECRETTOKEN")
    );
    let (_, got) = gateway
        .get(&format!("{REQUESTS}/{}", made["id"].as_str().unwrap()))
        .await;
    assert!(!got.to_string().contains("TOPSECRETTOKEN"));
    gateway.stop().await;
    for entry in std::fs::read_dir(gateway.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(14).any(|window| window == b"TOPSECRETTOKEN"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_or_is_down_is_a_problem_of_its_own_kind() {
    let refused = json!({"error": {"type": "invalid_request_error", "code": "parameter_invalid_empty", "param": "return_url", "message": "Marked-Message"}});
    let mut refusing = create(&refused);
    refusing.answer.status = 400;
    let (gateway, _vendor) = over(vec![refusing]).await;
    let (status, problem) = gateway
        .call(Method::POST, REQUESTS, Some(json!({"subject": "user-1"})))
        .await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem.to_string().contains("return_url"), "{problem}");
    assert!(
        !problem.to_string().contains("Marked-Message"),
        "a vendor's body is not repeated: {problem}"
    );
    assert!(!gateway.log().contains("Marked-Message"));

    // Nothing is recorded any more: the vendor answers 599.
    let (status, problem) = gateway
        .call(Method::POST, REQUESTS, Some(json!({"subject": "user-1"})))
        .await;
    assert!([502, 503].contains(&status), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let gateway = Gateway::receiver().await;
    for i in 0..7 {
        let body = super::story::Story::of(&format!("subject-{i}")).created();
        assert_eq!(gateway.post_signed(body).await.status(), 200);
    }
    gateway.settled_inbox().await;
    let (mut seen, mut path) = (Vec::new(), format!("{REQUESTS}?limit=3"));
    loop {
        let (status, page) = gateway.get(&path).await;
        assert_eq!(status, 200, "{page}");
        let rows = page["data"].as_array().unwrap();
        assert!(rows.len() <= 3);
        seen.extend(
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{REQUESTS}?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    let all: Vec<_> = gateway
        .requests()
        .await
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, all);
    assert_eq!(all.len(), 7);
}
