//! Which sessions a walk through the list shows. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::Path;

use idv_core::{List as _, ListQuery, Part, Secret, SubjectRef};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::{Value, json};

fn session() -> Value {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/plaid/session_active.json"
    );
    let bytes = std::fs::read(Path::new(file)).unwrap();
    idv_core::json::decode(&bytes).unwrap()
}

async fn shown(query: &ListQuery, body: String) -> (Vec<idv_core::Snapshot>, Value) {
    let exchange = Exchange::any(Answer::new(200, body));
    let replay = ReplayTransport::new(Exchanges::of("a page", vec![exchange]));
    let mut config = PlaidConfig {
        api_key: Some(Secret::from("secret-contractMarked")),
        ..PlaidConfig::default()
    };
    config.options.client_id = Some("client-0417".to_owned());
    config.options.template_id = Some("idvtmp_Marigold0001".to_owned());
    let provider = PlaidProvider::new(config, replay.clone(), ManualClock::noon());
    let page = provider.list(query, None).await.unwrap();
    let asked = idv_core::json::decode(&replay.asked()[0].body).unwrap();
    (page.sessions, asked)
}

#[tokio::test]
async fn the_exact_times_count_and_the_template_can_be_named() {
    let times = [
        "2026-11-10T11:59:59Z",
        "2026-11-10T12:00:00Z",
        "2026-11-12T06:00:00Z",
    ];
    let made = |time: &&str| {
        let mut session = session();
        session["created_at"] = json!(time);
        session
    };
    let sessions: Vec<_> = times.iter().map(made).collect();
    let body = json!({ "identity_verifications": sessions, "next_cursor": null }).to_string();
    let mut query = ListQuery::default();
    query.subject = Some(SubjectRef::new("subject-0417"));
    query.template = Some("idvtmp_Other".to_owned());
    query.created_since = Some("2026-11-10T12:00:00Z".parse().unwrap());
    query.created_before = Some("2026-11-12T06:00:00Z".parse().unwrap());
    let (sessions, asked) = shown(&query, body).await;
    let times: Vec<_> = sessions
        .iter()
        .map(|session| session.mapped.created_at)
        .collect();
    assert_eq!(times, [query.created_since]);
    assert_eq!(asked["template_id"], "idvtmp_Other");
    assert_eq!(asked["client_user_id"], "subject-0417");
}

#[tokio::test]
async fn what_is_kept_is_what_the_vendor_wrote() {
    let written = session()
        .to_string()
        .replace("\"version\":3", "\"version\": 3.0, \"odd\": 1.50");
    assert!(written.contains("1.50"));
    let body = format!("{{\"identity_verifications\":[{written}],\"next_cursor\":null}}");
    let mut query = ListQuery::default();
    query.subject = Some(SubjectRef::new("subject-0417"));
    let (sessions, _) = shown(&query, body).await;
    let part = Part::find(&sessions[0].parts, "session").unwrap();
    assert_eq!(part.bytes, written);
}
