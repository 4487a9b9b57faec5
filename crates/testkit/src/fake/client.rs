//! The fake vendor's endpoints, one method each, without meaning.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use idv_core::{BodyStream, Call, Error, ProviderId, Repeat, Timestamp, Transport};
use serde_json::{Value, json};

use super::{error, provider};

pub(super) const BASE: &str = "https://fake.invalid";
/// The longest refusal that is read.
const MAX_REFUSAL_BYTES: usize = 10_000;
pub(super) const KEY_HEADER: &str = "idempotency-key";

#[derive(Clone, Debug)]
pub(super) struct Client {
    transport: Arc<dyn Transport>,
}

impl Client {
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    pub(super) async fn create_person(&self, subject: &str, key: &str) -> Result<Bytes, Error> {
        let body = json!({ "subject": subject });
        self.post("create_person", "/v1/people", Some(key), &body)
            .await
    }

    pub(super) async fn create_check(&self, body: &Value, key: &str) -> Result<Bytes, Error> {
        self.post("create_check", "/v1/checks", Some(key), body)
            .await
    }

    pub(super) async fn get_check(&self, id: &str) -> Result<Bytes, Error> {
        let path = format!("/v1/checks/{}", segment(id));
        self.send("get_check", Method::GET, &path, None, Bytes::new())
            .await
    }

    pub(super) async fn get_details(&self, id: &str) -> Result<Bytes, Error> {
        let path = format!("/v1/checks/{}/details", segment(id));
        self.send("get_details", Method::GET, &path, None, Bytes::new())
            .await
    }

    pub(super) async fn renew_link(&self, id: &str) -> Result<Bytes, Error> {
        let path = format!("/v1/checks/{}/link", segment(id));
        self.post("renew_link", &path, None, &json!({})).await
    }

    pub(super) async fn cancel_check(&self, id: &str) -> Result<Bytes, Error> {
        let path = format!("/v1/checks/{}/cancel", segment(id));
        self.post("cancel_check", &path, None, &json!({})).await
    }

    pub(super) async fn erase_check(&self, id: &str) -> Result<Bytes, Error> {
        let path = format!("/v1/checks/{}/erase", segment(id));
        self.post("erase_check", &path, None, &json!({})).await
    }

    /// `query`: encoded, without the question mark.
    pub(super) async fn list_checks(&self, query: &str) -> Result<Bytes, Error> {
        let mut path = "/v1/checks".to_owned();
        if !query.is_empty() {
            path.push('?');
            path.push_str(query);
        }
        self.send("list_checks", Method::GET, &path, None, Bytes::new())
            .await
    }

    pub(super) async fn list_undelivered(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Bytes, Error> {
        let mut path = format!("/v1/undelivered/{}", since.as_unix_micros());
        if let Some(after) = after {
            path.push('/');
            path.push_str(&segment(after));
        }
        self.send("list_undelivered", Method::GET, &path, None, Bytes::new())
            .await
    }

    pub(super) async fn post(
        &self,
        operation: &'static str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Bytes, Error> {
        let body = Bytes::from(body.to_string());
        self.send(operation, Method::POST, path, key, body).await
    }

    /// Opens what is there, to be read piece by piece.
    pub(super) async fn open(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<Response<BodyStream>, Error> {
        let failed =
            |failure| Error::from_transport(ProviderId::from(provider::ID), operation, failure);
        let request = Self::request(operation, &Method::GET, path, None, Bytes::new())
            .map_err(|_| does_not_fit(operation))?;
        let answer = self.transport.open(request).await.map_err(failed)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let refusal = body.collect(MAX_REFUSAL_BYTES).await.map_err(failed)?;
        Err(error::of_answer(
            operation,
            &Response::from_parts(parts, refusal),
        ))
    }

    fn request(
        operation: &'static str,
        method: &Method,
        path: &str,
        key: Option<&str>,
        body: Bytes,
    ) -> http::Result<Request<Bytes>> {
        let repeat = match (method, key) {
            (&Method::GET, _) => Repeat::Safe,
            (_, Some(_)) => Repeat::Keyed,
            (_, None) => Repeat::Never,
        };
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{BASE}{path}"))
            .header("authorization", "Bearer fake-key")
            .extension(Call {
                operation,
                repeat,
                deadline: Duration::from_secs(20),
            });
        if let Some(key) = key {
            request = request.header(KEY_HEADER, key);
        }
        request.body(body)
    }

    pub(super) async fn send(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Bytes,
    ) -> Result<Bytes, Error> {
        let id = || ProviderId::from(provider::ID);
        let request = Self::request(operation, &method, path, key, body)
            .map_err(|_| does_not_fit(operation))?;
        let answer = self
            .transport
            .send(request)
            .await
            .map_err(|failure| Error::from_transport(id(), operation, failure))?;
        if answer.status().is_success() {
            Ok(answer.into_body())
        } else {
            Err(error::of_answer(operation, &answer))
        }
    }
}

fn does_not_fit(operation: &'static str) -> Error {
    let kind = idv_core::ErrorKind::InvalidInput { field: None };
    let id = ProviderId::from(provider::ID);
    Error::new(kind, id, operation, "the input does not fit a request")
}

/// An id as one segment of a path: whatever else it holds cannot become another path.
pub(super) fn segment(id: &str) -> String {
    id.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
