//! An endpoint in a scenario: it is made, it hears everything, and it is removed.

use std::collections::BTreeMap;
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::application::Application;
use super::gateway::Gateway;
use super::scenario::wait;

const ENDPOINTS: &str = "/v1/endpoints";
const FEED: &str = "/v1/events?limit=500";

/// Has every event sent to the application. If the answer is lost, an endpoint that nobody knows of stays behind: it has
/// the same secret, since that is the application's own.
pub(crate) async fn subscribe(gateway: &mut Gateway, application: &Application) {
    let new = json!({ "url": application.url(), "secret": Application::secret() });
    let (status, made) = gateway
        .call(Method::POST, ENDPOINTS, None, Some(&new))
        .await;
    assert_eq!(status, 201, "{made}");
}

/// Waits until every event of the feed was taken, and written down as delivered. Then the application has heard them
/// in order, each request's, and nothing else.
pub(crate) async fn hear_everything(gateway: &mut Gateway, application: &Application) {
    let (status, feed) = gateway.call(Method::GET, FEED, None, None).await;
    assert_eq!(status, 200, "{feed}");
    let events = feed["data"].as_array().unwrap();
    assert!(!events.is_empty());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();

    let begun = Instant::now();
    let is_missing = |event: &&Value| !application.heard().taken.contains(&text(&event["id"]));
    while let Some(missing) = events.iter().find(is_missing) {
        wait(gateway, begun, &format!("{missing} at the endpoint")).await;
    }
    let store = gateway.store().await;
    while store.outbox().counts().await.unwrap().pending > 0 {
        wait(gateway, begun, "the end of the deliveries").await;
    }

    let heard = application.heard();
    assert_eq!(heard.complaints, [""; 0]);
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events {
        let request = text(&event["request_id"]);
        expected
            .entry(request)
            .or_default()
            .push(text(&event["id"]));
    }
    assert_eq!(heard.per_request(), expected);
    for (id, said) in &heard.events {
        let event = events.iter().find(|event| event["id"] == **id).unwrap();
        for name in ["type", "timestamp", "data"] {
            assert_eq!(said[name], event[name], "{name} of {id}");
        }
    }
}

/// Removes every endpoint there is.
pub(crate) async fn unsubscribe(gateway: &mut Gateway) {
    loop {
        let (status, list) = gateway.call(Method::GET, ENDPOINTS, None, None).await;
        assert_eq!(status, 200, "{list}");
        let Some(id) = list["data"][0]["id"].as_str() else {
            return;
        };
        let path = format!("{ENDPOINTS}/{id}");
        let (status, said) = gateway.call(Method::DELETE, &path, None, None).await;
        // Where the answer was lost, there is none any more.
        assert!(matches!(status, 204 | 404), "{status} {said}");
    }
}
