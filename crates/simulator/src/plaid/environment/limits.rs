//! How often each endpoint may be called.
//!
//! plaid.com/docs/errors/rate-limit-exceeded, read 2026-11-20: calls a minute for each client. The page lists production
//! and the sandbox apart; whether the sandbox's 60 are for all endpoints together is not said, and here they are.

use std::collections::BTreeMap;
use std::time::Duration;

use idv_core::Timestamp;

use crate::bucket::Bucket;

const MINUTE: Duration = Duration::from_secs(60);

/// Calls a minute, and what is counted together.
fn limit(environment: &str, path: &str) -> Option<(&'static str, u32)> {
    let is_production = environment == "production";
    match path {
        "/watchlist_screening/individual/get" => Some(("screening", 300)),
        _ if !path.starts_with("/identity_verification/") => None,
        _ if !is_production => Some(("identity_verification", 60)),
        "/identity_verification/create" => Some(("create", 120)),
        "/identity_verification/get" => Some(("get", 420)),
        "/identity_verification/list" => Some(("list", 300)),
        "/identity_verification/retry" => Some(("retry", 120)),
        _ => None,
    }
}

/// What is left of each. A minute's calls may come at once.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// Off, unless somebody wants them.
    pub(super) are_on: bool,
    buckets: BTreeMap<&'static str, Bucket>,
}

impl Limits {
    /// Whether one more call is allowed now.
    pub(super) fn take(&mut self, environment: &str, path: &str, now: Timestamp) -> bool {
        let Some((class, a_minute)) = limit(environment, path).filter(|_| self.are_on) else {
            return true;
        };
        let bucket = self.buckets.entry(class);
        let bucket = bucket.or_insert_with(|| Bucket::full(a_minute, MINUTE));
        bucket.take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_calls_may_come_at_once_and_then_one_at_a_time() {
        let mut limits = Limits {
            are_on: true,
            ..Limits::default()
        };
        let at = Timestamp::from_unix_secs;
        let get = "/identity_verification/get";
        let allowed = |limits: &mut Limits, now: i64| {
            let calls = std::iter::repeat_with(|| limits.take("sandbox", get, at(now)));
            calls.take_while(|allowed| *allowed).take(1000).count()
        };
        assert_eq!(allowed(&mut limits, 0), 60);
        assert_eq!(allowed(&mut limits, 0), 0);
        assert_eq!(allowed(&mut limits, 1), 1);
        assert_eq!(allowed(&mut limits, 500), 60);
        assert!(!limits.take("sandbox", "/identity_verification/list", at(500)));
        assert!(limits.take("sandbox", "/webhook_verification_key/get", at(500)));
        assert!(limits.take("production", "/identity_verification/list", at(500)));
        limits.are_on = false;
        assert_eq!(allowed(&mut limits, 500), 1000);
    }
}
