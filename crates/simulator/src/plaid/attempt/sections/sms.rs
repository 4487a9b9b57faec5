//! Codes on the person's phone: one for each number.

use idv_core::Timestamp;
use serde_json::{Value, json};

use super::Attempt;
use crate::plaid::person;

/// One code that is typed in at the first try, or three that are wrong.
pub(super) fn usual(attempt: &Attempt, has_passed: bool, now: i64) -> Value {
    let at = Timestamp::from_unix_secs(now).to_string();
    let number = person::given(&attempt.user, "phone_number");
    let usual = person::leslie_knope();
    let number = number.or_else(|| usual.get("phone_number"));
    json!({
        "attempt": attempt.sections.sms.len() + 1,
        "delivery_attempt_count": 1,
        "initially_sent_at": at,
        "last_sent_at": at,
        "phone_number": number,
        "redacted_at": null,
        "solve_attempt_count": if has_passed { 1 } else { 3 },
        "status": if has_passed { "success" } else { "failed" },
    })
}

pub(super) fn redact(tried: &mut Value, at: &str) {
    if let Some(members) = tried.as_object_mut() {
        members.insert("phone_number".to_owned(), Value::Null);
        members.insert("redacted_at".to_owned(), at.into());
    }
}
