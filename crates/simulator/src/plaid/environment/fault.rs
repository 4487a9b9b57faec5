//! The vendor's errors.

use http::{Response, StatusCode};

use bytes::Bytes;
use serde_json::json;

use crate::loopback::json_answer;

/// What is wrong with a request, or with the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    status: StatusCode,
    error_type: &'static str,
    code: &'static str,
    message: String,
}

impl Fault {
    fn new(
        status: StatusCode,
        error_type: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self {
            status,
            error_type,
            code,
            message,
        }
    }

    fn invalid_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", code, message)
    }

    fn invalid_input(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_INPUT", code, message)
    }

    pub(super) fn no_such_page() -> Self {
        let status = StatusCode::NOT_FOUND;
        Self::new(status, "INVALID_REQUEST", "NOT_FOUND", "not found")
    }

    pub(super) fn body() -> Self {
        Self::invalid_request("INVALID_BODY", "body could not be parsed as JSON")
    }

    pub(super) fn headers(message: &str) -> Self {
        Self::invalid_request("INVALID_HEADERS", message)
    }

    pub(super) fn version() -> Self {
        let message = "this endpoint is not available in the version of the API that is asked for";
        Self::invalid_request("INCOMPATIBLE_API_VERSION", message)
    }

    pub(super) fn unknown_fields(names: &[&str]) -> Self {
        let names = names.join(", ");
        let message = format!("the following fields are not recognized by this endpoint: {names}");
        Self::invalid_request("UNKNOWN_FIELDS", message)
    }

    pub(super) fn missing_fields(names: &[&str]) -> Self {
        let names = names.join(", ");
        let message = format!("the following required fields are missing: {names}");
        Self::invalid_request("MISSING_FIELDS", message)
    }

    pub(super) fn field(message: impl Into<String>) -> Self {
        Self::invalid_request("INVALID_FIELD", message)
    }

    pub(super) fn configuration(message: &str) -> Self {
        Self::invalid_request("INVALID_CONFIGURATION", message)
    }

    pub(super) fn credentials() -> Self {
        let message = "invalid client_id or secret provided";
        Self::invalid_input("INVALID_API_KEYS", message)
    }

    pub(super) fn product() -> Self {
        let message = "client is not authorized to access the following products: [\"identity_verification\"]";
        Self::invalid_input("INVALID_PRODUCT", message)
    }

    pub(super) fn key() -> Self {
        let message = "invalid key_id provided. note that key_ids are specific to Plaid environments, and verification requests must be made to the same environment that the webhook was sent from";
        Self::invalid_input("INVALID_WEBHOOK_VERIFICATION_KEY_ID", message)
    }

    pub(super) fn user_not_found() -> Self {
        let status = StatusCode::BAD_REQUEST;
        let message = "no user exists with the given user_id";
        Self::new(status, "USER_ERROR", "USER_NOT_FOUND", message)
    }

    /// What `/link/token/create` says to data of a person that are not in the vendor's form.
    pub(super) fn identity_data(message: String) -> Self {
        let status = StatusCode::FORBIDDEN;
        Self::new(status, "USER_ERROR", "INVALID_USER_IDENTITY_DATA", message)
    }

    pub(super) fn too_many() -> Self {
        let message =
            "rate limit exceeded for attempts to access this item. please try again later";
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "RATE_LIMIT_EXCEEDED", "RATE_LIMIT", message)
    }

    /// The vendor is broken: on purpose, with 503, or not.
    pub(super) fn of_vendor(status: StatusCode) -> Self {
        let (code, message) = if status == StatusCode::SERVICE_UNAVAILABLE {
            (
                "PLANNED_MAINTENANCE",
                "the Plaid API is temporarily unavailable due to planned maintenance. visit https://status.plaid.com/ for more information",
            )
        } else {
            ("INTERNAL_SERVER_ERROR", "an unexpected error occurred")
        };
        Self::new(status, "API_ERROR", code, message)
    }

    /// What is wrong, for whoever writes scenarios.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn answer(&self, request_id: &str) -> Response<Bytes> {
        let body = json!({
            "display_message": null,
            "error_code": self.code,
            "error_message": self.message,
            "error_type": self.error_type,
            "request_id": request_id,
        });
        json_answer(self.status, &body)
    }
}
