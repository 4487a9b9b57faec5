//! The company example in its own words, over HTTP: who founds two companies is asked to identify themselves once.

use reqwest::Method;
use serde_json::{Value, json};

use super::database::Database;
use super::gateway::Gateway;
use super::vendor::{self, Manner, Vendor};

const REQUESTS: &str = "/v1/verification-requests";

/// An account that starts verifications at this vendor.
pub(crate) fn account(vendor: &Vendor) -> String {
    format!(
        "[accounts.stripe-eu]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\napi_key = \"sk_test_black_box\"\n\
         webhook_secrets = [\"whsec_black_box_secret\"]\n[accounts.stripe-eu.options]\napi_base_url = \"{}\"\n",
        vendor.base_url()
    )
}

/// A person signs up and onboards a company.
async fn signs_up_onboarding(gateway: &Gateway, user: &str, company: &str) -> (u16, Value) {
    let body = json!({"subject": user, "organization": company, "reason": "onboarding_company"});
    gateway.call(Method::POST, REQUESTS, Some(body)).await
}

/// The request that counts for a company, and whether the policies of its employees are blocked.
async fn counts_for(gateway: &Gateway, company: &str) -> (Value, bool) {
    let path = format!("/v1/organizations/{company}/verification-request");
    let (status, request) = gateway.get(&path).await;
    assert_eq!(status, 200, "{request}");
    let is_blocked = request["status_summary"] != "passed";
    (request["id"].clone(), is_blocked)
}

async fn one_pass_of_user_1_unblocks_company_1_and_company_2(database: Database) {
    let vendor = Vendor::open(Manner::Well).await;
    let gateway = Gateway::start_on(database, &account(&vendor)).await;

    // user_1 signs up onboarding company_1: request_1 is made, new policies are blocked.
    let (status, request_1) = signs_up_onboarding(&gateway, "user_1", "company_1").await;
    assert_eq!(status, 201, "{request_1}");
    assert!(request_1["link"]["hosted_url"].is_string(), "{request_1}");
    let id = request_1["id"].clone();
    assert_eq!(counts_for(&gateway, "company_1").await, (id.clone(), true));

    // user_1 signs up onboarding company_2: still asked to complete request_1, to which company_2 is mapped.
    let (status, still) = signs_up_onboarding(&gateway, "user_1", "company_2").await;
    assert_eq!((status, &still["id"]), (200, &id), "{still}");
    assert!(still["link"]["hosted_url"].is_string(), "{still}");
    assert_eq!(
        still["affected_organizations"],
        json!(["company_1", "company_2"])
    );
    assert_eq!(counts_for(&gateway, "company_2").await, (id.clone(), true));

    // request_1 passes: the policies of both companies are unblocked.
    let sessions = vendor.sessions_of("user_1");
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    let passed = vendor.verify(&sessions[0].0, vendor::now_unix_secs());
    assert_eq!(gateway.post_signed(passed).await.status(), 200);
    gateway.settled_inbox().await;
    for company in ["company_1", "company_2"] {
        assert_eq!(counts_for(&gateway, company).await, (id.clone(), false));
    }
    let (status, _) = gateway
        .get("/v1/organizations/company_3/verification-request")
        .await;
    assert_eq!(status, 404, "nobody has founded company_3");
}

/// A live account at the same vendor, and the default one.
fn live_account(vendor: &Vendor) -> String {
    format!(
        "[accounts.stripe-live]\nprovider = \"stripe\"\nenvironment = \"live\"\ndefault = true\n\
         api_key = \"sk_live_black_box\"\nwebhook_secrets = [\"whsec_black_box_live\"]\n\
         [accounts.stripe-live.options]\napi_base_url = \"{}\"\n",
        vendor.base_url()
    )
}

/// What the application reads of a company in an environment: the request that counts, and all of them.
async fn seen_of(gateway: &Gateway, company: &str, environment: &str) -> (Value, Vec<Value>) {
    let path = format!("/v1/organizations/{company}/verification-request?{environment}");
    let (_, counts) = gateway.get(&path).await;
    let (status, list) = gateway
        .get(&format!("{REQUESTS}?organization={company}&{environment}"))
        .await;
    assert_eq!(status, 200, "{list}");
    let list = list["data"].as_array().unwrap();
    let ids = list.iter().map(|request| request["id"].clone());
    (counts["id"].clone(), ids.collect())
}

async fn a_pass_unblocks_a_company_in_its_own_environment_only(database: Database) {
    let vendor = Vendor::open(Manner::Well).await;
    let accounts = account(&vendor) + &live_account(&vendor);
    let gateway = Gateway::start_on(database, &accounts).await;
    let nothing = (Value::Null, vec![]);

    // Somebody tries the sandbox for company_1, and passes there.
    let body = json!({"subject": "user_1", "organization": "company_1", "account": "stripe-eu"});
    let (status, test) = gateway.call(Method::POST, REQUESTS, Some(body)).await;
    assert_eq!((status, &test["environment"]), (201, &json!("sandbox")));
    let session = vendor.sessions_of("user_1").remove(0).0;
    let passed = vendor.verify(&session, vendor::now_unix_secs());
    assert_eq!(gateway.post_signed(passed).await.status(), 200);
    gateway.settled_inbox().await;
    let seen = (test["id"].clone(), vec![test["id"].clone()]);
    assert_eq!(
        seen_of(&gateway, "company_1", "environment=sandbox").await,
        seen
    );
    for live in ["", "environment=live"] {
        assert_eq!(seen_of(&gateway, "company_1", live).await, nothing);
    }

    // A real pass, of company_2, is none of the sandbox.
    let (status, real) = signs_up_onboarding(&gateway, "user_2", "company_2").await;
    assert_eq!((status, &real["environment"]), (201, &json!("live")));
    let id = real["id"].as_str().unwrap();
    let decision = json!({"actor": "staff-7", "comment": "Seen in person"});
    let path = format!("{REQUESTS}/{id}/bypass");
    let (status, granted) = gateway.call(Method::POST, &path, Some(decision)).await;
    assert_eq!(
        (status, &granted["status_summary"]),
        (200, &json!("passed"))
    );
    assert_eq!(
        seen_of(&gateway, "company_2", "environment=sandbox").await,
        nothing
    );
    let seen = (real["id"].clone(), vec![real["id"].clone()]);
    for live in ["", "environment=live"] {
        assert_eq!(seen_of(&gateway, "company_2", live).await, seen);
    }

    let path = "/v1/organizations/company_1/verification-request?environment=test";
    let (status, refused) = gateway.get(path).await;
    assert_eq!(
        (status, &refused["code"]),
        (400, &json!("invalid_parameter"))
    );
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    one_pass_of_user_1_unblocks_company_1_and_company_2
    a_pass_unblocks_a_company_in_its_own_environment_only
}
