//! Telling the fake vendor where its webhooks go.

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use idv_core::{Error, ErrorKind, WebhookAdmin, WebhookRegistration, json};
use serde_json::json;

use super::FakeProvider;
use super::client::segment;
use super::webhook::CHECK_CHANGED;
use super::wire::{Registration, Registrations};

const PATH: &str = "/v1/webhooks";

#[async_trait]
impl WebhookAdmin for FakeProvider {
    async fn webhooks(&self) -> Result<Vec<WebhookRegistration>, Error> {
        const OPERATION: &str = "list_webhooks";
        let asked = self
            .client
            .send(OPERATION, Method::GET, PATH, None, Bytes::new());
        let found: Registrations =
            json::decode(&asked.await?).map_err(Self::unreadable(OPERATION))?;
        Ok(found.webhooks.into_iter().map(registration).collect())
    }

    async fn register_webhook(&self, url: &str) -> Result<WebhookRegistration, Error> {
        const OPERATION: &str = "create_webhook";
        let body = json!({ "url": url, "events": [CHECK_CHANGED] });
        let bytes = self.client.post(OPERATION, PATH, None, &body).await?;
        let made = json::decode(&bytes).map_err(Self::unreadable(OPERATION))?;
        Ok(registration(made))
    }

    async fn unregister_webhook(&self, id: &str) -> Result<(), Error> {
        let path = format!("{PATH}/{}", segment(id));
        let nothing = Bytes::new();
        let asked = self
            .client
            .send("delete_webhook", Method::DELETE, &path, None, nothing);
        match asked.await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }
}

fn registration(found: Registration) -> WebhookRegistration {
    let is_told = found.events.iter().any(|event| event == CHECK_CHANGED);
    let mut one = WebhookRegistration::new(found.id, found.url);
    one.is_enabled = found.on;
    if !is_told {
        one.lacks.push(CHECK_CHANGED.to_owned());
    }
    one.secret = found.secret;
    one
}
