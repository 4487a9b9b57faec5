//! The application's side: a request from its making to its end, over an account that can call the vendor.

use idv_testkit::replay::{Answer, AskedFor, Exchange, Exchanges, ReplayServer};
use reqwest::Method;
use serde_json::json;

use super::company::{account, account_at, told};
use super::gateway::Gateway;
use super::story::hears_of_a_beginning;
use super::vendor::{Manner, Vendor};

const REQUESTS: &str = "/v1/verification-requests";

/// A gateway over the simulated vendor, who tells it everything.
pub(crate) async fn over() -> (Gateway, Vendor) {
    over_with("").await
}

/// The same, with more tables in the configuration.
pub(crate) async fn over_with(tables: &str) -> (Gateway, Vendor) {
    let vendor = Vendor::open(Manner::Well).await;
    let gateway = Gateway::start(&(account(&vendor) + tables)).await;
    vendor.send_to(&gateway.webhook_url());
    (gateway, vendor)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_lives_from_create_to_pass() {
    let (gateway, vendor) = over().await;
    let body =
        json!({"subject": "user-1", "organization": "company-1", "reason": "onboarding_company"});
    let (status, made) = gateway
        .call(Method::POST, REQUESTS, Some(body.clone()))
        .await;
    assert_eq!(status, 201, "{made}");
    let first = made["link"]["hosted_url"].clone();
    let page = format!("{}/start/", vendor.base_url());
    assert!(first.as_str().unwrap().starts_with(&page), "{made}");
    assert_eq!(made["status"], "awaiting_user");
    assert_eq!(made["status_summary"], "created");
    assert_eq!(made["waiting_on"], "subject");
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("idv_"));

    let mut again = body;
    again["organization"] = json!("company-2");
    let (status, same) = gateway.call(Method::POST, REQUESTS, Some(again)).await;
    assert_eq!((status, same["id"].as_str()), (200, Some(&*id)), "{same}");
    let second = same["link"]["hosted_url"].clone();
    assert!(second.is_string() && second != first, "{same}");
    assert_eq!(
        same["affected_organizations"],
        json!(["company-1", "company-2"])
    );

    let (status, link) = gateway
        .call(Method::POST, &format!("{REQUESTS}/{id}/link"), None)
        .await;
    assert_eq!(status, 200, "{link}");
    let third = &link["hosted_url"];
    assert!(third.is_string() && *third != second, "{link}");

    let [(session, _)] = vendor.sessions_of("user-1").try_into().unwrap();
    vendor.verify(&session);
    told(&vendor).await;
    gateway.settled_inbox().await;
    let (status, passed) = gateway.get(&format!("{REQUESTS}/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!(passed["status"], "passed", "{passed}");
    assert_eq!(passed["status_summary"], "passed");
    assert_eq!(passed["source"], "automated");
    assert_eq!(passed["unconfirmed"], false);
    assert_eq!(passed["sessions"][0]["session_id"], *session);

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
    assert_eq!(vendor.sessions_of("user-1").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_tokens_are_never_stored() {
    let (mut gateway, _vendor) = over().await;
    let (status, made) = gateway
        .call(Method::POST, REQUESTS, Some(json!({"subject": "user-1"})))
        .await;
    assert_eq!(status, 201, "{made}");
    let link = made["link"]["hosted_url"].as_str().unwrap();
    let (_, token) = link.rsplit_once('/').unwrap();
    assert!(token.len() > 20, "{token}");
    let (_, got) = gateway
        .get(&format!("{REQUESTS}/{}", made["id"].as_str().unwrap()))
        .await;
    assert!(!got.to_string().contains(token));
    gateway.stop().await;
    for entry in std::fs::read_dir(gateway.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let mut places = bytes.windows(token.len());
        assert!(!places.any(|place| place == token.as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_or_is_down_is_a_problem_of_its_own_kind() {
    // The sentence is made up, so that it can be searched for: it might quote a person.
    let refused = json!({"error": {"type": "invalid_request_error", "code": "parameter_invalid_empty", "param": "return_url", "message": "Marked-Message"}});
    let refusing = Exchange {
        request: AskedFor {
            method: Some("POST".to_owned()),
            path: Some("/v1/identity/verification_sessions".to_owned()),
            ..AskedFor::default()
        },
        answer: Answer::new(400, refused.to_string()),
    };
    let vendor = ReplayServer::start(Exchanges::of("black box", vec![refusing])).await;
    let gateway = Gateway::start(&account_at(&vendor.base_url())).await;
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
        hears_of_a_beginning(&gateway, &format!("subject-{i}")).await;
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
