//! Where the account's webhooks go.
//!
//! From the vendor's OpenAPI file (`/webhooks`), read 2026-11-20. The token of a registration is what proves its webhooks,
//! and the vendor shows it in its lists too.

use idv_core::{Error, ErrorKind, Secret, Unreadable, WebhookRegistration};
use serde_json::json;

use super::OnfidoProvider;
use super::read::unreadable;
use crate::client::failed;
use crate::{map, webhook, wire};

/// What is in force for a registration that names no events, and in the vendor's own words for all.
const EVERYTHING: &str = "*";
/// The form of webhooks that is read here.
const PAYLOAD_VERSION: u8 = 3;

const NO_WEBHOOK: Unreadable = Unreadable::NotThisProvider {
    why: "it is no registration of a webhook",
};
const NO_LIST: Unreadable = Unreadable::NotThisProvider {
    why: "it is no list of registrations",
};
const NO_TOKEN: Unreadable = Unreadable::NotThisProvider {
    why: "it is a new registration without its token",
};

impl OnfidoProvider {
    /// See [`idv_core::WebhookAdmin::webhooks`].
    pub(super) async fn registrations(&self) -> Result<Vec<WebhookRegistration>, Error> {
        let operation = "list_webhooks";
        let answer = self.client(operation)?.list_webhooks().await?;
        let refuse = |error| unreadable(operation, error);
        let page: wire::Webhooks<'_> = map::object(&answer.body).map_err(refuse)?;
        let webhooks = page.webhooks.ok_or_else(|| refuse(NO_LIST))?;
        let webhooks = webhooks.iter();
        webhooks
            .map(|one| registration(one.get().as_bytes()).map_err(refuse))
            .collect()
    }

    /// See [`idv_core::WebhookAdmin::register_webhook`].
    pub(super) async fn create_registration(
        &self,
        url: &str,
    ) -> Result<WebhookRegistration, Error> {
        let operation = "create_webhook";
        let client = self.client(operation)?;
        let events: Vec<_> = webhook::events_that_matter().collect();
        let environment = if self.is_live { "live" } else { "sandbox" };
        let answer = client
            .create_webhook(&json!({
                "url": url,
                "enabled": true,
                "events": events,
                "environments": [environment],
                "payload_version": PAYLOAD_VERSION,
            }))
            .await?;
        // From here on there is a registration, whatever the answer is like.
        let refuse = |error| {
            let mut error = unreadable(operation, error);
            error.may_have_taken_effect = true;
            error
        };
        let made = registration(&answer.body).map_err(refuse)?;
        if made.secret.is_none() {
            return Err(refuse(NO_TOKEN));
        }
        Ok(made)
    }

    /// See [`idv_core::WebhookAdmin::unregister_webhook`].
    pub(super) async fn delete_registration(&self, id: &str) -> Result<(), Error> {
        let operation = "delete_webhook";
        let client = self.client(operation)?;
        if !map::is_vendor_id(id) {
            let message = "the id is not written as the vendor writes ids";
            return Err(failed(ErrorKind::NotFound, operation, message));
        }
        match client.delete_webhook(id).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_gone || failure.is_missing => Ok(()),
            Err(failure) => Err(failure.error),
        }
    }
}

fn registration(bytes: &[u8]) -> Result<WebhookRegistration, Unreadable> {
    let webhook: wire::Webhook<'_> = map::object(bytes)?;
    let id = webhook.id.get().filter(|id| map::is_vendor_id(id));
    let (Some(id), Some(url)) = (id, webhook.url.get()) else {
        return Err(NO_WEBHOOK);
    };
    let told: Vec<_> = webhook
        .events
        .0
        .iter()
        .filter_map(wire::Text::get)
        .collect();
    // Without a list the vendor sends every event.
    let is_told = |event: &str| {
        told.is_empty()
            || told
                .iter()
                .any(|told| *told == EVERYTHING || *told == event)
    };
    let mut registration = WebhookRegistration::new(id.to_owned(), url.to_owned());
    registration.is_enabled = webhook.enabled.0.unwrap_or(true);
    registration.lacks = webhook::events_that_matter()
        .filter(|event| !is_told(event))
        .map(str::to_owned)
        .collect();
    let token = webhook.token.get().filter(|token| !token.is_empty());
    registration.secret = token.map(Secret::from);
    Ok(registration)
}
