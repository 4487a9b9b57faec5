//! What the vendor answers when it does not do what was asked.

use http::StatusCode;
use serde_json::{Map, Value, json};

/// A call that is refused: the error object and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error_type: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    pub(super) param: Option<String>,
    /// The header `Stripe-Should-Retry`. Without it the client's own rules hold.
    pub(super) should_retry: Option<bool>,
    /// The header `Stripe-Rate-Limited-Reason`.
    pub(super) limited_by: Option<&'static str>,
    /// Whether the endpoint had begun to work. What was refused before that is not kept under an idempotency key.
    pub(super) has_begun: bool,
}

impl Refusal {
    /// A request that cannot be carried out.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            error_type: "invalid_request_error",
            code: None,
            message: message.into(),
            param: None,
            should_retry: None,
            limited_by: None,
            has_begun: false,
        }
    }

    /// A request that is wrong in one parameter.
    pub(super) fn of_param(
        param: impl Into<String>,
        code: impl Into<Option<&'static str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            param: Some(param.into()),
            ..Self::new(StatusCode::BAD_REQUEST, message)
        }
    }

    /// The path names an object that is not there. `what`: the object's name in the vendor's sentences.
    pub(super) fn no_such(what: &str, id: &str, param: &str) -> Self {
        Self {
            code: Some("resource_missing"),
            param: Some(param.to_owned()),
            has_begun: true,
            ..Self::new(StatusCode::NOT_FOUND, format!("No such {what}: '{id}'"))
        }
    }

    /// A parameter names an object that is not there.
    pub(super) fn no_such_given(what: &str, id: &str, param: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            has_begun: false,
            ..Self::no_such(what, id, param)
        }
    }

    /// The object is in a state in which this is not done.
    pub(super) fn not_now(message: impl Into<String>) -> Self {
        Self {
            has_begun: true,
            ..Self::new(StatusCode::BAD_REQUEST, message)
        }
    }

    /// The key may not do this.
    pub(super) fn not_permitted(key: &str, account: &str, permission: &str) -> Self {
        let key = masked(key);
        Self::new(
            StatusCode::FORBIDDEN,
            format!(
                "The provided key '{key}' does not have the required permissions for this endpoint on account \
                 '{account}'. Enabling '{permission}' would allow this request to continue."
            ),
        )
    }

    pub(super) fn body(&self, request_id: &str, now_unix_secs: i64) -> Value {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), code.into());
            let page = code.replace('_', "-");
            let page = format!("https://stripe.com/docs/error-codes/{page}");
            error.insert("doc_url".to_owned(), page.into());
        }
        error.insert("message".to_owned(), self.message.as_str().into());
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), param.as_str().into());
        }
        let log = format!("https://dashboard.stripe.com/test/logs/{request_id}?t={now_unix_secs}");
        error.insert("request_log_url".to_owned(), log.into());
        error.insert("type".to_owned(), self.error_type.into());
        json!({ "error": error })
    }
}

/// A key as error messages show it: its kind and its last four letters.
pub(super) fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    let (shown, tail) = (letters.len().min(8), letters.len().saturating_sub(4));
    let mask = |(place, letter): (usize, &char)| {
        if place < shown || place >= tail {
            *letter
        } else {
            '*'
        }
    };
    letters.iter().enumerate().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_by_its_kind_and_its_end() {
        assert_eq!(masked("sk_test_abcdefgh1234"), "sk_test_********1234");
        assert_eq!(masked("x"), "x");
    }

    #[test]
    fn a_refusal_has_the_vendors_members() {
        let body = Refusal::no_such("VerificationSession", "vs_1", "session").body("req_1", 9);
        assert_eq!(
            body,
            json!({ "error": {
                "code": "resource_missing",
                "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
                "message": "No such VerificationSession: 'vs_1'",
                "param": "session",
                "request_log_url": "https://dashboard.stripe.com/test/logs/req_1?t=9",
                "type": "invalid_request_error",
            } })
        );
    }
}
