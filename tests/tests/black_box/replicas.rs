//! Several processes over one Postgres are one gateway.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use super::company::{account, told};
use super::database::Database;
use super::gateway::Gateway;
use super::vendor::{Manner, Vendor};

const REQUESTS: &str = "/v1/verification-requests";
const PROCESSES: usize = 4;
const CALLS_EACH: usize = 16;

/// Four processes over one database. None where there is no Postgres, which was said aloud then.
async fn four_processes(tables: &str) -> Option<Vec<Arc<Gateway>>> {
    let first = Gateway::start_on(Database::server()?, tables).await;
    let (second, third, fourth) = tokio::join!(
        first.replica(tables),
        first.replica(tables),
        first.replica(tables)
    );
    Some([first, second, third, fourth].map(Arc::new).into())
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_calls_to_four_processes_get_one_request() {
    let vendor = Vendor::open(Manner::Well).await;
    let Some(gateways) = four_processes(&account(&vendor)).await else {
        return;
    };
    assert_eq!(gateways.len(), PROCESSES);
    let mut calls = JoinSet::new();
    for call in 0..PROCESSES * CALLS_EACH {
        let gateway = Arc::clone(&gateways[call % PROCESSES]);
        calls.spawn(async move {
            let body = json!({"subject": "user_1", "organization": format!("company_{call}")});
            gateway.call(Method::POST, REQUESTS, Some(body)).await
        });
    }
    let answers = calls.join_all().await;
    assert_eq!(answers.len(), 64);
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(made, 1, "one call made it: {answers:?}");
    assert!(
        answers
            .iter()
            .all(|(status, _)| [200, 201].contains(status)),
        "{answers:?}"
    );
    let ids: BTreeSet<_> = answers
        .iter()
        .map(|(_, request)| request["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(vendor.sessions_of("user_1").len(), 1, "at the vendor");

    let id = ids.first().unwrap();
    for gateway in &gateways {
        let (status, request) = gateway.get(&format!("{REQUESTS}/{id}")).await;
        assert_eq!(status, 200, "{request}");
        let organizations: BTreeSet<_> = request["affected_organizations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|organization| organization.as_str().unwrap().to_owned())
            .collect();
        let all: BTreeSet<_> = (0..64).map(|call| format!("company_{call}")).collect();
        assert_eq!(organizations, all);
        assert_eq!(gateway.requests().await.len(), 1);
    }
}

/// The process that took the webhooks in is killed while it cannot work on them: the vendor refuses to say how the session
/// has ended, and then takes its time.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_took_in_another_works_on() {
    let vendor = Vendor::open(Manner::Unwell).await;
    let Some(database) = Database::server() else {
        return;
    };
    let tables = account(&vendor);
    let mut first = Gateway::start_on(database, &tables).await;
    let second = first.replica(&tables).await;
    let body = json!({"subject": "user_1", "organization": "company_1"});
    let (status, made) = first.call(Method::POST, REQUESTS, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let session = vendor.sessions_of("user_1").remove(0).0;
    vendor.send_to(&first.webhook_url());
    vendor.verify(&session);
    told(&vendor).await;
    first.kill();
    second.settled_inbox().await;
    let id = made["id"].as_str().unwrap();
    let (_, request) = second.get(&format!("{REQUESTS}/{id}")).await;
    assert_eq!(request["status"], "passed", "{request}");
}
