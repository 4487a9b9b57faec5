//! The endpoints about where webhooks go.

use http::Method;
use idv_core::{Error, Repeat};
use serde_json::Value;

use super::{Answer, Client, Failure, call, path};

impl Client {
    /// Reads every registration.
    pub(crate) async fn list_webhooks(&self) -> Result<Answer, Error> {
        self.get(call("list_webhooks", Repeat::Safe), "/webhooks")
            .await
    }

    /// Makes a registration.
    pub(crate) async fn create_webhook(&self, webhook: &Value) -> Result<Answer, Error> {
        self.post(call("create_webhook", Repeat::Never), "/webhooks", webhook)
            .await
    }

    /// Removes a registration. It may be sent again: what is removed stays so.
    pub(crate) async fn delete_webhook(&self, id: &str) -> Result<Answer, Failure> {
        let call = call("delete_webhook", Repeat::Safe);
        let path = path(&["webhooks", id], call)?;
        self.send(call, Method::DELETE, &path, None).await
    }
}
