//! An event with the session as of it.

use serde_json::{Value, json};

use super::told::Cause;

/// What an event with a snapshot is made of.
pub(super) struct Snapshot<'a> {
    pub(super) id: &'a str,
    pub(super) event_type: &'a str,
    pub(super) api_version: &'a str,
    pub(super) created_unix_secs: i64,
    /// The session as of the event.
    pub(super) object: &'a Value,
    pub(super) livemode: bool,
    /// How many endpoints have not taken it yet.
    pub(super) pending: usize,
    pub(super) cause: &'a Cause,
}

impl Snapshot<'_> {
    /// As the API shows it.
    pub(super) fn object(&self) -> Value {
        json!({
            "id": self.id,
            "object": "event",
            "api_version": self.api_version,
            "created": self.created_unix_secs,
            "data": { "object": self.object },
            "livemode": self.livemode,
            "pending_webhooks": self.pending,
            "request": {
                "id": self.cause.request_id,
                "idempotency_key": self.cause.idempotency_key,
            },
            "type": self.event_type,
        })
    }
}

/// The bytes of an event. Indented, as the vendor sends them: whoever verifies re-encoded JSON notices at once.
pub(super) fn bytes(event: &Value) -> Vec<u8> {
    format!("{event:#}").into_bytes()
}
