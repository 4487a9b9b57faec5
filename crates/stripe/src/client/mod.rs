//! The vendor's HTTP API: one method per endpoint, and no meaning.
//!
//! <https://docs.stripe.com/api/identity/verification_sessions>, <https://docs.stripe.com/api/events/list> and
//! <https://docs.stripe.com/api/idempotent_requests>, read 2026-11-20.

mod files;
mod webhook_endpoints;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use idv_core::{BaseUrl, Call, Error, ErrorKind, Repeat, Secret, SessionId, Transport};
use url::form_urlencoded;

use crate::config::ApiVersion;
use crate::error;
use crate::map::{self, is_vendor_id};

/// How long one call may take, all tries together. Most answers come within a second.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

const SESSIONS: &str = "/v1/identity/verification_sessions";
const EVENTS: &str = "/v1/events";
const REPORTS: &str = "/v1/identity/verification_reports";

/// The parameters of a call, nested as `options[document][allowed_types][0]`. May hold personal data.
#[derive(Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// One parameter per value, with its index in brackets.
    pub(crate) fn set_list(&mut self, name: &str, values: &[&str]) -> &mut Self {
        for (index, value) in values.iter().enumerate() {
            self.set(&format!("{name}[{index}]"), value);
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}

/// Which sessions a list is to show. What is `None` does not count.
#[derive(Default)]
pub(crate) struct Which<'a> {
    pub(crate) client_reference_id: Option<&'a str>,
    pub(crate) created_since_unix_secs: Option<i64>,
    pub(crate) created_before_unix_secs: Option<i64>,
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    /// The vendor's id of the call.
    pub(crate) vendor_request_id: Option<String>,
    /// True if it is the stored answer of an earlier call with the same key.
    pub(crate) is_replayed: bool,
}

/// A failed call, with what decides whether a smaller one may work.
pub(crate) struct Failure {
    pub(crate) error: Error,
    status: Option<StatusCode>,
}

impl Failure {
    const fn before_sending(error: Error) -> Self {
        Self {
            error,
            status: None,
        }
    }

    /// True if the vendor refused what was asked for and not the call: the key lacks a permission, or the version
    /// lacks an expansion.
    pub(crate) fn refuses_expansion(&self) -> bool {
        match &self.error.kind {
            ErrorKind::InvalidInput { field: Some(field) } => field.starts_with("expand"),
            _ => self.status == Some(StatusCode::FORBIDDEN),
        }
    }
}

