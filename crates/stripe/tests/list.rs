//! Which sessions a walk through the list asks for. Beyond the contract that all providers share.
#![cfg(test)]

use idv_core::{List as _, ListQuery, Secret, SubjectRef};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::json;

#[tokio::test]
async fn times_and_the_subject_are_asked_of_the_vendor_and_a_flow_is_looked_for_here() {
    let session = |id: &str, flow: Option<&str>| {
        json!({ "id": id, "object": "identity.verification_session", "status": "verified",
            "type": "document", "created": 1_795_000_000, "verification_flow": flow })
    };
    let data = [
        session("vs_1", None),
        session("vs_2", Some("vf_1")),
        session("vs_3", Some("vf_2")),
    ];
    let page = json!({ "object": "list", "has_more": false, "data": data }).to_string();
    let exchange = Exchange::any(Answer::new(200, page));
    let replay = ReplayTransport::new(Exchanges::of("a page", vec![exchange]));
    let config = StripeConfig {
        api_key: Some(Secret::from("rk_test_contractMarked")),
        ..StripeConfig::default()
    };
    let provider = StripeProvider::new(config, replay.clone(), ManualClock::noon());
    let mut query = ListQuery::default();
    query.subject = Some(SubjectRef::new("member 7"));
    query.template = Some("vf_1".to_owned());
    query.created_since = Some("2026-11-10T12:00:00Z".parse().unwrap());
    query.created_before = Some("2026-11-12T06:00:00Z".parse().unwrap());
    let page = provider.list(&query, Some("vs_0")).await.unwrap();
    assert_eq!(page.sessions.len(), 1);
    let id = page.sessions[0].mapped.session_id.as_ref().unwrap();
    assert_eq!(id.as_str(), "vs_2");
    let asked = replay.asked()[0].uri.query().unwrap().to_owned();
    for pair in [
        "client_reference_id=member+7",
        "created%5Bgte%5D=1794312000",
        "created%5Blt%5D=1794463200",
        "starting_after=vs_0",
        "limit=100",
    ] {
        assert!(
            asked.split('&').any(|asked| asked == pair),
            "{pair}: {asked}"
        );
    }
}
