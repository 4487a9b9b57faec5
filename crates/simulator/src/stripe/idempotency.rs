//! `Idempotency-Key`: what was answered the first time is answered again.

use std::collections::{HashMap, HashSet};

use http::StatusCode;
use serde_json::Value;

use super::refusal::Refusal;

/// How long a key is remembered, in seconds: the vendor says at least 24 hours.
const KEPT_FOR_SECS: i64 = 24 * 3_600;
/// The longest key.
const MAX_KEY_CHARS: usize = 255;

/// What decides whether a call is the same: method and path, and the fields in order of their names.
pub(super) type Fingerprint = (String, Vec<(String, String)>);

/// The answer of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) request_id: String,
}

/// Keys and what was answered.
#[derive(Debug, Default)]
pub(super) struct IdempotencyKeys {
    kept: HashMap<String, (i64, Fingerprint, Kept)>,
    /// Keys that were refused once, as if a call were under way.
    busy: HashSet<String>,
}

impl IdempotencyKeys {
    /// The answer that is kept under the key, if it is that of the same call.
    ///
    /// A call is over before the next one comes, so nothing is ever under way here. Keys that begin with `in-use-` or
    /// `locked-` play that: the first call with one is refused (409 `idempotency_key_in_use`, 429 `lock_timeout`), the
    /// next is carried out.
    pub(super) fn find(
        &mut self,
        key: &str,
        fingerprint: &Fingerprint,
        now_unix_secs: i64,
    ) -> Result<Option<Kept>, Refusal> {
        if key.chars().count() > MAX_KEY_CHARS {
            let message = format!("Idempotency keys can have up to {MAX_KEY_CHARS} characters.");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
        }
        if key.starts_with("in-use-") && self.busy.insert(key.to_owned()) {
            return Err(in_use(key));
        }
        if key.starts_with("locked-") && self.busy.insert(key.to_owned()) {
            return Err(locked());
        }
        match self.kept.get(key) {
            Some((at, _, _)) if now_unix_secs.saturating_sub(*at) >= KEPT_FOR_SECS => {
                self.kept.remove(key);
                Ok(None)
            }
            Some((_, first, _)) if first != fingerprint => Err(other_parameters(key)),
            Some((_, _, kept)) => Ok(Some(kept.clone())),
            None => Ok(None),
        }
    }

    pub(super) fn keep(
        &mut self,
        key: &str,
        fingerprint: Fingerprint,
        kept: Kept,
        now_unix_secs: i64,
    ) {
        let kept = (now_unix_secs, fingerprint, kept);
        self.kept.insert(key.to_owned(), kept);
    }
}

fn other_parameters(key: &str) -> Refusal {
    Refusal {
        error_type: "idempotency_error",
        ..Refusal::new(
            StatusCode::BAD_REQUEST,
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using \
                 a key other than '{key}' if you meant to execute a different request."
            ),
        )
    }
}

fn in_use(key: &str) -> Refusal {
    Refusal {
        error_type: "idempotency_error",
        code: Some("idempotency_key_in_use"),
        should_retry: Some(true),
        ..Refusal::new(
            StatusCode::CONFLICT,
            format!(
                "There is currently another in-progress request using this Idempotent Key (that probably means you submitted \
                 twice, and the other request is still going through): {key}. Please try again later."
            ),
        )
    }
}

/// The refusal of a call to an object that something else is working on.
fn locked() -> Refusal {
    Refusal {
        code: Some("lock_timeout"),
        should_retry: Some(true),
        ..Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "This object cannot be accessed right now because another API request or Stripe process is currently accessing \
             it. If you see this error intermittently, retry the request. If you see this error frequently and are making \
             multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(value: &str) -> Fingerprint {
        (
            "POST /v1/x".to_owned(),
            vec![("a".to_owned(), value.to_owned())],
        )
    }

    #[test]
    fn the_first_answer_is_kept_for_a_day_and_for_the_same_call_only() {
        let mut keys = IdempotencyKeys::default();
        assert_eq!(keys.find("k", &fingerprint("1"), 0), Ok(None));
        let kept = Kept {
            status: StatusCode::OK,
            body: Value::from(1),
            request_id: "req_1".to_owned(),
        };
        keys.keep("k", fingerprint("1"), kept.clone(), 0);
        assert_eq!(
            keys.find("k", &fingerprint("1"), KEPT_FOR_SECS - 1),
            Ok(Some(kept))
        );
        let refusal = keys.find("k", &fingerprint("2"), 5).unwrap_err();
        assert_eq!(
            (refusal.status.as_u16(), refusal.error_type),
            (400, "idempotency_error")
        );
        assert_eq!(keys.find("k", &fingerprint("2"), KEPT_FOR_SECS), Ok(None));
        assert!(keys.find(&"k".repeat(256), &fingerprint("1"), 0).is_err());
    }

    #[test]
    fn a_call_under_way_is_played_by_name() {
        let mut keys = IdempotencyKeys::default();
        for (key, status, code) in [
            ("in-use-1", 409, "idempotency_key_in_use"),
            ("locked-1", 429, "lock_timeout"),
        ] {
            let refusal = keys.find(key, &fingerprint("1"), 0).unwrap_err();
            assert_eq!(
                (refusal.status.as_u16(), refusal.code),
                (status, Some(code))
            );
            assert_eq!(keys.find(key, &fingerprint("1"), 0), Ok(None));
        }
    }
}
