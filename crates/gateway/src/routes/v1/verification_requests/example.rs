//! What answers look like, for the document. The people in it do not exist.

use serde_json::{Value, json};

pub(super) fn request() -> Value {
    json!({
        "id": "idv_01kqv0m5ane8gs7xw2c4b9d3ft",
        "status": "retry_required",
        "status_summary": "started",
        "waiting_on": "subject",
        "source": null,
        "review_owner": null,
        "unconfirmed": false,
        "subject": "user-4711",
        "environment": "live",
        "organization": "company-17",
        "affected_organizations": ["company-17"],
        "reason": "onboarding",
        "document_type": "passport",
        "findings": [finding()],
        "steps": [{
            "kind": "document",
            "role": "check",
            "status": "failed",
            "source": null,
            "findings": [finding()],
        }],
        "data_state": "present",
        "attention": [],
        "sessions": [{
            "key": "ses_01kqv0m5ane8gs7xw2c4b9d3fv",
            "account": "acme-eu",
            "provider": "acme",
            "session_id": "vs_1Example",
            "status": "retry_required",
            "source": null,
            "current": true,
            "created_at": "2026-11-20T18:43:00Z",
            "updated_at": "2026-11-20T18:47:12Z",
        }],
        "decided_at": null,
        "restart": null,
        "cancellation": null,
        "bypass": null,
        "erased_at": null,
        "created_at": "2026-11-20T18:43:00Z",
        "updated_at": "2026-11-20T18:47:12Z",
    })
}

fn finding() -> Value {
    json!({
        "code": "document_expired",
        "category": "document",
        "step": "document",
        "severity": "normal",
        "retryable": "yes",
        "subject_visible": true,
        "explanation": "The document has expired.",
    })
}

pub(super) fn link() -> Value {
    json!({
        "hosted_url": "https://verify.example/start/one-time",
        "sdk_token": null,
        "expires_at": "2026-11-21T18:43:00Z",
    })
}

pub(super) fn timeline_entry() -> Value {
    json!({
        "id": "obs_01kqv0m5ane8gs7xw2c4b9d3fw",
        "at": "2026-11-20T18:47:12Z",
        "source": "fetch",
        "what": "session_fetched",
        "account": "acme-eu",
        "provider": "acme",
        "session_id": "vs_1Example",
        "says": "retry_required",
        "status_before": "processing",
        "status_after": "retry_required",
        "findings": ["document_expired"],
        "attention": [],
        "vendor_time": "2026-11-20T18:47:10Z",
        "actor": null,
        "evidence": null,
    })
}

pub(super) fn evidence() -> Value {
    json!({
        "data": [{
            "id": "evd_AZ2_YAKqd1CDzfLBYsmkfWZpbGVfMDAx",
            "session_id": "vs_1Example",
            "account": "acme-eu",
            "provider": "acme",
            "role": "document_front",
            "media_type": "image/jpeg",
            "size_bytes": 482_113,
            "sha256": null,
            "data_state": "present",
        }],
        "not_shown": [{
            "session_id": "vs_1Example",
            "account": "acme-eu",
            "part": "selfie",
            "reason": "the API key of the account may not see it",
        }],
    })
}

pub(super) fn explanation() -> Value {
    json!({
        "data": [
            {
                "place": "/findings/0/code",
                "value": "document_expired",
                "because": {
                    "kind": "vendor",
                    "session": "ses_01kqv0m5ane8gs7xw2c4b9d3fv",
                    "observation": "obs_01kqv0m5ane8gs7xw2c4b9d3fw",
                    "source": "fetch",
                    "what": "session_fetched",
                    "as_of": "2026-11-20T18:47:12Z",
                    "part": "session",
                    "pointer": "/last_error/code",
                    "rule": "last_error.document_expired",
                    "mapping_version": 1,
                },
            },
            {
                "place": "/status",
                "value": "cancelled",
                "because": {
                    "kind": "command",
                    "observation": "obs_01kqv0m5ane8gs7xw2c4b9d3fx",
                    "decided": "cancelled",
                    "actor": { "kind": "staff", "id": "staff-7" },
                    "at": "2026-11-20T19:02:00Z",
                },
            },
        ],
    })
}

pub(in crate::routes::v1) fn erasure() -> Value {
    json!({
        "id": "ers_01kqv0m5ane8gs7xw2c4b9d3fy",
        "actor": { "kind": "staff", "id": "staff-7" },
        "erased_at": "2026-11-20T19:10:00Z",
        "requests": ["idv_01kqv0m5ane8gs7xw2c4b9d3ft"],
        "emptied_deliveries": 0,
        "sessions": [{
            "key": "ses_01kqv0m5ane8gs7xw2c4b9d3fv",
            "account": "acme-eu",
            "session_id": "vs_1Example",
            "vendor": "pending",
            "reason": null,
        }],
        "settled": false,
    })
}

pub(super) fn new_request() -> Value {
    json!({
        "subject": "user-4711",
        "organization": "company-17",
        "reason": "onboarding",
        "account": "acme-eu",
        "template": "vf_example",
        "document_type": "passport",
        "document_kinds": ["passport", "id_card"],
        "return_url": "https://app.example/verified",
        "reuse_passed_secs": 31_536_000,
        "person": person(),
    })
}

pub(super) fn person() -> Value {
    json!({
        "given_name": "Ada",
        "middle_name": "Sample",
        "family_name": "Example",
        "birthdate": "1990-03-01",
        "email": "ada@example.org",
        "phone": "+33155555501",
        "nationality": "FR",
        "language": "fr",
        "address": {
            "lines": ["1 Example Road"],
            "city": "Paris",
            "region": "IDF",
            "postal_code": "75000",
            "country": "FR",
        },
    })
}
