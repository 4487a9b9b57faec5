//! Errors over HTTP: RFC 9457 problem details.
//!
//! `type` is a stable URN, `urn:idv-gateway:problem:<code>`, and `code` is its last part; `title` is the same for
//! every occurrence. `instance` is the request id as a URN, to be found again in the logs. Neither a person's data
//! nor a vendor's words are ever part of it.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::ProblemCode;

/// An answer that says what went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One field that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer (RFC 6901) into the body, or the name of a query parameter.
    #[schema(example = "/person/birthdate")]
    pub(crate) pointer: String,
    /// What is wrong, without the value.
    #[schema(value_type = String, example = "it is not a date such as 1990-03-01")]
    pub(crate) detail: Cow<'static, str>,
}

impl FieldError {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// Declares every problem: its word in Rust, its status, its code and its title.
macro_rules! kinds {
    ($( $(#[$meta:meta])* $kind:ident = $status:ident, $code:literal, $title:literal; )+) => {
        /// Every problem there is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $( $(#[$meta])* $kind, )+ }

        impl Kind {
            pub(crate) const ALL: &'static [Self] = &[ $( Self::$kind, )+ ];

            pub(crate) const fn status(self) -> StatusCode {
                match self { $( Self::$kind => StatusCode::$status, )+ }
            }

            pub(crate) const fn code(self) -> &'static str {
                match self { $( Self::$kind => $code, )+ }
            }

            pub(crate) const fn title(self) -> &'static str {
                match self { $( Self::$kind => $title, )+ }
            }
        }
    };
}

kinds! {
    /// The body is no JSON.
    MalformedJson = BAD_REQUEST, "malformed_json", "The body is not valid JSON";
    /// The body broke off.
    IncompleteBody = BAD_REQUEST, "incomplete_body", "The body could not be read to its end";
    /// A query parameter cannot be used.
    InvalidParameter = BAD_REQUEST, "invalid_parameter", "A query parameter cannot be used";
    /// The cursor is none of ours.
    InvalidCursor = BAD_REQUEST, "invalid_cursor", "The cursor cannot be used";
    /// No key, or one that does not count. Also the answer to a webhook that is not proven, where it says no more.
    Unauthorized = UNAUTHORIZED, "unauthorized", "Not authorised";
    /// The key may not do this.
    Forbidden = FORBIDDEN, "forbidden", "The API key may not do this";
    /// No such thing.
    NotFound = NOT_FOUND, "not_found", "There is nothing here";
    /// The method does not exist here.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "This method does not exist here";
    /// The body took too long.
    RequestTimeout = REQUEST_TIMEOUT, "request_timeout", "The request took too long to arrive";
    /// The key of the command is of no use.
    InvalidIdempotencyKey = BAD_REQUEST, "invalid_idempotency_key", "The Idempotency-Key cannot be used";
    /// The key of the command belongs to another one.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The Idempotency-Key was used for another command, or with other values";
    /// It is not the subject's turn.
    NotAwaitingSubject = CONFLICT, "not_awaiting_subject", "The verification request does not wait for its subject";
    /// The vendor has no session of it yet.
    NotStarted = CONFLICT, "not_started", "The verification request has not been started at the provider yet";
    /// It is over.
    AlreadyEnded = CONFLICT, "already_ended", "The verification request is over";
    /// It has passed.
    AlreadyPassed = CONFLICT, "already_passed", "The verification request has passed already";
    /// It did not fail.
    NotFailed = CONFLICT, "not_failed", "Only a verification request that failed is begun anew";
    /// No review is pending.
    NotInReview = CONFLICT, "not_in_review", "There is no review to decide";
    /// The review is not ours.
    ReviewIsTheVendors = CONFLICT, "review_is_the_vendors", "The provider's staff decide this review";
    /// Another request of the subject is open.
    OpenRequest = CONFLICT, "open_request", "The subject has another open verification request";
    /// It is not known yet what the vendor holds.
    BeingStarted = CONFLICT, "being_started", "A session is being started or withdrawn at the provider";
    /// Nobody has this reference.
    UnknownSubject = NOT_FOUND, "unknown_subject", "There is no subject of this reference, or not any more";
    /// The account only receives.
    AccountCannotFetch = CONFLICT, "account_cannot_fetch", "The account only receives webhooks and cannot ask the provider";
    /// The account is not configured any more.
    AccountGone = CONFLICT, "account_gone", "The account of the verification request is no longer configured";
    /// The vendor is still writing the file.
    EvidenceNotReady = CONFLICT, "evidence_not_ready", "The provider is still writing the file";
    /// The file is larger than the configuration allows.
    EvidenceTooLarge = CONFLICT, "evidence_too_large", "The file is larger than is allowed";
    /// The vendor shows no files.
    NoEvidence = CONFLICT, "no_evidence", "The provider of the account shows no files";
    /// Nobody is left.
    Erased = GONE, "erased", "The person was erased";
    /// Nothing is sent to the endpoint.
    EndpointNotEnabled = CONFLICT, "endpoint_not_enabled", "Nothing is sent to the endpoint";
    /// No more secrets may sign at a time.
    TooManySecrets = CONFLICT, "too_many_secrets", "As many secrets of the endpoint sign as may";
    /// The webhook is not in a state from which it can be put back to work.
    NotRequeueable = CONFLICT, "not_requeueable", "The webhook cannot be put back to work";
    /// The policy allows no more.
    TooManyRequests = TOO_MANY_REQUESTS, "too_many_requests", "The subject had as many verification requests as the policy allows";
    /// A sender of webhooks had too many refused.
    TooManyRefusals = TOO_MANY_REQUESTS, "too_many_refusals", "Too many webhooks from there were not proven";
    /// The body is too large.
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large";
    /// The body is no JSON by its own account.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be JSON";
    /// JSON of another shape.
    InvalidBody = UNPROCESSABLE_ENTITY, "invalid_body", "The body does not have the expected shape";
    /// What was asked for cannot be done with this input.
    InvalidInput = UNPROCESSABLE_ENTITY, "invalid_input", "A value cannot be used";
    /// A fault of ours. No detail: it would be one nobody has checked.
    Internal = INTERNAL_SERVER_ERROR, "internal", "Internal error";
    /// The vendor refused or failed for good.
    ProviderFailed = BAD_GATEWAY, "provider_failed", "The identity verification provider refused or failed";
    /// The vendor may answer later.
    ProviderUnavailable = SERVICE_UNAVAILABLE, "provider_unavailable", "The identity verification provider cannot be reached";
    /// Too much to do, or the database is away, or the server is leaving.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment";
    /// It took too long.
    Timeout = SERVICE_UNAVAILABLE, "timeout", "The request took too long";
}

impl Problem {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// With a sentence about this occurrence.
    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With the fields it is about.
    pub(crate) fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// With a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With the time after which to try again, in seconds.
    pub(crate) fn retry_after_secs(self, secs: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(secs))
    }

