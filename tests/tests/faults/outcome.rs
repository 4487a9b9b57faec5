//! What must be so in the end, whatever has happened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use idv_core::RequestId;
use idv_engine::store::{DeliveryFilter, DeliveryState, PageRequest, Store};
use reqwest::Method;
use serde_json::{Value, json};

use super::gateway::Gateway;
use super::scenario::{REQUESTS, SUBJECT, wait};
use super::vendor::Vendor;

/// Where everything is in the end: each request's status and what the application was told of it; each session.
pub(crate) type Outcome = (Vec<(String, Vec<String>)>, Vec<String>);

/// Waits until the vendor has told everything and no work is left. Returns the database, for whoever looks into it.
pub(crate) async fn end_of_work(gateway: &mut Gateway, vendor: &Vendor) -> Arc<dyn Store> {
    let store = gateway.store().await;
    let begun = Instant::now();
    while !vendor.has_told_everything()
        || store.jobs().count().await.unwrap() > 0
        || store.inbox().counts().await.unwrap().pending > 0
    {
        wait(gateway, begun, "the end of the work").await;
    }
    store
}

/// Looks at everything once no work is left, and checks what must hold whatever has happened.
pub(crate) async fn outcome(gateway: &mut Gateway, vendor: &Vendor) -> Outcome {
    let store = end_of_work(gateway, vendor).await;
    for (intent, made) in vendor.made_per_intent() {
        assert_eq!(made, 1, "sessions made for {intent}");
    }
    let page = PageRequest {
        after: None,
        limit: 100,
    };
    let deliveries = store
        .inbox()
        .deliveries(&DeliveryFilter::default(), page)
        .await
        .unwrap();
    assert_eq!(
        deliveries.rows.len(),
        vendor.acknowledged(),
        "what was acknowledged is there, once"
    );
    assert!(
        deliveries
            .rows
            .iter()
            .all(|row| row.state == DeliveryState::Done)
    );

    let path = format!("{REQUESTS}?limit=100");
    let (status, list) = gateway.call(Method::GET, &path, None, None).await;
    assert_eq!(status, 200, "{list}");
    let requests = list["data"].as_array().unwrap();
    let is_open = |request: &&Value| {
        matches!(
            request["status_summary"].as_str(),
            Some("created" | "started")
        )
    };
    assert!(requests.iter().filter(is_open).count() <= 1, "{list}");
    let mut ends = BTreeMap::new();
    for request in requests {
        assert_eq!(request["attention"], json!([]), "{request}");
        let id: RequestId = request["id"].as_str().unwrap().parse().unwrap();
        let events = store.reads().events_of(id).await.unwrap();
        let mut keys: Vec<_> = events.into_iter().map(|event| event.key).collect();
        keys.sort();
        let status = request["status"].as_str().unwrap().to_owned();
        assert!(ends.insert(status, keys).is_none(), "{list}");
    }
    let sessions = vendor.sessions_of(SUBJECT);
    let sessions = sessions.into_iter().map(|(_, status)| status).collect();
    (ends.into_iter().collect(), sessions)
}
