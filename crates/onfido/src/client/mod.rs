//! The vendor's HTTP API: one method per endpoint, and no meaning.
//!
//! From the vendor's OpenAPI file of API v3.6, read 2026-11-20. The vendor has no idempotency key: a call that makes
//! something is never sent twice.

mod credentials;
mod files;
mod webhooks;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use idv_core::{BaseUrl, Call, Error, ErrorKind, Repeat, SessionId, Transport};
use serde_json::Value;
use url::form_urlencoded;

use crate::error;
use crate::map::{self, is_vendor_id};

/// How long one call may take, all tries together: what the vendor's own clients wait.
const DEADLINE: Duration = Duration::from_secs(30);

/// The version of the API. It stands in the path of every call.
pub(crate) const API_VERSION: &str = "v3.6";

pub(crate) use credentials::{Credentials, OAuth};
pub(crate) use files::Opened;

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
}

/// A failed call, with what the vendor said of the object itself.
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// True if there was such an object and it was deleted.
    pub(crate) is_gone: bool,
    /// True if there is no such object by the vendor's own word, and not by a bare status that anything on the way to
    /// the vendor could have set.
    pub(crate) is_missing: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            is_gone: false,
            is_missing: false,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// The endpoints in use.
pub(crate) struct Client {
    transport: Arc<dyn Transport>,
    credentials: Credentials,
    /// Without the version.
    base: BaseUrl,
}