    #[cfg(test)]
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    fn body(&self, request_id: Option<&str>) -> Body {
        let json = ProblemJson {
            problem_type: format!("urn:idv-gateway:problem:{}", self.kind.code()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            code: self.kind.code(),
            detail: self.detail.as_deref(),
            instance: request_id.map(|id| format!("urn:idv-gateway:request:{id}")),
            errors: &self.errors,
        };
        Body::from(serde_json::to_vec(&json).unwrap_or_default())
    }

    /// Writes the request id into the body of a problem on its way out.
    pub(crate) fn with_instance(response: Response, request_id: &str) -> Response {
        let (mut parts, body) = response.into_parts();
        match parts.extensions.remove::<Self>() {
            Some(problem) => Response::from_parts(parts, problem.body(Some(request_id))),
            None => Response::from_parts(parts, body),
        }
    }
}

/// What went wrong (RFC 9457). No person's data and no words of a vendor are ever part of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemJson<'a> {
    /// `urn:idv-gateway:problem:` and the code. Stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:idv-gateway:problem:invalid_body")]
    problem_type: String,
    /// The same for every occurrence of this code.
    #[schema(example = "The body does not have the expected shape")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// A sentence about this occurrence.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// The id of this HTTP request, to be found again in the logs.
    #[schema(nullable = false, example = "urn:idv-gateway:request:5f0c8a")]
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The fields it is about. Not there if there are none.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body(None));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn json(response: Response) -> serde_json::Value {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_names_its_kind_and_the_request_it_answers() {
        let problem = Problem::new(Kind::InvalidBody)
            .errors(vec![FieldError::new("/subject", "it is missing")])
            .into_response();
        assert_eq!(problem.status(), 422);
        assert_eq!(
            problem.headers()["content-type"],
            "application/problem+json"
        );
        let body = json(Problem::with_instance(problem, "req-1")).await;
        assert_eq!(
            body,
            serde_json::json!({
                "type": "urn:idv-gateway:problem:invalid_body",
                "title": "The body does not have the expected shape",
                "status": 422,
                "code": "invalid_body",
                "instance": "urn:idv-gateway:request:req-1",
                "errors": [{ "pointer": "/subject", "detail": "it is missing" }],
            })
        );
    }

    #[test]
    fn every_code_is_unique() {
        let codes: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
    }
}
