//! The webhook endpoints of the account.
//!
//! <https://docs.stripe.com/api/webhook_endpoints>, read 2026-11-20.

use idv_core::{Error, ErrorKind, Secret, Unreadable, WebhookRegistration};

use super::StripeProvider;
use super::read::unreadable;
use super::start::NOT_A_LIST;
use crate::client::Answer;
use crate::wire::{self, Text};
use crate::{map, webhook};

/// What an endpoint is told that is told everything.
const EVERYTHING: &str = "*";
/// How many pages of endpoints are read. The vendor allows an account few of them.
const MAX_PAGES: usize = 20;

const NO_ENDPOINT: Unreadable = Unreadable::NotThisProvider {
    why: "it is no webhook endpoint",
};
const NO_SECRET: Unreadable = Unreadable::NotThisProvider {
    why: "it is a new webhook endpoint without its secret",
};

impl StripeProvider {
    /// See [`idv_core::WebhookAdmin::webhooks`].
    pub(super) async fn webhook_endpoints(&self) -> Result<Vec<WebhookRegistration>, Error> {
        let operation = "list_webhook_endpoints";
        let client = self.client(operation)?;
        let (mut registrations, mut after) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let answer = client.list_webhook_endpoints(after.as_deref()).await?;
            let unreadable = |error| unreadable(operation, &answer, error);
            let page: wire::List<'_> = map::object(&answer.body).map_err(unreadable)?;
            let mut last = None;
            for item in page.data.iter().flatten() {
                let registration = registration(item.get().as_bytes()).map_err(unreadable)?;
                last = Some(registration.id.clone());
                registrations.push(registration);
            }
            match (page.object.get(), page.has_more.0, last) {
                (Some(wire::LIST), Some(false), _) => return Ok(registrations),
                (Some(wire::LIST), Some(true), Some(last)) => after = Some(last),
                _ => return Err(unreadable(NOT_A_LIST)),
            }
        }
        let message = "the account has more webhook endpoints than can be looked through";
        Err(crate::client::failed(
            ErrorKind::Conflict,
            operation,
            message,
        ))
    }

    /// See [`idv_core::WebhookAdmin::register_webhook`].
    pub(super) async fn create_endpoint(&self, url: &str) -> Result<WebhookRegistration, Error> {
        let operation = "create_webhook_endpoint";
        let client = self.client(operation)?;
        let events: Vec<_> = webhook::snapshot_events().collect();
        let answer: Answer = client.create_webhook_endpoint(url, &events).await?;
        // From here on there is an endpoint, whatever the answer is like.
        let unreadable = |error| {
            let mut error = unreadable(operation, &answer, error);
            error.may_have_taken_effect = true;
            error
        };
        let made = registration(&answer.body).map_err(unreadable)?;
        if made.secret.is_none() {
            return Err(unreadable(NO_SECRET));
        }
        Ok(made)
    }

    /// See [`idv_core::WebhookAdmin::unregister_webhook`].
    pub(super) async fn delete_endpoint(&self, id: &str) -> Result<(), Error> {
        let client = self.client("delete_webhook_endpoint")?;
        match client.delete_webhook_endpoint(id).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.error.kind == ErrorKind::NotFound => Ok(()),
            Err(failure) => Err(failure.error),
        }
    }
}

fn registration(bytes: &[u8]) -> Result<WebhookRegistration, Unreadable> {
    let endpoint: wire::WebhookEndpoint<'_> = map::object(bytes)?;
    let id = endpoint.id.get().filter(|id| map::is_vendor_id(id));
    let (Some(wire::WEBHOOK_ENDPOINT), Some(id), Some(url)) =
        (endpoint.object.get(), id, endpoint.url.get())
    else {
        return Err(NO_ENDPOINT);
    };
    let told = &endpoint.enabled_events.0;
    let is_told = |event: &str| {
        told.iter()
            .any(|told| *told == EVERYTHING || *told == event)
    };
    let mut registration = WebhookRegistration::new(id.to_owned(), url.to_owned());
    registration.is_enabled = endpoint.status.get() == Some("enabled");
    registration.lacks = webhook::snapshot_events()
        .filter(|event| !is_told(event))
        .map(str::to_owned)
        .collect();
    let secret = |text: &Text<'_>| text.get().filter(|t| !t.is_empty()).map(Secret::from);
    registration.secret = secret(&endpoint.secret);
    Ok(registration)
}
