//! The vendor's HTTP API: one method per endpoint, and no meaning.
//!
//! <https://plaid.com/docs/api/products/identity-verification/>, <https://plaid.com/docs/api/link/> and
//! <https://plaid.com/docs/api/webhooks/webhook-verification/>, read 2026-11-20.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use idv_core::{
    BaseUrl, BodyStream, Call, Error, ErrorKind, Repeat, Secret, SessionId, Transport,
    open_handed_out,
};
use serde_json::{Value, json};

use crate::config::LinkTokens;
use crate::map::{self, is_vendor_id};
use crate::wire::Members as _;
use crate::{error, wire};

/// The version of the API that is asked for: the only one there is.
pub(crate) const API_VERSION: &str = "2020-09-14";

/// How long one call may take, all tries together. Most answers come within a second.
const DEADLINE: Duration = Duration::from_secs(30);
/// The same for a key, while a webhook waits: the vendor gives it up after 10 s.
const KEY_DEADLINE: Duration = Duration::from_secs(5);

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    /// The vendor's id of the call.
    pub(crate) vendor_request_id: Option<String>,
}

/// The endpoints in use.
pub(crate) struct Client {
    transport: Arc<dyn Transport>,
    client_id: Option<String>,
    secret: Secret,
    base: BaseUrl,
}

impl Client {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        client_id: Option<String>,
        secret: Secret,
        base: BaseUrl,
    ) -> Self {
        Self {
            transport,
            client_id,
            secret,
            base,
        }
    }

    /// Makes an attempt, or gives back the one there is for the same person and template if the body asks for it:
    /// only then may the call be sent again.
    pub(crate) async fn create_session(&self, body: &Value) -> Result<Answer, Error> {
        let is_idempotent = body.get("is_idempotent") == Some(&Value::Bool(true));
        let repeat = if is_idempotent {
            Repeat::Keyed
        } else {
            Repeat::Never
        };
        let call = call("create_session", repeat);
        self.post(call, "/identity_verification/create", body).await
    }

    /// Reads an attempt.
    pub(crate) async fn get_session(&self, id: &SessionId) -> Result<Answer, Error> {
        let call = call("get_session", Repeat::Safe);
        check_id(id.as_str(), call)?;
        let body = json!({ "identity_verification_id": id.as_str() });
        self.post(call, "/identity_verification/get", &body).await
    }

    /// Reads a page of the attempts of one person with one template, in an order that is not published.
    pub(crate) async fn list_sessions(
        &self,
        client_user_id: &str,
        template_id: &str,
        cursor: Option<&str>,
    ) -> Result<Answer, Error> {
        let call = call("list_sessions", Repeat::Safe);
        let mut body = json!({ "client_user_id": client_user_id, "template_id": template_id });
        if let (Some(cursor), Some(object)) = (cursor, body.as_object_mut()) {
            object.insert("cursor".to_owned(), Value::from(cursor));
        }
        self.post(call, "/identity_verification/list", &body).await
    }

    /// Makes another attempt after an earlier one. The vendor has no key for it: sent twice, it is done twice.
    pub(crate) async fn retry_session(&self, body: &Value) -> Result<Answer, Error> {
        let call = call("retry_session", Repeat::Never);
        self.post(call, "/identity_verification/retry", body).await
    }

    /// Makes a token for the vendor's SDK. It may be sent again: a token nobody uses is nothing.
    pub(crate) async fn create_link_token(
        &self,
        settings: &LinkTokens,
        client_user_id: &str,
        identity_verification: &Value,
    ) -> Result<Answer, Error> {
        let call = call("create_link_token", Repeat::Safe);
        let mut body = json!({
            "client_name": settings.client_name,
            "language": settings.language,
            "country_codes": settings.country_codes,
            "products": settings.products,
            "user": { "client_user_id": client_user_id },
            "identity_verification": identity_verification,
        });
        if let (true, Some(object)) = (settings.hosted, body.as_object_mut()) {
            object.insert("hosted_link".to_owned(), json!({}));
        }
        self.post(call, "/link/token/create", &body).await
    }

    /// Opens an address that an attempt names. No credential goes along.
    pub(crate) async fn open_link(
        &self,
        operation: &'static str,
        link: &Secret,
    ) -> Result<http::Response<BodyStream>, Error> {
        let call = call(operation, Repeat::Safe);
        open_handed_out(&*self.transport, &self.base, link, call)
            .await
            .map_err(|error| Error::from_transport(map::provider_id(), operation, error))
    }

    /// Reads a screening against lists of persons.
    pub(crate) async fn get_screening(&self, id: &str) -> Result<Answer, Error> {
        let call = call("get_screening", Repeat::Safe);
        check_id(id, call)?;
        let body = json!({ "watchlist_screening_id": id });
        let path = "/watchlist_screening/individual/get";
        self.post(call, path, &body).await
    }

    /// Reads a key that signs webhooks of this environment.
    pub(crate) async fn get_webhook_key(&self, key_id: &str) -> Result<Answer, Error> {
        let call = Call {
            operation: "get_webhook_key",
            repeat: Repeat::Safe,
            deadline: KEY_DEADLINE,
        };
        let body = json!({ "key_id": key_id });
        self.post(call, "/webhook_verification_key/get", &body)
            .await
    }

    async fn post(&self, call: Call, path: &str, body: &Value) -> Result<Answer, Error> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.base.as_str()))
            .header(CONTENT_TYPE, "application/json")
            .header("Plaid-Version", API_VERSION)
            .extension(call);
        let client_id = self.client_id.as_deref();
        for (name, value) in [
            ("PLAID-CLIENT-ID", client_id),
            ("PLAID-SECRET", Some(self.secret.expose().as_str())),
        ] {
            let value = value.and_then(|value| HeaderValue::try_from(value).ok());
            let Some(mut value) = value else {
                let message =
                    "the client_id or the secret is missing or cannot be put into a request";
                return Err(failed(ErrorKind::InvalidConfig, call.operation, message));
            };
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(body.to_string())).map_err(|_| {
            let message = "the address of the API cannot be put into a request";
            failed(ErrorKind::InvalidConfig, call.operation, message)
        })?;
        let response =
            self.transport.send(request).await.map_err(|error| {
                Error::from_transport(map::provider_id(), call.operation, error)
            })?;
        let (head, body) = response.into_parts();
        if head.status.is_success() {
            let vendor_request_id = map::object(&body).ok().and_then(|body| {
                let id = wire::ErrorBody::of(&body).request_id;
                id.get().map(str::to_owned)
            });
            return Ok(Answer {
                body,
                vendor_request_id,
            });
        }
        let failure = error::from_answer(call.operation, head.status, &head.headers, &body);
        Err(failure.with_earlier_try(&head.extensions))
    }
}

/// Shows where it talks to, never as whom.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

const fn call(operation: &'static str, repeat: Repeat) -> Call {
    Call {
        operation,
        repeat,
        deadline: DEADLINE,
    }
}

/// Ids come from payloads and from callers: one that the vendor cannot have written is the id of nothing.
fn check_id(id: &str, call: Call) -> Result<(), Error> {
    if is_vendor_id(id) {
        return Ok(());
    }
    let message = "the id is not written as the vendor writes ids";
    Err(failed(ErrorKind::NotFound, call.operation, message))
}

pub(crate) fn failed(kind: ErrorKind, operation: &'static str, message: &'static str) -> Error {
    Error::new(kind, map::provider_id(), operation, message)
}
