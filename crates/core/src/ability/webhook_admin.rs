//! Telling the vendor where webhooks go.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, Secret};

/// Tells the vendor where its webhooks go.
#[async_trait]
pub trait WebhookAdmin: Debug + Send + Sync {
    /// Every registration of the account, also those of others.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidCredentials`](crate::ErrorKind::InvalidCredentials) also if the key may do everything else
    /// and just not this; else as any call.
    async fn webhooks(&self) -> Result<Vec<WebhookRegistration>, Error>;

    /// Registers an address for every event that matters here, and for no others where the vendor lets one choose. Only
    /// for the environment of the account.
    ///
    /// It makes another registration each time, so it is never sent again by itself: after
    /// [`Error::may_have_taken_effect`], look at [`WebhookAdmin::webhooks`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for an address the vendor refuses, else as above.
    async fn register_webhook(&self, url: &str) -> Result<WebhookRegistration, Error>;

    /// Ends a registration. One that is not there is no error.
    ///
    /// A secret is replaced by registering the same address a second time, and ending the first registration once both
    /// secrets are known here: until then each event comes twice, and is one event.
    ///
    /// # Errors
    /// As any call. It may be repeated.
    async fn unregister_webhook(&self, id: &str) -> Result<(), Error>;
}

/// Where the vendor sends webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookRegistration {
    /// The vendor's id of it.
    pub id: String,
    /// The address.
    pub url: String,
    /// True if it is in use.
    pub is_enabled: bool,
    /// Events that matter here and that are not sent. Empty for a registration that is complete.
    pub lacks: Vec<String>,
    /// What proves its webhooks. Some vendors show it once, when the registration is made.
    pub secret: Option<Secret>,
}

impl WebhookRegistration {
    /// A registration in use that lacks nothing and shows no secret.
    #[must_use]
    pub const fn new(id: String, url: String) -> Self {
        Self {
            id,
            url,
            is_enabled: true,
            lacks: Vec::new(),
            secret: None,
        }
    }
}
