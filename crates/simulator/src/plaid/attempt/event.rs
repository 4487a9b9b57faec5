//! Webhooks, before they are signed.

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;
use idv_core::webhook::InboundWebhook;
use serde_json::json;

use crate::plaid::{CannotSign, WebhookKey};

/// A webhook, ready to be signed and sent. It names the attempt and says nothing of its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `STATUS_UPDATED`, `STEP_UPDATED` or `RETRIED`.
    pub code: &'static str,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Attempt(String),
    Screening(String),
}

impl Event {
    pub(in crate::plaid) fn of_attempt(code: &'static str, id: &str) -> Self {
        let about = About::Attempt(id.to_owned());
        Self { code, about }
    }

    /// The status of a screening has changed.
    pub(in crate::plaid) fn of_screening(id: &str) -> Self {
        Self {
            code: "STATUS_UPDATED",
            about: About::Screening(id.to_owned()),
        }
    }

    /// Type and code, as receivers are configured in the dashboard: `IDENTITY_VERIFICATION/STATUS_UPDATED`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.webhook_type(), self.code)
    }

    /// The bytes of the body. `environment`: `sandbox` or `production`.
    ///
    /// Keys in order, two spaces of indentation, no new line at the end: whoever verifies re-encoded JSON notices.
    #[must_use]
    pub fn body(&self, environment: &str) -> Vec<u8> {
        let mut body = json!({
            "environment": environment,
            "webhook_code": self.code,
            "webhook_type": self.webhook_type(),
        });
        let (name, id) = match &self.about {
            About::Attempt(id) => ("identity_verification_id", id),
            About::Screening(id) => ("screening_id", id),
        };
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), id.as_str().into());
        }
        format!("{body:#}").into_bytes()
    }

    /// The event as it arrives at a receiver, signed at the moment it arrives.
    ///
    /// # Errors
    /// [`CannotSign`].
    pub fn delivered(
        &self,
        environment: &str,
        key: &WebhookKey,
        at_unix_secs: i64,
    ) -> Result<InboundWebhook, CannotSign> {
        let body = self.body(environment);
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        // Base64url and dots: always a header value.
        if let Ok(value) = key.sign(&body, at_unix_secs)?.parse() {
            headers.insert("plaid-verification", value);
        }
        let received_at = Timestamp::from_unix_secs(at_unix_secs);
        Ok(InboundWebhook::new(headers, body.into(), received_at))
    }

    const fn webhook_type(&self) -> &'static str {
        match self.about {
            About::Attempt(_) => "IDENTITY_VERIFICATION",
            About::Screening(_) => "SCREENING",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_its_keys_in_order_and_two_spaces() {
        let text = |event: &Event| String::from_utf8(event.body("sandbox")).unwrap();
        assert_eq!(
            text(&Event::of_attempt("RETRIED", "idv_2")),
            "{\n  \"environment\": \"sandbox\",\n  \"identity_verification_id\": \"idv_2\",\n  \"webhook_code\": \"RETRIED\",\n  \"webhook_type\": \"IDENTITY_VERIFICATION\"\n}"
        );
        let screening = Event::of_screening("scr_2");
        assert_eq!(screening.name(), "SCREENING/STATUS_UPDATED");
        assert_eq!(
            text(&screening),
            "{\n  \"environment\": \"sandbox\",\n  \"screening_id\": \"scr_2\",\n  \"webhook_code\": \"STATUS_UPDATED\",\n  \"webhook_type\": \"SCREENING\"\n}"
        );
    }
}
