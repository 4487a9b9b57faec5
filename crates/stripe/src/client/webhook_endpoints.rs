//! The endpoints about where webhooks go. <https://docs.stripe.com/api/webhook_endpoints>, read 2026-11-20.

use http::Method;
use idv_core::Repeat;

use super::{Answer, Client, Failure, Form, call, path};

const ENDPOINTS: &str = "/v1/webhook_endpoints";

impl Client {
    /// Reads a page of webhook endpoints, newest first. `after`: the last one of the page before.
    pub(crate) async fn list_webhook_endpoints(
        &self,
        after: Option<&str>,
    ) -> Result<Answer, Failure> {
        let call = call("list_webhook_endpoints", Repeat::Safe);
        let mut query = Form::default();
        query.set("limit", "100");
        if let Some(after) = after {
            query.set("starting_after", after);
        }
        let path = format!("{ENDPOINTS}?{}", query.encode());
        let request = self.request(Method::GET, call, &path, None);
        self.send(call, request).await
    }

    /// Makes a webhook endpoint. Only this answer shows its secret, so it is not sent again by itself: the answer to
    /// a repetition could be lost too, and with it the only secret of an endpoint in use.
    pub(crate) async fn create_webhook_endpoint(
        &self,
        url: &str,
        events: &[&str],
    ) -> Result<Answer, Failure> {
        let call = call("create_webhook_endpoint", Repeat::Never);
        let mut form = Form::default();
        form.set("url", url);
        form.set_list("enabled_events", events)
            .set("api_version", self.version.as_str());
        let request = self.request(Method::POST, call, ENDPOINTS, Some(form));
        self.send(call, request).await
    }

    /// Removes a webhook endpoint. It may be sent again: what is removed stays so.
    pub(crate) async fn delete_webhook_endpoint(&self, id: &str) -> Result<Answer, Failure> {
        let call = call("delete_webhook_endpoint", Repeat::Safe);
        let path = path(ENDPOINTS, id, call)?;
        let request = self.request(Method::DELETE, call, &path, None);
        self.send(call, request).await
    }
}
