//! The feed, over the gateway's API.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fastrand::Rng;
use idv_core::json;
use reqwest::Client;
use serde_json::{Value, json};

use super::Endpoint;
use crate::load::fleet::Fleet;
use crate::load::network::pause;

/// As many as a page may have.
const PAGE: usize = 500;

/// The gateway's API, as the application calls it.
#[derive(Clone)]
pub(crate) struct Feed {
    fleet: Arc<Fleet>,
    client: Client,
    key: String,
}

/// An event of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) request: String,
    /// The status the event tells of.
    pub(crate) status: String,
    /// What it announces.
    pub(crate) announces: String,
}

struct Page {
    events: Vec<Listed>,
    next: String,
    has_more: bool,
}

impl Feed {
    pub(crate) const fn new(fleet: Arc<Fleet>, client: Client, key: String) -> Self {
        Self { fleet, client, key }
    }

    /// Has every event from the beginning sent to the endpoint.
    pub(crate) async fn send_to(&self, endpoint: &Endpoint) {
        let new = json!({ "url": endpoint.url(), "secret": endpoint.secret(), "description": "load and kill" });
        let answer = self
            .client
            .post(format!("{}/v1/endpoints", self.fleet.base_url(0)))
            .bearer_auth(&self.key)
            .header("content-type", "application/json")
            .body(new.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body = answer.text().await.unwrap_or_default();
        assert_eq!(status, 201, "no endpoint could be made: {body}");
    }

    /// A page after a cursor. None if the replica does not answer: it may just be dead.
    async fn page(&self, replica: usize, after: Option<&str>) -> Option<Page> {
        let mut url = format!("{}/v1/events?limit={PAGE}", self.fleet.base_url(replica));
        if let Some(cursor) = after {
            url += &format!("&after={cursor}");
        }
        let request = self.client.get(url).bearer_auth(&self.key);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.ok()?;
        if status >= 500 {
            return None;
        }
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let page: Value = json::decode(&body).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let events = page["data"].as_array().expect("a page has data").iter();
        Some(Page {
            events: events
                .map(|event| Listed {
                    id: text(&event["id"]),
                    kind: text(&event["type"]),
                    request: text(&event["request_id"]),
                    status: text(&event["data"]["status"]),
                    announces: text(&event["data"]["announces"]),
                })
                .collect(),
            next: text(&page["next_cursor"]),
            has_more: page["has_more"] == true,
        })
    }
}

/// Reads on while events are written, at whichever replica, until it is told to stop and has come to the end.
pub(crate) async fn follow(feed: Feed, stop: Arc<AtomicBool>, mut rng: Rng) -> Vec<Listed> {
    let (mut read, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let is_last = stop.load(Ordering::SeqCst);
        let replica = rng.usize(0..feed.fleet.size());
        let page = feed.page(replica, cursor.as_deref()).await;
        let Some(page) = page else {
            pause(50).await;
            continue;
        };
        read.extend(page.events);
        cursor = Some(page.next);
        if page.has_more {
            continue;
        }
        if is_last {
            return read;
        }
        pause(20).await;
    }
}

/// Reads everything from the beginning.
pub(crate) async fn read_all(feed: Feed) -> Vec<Listed> {
    let stop = Arc::new(AtomicBool::new(true));
    follow(feed, stop, Rng::with_seed(0)).await
}
