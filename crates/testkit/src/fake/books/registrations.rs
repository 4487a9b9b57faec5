//! Where the fake vendor sends its webhooks, as far as it has been told.

use bytes::Bytes;
use http::Method;
use idv_core::json;
use serde_json::{Value, json};

use super::desk::refused_field;
use super::{Books, refusal};
use crate::fake::CURRENT_SECRET;

/// An address, and what it is told.
pub(in super::super) struct Registration {
    id: String,
    url: String,
    events: Value,
}

impl Books {
    pub(super) fn act_on_registrations(
        &mut self,
        method: &Method,
        rest: &[&str],
        body: &Bytes,
    ) -> (u16, String) {
        match (method, rest) {
            (&Method::GET, []) => {
                let all: Vec<_> = self.registrations.iter().map(Registration::show).collect();
                let body = json!({ "object": "webhooks", "webhooks": all });
                (200, body.to_string())
            }
            (&Method::POST, []) => self.register(body),
            (&Method::DELETE, [id]) => {
                let before = self.registrations.len();
                self.registrations.retain(|one| one.id != *id);
                if self.registrations.len() == before {
                    return refusal(404, "no_such_thing");
                }
                (200, json!({ "object": "webhook" }).to_string())
            }
            _ => refusal(404, "no_such_thing"),
        }
    }

    /// The secret is shown this once.
    fn register(&mut self, body: &Bytes) -> (u16, String) {
        let body: Value = json::decode(body).expect("the provider sends JSON");
        let url = body["url"].as_str().unwrap_or_default();
        if !url.starts_with("https://") {
            return refused_field("url");
        }
        self.registrations_made += 1;
        let made = Registration {
            id: format!("whk_{:04}", self.registrations_made),
            url: url.to_owned(),
            events: body["events"].clone(),
        };
        let mut shown = made.show();
        shown["secret"] = json!(CURRENT_SECRET);
        self.registrations.push(made);
        (201, shown.to_string())
    }
}

impl Registration {
    fn show(&self) -> Value {
        json!({ "id": self.id, "url": self.url, "on": true, "events": self.events })
    }
}
