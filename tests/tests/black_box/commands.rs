//! What the application decides about a request, on the program itself. What every command takes and refuses is told
//! by the tests of the routes; here is what they leave behind.

use reqwest::Method;
use serde_json::{Value, json};

use super::api::over;
use super::gateway::Gateway;
use super::vendor::Vendor;

const REQUESTS: &str = "/v1/verification-requests";

async fn requested() -> (Gateway, String, Vendor) {
    let (gateway, vendor) = over().await;
    let body = json!({"subject": "user-1", "organization": "company-1"});
    let (status, made) = gateway.call(Method::POST, REQUESTS, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("{REQUESTS}/{}", made["id"].as_str().unwrap());
    (gateway, path, vendor)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_carried_out_once_per_key_even_across_a_kill() {
    let (mut gateway, request, _vendor) = requested().await;
    let cancel = format!("{request}/cancel");
    let reason = || Some(json!({"reason": "They asked for it", "actor": "staff-7"}));
    let (status, replayed, done) = gateway
        .command(Method::POST, &cancel, "cancel-1", reason())
        .await;
    assert_eq!((status, replayed), (200, false), "{done}");
    assert_eq!(done["status"], "cancelled");
    gateway.kill();
    gateway.launch().await;
    let (status, replayed, again) = gateway
        .command(Method::POST, &cancel, "cancel-1", reason())
        .await;
    assert_eq!((status, replayed), (200, true), "{again}");
    assert_eq!(again["cancellation"], done["cancellation"]);
    let (status, _, refused) = gateway
        .command(Method::POST, &cancel, "cancel-2", reason())
        .await;
    assert_eq!((status, &refused["code"]), (409, &json!("already_ended")));
    let (_, timeline) = gateway.get(&format!("{request}/timeline")).await;
    let entries = timeline["data"].as_array().unwrap();
    let cancelled = entries
        .iter()
        .filter(|entry| entry["what"] == "request_cancelled");
    assert_eq!(cancelled.count(), 1, "{timeline:#}");
    let (status, none) = gateway
        .get("/v1/subjects/user-1/verification-request")
        .await;
    assert_eq!(status, 404, "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_only_the_vendors_session_can_withdraw_its_request() {
    let (gateway, request, vendor) = requested().await;
    let (_, shown) = gateway.get(&request).await;
    let account = shown["sessions"][0]["account"].as_str().unwrap();
    let cancel = |session: &str| format!("/v1/accounts/{account}/sessions/{session}/cancel");
    let reason = || Some(json!({"reason": "They asked for it"}));
    let (status, none) = gateway
        .call(Method::POST, &cancel("vs_nobodys"), reason())
        .await;
    assert_eq!((status, &none["code"]), (404, &json!("not_found")));
    let known = cancel(&vendor.sessions_of("user-1")[0].0);
    let (status, refused) = gateway.call(Method::POST, &known, Some(json!({}))).await;
    assert_eq!((status, &refused["code"]), (422, &json!("invalid_body")));
    for replays in [false, true] {
        let (status, replayed, done) = gateway
            .command(Method::POST, &known, "by-session", reason())
            .await;
        assert_eq!((status, replayed), (200, replays), "{done}");
        assert_eq!(done["id"], shown["id"]);
        assert_eq!(done["status"], "cancelled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bypass_unblocks_the_organization_and_is_explained() {
    let (gateway, request, _vendor) = requested().await;
    let correction = json!({"organization": "company-2", "reason": "onboarding_company"});
    let (status, corrected) = gateway
        .call(Method::PATCH, &request, Some(correction))
        .await;
    assert_eq!(status, 200, "{corrected}");
    let (status, reminded) = gateway
        .call(Method::POST, &format!("{request}/remind"), None)
        .await;
    assert_eq!(status, 200, "{reminded}");
    let decision = json!({"actor": "staff-7", "comment": "Seen in person"});
    for (command, code) in [("recreate", "not_failed"), ("resolve", "not_in_review")] {
        let mut body = decision.clone();
        if command == "resolve" {
            body["outcome"] = json!("passed");
        }
        let path = format!("{request}/{command}");
        let (status, refused) = gateway.call(Method::POST, &path, Some(body)).await;
        assert_eq!((status, &refused["code"]), (409, &json!(code)), "{refused}");
    }
    let path = format!("{request}/bypass");
    let (status, passed) = gateway.call(Method::POST, &path, Some(decision)).await;
    assert_eq!(status, 200, "{passed}");
    assert_eq!(passed["source"], "bypass");
    let (status, found) = gateway
        .get("/v1/organizations/company-2/verification-request")
        .await;
    assert_eq!((status, &found["id"]), (200, &passed["id"]));
    let (status, explained) = gateway.get(&format!("{request}/explain")).await;
    assert_eq!(status, 200, "{explained}");
    let values = explained["data"].as_array().unwrap();
    let status_of = |value: &&Value| value["place"] == "/status";
    let status = values.iter().find(status_of).unwrap();
    assert_eq!(status["because"]["decided"], "bypassed", "{explained:#}");
    assert!(!gateway.log().contains("Seen in person"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_nowhere_and_the_receipt_says_what_the_vendor_answered() {
    let (gateway, _vendor) = over().await;
    let person = json!({"given_name": "Ada", "email": "ada@example.org"});
    let body = json!({"subject": "user-1", "person": person});
    let (status, made) = gateway.call(Method::POST, REQUESTS, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let request = format!("{REQUESTS}/{}", made["id"].as_str().unwrap());
    let erase = || Some(json!({"actor": "staff-7"}));
    let path = format!("{request}/redact");
    let (status, open) = gateway.call(Method::POST, &path, erase()).await;
    assert_eq!((status, &open["code"]), (409, &json!("open_request")));
    let reason = Some(json!({"reason": "They left"}));
    let (status, cancelled) = gateway
        .call(Method::POST, &format!("{request}/cancel"), reason)
        .await;
    assert_eq!(status, 200, "{cancelled}");
    // The vendor withdraws its session in the background; until then it is not known what there is to erase.
    let mut erased = Value::Null;
    for _ in 0..400 {
        let (status, answer) = gateway.call(Method::POST, &path, erase()).await;
        erased = answer;
        if status == 201 {
            break;
        }
        assert_eq!(
            (status, &erased["code"]),
            (409, &json!("being_started")),
            "{erased}"
        );
        super::gateway::pause().await;
    }
    let receipt = format!("/v1/erasures/{}", erased["id"].as_str().expect("erased"));
    let mut vendor = Value::Null;
    for _ in 0..400 {
        let (status, later) = gateway.get(&receipt).await;
        assert_eq!(status, 200, "{later}");
        vendor = later["sessions"][0]["vendor"].clone();
        if vendor == "pending" {
            break;
        }
        super::gateway::pause().await;
    }
    assert_eq!(vendor, "pending");
    let (_, left) = gateway.get(&request).await;
    assert_eq!(left["subject"], "[redacted]");
    assert_eq!(left["cancellation"]["comment"], "[redacted]");
    assert_eq!(left["status"], "cancelled");
}