/// True if the vendor has understood the call and does not do it, so that the state of the session may say why.
pub(crate) const fn is_refusal(error: &Error) -> bool {
    !error.retryable
        && matches!(
            error.kind,
            ErrorKind::InvalidInput { .. }
                | ErrorKind::Conflict
                | ErrorKind::ProviderRejected { .. }
        )
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// The endpoints in use.
pub(crate) struct Client {
    transport: Arc<dyn Transport>,
    api_key: Secret,
    base: BaseUrl,
    version: ApiVersion,
}

impl Client {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        api_key: Secret,
        base: BaseUrl,
        version: ApiVersion,
    ) -> Self {
        Self {
            transport,
            api_key,
            base,
            version,
        }
    }

    /// Makes a session, or repeats the answer that was given for the same key.
    pub(crate) async fn create_session(
        &self,
        form: Form,
        idempotency_key: &str,
        repeat: Repeat,
    ) -> Result<Answer, Failure> {
        let operation = "create_session";
        let is_key = (1..=255).contains(&idempotency_key.len())
            && idempotency_key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            let field = Some("idempotency_key".to_owned());
            return Err(Failure::before_sending(failed(
                ErrorKind::InvalidInput { field },
                operation,
                "the key of the intent is not 1 to 255 printable ASCII characters",
            )));
        }
        let call = call(operation, repeat);
        let request = self
            .request(Method::POST, call, SESSIONS, Some(form))
            .header("Idempotency-Key", idempotency_key);
        self.send(call, request).await
    }

    /// Reads a session. `expand`: the members to be written in full.
    pub(crate) async fn retrieve_session(
        &self,
        id: &SessionId,
        expand: &[&str],
    ) -> Result<Answer, Failure> {
        let call = call("retrieve_session", Repeat::Safe);
        let path = path(SESSIONS, id.as_str(), call)?;
        self.get(call, &path, expand).await
    }

    /// Withdraws a session. It may be sent again: a session cannot be withdrawn more than once.
    pub(crate) async fn cancel_session(&self, id: &SessionId) -> Result<Answer, Failure> {
        let call = call("cancel_session", Repeat::Safe);
        let path = format!("{}/cancel", path(SESSIONS, id.as_str(), call)?);
        let request = self.request(Method::POST, call, &path, Some(Form::default()));
        self.send(call, request).await
    }

    /// Asks for the erasure of a session and of all that belongs to it. It may be sent again: what is erased stays so.
    pub(crate) async fn redact_session(&self, id: &SessionId) -> Result<Answer, Failure> {
        let call = call("redact_session", Repeat::Safe);
        let path = format!("{}/redact", path(SESSIONS, id.as_str(), call)?);
        let request = self.request(Method::POST, call, &path, Some(Form::default()));
        self.send(call, request).await
    }

    /// Changes a session. Not sent again by itself: another change may have been made in between.
    pub(crate) async fn update_session(
        &self,
        id: &SessionId,
        form: Form,
    ) -> Result<Answer, Failure> {
        let call = call("update_session", Repeat::Never);
        let path = path(SESSIONS, id.as_str(), call)?;
        let request = self.request(Method::POST, call, &path, Some(form));
        self.send(call, request).await
    }

    /// Reads a page of sessions, newest first. `after`: the last session of the page before.
    pub(crate) async fn list_sessions(
        &self,
        which: &Which<'_>,
        after: Option<&str>,
    ) -> Result<Answer, Failure> {
        let call = call("list_sessions", Repeat::Safe);
        let mut query = Form::default();
        if let Some(subject) = which.client_reference_id {
            query.set("client_reference_id", subject);
        }
        if let Some(since) = which.created_since_unix_secs {
            query.set("created[gte]", &since.to_string());
        }
        if let Some(before) = which.created_before_unix_secs {
            query.set("created[lt]", &before.to_string());
        }
        query.set("limit", "100");
        if let Some(after) = after {
            query.set("starting_after", after);
        }
        let path = format!("{SESSIONS}?{}", query.encode());
        let request = self.request(Method::GET, call, &path, None);
        self.send(call, request).await
    }

    /// Reads a page of the events about sessions that wait to be delivered to a webhook endpoint or could not be, newest
    /// first. `after`: the last event of the page before.
    pub(crate) async fn list_undelivered_events(
        &self,
        created_since_unix_secs: i64,
        after: Option<&str>,
    ) -> Result<Answer, Failure> {
        let call = call("list_events", Repeat::Safe);
        let mut query = Form::default();
        query
            .set("type", "identity.verification_session.*")
            .set("delivery_success", "false")
            .set("created[gte]", &created_since_unix_secs.to_string())
            .set("limit", "100");
        if let Some(after) = after {
            query.set("starting_after", after);
        }
        let path = format!("{EVENTS}?{}", query.encode());
        let request = self.request(Method::GET, call, &path, None);
        self.send(call, request).await
    }

    /// Reads a report.
    pub(crate) async fn retrieve_report(
        &self,
        id: &str,
        expand: &[&str],
    ) -> Result<Answer, Failure> {
        let call = call("retrieve_report", Repeat::Safe);
        let path = path(REPORTS, id, call)?;
        self.get(call, &path, expand).await
    }

    async fn get(&self, call: Call, path: &str, expand: &[&str]) -> Result<Answer, Failure> {
        let mut path = path.to_owned();
        if !expand.is_empty() {
            let mut query = Form::default();
            query.set_list("expand", expand);
            path.push('?');
            path.push_str(&query.encode());
        }
        let request = self.request(Method::GET, call, &path, None);
        self.send(call, request).await
    }

    fn request(
        &self,
        method: Method,
        call: Call,
        path: &str,
        form: Option<Form>,
    ) -> RequestInProgress {
        let mut builder = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base.as_str()))
            .header("Stripe-Version", self.version.as_str())
            .extension(call);
        let bearer = HeaderValue::try_from(format!("Bearer {}", self.api_key.expose()));
        if let Ok(mut bearer) = bearer {
            bearer.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, bearer);
        }
        let body = form.map(|form| form.encode());
        if body.is_some() {
            builder = builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        RequestInProgress {
            builder,
            body: body.map(Bytes::from).unwrap_or_default(),
        }
    }

    async fn send(&self, call: Call, request: RequestInProgress) -> Result<Answer, Failure> {
        let request = request
            .builder
            .body(request.body)
            .ok()
            .filter(|request| request.headers().contains_key(AUTHORIZATION))
            .ok_or_else(|| {
                let message = "the API key or the address of the API cannot be put into a request";
                Failure::before_sending(failed(ErrorKind::InvalidConfig, call.operation, message))
            })?;
        let response = self.transport.send(request).await.map_err(|error| {
            Failure::before_sending(Error::from_transport(
                map::provider_id(),
                call.operation,
                error,
            ))
        })?;
        let (head, body) = response.into_parts();
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        let vendor_request_id = header("request-id").map(str::to_owned);
        if !head.status.is_success() {
            let error = error::from_answer(call.operation, head.status, &head.headers, &body)
                .with_earlier_try(&head.extensions)
                .with_vendor_request_id(vendor_request_id);
            return Err(Failure {
                error,
                status: Some(head.status),
            });
        }
        Ok(Answer {
            is_replayed: header("idempotent-replayed") == Some("true"),
            vendor_request_id,
            body,
        })
    }
}

struct RequestInProgress {
    builder: http::request::Builder,
    body: Bytes,
}

impl RequestInProgress {
    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }
}

/// Shows where it talks to, never with which key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .field("version", &self.version)
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

/// The path of one object. Ids come from payloads and from callers: one that the vendor cannot have written is the
/// id of nothing, and must not be able to change the path.
fn path(collection: &str, id: &str, call: Call) -> Result<String, Failure> {
    if is_vendor_id(id) {
        Ok(format!("{collection}/{id}"))
    } else {
        let message = "the id is not written as the vendor writes ids";
        let error = failed(ErrorKind::NotFound, call.operation, message);
        Err(Failure::before_sending(error))
    }
}

pub(crate) fn failed(kind: ErrorKind, operation: &'static str, message: &'static str) -> Error {
    Error::new(kind, map::provider_id(), operation, message)
}
