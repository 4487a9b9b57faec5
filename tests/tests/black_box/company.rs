//! The company example in its own words, over HTTP: who founds two companies is asked to identify themselves once.

use reqwest::Method;
use serde_json::{Value, json};

use super::database::Database;
use super::gateway::{Gateway, pause};
use super::vendor::{Manner, Vendor};
use idv_simulator::stripe::{API_KEY, WEBHOOK_SECRET};

const REQUESTS: &str = "/v1/verification-requests";

/// An account that starts verifications at this vendor.
pub(crate) fn account(vendor: &Vendor) -> String {
    account_at(&vendor.base_url())
}

/// The same, at a vendor of this address.
pub(crate) fn account_at(base_url: &str) -> String {
    format!(
        "[accounts.stripe-eu]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\napi_key = \"{API_KEY}\"\n\
         webhook_secrets = [\"{WEBHOOK_SECRET}\"]\n[accounts.stripe-eu.options]\napi_base_url = \"{base_url}\"\n"
    )
}

/// The subject passes, and the gateway hears of it.
async fn pass(vendor: &Vendor, session: &str, gateway: &Gateway) {
    vendor.send_to(&gateway.webhook_url());
    vendor.verify(session);
    told(vendor).await;
    gateway.settled_inbox().await;
}

/// Waits until the gateway has taken in all that the vendor tells.
pub(crate) async fn told(vendor: &Vendor) {
    for _ in 0..1200 {
        if vendor.has_told_everything() {
            assert_eq!(vendor.given_up(), 0, "webhooks were given up");
            assert!(vendor.acknowledged() > 0);
            return;
        }
        pause().await;
    }
    panic!("the vendor never comes to an end");
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
    pass(&vendor, &sessions[0].0, &gateway).await;
    for company in ["company_1", "company_2"] {
        assert_eq!(counts_for(&gateway, company).await, (id.clone(), false));
    }
    let (status, _) = gateway
        .get("/v1/organizations/company_3/verification-request")
        .await;
    assert_eq!(status, 404, "nobody has founded company_3");
}

/// A live account at the vendor, and the default one.
fn live_account(vendor: &Vendor) -> String {
    format!(
        "[accounts.stripe-live]\nprovider = \"stripe\"\nenvironment = \"live\"\ndefault = true\n\
         api_key = \"{}\"\nwebhook_secrets = [\"whsec_black_box_live\"]\n\
         [accounts.stripe-live.options]\napi_base_url = \"{}\"\n",
        vendor.key(),
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
    let live = Vendor::live(Manner::Well).await;
    let accounts = account(&vendor) + &live_account(&live);
    let gateway = Gateway::start_on(database, &accounts).await;
    let nothing = (Value::Null, vec![]);

    // Somebody tries the sandbox for company_1, and passes there.
    let body = json!({"subject": "user_1", "organization": "company_1", "account": "stripe-eu"});
    let (status, test) = gateway.call(Method::POST, REQUESTS, Some(body)).await;
    assert_eq!((status, &test["environment"]), (201, &json!("sandbox")));
    let session = vendor.sessions_of("user_1").remove(0).0;
    pass(&vendor, &session, &gateway).await;
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
