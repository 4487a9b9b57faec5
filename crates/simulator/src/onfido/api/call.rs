//! One call, taken apart.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request};
use idv_core::Timestamp;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::super::refusal::Refusal;

/// A call.
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    /// Without empty segments: a slash at the end changes nothing.
    pub(super) path: Vec<&'a str>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) now: Timestamp,
    pub(super) request: &'a Request<Bytes>,
    query: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    pub(super) fn of(request: &'a Request<Bytes>, now: Timestamp) -> Self {
        let segments = request.uri().path().split('/');
        let query = request.uri().query().unwrap_or_default();
        Self {
            method: request.method(),
            path: segments.filter(|segment| !segment.is_empty()).collect(),
            headers: request.headers(),
            body: request.body(),
            now,
            request,
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// The time in whole seconds.
    pub(super) fn now_unix_secs(&self) -> i64 {
        self.now.as_unix_secs()
    }

    /// The value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every value of a query parameter that may come several times.
    pub(super) fn query_all(&self, name: &str) -> Vec<&str> {
        let in_brackets = format!("{name}[]");
        let is_meant = |other: &str| other == name || other == in_brackets;
        let found = self.query.iter().filter(|(other, _)| is_meant(other));
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The query without some of its parameters.
    pub(super) fn query_without(&self, names: &[&str]) -> form_urlencoded::Serializer<'_, String> {
        let mut rest = form_urlencoded::Serializer::new(String::new());
        let kept = self.query.iter();
        rest.extend_pairs(kept.filter(|(name, _)| !names.contains(&name.as_str())));
        rest
    }

    pub(super) fn content_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as an object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        let unreadable = || Refusal::bad_request("The request body is not a JSON object");
        match idv_core::json::decode::<Value>(self.body) {
            Ok(Value::Object(members)) => Ok(members),
            _ => Err(unreadable()),
        }
    }

    /// The body as a form.
    pub(super) fn form(&self) -> Map<String, Value> {
        let pairs = form_urlencoded::parse(self.body);
        pairs
            .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
            .collect()
    }

    /// The body as an object, whether it is JSON or a form.
    pub(super) fn object_or_form(&self) -> Result<Map<String, Value>, Refusal> {
        if self
            .content_type()
            .starts_with("application/x-www-form-urlencoded")
        {
            Ok(self.form())
        } else {
            self.object()
        }
    }
}
