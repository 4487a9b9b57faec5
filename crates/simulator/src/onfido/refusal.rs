//! What the vendor says no with.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::members::set;
use crate::loopback::json_answer;

/// An answer that says no. Which HTTP status goes with which type is attested for 401, 404, 410 and 422; the others are
/// chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: StatusCode,
    error_type: &'static str,
    message: String,
    fields: Option<Value>,
}

impl Refusal {
    fn new(status: StatusCode, error_type: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error_type,
            message: message.into(),
            fields: None,
        }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// The credentials are not the account's.
    pub(super) fn unauthorized() -> Self {
        let message = "Authorization error: please re-check your credentials";
        Self::new(StatusCode::UNAUTHORIZED, "authorization_error", message)
    }

    /// The token is of another region. The status is chosen.
    pub(super) fn other_region() -> Self {
        let message = "Incorrect base URL: the token belongs to another region";
        Self::new(StatusCode::BAD_REQUEST, "incorrect_base_url", message)
    }

    /// There is no such thing: what it would be, and its id.
    pub(super) fn not_found(what: &str, id: &str) -> Self {
        let message = format!("Could not find the following resource: {what} with id={id}");
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", message)
    }

    pub(super) fn no_such_path() -> Self {
        let message = "Could not find the following resource";
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", message)
    }

    pub(super) fn gone() -> Self {
        let message = "The requested resource is no longer available";
        Self::new(StatusCode::GONE, "gone", message)
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "user_authorization_error", message)
    }

    /// What is wrong, by field.
    pub(super) fn invalid(fields: &Fields) -> Self {
        let mut refusal = Self::unprocessable();
        refusal.fields = Some(json!(fields.0));
        refusal
    }

    /// One field, and what is wrong with it.
    pub(super) fn invalid_field(name: &str, problem: &str) -> Self {
        let mut fields = Fields::default();
        fields.add(name, problem);
        Self::invalid(&fields)
    }

    fn unprocessable() -> Self {
        let message = "There was a validation error on this request";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "validation_error",
            message,
        )
    }

    pub(super) fn rate_limited() -> Self {
        let message = "You have exceeded the rate limit. Please try again later.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit", message)
    }

    pub(super) fn server_error(status: StatusCode) -> Self {
        let message = "Unexpected error, please try again later";
        Self::new(status, "internal_server_error", message)
    }

    pub(super) fn answer(&self) -> Response<Bytes> {
        let mut error = json!({ "type": self.error_type, "message": self.message });
        if let Some(fields) = &self.fields {
            set(&mut error, "fields", fields.clone());
        }
        json_answer(self.status, &json!({ "error": error }))
    }
}

/// What is wrong with a body, by field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    pub(super) fn add(&mut self, name: &str, problem: &str) {
        let problems = self.0.entry(name.to_owned()).or_default();
        problems.push(problem.to_owned());
    }

    /// # Errors
    /// If anything is wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid(&self))
        }
    }
}
