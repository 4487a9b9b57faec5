//! What answers and bodies look like, for the document.

use idv_engine::store::EventPosition;
use serde_json::{Value, json};

use super::super::events::cursor_of;

pub(super) fn endpoint() -> Value {
    json!({
        "id": "end_01kqv0m5ane8gs7xw2c4b9d3fz",
        "url": "https://app.example/idv-events",
        "description": "the back office",
        "types": ["verification_request.passed", "verification_request.failed"],
        "payload": "thin",
        "rate_per_sec": 50,
        "header_names": ["authorization"],
        "state": "enabled",
        "failing_since": null,
        "failures_in_a_row": 0,
        "paused_until": null,
        "secrets": [{"key_id": "1f8ac10f", "created_at": "2026-11-20T18:43:00Z", "expires_at": null}],
        "cursor": cursor_of(EventPosition(4711)),
        "events_behind": 0,
        "created_at": "2026-11-20T18:43:00Z",
        "updated_at": "2026-11-20T18:43:00Z",
    })
}

/// The secret of the public test vector. It guards nothing.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) fn new_endpoint() -> Value {
    json!({
        "url": "https://app.example/idv-events",
        "description": "the back office",
        "types": ["verification_request.passed", "verification_request.failed"],
        "payload": "thin",
        "rate_per_sec": 50,
        "headers": {"authorization": "Bearer of-the-application"},
        "secret": SECRET,
        "after": cursor_of(EventPosition(4711)),
    })
}

pub(super) fn changes() -> Value {
    json!({
        "url": "https://app.example/idv-events",
        "description": "the back office",
        "types": ["verification_request.passed"],
        "payload": "full",
        "rate_per_sec": 0,
        "headers": {},
        "enabled": true,
    })
}

pub(super) fn rotation() -> Value {
    json!({"secret": SECRET, "overlap_secs": 86_400})
}

pub(super) fn replay() -> Value {
    json!({"after": cursor_of(EventPosition(4711))})
}

pub(super) fn delivery() -> Value {
    json!({
        "endpoint": "end_01kqv0m5ane8gs7xw2c4b9d3fz",
        "event": "evt_01kqv0m5ane8gs7xw2c4b9d3fx",
        "type": "verification_request.passed",
        "request_id": "idv_01kqv0m5ane8gs7xw2c4b9d3ft",
        "state": "pending",
        "attempts": 1,
        "due_at": "2026-11-20T18:47:18Z",
        "created_at": "2026-11-20T18:47:12Z",
    })
}

pub(super) fn attempt() -> Value {
    json!({
        "began_at": "2026-11-20T18:47:12Z",
        "duration_ms": 31,
        "status": 500,
        "outcome": "status",
        "answer": "oops",
    })
}