impl Client {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        credentials: Credentials,
        base: BaseUrl,
    ) -> Self {
        Self {
            transport,
            credentials,
            base,
        }
    }

    /// Makes an applicant: the person a run is about.
    pub(crate) async fn create_applicant(&self, applicant: &Value) -> Result<Answer, Error> {
        let call = call("create_applicant", Repeat::Never);
        self.post(call, "/applicants", applicant).await
    }

    /// Makes a workflow run.
    pub(crate) async fn create_workflow_run(&self, run: &Value) -> Result<Answer, Error> {
        let call = call("create_workflow_run", Repeat::Never);
        self.post(call, "/workflow_runs", run).await
    }

    /// Reads a workflow run.
    pub(crate) async fn find_workflow_run(&self, id: &SessionId) -> Result<Answer, Error> {
        Ok(self.try_find_workflow_run(id).await?)
    }

    /// The same, and a failure says more.
    pub(crate) async fn try_find_workflow_run(&self, id: &SessionId) -> Result<Answer, Failure> {
        let call = call("find_workflow_run", Repeat::Safe);
        let path = path(&["workflow_runs", id.as_str()], call)?;
        self.send(call, Method::GET, &path, None).await
    }

    /// Asks for the deletion of an applicant with all that is theirs. The answer is empty. It may be sent again: what
    /// is deleted stays so.
    pub(crate) async fn delete_applicant(&self, id: &str) -> Result<Answer, Failure> {
        let call = call("delete_applicant", Repeat::Safe);
        let path = path(&["applicants", id], call)?;
        self.send(call, Method::DELETE, &path, None).await
    }

    /// Reads a page of workflow runs, newest first. Pages are counted from 1; how long one is, the vendor does not
    /// say.
    pub(crate) async fn list_workflow_runs(
        &self,
        applicant_id: &str,
        tag: &str,
        page: u32,
    ) -> Result<Answer, Error> {
        let call = call("list_workflow_runs", Repeat::Safe);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("applicant_id", applicant_id)
            .append_pair("tags", tag)
            .append_pair("page", &page.to_string())
            .finish();
        self.get(call, &format!("/workflow_runs?{query}")).await
    }

    /// Reads a page of the workflow runs of the account, oldest first. Pages are counted from 1; how long one is, the
    /// vendor does not say. `since` and `before`: days, as `YYYY-MM-DD`; the days themselves are left out.
    pub(crate) async fn list_all_workflow_runs(
        &self,
        since: Option<&str>,
        before: Option<&str>,
        page: u32,
    ) -> Result<Answer, Error> {
        let call = call("list_workflow_runs", Repeat::Safe);
        // Days, words and numbers: nothing that would have to be escaped.
        let mut path = "/workflow_runs?sort=asc".to_owned();
        for (name, day) in [("created_at_gt", since), ("created_at_lt", before)] {
            if let Some(day) = day {
                path.push_str(&format!("&{name}={day}"));
            }
        }
        path.push_str(&format!("&page={page}"));
        self.get(call, &path).await
    }

    /// Takes back the deletion of an applicant. The answer is empty. It is not sent again by itself: the vendor refuses to
    /// restore what is not to be deleted, so a repetition would hide that the first one has worked.
    pub(crate) async fn restore_applicant(&self, id: &str) -> Result<Answer, Failure> {
        let call = call("restore_applicant", Repeat::Never);
        let path = path(&["applicants", id, "restore"], call)?;
        self.send(call, Method::POST, &path, None).await
    }

    /// Reads the tasks of a run that were begun, oldest first. What they have produced is not shown.
    pub(crate) async fn list_tasks(&self, run: &SessionId) -> Result<Answer, Error> {
        let call = call("list_tasks", Repeat::Safe);
        let path = path(&["workflow_runs", run.as_str(), "tasks"], call)?;
        self.get(call, &path).await
    }

    /// Reads a task with what it has produced.
    pub(crate) async fn find_task(&self, run: &SessionId, task: &str) -> Result<Answer, Error> {
        let call = call("find_task", Repeat::Safe);
        let path = path(&["workflow_runs", run.as_str(), "tasks", task], call)?;
        self.get(call, &path).await
    }

    /// Hands in what a task waits for. The answer is empty.
    pub(crate) async fn complete_task(
        &self,
        run: &SessionId,
        task: &str,
        data: &Value,
    ) -> Result<(), Error> {
        let call = call("complete_task", Repeat::Never);
        let segments = ["workflow_runs", run.as_str(), "tasks", task, "complete"];
        let path = path(&segments, call)?;
        let body = serde_json::json!({ "data": data });
        self.post(call, &path, &body).await.map(drop)
    }

    /// Makes a token for the vendor's SDK. It may be sent again: each token lives for itself, and not for long.
    pub(crate) async fn generate_sdk_token(&self, request: &Value) -> Result<Answer, Error> {
        let call = call("generate_sdk_token", Repeat::Safe);
        self.post(call, "/sdk_token", request).await
    }

    async fn get(&self, call: Call, path: &str) -> Result<Answer, Error> {
        Ok(self.send(call, Method::GET, path, None).await?)
    }

    async fn post(&self, call: Call, path: &str, body: &Value) -> Result<Answer, Error> {
        let body = Bytes::from(body.to_string());
        Ok(self.send(call, Method::POST, path, Some(body)).await?)
    }

    async fn send(
        &self,
        call: Call,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Answer, Failure> {
        let mut request = self
            .request(call, method, path, "application/json", body.clone())
            .await?;
        if body.is_some() {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
        }
        self.sent(call, request).await
    }

    /// A request with the token of the account.
    async fn request(
        &self,
        call: Call,
        method: Method,
        path: &str,
        accept: &'static str,
        body: Option<Bytes>,
    ) -> Result<Request<Bytes>, Error> {
        Request::builder()
            .method(method)
            .uri(format!("{}/{API_VERSION}{path}", self.base.as_str()))
            .header(ACCEPT, accept)
            .header(AUTHORIZATION, self.authorization().await?)
            .extension(call)
            .body(body.unwrap_or_default())
            .map_err(|_| {
                let message = "the address of the API cannot be put into a request";
                failed(ErrorKind::InvalidConfig, call.operation, message)
            })
    }

    async fn sent(&self, call: Call, mut request: Request<Bytes>) -> Result<Answer, Failure> {
        let failed = |error| Error::from_transport(map::provider_id(), call.operation, error);
        let first = self.transport.send(request.clone()).await;
        let mut response = first.map_err(failed)?;
        // Whoever is not known has done nothing: with another token it may be sent again, whatever it is.
        if response.status() == StatusCode::UNAUTHORIZED && self.forget_token() {
            let authorization = self.authorization().await?;
            request.headers_mut().insert(AUTHORIZATION, authorization);
            response = self.transport.send(request).await.map_err(failed)?;
        }
        let (head, body) = response.into_parts();
        if !head.status.is_success() {
            let error = error::from_answer(call.operation, head.status, &head.headers, &body);
            return Err(Failure {
                error: error.with_earlier_try(&head.extensions),
                is_gone: head.status == StatusCode::GONE,
                is_missing: head.status == StatusCode::NOT_FOUND
                    && error::has_type(&body, "resource_not_found"),
            });
        }
        Ok(Answer { body })
    }
}

/// Shows where it talks to, never with which token.
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

/// The path of one object. Ids come from payloads and from callers: one that the vendor cannot have written is the
/// id of nothing, and must not be able to change the path.
fn path(segments: &[&str], call: Call) -> Result<String, Error> {
    if segments.iter().all(|segment| is_vendor_id(segment)) {
        Ok(segments.iter().flat_map(|segment| ["/", segment]).collect())
    } else {
        let message = "the id is not written as the vendor writes ids";
        Err(failed(ErrorKind::NotFound, call.operation, message))
    }
}

pub(crate) fn failed(kind: ErrorKind, operation: &'static str, message: &'static str) -> Error {
    Error::new(kind, map::provider_id(), operation, message)
}
