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

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    one_pass_of_user_1_unblocks_company_1_and_company_2
}
