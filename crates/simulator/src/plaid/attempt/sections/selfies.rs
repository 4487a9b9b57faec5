//! Selfies.

use serde_json::{Value, json};

use super::Attempt;

/// A selfie of the person on the document, or of somebody else. It is a picture; a scenario can make it a film.
pub(super) fn usual(attempt: &Attempt, has_passed: bool, is_them: bool) -> Value {
    json!({
        "analysis": {
            "document_comparison": if is_them { "match" } else { "no_match" },
            "liveness_check": "success",
        },
        "attempt": attempt.sections.selfies.len() + 1,
        "capture": { "image_url": "selfie.png", "video_url": null },
        "status": if has_passed { "success" } else { "failed" },
    })
}

pub(super) fn redact(selfie: &mut Value) {
    let capture = selfie.get_mut("capture").and_then(Value::as_object_mut);
    for (_, picture) in capture.into_iter().flatten() {
        *picture = Value::Null;
    }
}
